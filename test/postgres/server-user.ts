/** PostgreSQL refuses to run as root: root lends it to a user that may do nothing else. */
import { readFileSync } from "node:fs";

export type ServerUser = { readonly uid: number | undefined; readonly gid: number | undefined };

const CANDIDATES = ["postgres", "nobody"];

/** Nobody in particular when we are an ordinary user already. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return { uid: undefined, gid: undefined };
  const lines = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  for (const name of CANDIDATES) {
    const [, , uid, gid] = lines.find((line) => line[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`PostgreSQL does not run as root, and there is no user ${CANDIDATES.join(" or ")} to run it as. Run the tests as an ordinary user.`);
}
