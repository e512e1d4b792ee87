/**
 * The durable store: one file, one writer, one transaction for each batch, and a sync of the log before anybody is told.
 * Nothing that is not durable leaves it: while a sync is under way, reads wait for it too.
 */
import { assert } from "../../base/assert.ts";
import type { Event } from "../../domain/event.ts";
import type { AttemptId, DisputeId, EntryId, Millis, PaymentId, ProfileId, RefundId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import { OutcomeUnknown, StoreUnavailable, type Changes, type Due, type KeyRef, type LoadedRows, type Needs, type Store, type StoredReply } from "../../engine/store.ts";
import type {
  AttemptQuery, DisputeQuery, DisputeView, EntryQuery, EntrySpan, EntrySums, EntryView, EventQuery, EventRef, Extras, PaymentQuery, PaymentView, ProfileQuery, RefundQuery, RefundView, Told,
} from "../../engine/views.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Connection } from "./connection.ts";
import { translate, type Stage } from "./failure.ts";
import { Finder } from "./load.ts";
import type { Lock } from "./lock.ts";
import type { LogSync } from "./log-sync.ts";
import { SqliteOutbox } from "./outbox.ts";
import { expectRoom } from "./room.ts";
import { Saver } from "./save.ts";
import { SharedSight } from "./shared-sight.ts";
import * as statements from "./statements.ts";
import { merchantId } from "../../engine/row-values.ts";
import { readDue, type DueRow } from "../../engine/rows.ts";
import { Views } from "./views.ts";

export type StoreOptions = {
  /**
   * Called once, when nobody knows any more what is on the disk or a page cannot be read, whoever was asking: from then on
   * nothing is written, and only a restart can tell. Whoever runs the store ends the process.
   */
  readonly onLost?: ((error: OutcomeUnknown) => void) | undefined;
  /** What is free on the disk, in bytes. */
  readonly freeBytes?: (() => number) | undefined;
  /** So many pages in the log before they are moved into the book. */
  readonly checkpointPages?: number | undefined;
};

export type Parts = { readonly path: string; readonly writer: Connection; readonly reader: Connection; readonly log: LogSync; readonly lock: Lock };

/** Batches under way at once: those that wait for one sync of a slow disk. */
const LANES = 16;

export class SqliteStore implements Store {
  readonly lanes = LANES;
  readonly outbox: SqliteOutbox;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #lock: Lock;
  readonly #log: LogSync;
  readonly #checkpoints: Checkpoints;
  readonly #sight: SharedSight;
  readonly #finder: Finder;
  readonly #saver: Saver;
  readonly #views: Views;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #ping;
  readonly #due;
  readonly #addKey;
  readonly #merchantOfKey;
  readonly #onLost: (error: OutcomeUnknown) => void;
  readonly #freeBytes: () => number;
  /** Set when nobody knows what is on disk. Only a restart, which reads the log again, can tell. */
  #lost = false;

  constructor({ path, writer, reader, log, lock }: Parts, { onLost, freeBytes, checkpointPages }: StoreOptions = {}) {
    this.#writer = writer;
    this.#reader = reader;
    this.#lock = lock;
    this.#log = log;
    this.#onLost = onLost ?? (() => undefined);
    this.#freeBytes = freeBytes ?? (() => Number.POSITIVE_INFINITY);
    this.#finder = new Finder(writer);
    this.#saver = new Saver(writer);
    this.#checkpoints = new Checkpoints(path, writer, { pages: checkpointPages, lose: (error) => this.#lose(error) });
    this.#sight = new SharedSight(reader);
    this.#views = new Views(reader);
    this.outbox = new SqliteOutbox({ writer, reader, write: (work) => this.#write(work), note: (work) => this.#note(work), read: (work) => this.#read(work) });
    this.#begin = writer.prepare<[]>(statements.BEGIN);
    this.#commit = writer.prepare<[]>(statements.COMMIT);
    this.#rollback = writer.prepare<[]>(statements.ROLLBACK);
    this.#ping = reader.prepare<[]>(statements.PING);
    this.#due = reader.prepare<number[], DueRow>(statements.DUE).raw();
    this.#addKey = writer.prepare<[string, string, number]>(statements.ADD_KEY);
    this.#merchantOfKey = reader.prepare<[string], string>(statements.FIND_MERCHANT_OF_KEY).pluck();
  }

  async transact(needs: Needs, decide: (rows: LoadedRows) => Changes): Promise<void> {
    await this.#write(() => this.#saver.save(decide(this.#finder.load(needs))));
  }

  async addKey(keyHash: string, merchant: MerchantId, createdAt: Millis): Promise<void> {
    await this.#write(() => this.#addKey.run(keyHash, merchant, createdAt));
  }

  async merchantOfKey(keyHash: string): Promise<MerchantId | null> {
    const merchant = await this.#read(() => this.#merchantOfKey.get(keyHash));
    return merchant === undefined ? null : merchantId(merchant);
  }

  async payment(merchant: MerchantId, id: PaymentId, extras: Extras): Promise<PaymentView | null> {
    return this.#read(() => this.#views.payment(merchant, id, extras));
  }

  async attempt(merchant: MerchantId, id: AttemptId, extras: Extras): Promise<PaymentView | null> {
    return this.#read(() => this.#views.attempt(merchant, id, extras));
  }

  async refund(merchant: MerchantId, id: RefundId, extras: Extras): Promise<RefundView | null> {
    return this.#read(() => this.#views.refund(merchant, id, extras));
  }

  async payments(merchant: MerchantId, query: PaymentQuery, extras: Extras): Promise<PaymentView[]> {
    return this.#read(() => this.#views.payments(merchant, query, extras));
  }

  async attempts(merchant: MerchantId, query: AttemptQuery, extras: Extras): Promise<PaymentView[]> {
    return this.#read(() => this.#views.attempts(merchant, query, extras));
  }

  async refunds(merchant: MerchantId, query: RefundQuery, extras: Extras): Promise<RefundView[]> {
    return this.#read(() => this.#views.refunds(merchant, query, extras));
  }

  async profiles(merchant: MerchantId, ids: readonly ProfileId[]): Promise<Profile[]> {
    return this.#read(() => this.#views.profiles(merchant, ids));
  }

  async listProfiles(merchant: MerchantId, query: ProfileQuery): Promise<Profile[]> {
    return this.#read(() => this.#views.listProfiles(merchant, query));
  }

  async reply(ref: KeyRef): Promise<StoredReply | null> {
    return this.#read(() => this.#views.reply(ref));
  }

  async dispute(merchant: MerchantId, id: DisputeId, extras: Extras): Promise<DisputeView | null> {
    return this.#read(() => this.#views.dispute(merchant, id, extras));
  }

  async disputes(merchant: MerchantId, query: DisputeQuery, extras: Extras): Promise<DisputeView[]> {
    return this.#read(() => this.#views.disputes(merchant, query, extras));
  }

  async due(by: Millis, limit: number): Promise<Due[]> {
    const rows = await this.#read(() => this.#due.all(by, limit, by, limit, by, limit, limit));
    return rows.map(readDue);
  }

  async entry(merchant: MerchantId, id: EntryId, extras: Extras): Promise<EntryView | null> {
    return this.#read(() => this.#views.entry(merchant, id, extras));
  }

  async entries(merchant: MerchantId, query: EntryQuery, extras: Extras): Promise<EntryView[]> {
    return this.#read(() => this.#views.entries(merchant, query, extras));
  }

  async events(merchant: MerchantId, query: EventQuery): Promise<Event[]> {
    return this.#read(() => this.#views.events(merchant, query));
  }

  async told(refs: readonly EventRef[], refunds: number): Promise<Told[]> {
    return this.#read(() => this.#views.told(refs, refunds));
  }

  async sumEntries(merchant: MerchantId, span: EntrySpan): Promise<EntrySums> {
    return this.#read(() => this.#views.sumEntries(merchant, span));
  }

  /** The folder has one writer. */
  async horizon(): Promise<string | null> {
    return null;
  }

  async ping(): Promise<void> {
    await this.#read(() => this.#ping.get());
    // Asks for room, takes the writer's turn and gives it back: neither shows in a read.
    await this.#write(() => undefined);
  }

  async dangers(): Promise<string[]> {
    return [];
  }

  async close(): Promise<void> {
    await this.#checkpoints.close();
    await this.#log.settled();
    this.#log.close();
    this.#reader.close();
    this.#writer.close();
    this.#lock.release();
  }

  /** One transaction that may be lost with the power, and nothing with it: whoever wrote it finds again what it was about. The next that is durable makes it so. */
  async #note(work: () => unknown): Promise<void> {
    while (this.#checkpoints.gate !== null) await this.#checkpoints.gate;
    this.#commitAll(work);
    this.#checkpoints.committed();
  }

  /** One transaction, done when it is durable. */
  async #write(work: () => unknown): Promise<void> {
    while (this.#checkpoints.gate !== null) await this.#checkpoints.gate;
    this.#commitAll(work);
    await this.#durable(() => {
      this.#checkpoints.committed();
      return this.#log.commit();
    });
  }

  /** Nothing in it waits, so no other write can come between. */
  #commitAll(work: () => unknown): void {
    if (this.#lost) throw lostAlready();
    expectRoom(this.#freeBytes());
    let stage: Stage = "begun";
    try {
      assert(!this.#writer.inTransaction, "a transaction does not begin inside another");
      this.#begin.run();
      work();
      stage = "committing";
      this.#commit.run();
    } catch (error) {
      const meaning = translate(error, stage);
      if (meaning instanceof OutcomeUnknown) this.#lose(meaning);
      else this.#undo();
      throw meaning;
    }
  }

  #undo(): void {
    // SQLite has already rolled back by itself after some errors.
    if (!this.#writer.inTransaction) return;
    try {
      this.#rollback.run();
    } catch (error) {
      const unknown = new OutcomeUnknown("a transaction could not be rolled back", { cause: error });
      this.#lose(unknown);
      throw unknown;
    }
  }

  async #durable(wait: () => Promise<void> | null): Promise<void> {
    try {
      await wait();
    } catch (error) {
      this.#refuse(error, "committing");
    }
  }

  async #read<T>(work: () => T): Promise<T> {
    // What cannot be told from what a power cut takes back is shown to nobody.
    if (this.#lost) throw lostAlready();
    const found = await this.#sight.read(work).catch((error: unknown) => this.#refuse(error, "begun"));
    const pending = this.#log.settled();
    if (pending !== null) await this.#durable(() => pending);
    return found;
  }

  /** The error that the port promises in place of SQLite's own. */
  #refuse(error: unknown, stage: Stage): never {
    const meaning = translate(error, stage);
    if (meaning instanceof OutcomeUnknown) this.#lose(meaning);
    throw meaning;
  }

  #lose(error: OutcomeUnknown): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#onLost(error);
  }
}

function lostAlready(): StoreUnavailable {
  return new StoreUnavailable("an earlier commit or read failed, and what is on the disk is unknown; restart to find out");
}
