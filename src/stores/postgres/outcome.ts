/**
 * What became of a commit whose answer was lost. The rows that the batch wrote tell, as soon as the server process that ran it
 * is done with it: until then "not there" could still turn into "there".
 */
import { setTimeout as delay } from "node:timers/promises";
import { OutcomeUnknown, type Changes } from "../../engine/store.ts";
import type { Connection, Statement } from "./connection.ts";
import { codeOf, wordsOf } from "./failure.ts";
import type { Limits } from "./limits.ts";
import type { Pool } from "./pool.ts";
import * as statements from "./statements.ts";

/** The number of a transaction, and of the server process that runs it; null where the server has no such number. */
export type Who = { readonly transaction: string; readonly process: bigint } | null;

const PAUSE_MS = 100;
/** A server that does not number its transactions has ended what it was asked by then, one way or the other. */
const UNNUMBERED_MS = 20_000;
/** A server that was made anew counts its transactions from elsewhere, and says so in these codes. */
const OTHER_COUNT = ["22023", "42883", "42704"];

/** Resolves to whether the batch was committed, and is durable; rejects with `OutcomeUnknown` when it cannot be told in time. */
export async function settle(
  pool: Pool,
  { who, changes, cause, limits }: { readonly who: Who; readonly changes: Changes; readonly cause: unknown; readonly limits: Pick<Limits, "settleMs" | "answerMs"> },
): Promise<boolean> {
  const began = performance.now();
  let last = cause;
  while (performance.now() - began < limits.settleMs) {
    try {
      const committed = await pool.use((connection) => look({ connection, answerMs: limits.answerMs }, who, changes));
      const isFinal = committed === true || who !== null || performance.now() - began > UNNUMBERED_MS;
      if (committed !== null && isFinal) return committed;
    } catch (error) {
      last = error;
    }
    await delay(PAUSE_MS);
  }
  throw new OutcomeUnknown(`the answer to a commit was lost, and it could not be looked up for ${limits.settleMs / 1_000} s: ${wordsOf(last)}`, { cause: last });
}

type Line = { readonly connection: Connection; readonly answerMs: number };

/** Null while the old transaction may still end either way. */
async function look(on: Line, who: Who, changes: Changes): Promise<boolean | null> {
  const status = who === null ? null : await statusOf(on, who.transaction);
  if (who !== null && status === "in progress") {
    // Nobody waits for its answer any more, and its locks are in the way. The role may not be allowed to: then it ends by itself.
    await ask(on, { text: statements.TERMINATE, values: [who.process, who.transaction] }).catch(() => undefined);
    return null;
  }
  const [found] = await ask(on, markOf(changes));
  if (found === undefined) return false;
  await makeDurable(on);
  return true;
}

async function statusOf(on: Line, transaction: string): Promise<string | null> {
  try {
    const [row] = await ask(on, { text: statements.STATUS_OF, values: [transaction] });
    return typeof row?.[0] === "string" ? row[0] : null;
  } catch (error) {
    if (OTHER_COUNT.includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}

/** A row that this batch has written and no other could. */
function markOf({ newEvents, newKeys }: Changes): Statement {
  const [event] = newEvents;
  if (event !== undefined) return { text: statements.IS_EVENT_THERE, values: [event.merchant, event.paymentId, event.id] };
  const [reply] = newKeys;
  if (reply !== undefined) return { text: statements.IS_REPLY_THERE, values: [reply.merchant, reply.scope, reply.key, reply.requestId] };
  throw new OutcomeUnknown("the answer to a commit was lost, and it left nothing that could be looked up");
}

/** A row can be seen before a standby has it, if whoever waited for the standby was interrupted. A commit of our own waits again. */
async function makeDurable({ connection, answerMs }: Line): Promise<void> {
  await connection.together(answerMs, () =>
    Promise.all([
      connection.tell(statements.BEGIN_DURABLE),
      connection.ask({ text: statements.TAKE_BARRIER, values: [] }),
      connection.ask({ text: statements.COMMIT, values: [] }),
    ]),
  );
}

async function ask({ connection, answerMs }: Line, statement: Statement): Promise<unknown[][]> {
  return (await connection.together(answerMs, () => connection.ask(statement))).rows;
}
