/** What an error of PostgreSQL, or of the way to it, means for the book: nothing done, try again, nobody knows, or our promise broken. */
import { DatabaseError } from "pg";
import { BrokenInvariant } from "../../base/assert.ts";
import { CannotOpen, OutcomeUnknown, StoreUnavailable } from "../../engine/store.ts";

/** Another came between, or the way broke off before the commit was asked for: nothing was done, and trying again may succeed. */
const CONFLICT = ["40001", "40P01"];
/** Two nodes wrote the same name at once. The one that came second finds the first one's row when it looks again. Of payments, only a customer's cash has a name that two can give. */
const RACED_NAMES = ["stored_reply_pkey", "refund_reported_once", "payment_pkey"];
const UNIQUE_VIOLATION = "23505";
/** Ours by agreement: a row that had to be there was not, and the statement divided by its absence. */
export const DIVISION_BY_ZERO = "22012";

/** Classes of codes after which nothing was done and the same may work later: no resources, a server that stops or only reads. */
const PASSING = /^(?:08|53|57|58|25006|55P03|28|3D000|25P03|26000|42P05)/;
/** Constraints and values that the book refuses. */
const REFUSED = /^(?:23|22)/;

/** Codes of a server that ends the connection as it says them. */
const LAST_WORDS = ["57P01", "57P02", "57P03", "57P05", "25P03", "25P04"];

export function codeOf(error: unknown): string | null {
  return error instanceof DatabaseError && error.code !== undefined ? error.code : null;
}

/** Whether nothing of the batch was done and it may be decided again at once. */
export function isWorthRepeating(error: unknown): boolean {
  const code = codeOf(error);
  if (code === null) return isLost(error);
  return CONFLICT.includes(code) || LAST_WORDS.includes(code) || (code === UNIQUE_VIOLATION && RACED_NAMES.includes(constraintOf(error)));
}

/** Whether the connection itself is of no more use: it is gone, or its server takes no writes any more. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null) return LAST_WORDS.includes(code) || code === "25006";
  return error instanceof LostConnection || systemCodeOf(error) !== null || (error instanceof Error && /Connection terminated|not queryable|Client was closed/.test(error.message));
}

/** The connection broke off, or was broken off because no answer came in time. */
export class LostConnection extends Error {
  override readonly name = "LostConnection";
}

/** A standby, or a server that was told to take no writes: nothing can be decided there. */
export class OnlyReads extends StoreUnavailable {
  override readonly name = "StoreUnavailable";
}

/** The error that the port promises in place of PostgreSQL's own, for a transaction that was surely not committed. */
export function translate(error: unknown): unknown {
  const code = codeOf(error);
  if (code === null) {
    return isLost(error) ? new StoreUnavailable(`PostgreSQL cannot be reached: ${wordsOf(error)}`, { cause: error }) : error;
  }
  if (code === DIVISION_BY_ZERO) return new BrokenInvariant("a row that a batch had loaded is gone, or no longer at the version that was loaded");
  if (CONFLICT.includes(code) || PASSING.test(code)) return new StoreUnavailable(`the book cannot be written or read now: ${wordsOf(error)}`, { cause: error });
  if (REFUSED.test(code)) return new BrokenInvariant(`the book refused a change: ${wordsOf(error)}`);
  return error;
}

/** Whether a guard of the book, or a type of its columns, does not let a value in. */
export function isRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && code !== DIVISION_BY_ZERO && REFUSED.test(code);
}

function constraintOf(error: unknown): string {
  return error instanceof DatabaseError ? (error.constraint ?? "") : "";
}

function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error ? error.code : null;
}

export function wordsOf(error: unknown): string {
  const code = codeOf(error);
  // Several addresses of one name: each was tried, and Node wraps what each said.
  const said = error instanceof AggregateError && error.message === "" ? error.errors.map(String).join("; ") : error instanceof Error ? error.message : String(error);
  return code === null ? said : `${code}, ${said}`;
}

/** Why a book does not open, and what to do next, by the class of the code. */
const OPENING: readonly (readonly [codes: RegExp, why: string, next: string])[] = [
  [/^28/, "it does not let this user in.", "Check the user and the password in the address, and what pg_hba.conf says."],
  [/^3D000/, "it has no such database.", "Create it (createdb), or name another in the address."],
  [/^42501/, "this user may not do what a book needs.", "Let the user create tables in the database: it makes and upgrades them at its start."],
  [/^(?:53|57)/, "it takes no more work now.", "Wait until it runs, or raise its max_connections."],
  [/^25006/, "it only reads.", "Give the address of the primary."],
];

/** An error on the way to an open book, in words; any other is a fault of ours, and stays as it is. */
export function cannotOpen(error: unknown, name: string): unknown {
  if (error instanceof CannotOpen) return error;
  const cause = error instanceof StoreUnavailable && error.cause !== undefined ? error.cause : error;
  const code = codeOf(cause);
  const known = code === null ? undefined : OPENING.find(([codes]) => codes.test(code));
  if (known !== undefined) return new CannotOpen(`The book in ${name} cannot be opened: PostgreSQL answers, but ${known[1]} (${wordsOf(cause)}) ${known[2]}`, { cause });
  if (error instanceof OnlyReads) return new CannotOpen(`The book in ${name} cannot be opened: PostgreSQL answers, but it only reads. (${error.message}) Give the address of the primary.`, { cause: error });
  if (error instanceof StoreUnavailable || error instanceof OutcomeUnknown || isLost(cause)) {
    return new CannotOpen(`The book in ${name} cannot be opened: PostgreSQL cannot be reached there. (${wordsOf(cause)}) Start it, or give another address with --database or DATABASE_URL.`, { cause });
  }
  return error;
}
