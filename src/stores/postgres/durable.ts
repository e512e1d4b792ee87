/**
 * The one way in which a book that is served commits. What is answered as done is on the disk, and on each standby that the server was told
 * to wait for; everything else is told apart as surely nothing, or as unknown.
 */
import { BrokenInvariant } from "../../base/assert.ts";
import type { Millis } from "../../domain/id.ts";
import { whole } from "../../engine/row-values.ts";
import type { Connection } from "./connection.ts";
import { isLost, isWorthRepeating, wordsOf } from "./failure.ts";
import type { Limits } from "./limits.ts";
import type { Pool } from "./pool.ts";
import * as statements from "./statements.ts";

/**
 * The number of a transaction, and of the server process that runs it; null where the server has no such number. `at` is a time
 * by the server's clock after the transaction had begun.
 */
export type Who = { readonly transaction: string; readonly process: bigint; readonly at: Millis } | null;

export type Commit<T> =
  | { readonly became: "durable" }
  | { readonly became: "nothing"; readonly cause: unknown }
  /** It may be there, and may not be where it must be. `done` is what the work said before the commit, if it could. */
  | { readonly became: "unknown"; readonly cause: unknown; readonly done: T | null };

/** What is said beside an answer, and is no more than a word: only such codes leave a commit as good as it was answered. */
const SUCCESS = "00";

/** The work and its commit travel together: after a statement that is refused the commit does nothing. */
export async function commitDurably<T>(connection: Connection, commitMs: number, work: () => Promise<T>): Promise<Commit<T>> {
  const warnings: string[] = [];
  const stopListening = connection.listen((code, message) => {
    if (!code.startsWith(SUCCESS)) warnings.push(`${code}, ${message}`);
  });
  const [worked, , committed] = await connection
    .together(commitMs, () => Promise.allSettled([work(), connection.tell(statements.COMMIT_UNTIMED), connection.ask({ text: statements.COMMIT, values: [] })]))
    .finally(stopListening);
  const command = committed.status === "fulfilled" ? committed.value.command : null;
  if (command === "COMMIT" && warnings.length === 0) {
    if (worked.status === "rejected") throw new BrokenInvariant(`a transaction was committed without one of its statements: ${wordsOf(worked.reason)}`);
    return { became: "durable" };
  }
  // Only the answer to the commit itself proves that nothing was done. An error before it may be the word of a pooler that lost a server which had committed.
  if (command === "ROLLBACK") return { became: "nothing", cause: worked.status === "rejected" ? worked.reason : new BrokenInvariant("a commit was answered with ROLLBACK") };
  const cause = committed.status === "rejected" ? committed.reason : new Error(`the server warned that the commit may not be on its standby: ${warnings.join("; ")}`);
  if (isWorthRepeating(cause) && !isLost(cause)) return { became: "nothing", cause };
  return { became: "unknown", cause, done: worked.status === "fulfilled" ? worked.value : null };
}

/**
 * A row can be seen before a standby has it, if whoever waited for the standby was interrupted. This gives a transaction something to
 * commit, so that its own commit waits again: for itself, and so for all that came before it.
 */
export async function takeBarrier(connection: Connection): Promise<void> {
  const { rows } = await connection.ask({ text: statements.TAKE_BARRIER, values: [] });
  if (rows.length === 0) throw new BrokenInvariant("the first migration's row is gone: nothing can be committed upon it");
}

/** Asked inside a transaction. */
export async function whoWeAre(connection: Connection): Promise<Who> {
  const { rows } = await connection.ask<[string, bigint, bigint]>({ text: statements.WHO_WE_ARE, values: [] });
  const [row] = rows;
  return row === undefined ? null : { transaction: row[0], process: row[1], at: whole(row[2]) };
}

/**
 * A server process that waits for a standby does not see that its caller has left, and waits for ever. Where the role may not end it, or
 * nobody can be reached, it ends with the server.
 */
export async function endWaiting(pool: Pool, who: Who, { answerMs }: Pick<Limits, "answerMs">): Promise<void> {
  if (who === null) return;
  const statement = { text: statements.TERMINATE, values: [who.process, who.transaction] };
  await pool.use((connection) => connection.together(answerMs, () => connection.ask(statement))).catch(() => undefined);
}
