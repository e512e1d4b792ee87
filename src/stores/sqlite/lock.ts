/** One process writes a book. The lock is the system's own: it is let go when the process ends, however it ends. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { CannotOpen } from "../../engine/store.ts";
import { codeOf } from "./failure.ts";

export type Lock = { release(): void };

/** An exclusive transaction on a file of its own, that is never committed. */
export function lockFolder(folder: string): Lock {
  const path = join(folder, "lock");
  const db = new Database(path, { timeout: 0 });
  try {
    db.pragma("locking_mode = exclusive");
    db.pragma("journal_mode = memory");
    db.exec("begin exclusive");
  } catch (error) {
    db.close();
    const code = codeOf(error);
    if (code === null || !code.startsWith("SQLITE_BUSY")) throw error;
    throw new CannotOpen(
      `Another Refundry is running on the book in ${folder}. A book has one writer, so that no two can refund at once. ` +
        "Stop the other one, or give this one a folder of its own with --data.",
    );
  }
  return { release: () => db.close() };
}
