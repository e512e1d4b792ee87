/** What an error of SQLite means for the book: nothing done, nobody knows, or our own promise broken. */
import Database from "better-sqlite3";
import { BrokenInvariant } from "../../base/assert.ts";
import { CannotOpen, OutcomeUnknown, StoreUnavailable } from "../../engine/store.ts";

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

const RESTORE = "Keep a copy of the folder as it is, and restore the last backup that `refundry verify` proves.";
const PERMIT = "Give the folder and its files to the user that runs Refundry, on a file system that can be written, or name another folder with --data. A copy of the whole folder can be proved anywhere.";
const ANOTHER = "Name a folder with --data: it is made if it is not there.";
const ROOM = "Make room, and start again: nothing was changed.";

/** Why a book does not open, and what to do next, by the code of SQLite or of the system. */
const OPENING: readonly (readonly [codes: readonly string[], why: string, next: string])[] = [
  [["SQLITE_NOTADB"], "a file of it is not what Refundry wrote: its first bytes were overwritten, or it belongs to another program.", `${RESTORE} If it is only the file named lock, stop every Refundry on this folder and remove that file: it holds nothing.`],
  [["SQLITE_CORRUPT", "SQLITE_IOERR", "EIO"], "the file is damaged, or the disk below it is.", RESTORE],
  [["SQLITE_ERROR"], "it is no book of Refundry's, it is empty, or its schema is damaged.", `${RESTORE} If the folder belongs to another program, name another with --data.`],
  [["SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH", "EACCES", "EPERM", "EROFS"], "this user may not write there, or something that is no file stands where one is needed.", PERMIT],
  [["SQLITE_FULL", "ENOSPC", "EDQUOT"], "the disk is full.", ROOM],
  [["SQLITE_BUSY", "SQLITE_LOCKED"], "another program holds it.", "Close what has it open, and try again."],
  [["EEXIST", "ENOTDIR", "EISDIR", "ENOENT", "ENAMETOOLONG", "ELOOP"], "the path does not lead to a folder, or leads through something that is none.", ANOTHER],
];

/** An error of SQLite's or of the system's on the way to an open book, in words; any other is a fault of ours, and stays as it is. */
export function cannotOpen(error: unknown, folder: string): unknown {
  if (error instanceof CannotOpen) return error;
  const code = codeOf(error) ?? systemCodeOf(error);
  if (code === null) return error;
  const [, why, next] = OPENING.find(([codes]) => isOneOf(codes, code)) ?? [[], "the system refuses it.", RESTORE];
  return new CannotOpen(`The book in ${folder} cannot be opened: ${why} (${wordsOf(error)}) ${next}`, { cause: error });
}

function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error ? error.code : null;
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
