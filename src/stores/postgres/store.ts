/** The book in PostgreSQL: any number of nodes share it. One transaction per batch: load under lock, decide, save, commit. */
import { setTimeout as delay } from "node:timers/promises";
import type { Event } from "../../domain/event.ts";
import { idFloor, type AttemptId, type DisputeId, type EntryId, type Millis, type PaymentId, type ProfileId, type RefundId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import { counterpartNeeds, holdsAll } from "../../engine/load-counterparts.ts";
import { OutcomeUnknown, StoreUnavailable, type Changes, type Due, type KeyRef, type LoadedRows, type Needs, type Store, type StoredReply } from "../../engine/store.ts";
import type {
  AttemptQuery, DisputeQuery, DisputeView, EntryQuery, EntrySpan, EntrySums, EntryView, EventQuery, EventRef, Extras, PaymentQuery, PaymentView, ProfileQuery, RefundQuery, RefundView, Told,
} from "../../engine/views.ts";
import { merchantId, whole } from "../../engine/row-values.ts";
import { readDue, type DueRow } from "../../engine/rows.ts";
import { LEAST } from "../../engine/id-range.ts";
import type { Connection, Statement } from "./connection.ts";
import { dangersIn, type Settings } from "./dangers.ts";
import { commitDurably, endWaiting, takeBarrier, whoWeAre, type Who } from "./durable.ts";
import { NOW, OLDEST_WRITER } from "./entry-statements.ts";
import { isLost, isWorthRepeating, translate, wordsOf } from "./failure.ts";
import type { Limits } from "./limits.ts";
import { load } from "./load.ts";
import { settle } from "./outcome.ts";
import { PostgresOutbox } from "./outbox.ts";
import type { Pool } from "./pool.ts";
import { saving } from "./save.ts";
import * as statements from "./statements.ts";
import { Views } from "./views.ts";

/** Batches under way at once, each on a connection of its own. */
export const LANES = 4;
/** A batch that met another is decided again so often. */
const TRIES_MAX = 8;
const PAUSE_MS = 5;
/** A server that shows no transactions under way has surely ended by then what had begun, and the clocks of all who write differ by less. */
const UNSEEN_MS = 600_000;

export type Pools = {
  /** For batches: whatever is decided is decided on the primary. */
  readonly writing: Pool;
  /** For single objects, which everybody must see as soon as they were acknowledged. */
  readonly reading: Pool;
  /** For lists: a replica's, if there is one. */
  readonly listing: Pool;
};

/** What the server was found to be like when the book was opened. */
export type Manners = {
  /** It numbers its transactions, and remembers what became of them. */
  readonly canTellWho: boolean;
  /** It would acknowledge a commit before it is on the disk, or on a standby's. */
  readonly insistOnSync: boolean;
};

/** Nothing was done, and the batch may be decided again. */
class Repeat extends Error {
  override readonly name = "Repeat";
}

export class PostgresStore implements Store {
  readonly lanes = LANES;
  readonly outbox: PostgresOutbox;
  readonly #pools: Pools;
  readonly #views: Views;
  readonly #canTellWho: boolean;
  readonly #limits: Limits;
  readonly #begin: string;

  constructor(pools: Pools, { canTellWho, insistOnSync }: Manners, limits: Limits) {
    this.#pools = pools;
    this.#views = new Views(pools, limits);
    this.outbox = new PostgresOutbox(pools, limits);
    this.#canTellWho = canTellWho;
    this.#limits = limits;
    this.#begin = statements.begin({ ...limits, insistOnSync });
  }

  async transact(needs: Needs, decide: (rows: LoadedRows, notBefore?: Millis) => Changes): Promise<void> {
    const began = performance.now();
    for (let tries = 1; ; tries++) {
      try {
        await this.#pools.writing.use((connection) => this.#try(connection, needs, decide));
        return;
      } catch (error) {
        if (!(error instanceof Repeat)) throw error;
        if (tries === TRIES_MAX || performance.now() - began > this.#limits.batchMs) throw translate(error.cause);
        // Two that met must not meet again in step.
        await delay(Math.random() * PAUSE_MS * tries);
      }
    }
  }

  async addKey(keyHash: string, merchant: MerchantId, createdAt: Millis): Promise<void> {
    const added = { text: statements.ADD_KEY, values: [keyHash, merchant, createdAt] };
    try {
      await this.#pools.writing.use(async (connection) => {
        const commit = await commitDurably(connection, this.#limits.commitMs, () =>
          Promise.all([connection.tell(statements.beginDurable(this.#limits)), connection.ask(added)]),
        );
        if (commit.became === "durable") return;
        connection.destroy();
        if (commit.became === "nothing") throw commit.cause;
        throw new OutcomeUnknown(`the answer to a commit was lost: the key may be there or not, and nobody knows it. Make another. (${wordsOf(commit.cause)})`, { cause: commit.cause });
      });
    } catch (error) {
      throw translate(error);
    }
  }

  async merchantOfKey(keyHash: string): Promise<MerchantId | null> {
    const [row] = await this.#once<[string]>(this.#pools.reading, { text: statements.FIND_MERCHANT_OF_KEY, values: [keyHash] });
    return row === undefined ? null : merchantId(row[0]);
  }

  payment(merchant: MerchantId, id: PaymentId, extras: Extras): Promise<PaymentView | null> {
    return this.#views.payment(merchant, id, extras);
  }

  attempt(merchant: MerchantId, id: AttemptId, extras: Extras): Promise<PaymentView | null> {
    return this.#views.attempt(merchant, id, extras);
  }

  refund(merchant: MerchantId, id: RefundId, extras: Extras): Promise<RefundView | null> {
    return this.#views.refund(merchant, id, extras);
  }

  payments(merchant: MerchantId, query: PaymentQuery, extras: Extras): Promise<PaymentView[]> {
    return this.#views.payments(merchant, query, extras);
  }

  attempts(merchant: MerchantId, query: AttemptQuery, extras: Extras): Promise<PaymentView[]> {
    return this.#views.attempts(merchant, query, extras);
  }

  refunds(merchant: MerchantId, query: RefundQuery, extras: Extras): Promise<RefundView[]> {
    return this.#views.refunds(merchant, query, extras);
  }

  profiles(merchant: MerchantId, ids: readonly ProfileId[]): Promise<Profile[]> {
    return this.#views.profiles(merchant, ids);
  }

  listProfiles(merchant: MerchantId, query: ProfileQuery): Promise<Profile[]> {
    return this.#views.listProfiles(merchant, query);
  }

  reply(ref: KeyRef): Promise<StoredReply | null> {
    return this.#views.reply(ref);
  }

  dispute(merchant: MerchantId, id: DisputeId, extras: Extras): Promise<DisputeView | null> {
    return this.#views.dispute(merchant, id, extras);
  }

  disputes(merchant: MerchantId, query: DisputeQuery, extras: Extras): Promise<DisputeView[]> {
    return this.#views.disputes(merchant, query, extras);
  }

  async due(by: Millis, limit: number): Promise<Due[]> {
    const rows = await this.#once<DueRow>(this.#pools.reading, { text: statements.DUE, values: [by, limit] });
    return rows.map(readDue);
  }

  entry(merchant: MerchantId, id: EntryId, extras: Extras): Promise<EntryView | null> {
    return this.#views.entry(merchant, id, extras);
  }

  entries(merchant: MerchantId, query: EntryQuery, extras: Extras): Promise<EntryView[]> {
    return this.#views.entries(merchant, query, extras);
  }

  events(merchant: MerchantId, query: EventQuery): Promise<Event[]> {
    return this.#views.events(merchant, query);
  }

  told(refs: readonly EventRef[], refunds: number): Promise<Told[]> {
    return this.#views.told(refs, refunds);
  }

  sumEntries(merchant: MerchantId, span: EntrySpan): Promise<EntrySums> {
    return this.#views.sumEntries(merchant, span);
  }

  /**
   * What an open transaction makes is dated after its beginning, by the database's clock (`transact`). So before the beginning of
   * the oldest of them nothing can appear any more, however long a commit waits for its standby.
   */
  async horizon(): Promise<string | null> {
    const [row] = await this.#once<[bigint]>(this.#pools.reading, { text: this.#canTellWho ? OLDEST_WRITER : NOW, values: [] });
    return row === undefined ? LEAST : idFloor(whole(row[0]) - (this.#canTellWho ? this.#limits.clockBackMs : UNSEEN_MS));
  }

  async ping(): Promise<void> {
    const [row] = await this.#once<[string]>(this.#pools.writing, { text: statements.PING, values: [] });
    if (row?.[0] !== "off") throw new StoreUnavailable("PostgreSQL only reads: it is a standby, or told to take no writes");
  }

  async dangers(): Promise<string[]> {
    const [settings] = await this.#once<Settings>(this.#pools.writing, { text: statements.SETTINGS, values: [] });
    return settings === undefined ? [] : dangersIn(settings);
  }

  /** Whatever is written ends first: a commit whose answer was lost is looked up on the other connections. */
  async close(): Promise<void> {
    const { writing, ...others } = this.#pools;
    await writing.close();
    await Promise.all([...new Set(Object.values(others))].map((pool) => pool.close()));
  }

  async #try(connection: Connection, needs: Needs, decide: (rows: LoadedRows, notBefore?: Millis) => Changes): Promise<void> {
    const { rows, who } = await this.#load(connection, needs);
    let changes;
    try {
      changes = decide(rows, who?.at);
    } catch (error) {
      await this.#rollBack(connection);
      throw error;
    }
    const saves = saving(changes);
    if (saves.length > 0) await this.#save(connection, saves, { who, changes });
    else if (rows.keys.length > 0) await this.#confirm(connection, who);
    else await this.#rollBack(connection);
  }

  async #load(connection: Connection, needs: Needs): Promise<{ readonly rows: LoadedRows; readonly who: Who }> {
    try {
      const found = await this.#begun(connection, needs);
      const beside = counterpartNeeds(found.rows);
      if (beside === null) return found;
      // Whoever holds what stands beside these rows may wait for them: all are locked anew, together and in the one order of all batches.
      await connection.together(this.#limits.answerMs, () => connection.tell(statements.ROLLBACK));
      const all = await this.#begun(connection, { ...needs, payments: [...needs.payments, ...beside.payments] });
      if (!holdsAll(all.rows, counterpartNeeds(all.rows))) throw new Repeat("what stands beside a payment has just come to be", { cause: new StoreUnavailable("a payment changed while it was loaded") });
      return all;
    } catch (error) {
      if (error instanceof Repeat) {
        await this.#rollBack(connection);
        throw error;
      }
      throw await this.#failed(connection, error);
    }
  }

  async #begun(connection: Connection, needs: Needs): Promise<{ readonly rows: LoadedRows; readonly who: Who }> {
    const [, rows, who] = await connection.together(this.#limits.answerMs, () => Promise.all([connection.tell(this.#begin), load(connection, needs), this.#canTellWho ? whoWeAre(connection) : null]));
    return { rows, who };
  }

  async #save(connection: Connection, saves: readonly Statement[], batch: { readonly who: Who; readonly changes: Changes }): Promise<void> {
    const commit = await commitDurably(connection, this.#limits.commitMs, () => Promise.all(saves.map((statement) => connection.ask(statement))));
    if (commit.became === "durable") return;
    const { cause } = commit;
    if (commit.became === "nothing") throw await this.#failed(connection, cause);
    connection.destroy();
    if (await settle(this.#pools.reading, { ...batch, cause, limits: this.#limits })) return;
    throw new Repeat("the commit was lost on its way", { cause: new StoreUnavailable(`a commit did not reach PostgreSQL: ${wordsOf(cause)}`, { cause }) });
  }

  /** What a stored reply acknowledges is answered again only once it is durable, whatever became of the wait of whoever wrote it. */
  async #confirm(connection: Connection, who: Who): Promise<void> {
    const commit = await commitDurably(connection, this.#limits.commitMs, () => takeBarrier(connection));
    if (commit.became === "durable") return;
    const { cause } = commit;
    if (commit.became === "nothing") throw await this.#failed(connection, cause);
    connection.destroy();
    await endWaiting(this.#pools.reading, who, this.#limits);
    throw new Repeat("a stored reply may not be durable yet", { cause: new StoreUnavailable(`a stored reply may not be on the standby yet: ${wordsOf(cause)}`, { cause }) });
  }

  /** What a transaction that surely did nothing means, when its connection is fit for the next, or gone. */
  async #failed(connection: Connection, error: unknown): Promise<unknown> {
    if (isLost(error)) connection.destroy();
    else await this.#rollBack(connection);
    return isWorthRepeating(error) || this.#pools.writing.isUnprepared(error) ? new Repeat("a batch met another", { cause: error }) : translate(error);
  }

  /** A connection that cannot even undo is thrown away, and the server undoes it. */
  async #rollBack(connection: Connection): Promise<void> {
    try {
      await connection.together(this.#limits.answerMs, () => connection.ask({ text: statements.ROLLBACK, values: [] }));
    } catch {
      connection.destroy();
    }
  }

  /** One statement that reads, and is its own transaction. */
  async #once<Row extends unknown[]>(pool: Pool, statement: Statement): Promise<Row[]> {
    const ask = async () => (await pool.use((connection) => connection.together(this.#limits.answerMs, () => connection.ask<Row>(statement)))).rows;
    try {
      return await ask().catch((error: unknown) => {
        // What only reads may be asked again: on a new connection, or without preparing.
        if (isLost(error) || pool.isUnprepared(error)) return ask();
        throw error;
      });
    } catch (error) {
      throw translate(error);
    }
  }
}
