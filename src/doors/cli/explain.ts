/** What the machine refuses, in words: what happened, why, and what to do next. An operator never meets a stack trace for it. */

const ADDRESS: Readonly<Record<string, (at: string) => string>> = {
  EADDRINUSE: (at) => `${at} is taken: another program listens there, perhaps another Refundry. Stop it, or give another port with --port; --port 0 takes any free one.`,
  EACCES: (at) => `${at} may not be listened to: ports below 1024 are kept for the system's administrator. Give a higher port with --port.`,
  EPERM: (at) => `${at} may not be listened to: the system does not allow it. Give another port with --port.`,
  EADDRNOTAVAIL: (at) => `${at} is no address of this machine. Give one that it has with --host, such as 127.0.0.1, or 0.0.0.0 for all of them.`,
  EAFNOSUPPORT: (at) => `${at} cannot be listened to: this machine does not speak that kind of address. Give another with --host, such as 127.0.0.1.`,
  ENOTFOUND: (at) => `${at} has no address: the name is unknown here. Give a name or an address of this machine with --host, such as 127.0.0.1.`,
  EAI_AGAIN: (at) => `${at} has no address for now: the name could not be looked up. Give an address of this machine with --host, such as 127.0.0.1.`,
};

const FOLDER: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there. Give a folder of your own with --data, or let the user in.",
  EPERM: "the system does not allow it. Give another folder with --data.",
  ENOTDIR: "a part of the path is a file. Give a folder with --data.",
  EEXIST: "there is a file of that name. Give a folder with --data.",
  EROFS: "its file system is read-only. Give a folder on another one with --data.",
  ENOSPC: "the disk is full. Make room, or give a folder on another disk with --data.",
  EDQUOT: "the user's share of the disk is used up. Make room, or give a folder on another disk with --data.",
  ENOENT: "a part of the path is not there and cannot be made. Give another folder with --data.",
  ENAMETOOLONG: "its name is too long. Give a shorter one with --data.",
  ELOOP: "its links lead in a circle. Give another folder with --data.",
  EMFILE: "too many files are open. Raise the limit (ulimit -n) and start again.",
  ENFILE: "too many files are open on this machine. Close some and start again.",
  EIO: "the disk reports an error. Look at the system's log before the book is used again.",
};

/** The sentence for an error of the machine; null for one of ours, whose stack is wanted. */
export function explain(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  const { code } = error;
  if (code.startsWith("SQLITE_")) {
    return `The book cannot be opened: ${code}, ${error.message}. Look whether the folder given with --data is there, may be written by this user, has room, and holds a book of Refundry's.`;
  }
  const call = "syscall" in error ? String(error.syscall) : "";
  if (call === "listen" || call === "bind" || call === "getaddrinfo") return ADDRESS[code]?.(addressIn(error)) ?? `The address cannot be listened to: ${error.message}. Give another with --host and --port.`;
  if (!("path" in error) || typeof error.path !== "string") return null;
  return `${error.path} cannot be used: ${FOLDER[code] ?? `${error.message}. Give another folder with --data.`}`;
}

function addressIn(error: Error): string {
  if ("hostname" in error) return `The host '${String(error.hostname)}'`;
  const host = "address" in error ? String(error.address) : "The address";
  const shown = host.includes(":") ? `[${host}]` : host;
  return "port" in error ? `${shown}:${String(error.port)}` : shown;
}
