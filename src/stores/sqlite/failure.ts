/** What an error of SQLite means for the book: nothing done, nobody knows, or our own promise broken. */
import Database from "better-sqlite3";
import { BrokenInvariant } from "../../base/assert.ts";
import { OutcomeUnknown, StoreUnavailable } from "../../engine/store.ts";

/** The book cannot be opened. The message says what happened, why, and what to do. */
export class CannotOpen extends Error {
  override readonly name = "CannotOpen";
}

/** Where a transaction was when the error came. */
export type Stage = "begun" | "committing";

/** Nothing was written, and the same may work later: no room, no turn, no memory, no more files. */
const PASSING = ["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_NOMEM", "SQLITE_CANTOPEN", "SQLITE_READONLY"];
/** The ground itself is bad: what is on disk can only be told by a restart. */
const DAMAGE = ["SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB"];

/**
 * The error that the port promises in place of SQLite's own. A commit that failed may still be found done after a restart,
 * since its frames can already stand in the log: it is never called failed.
 */
export function translate(error: unknown, stage: Stage): unknown {
  const code = codeOf(error);
  if (stage === "committing") return new OutcomeUnknown(`the commit failed: ${wordsOf(error)}`, { cause: error });
  if (code === null) return error;
  if (isOneOf(DAMAGE, code)) return new OutcomeUnknown(`the book cannot be read or written: ${wordsOf(error)}`, { cause: error });
  if (isOneOf(PASSING, code)) return new StoreUnavailable(`the book cannot be written now: ${wordsOf(error)}`, { cause: error });
  if (code.startsWith("SQLITE_CONSTRAINT")) return new BrokenInvariant(`the book refused a change: ${wordsOf(error)}`);
  return error;
}

/** SQLite's code of the error, or null if it is not one of SQLite's. */
export function codeOf(error: unknown): string | null {
  return error instanceof Database.SqliteError ? error.code : null;
}

/** Codes have longer kin: `SQLITE_IOERR_FSYNC` is one of `SQLITE_IOERR`. */
function isOneOf(codes: readonly string[], code: string): boolean {
  return codes.some((known) => code === known || code.startsWith(`${known}_`));
}

export function wordsOf(error: unknown): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return code === null ? message : `${code}, ${message}`;
}
