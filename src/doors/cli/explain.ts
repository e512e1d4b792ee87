/** An address that the machine refuses, in words: what happened, why, and what to do next. Folders are worded by the store that opens them. */

const ADDRESS: Readonly<Record<string, (at: string) => string>> = {
  EADDRINUSE: (at) => `${at} is taken: another program listens there, perhaps another Refundry. Stop it, or give another port with --port; --port 0 takes any free one.`,
  EACCES: (at) => `${at} may not be listened to: ports below 1024 are kept for the system's administrator. Give a higher port with --port.`,
  EPERM: (at) => `${at} may not be listened to: the system does not allow it. Give another port with --port.`,
  EADDRNOTAVAIL: (at) => `${at} is no address of this machine. Give one that it has with --host, such as 127.0.0.1, or 0.0.0.0 for all of them.`,
  EAFNOSUPPORT: (at) => `${at} cannot be listened to: this machine does not speak that kind of address. Give another with --host, such as 127.0.0.1.`,
  ENOTFOUND: (at) => `${at} has no address: the name is unknown here. Give a name or an address of this machine with --host, such as 127.0.0.1.`,
  EAI_AGAIN: (at) => `${at} has no address for now: the name could not be looked up. Give an address of this machine with --host, such as 127.0.0.1.`,
};

/** The sentence for what the machine refuses; null for an error of ours, whose stack is wanted. */
export function explain(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return null;
  const call = "syscall" in error ? error.syscall : "";
  if (call === "mkdtemp") return `No temporary folder can be made: ${error.message}. Set TMPDIR to a folder that this user may write to.`;
  if (call !== "listen" && call !== "bind" && call !== "getaddrinfo") return null;
  return ADDRESS[error.code]?.(addressIn(error)) ?? `The address cannot be listened to: ${error.message}. Give another with --host and --port.`;
}

function addressIn(error: Error): string {
  if ("hostname" in error) return `The host '${String(error.hostname)}'`;
  const host = "address" in error ? String(error.address) : "The address";
  const shown = host.includes(":") ? `[${host}]` : host;
  return "port" in error ? `${shown}:${String(error.port)}` : shown;
}
