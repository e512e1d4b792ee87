/**
 * What became of a commit whose answer was lost. The rows that the batch wrote tell, as soon as the server process that ran it
 * is done with it: until then "not there" could still turn into "there".
 */
import { setTimeout as delay } from "node:timers/promises";
import { OutcomeUnknown, type Changes } from "../../engine/store.ts";
import type { Connection, Statement } from "./connection.ts";
import { commitDurably, endWaiting, takeBarrier, whoWeAre, type Who } from "./durable.ts";
import { codeOf, wordsOf } from "./failure.ts";
import type { Limits } from "./limits.ts";
import type { Pool } from "./pool.ts";
import * as statements from "./statements.ts";

const PAUSE_MS = 100;
/** A server that does not number its transactions has ended what it was asked by then, one way or the other. */
const UNNUMBERED_MS = 20_000;
/** A server that was made anew counts its transactions from elsewhere, and says so in these codes. */
const OTHER_COUNT = ["22023", "42883", "42704"];

type Lost = {
  readonly who: Who;
  readonly changes: Changes;
  readonly cause: unknown;
  readonly limits: Limits;
};

/** Resolves to whether the batch was committed, and is durable; rejects with `OutcomeUnknown` when it cannot be told in time. */
export async function settle(pool: Pool, lost: Lost): Promise<boolean> {
  const { who, changes, cause, limits } = lost;
  const began = performance.now();
  const barrier = new Barrier(pool, limits, who !== null);
  let last = cause;
  for (let left = limits.settleMs; left > 0 && !pool.closed; left = limits.settleMs - (performance.now() - began)) {
    try {
      const found = await pool.use((connection) => look({ connection, answerMs: limits.answerMs }, who, changes));
      if (found === true) {
        await barrier.pass(left);
        return true;
      }
      if (found === false && (who !== null || performance.now() - began > UNNUMBERED_MS)) return false;
    } catch (error) {
      last = error;
    }
    if (!pool.closed) await delay(PAUSE_MS);
  }
  throw new OutcomeUnknown(
    `the answer to a commit was lost, and it could not be looked up ${pool.closed ? "before the book was closed" : `for ${limits.settleMs / 1_000} s`}: ${wordsOf(last)}`,
    { cause: last },
  );
}

/** A commit of our own, behind which what was found is durable. There is one at a time, however often it has to be begun. */
class Barrier {
  readonly #pool: Pool;
  readonly #limits: Limits;
  readonly #begin: string;
  readonly #numbered: boolean;

  constructor(pool: Pool, limits: Limits, numbered: boolean) {
    this.#pool = pool;
    this.#limits = limits;
    this.#begin = statements.beginDurable(limits);
    this.#numbered = numbered;
  }

  /** Rejects when it may not be durable. Nobody waits for a server that fell silent for longer than for any commit: there may be a new one by then. */
  async pass(leftMs: number): Promise<void> {
    const waitMs = Math.min(leftMs, this.#limits.commitMs);
    const left: { who: Who } = { who: null };
    try {
      await this.#pool.use(async (connection) => {
        const commit = await commitDurably(connection, waitMs, () => this.#work(connection));
        if (commit.became === "durable") return;
        connection.destroy();
        if (commit.became === "unknown") left.who = commit.done;
        throw commit.cause;
      });
    } catch (error) {
      await endWaiting(this.#pool, left.who, this.#limits);
      throw error;
    }
  }

  async #work(connection: Connection): Promise<Who> {
    const [, who] = await Promise.all([connection.tell(this.#begin), this.#numbered ? whoWeAre(connection) : null, takeBarrier(connection)]);
    return who;
  }
}

type Line = { readonly connection: Connection; readonly answerMs: number };

/** Whether the batch's rows are there; null while the old transaction may still end either way. */
async function look(on: Line, who: Who, changes: Changes): Promise<boolean | null> {
  const status = who === null ? null : await statusOf(on, who.transaction);
  if (who !== null && status === "in progress") {
    // Nobody waits for its answer any more, and its locks are in the way. The role may not be allowed to: then it ends by itself.
    await ask(on, { text: statements.TERMINATE, values: [who.process, who.transaction] }).catch(() => undefined);
    return null;
  }
  const [found] = await ask(on, markOf(changes));
  return found !== undefined;
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
function markOf({ newEvents, newKeys, newProfiles, changedProfiles }: Changes): Statement {
  const [event] = newEvents;
  if (event !== undefined) return { text: statements.IS_EVENT_THERE, values: [event.merchant, event.paymentId, event.id] };
  const [reply] = newKeys;
  if (reply !== undefined) return { text: statements.IS_REPLY_THERE, values: [reply.merchant, reply.scope, reply.key, reply.requestId] };
  const [profile] = [...newProfiles, ...changedProfiles.map((change) => change.profile)];
  if (profile !== undefined) return { text: statements.IS_PROFILE_THERE, values: [profile.merchant, profile.id, profile.version, profile.updatedAt] };
  throw new OutcomeUnknown("the answer to a commit was lost, and it left nothing that could be looked up");
}

async function ask({ connection, answerMs }: Line, statement: Statement): Promise<unknown[][]> {
  return (await connection.together(answerMs, () => connection.ask(statement))).rows;
}
