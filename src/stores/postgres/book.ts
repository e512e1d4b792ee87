/**
 * The whole book, streamed payment by payment out of one transaction that only reads, with one cursor for each table. Once it is
 * open, whatever cannot be read is told as damage, beside what was found before; only a server that goes away ends the proof,
 * since that says nothing of the book.
 */
import type { Dossier } from "../../domain/audit.ts";
import { LOST_REFERENCES } from "../../engine/profile-references.ts";
import { LOST_TELLINGS } from "../../engine/telling-references.ts";
import { StoreUnavailable, type Book } from "../../engine/store.ts";
import { readEvent, type EventRow } from "../../engine/event-rows.ts";
import {
  readAttempt, readDispute, readEntry, readPayment, readProfile, readRefund, readReply, replyHash, type AttemptRow, type DisputeRow, type EntryRow, type PaymentRow,
  type ProfileRow, type RefundRow, type ReplyRow,
} from "../../engine/rows.ts";
import type { Connection } from "./connection.ts";
import { Cursor } from "./cursor.ts";
import { codeOf, translate, wordsOf } from "./failure.ts";
import type { Pool } from "./pool.ts";
import { compareSchema } from "./schema.ts";
import * as statements from "./statements.ts";

/** Complaints in all: a book with more is beyond being listed. */
const DAMAGE_MAX = 1_000;
const PAGE_ROWS = 1_000;
/** The first page of a table may have to wait until all of it is sorted. */
const PAGE_MS = 3_600_000;

/** A standby, and a user who owns nothing here. */
const MAY_NOT_MAKE = ["25006", "42501"];

type Page<Row> = () => Promise<Row[]>;

export class PostgresBook implements Book {
  readonly #pool: Pool;
  readonly #connection: Connection;
  readonly #release: () => void;
  /** What could not be read, and rows that were found without a payment. A second walk finds the same again. */
  readonly #found = new Set<string>();
  readonly #unproved: string[] = [];
  #cursors = 0;

  private constructor(pool: Pool, connection: Connection, release: () => void) {
    this.#pool = pool;
    this.#connection = connection;
    this.#release = release;
  }

  /** Rejects when no connection can be had. */
  static open(pool: Pool): Promise<PostgresBook> {
    return new Promise((resolve, reject) => {
      const lent = pool.use(
        (connection) =>
          new Promise<void>((release) => {
            const book = new PostgresBook(pool, connection, release);
            // A read transaction holds its sight from the first read on.
            const begun = connection.together(PAGE_MS, () => connection.tell("begin isolation level repeatable read read only; select 1 from migration"));
            begun.then(
              () => resolve(book),
              (error: unknown) => {
                release();
                reject(error);
              },
            );
          }),
      );
      lent.catch(reject);
    });
  }

  async countPayments(): Promise<number> {
    return (await this.#attempt("the payments cannot be counted", async () => {
      const { rows } = await this.#connection.together(PAGE_MS, () => this.#connection.ask<[bigint]>({ text: statements.COUNT_PAYMENTS, values: [] }));
      return Number(rows[0]?.[0]);
    })) ?? 0;
  }

  async *dossiers(): AsyncGenerator<Dossier> {
    const open = async <Row extends unknown[]>(sql: string, places: readonly [number, number], table: string): Promise<Cursor<Row>> =>
      new Cursor(await this.#walk<Row>(sql), places, ({ merchant, payment }) => this.#tell(`a row of ${table} belongs to no payment: ${merchant} ${payment}`));
    try {
      const attempts = await open<AttemptRow>(statements.ALL_ATTEMPTS, [0, 2], "attempt");
      const refunds = await open<RefundRow>(statements.ALL_REFUNDS, [0, 2], "refund");
      const disputes = await open<DisputeRow>(statements.ALL_DISPUTES, [0, 2], "dispute");
      const entries = await open<EntryRow>(statements.ALL_ENTRIES, [0, 2], "journal_entry");
      const events = await open<EventRow>(statements.ALL_EVENTS, [0, 3], "event");
      const payments = await this.#walk<PaymentRow>(statements.ALL_PAYMENTS);
      for (let page = await payments(); page.length > 0; page = await payments()) {
        for (const row of page) {
          const [merchant, id] = row;
          const rows = {
            attempts: await attempts.take(merchant, id),
            refunds: await refunds.take(merchant, id),
            disputes: await disputes.take(merchant, id),
            entries: await entries.take(merchant, id),
            events: await events.take(merchant, id),
          };
          const dossier = await this.#attempt(`payment ${id} cannot be read`, () => ({
            payment: readPayment(row),
            attempts: rows.attempts.map(readAttempt),
            refunds: rows.refunds.map(readRefund),
            disputes: rows.disputes.map(readDispute),
            // Ids grow within one process only: two nodes on one book, or a clock set back, make some that do not.
            entries: rows.entries.map(readEntry).toSorted((one, other) => one.number - other.number),
            events: rows.events.map(readEvent).toSorted((one, other) => one.version - other.version),
          }));
          if (dossier !== null) yield dossier;
        }
      }
      for (const cursor of [attempts, refunds, disputes, entries, events]) await cursor.takeRest();
    } catch (error) {
      expectDamage(error);
      this.#tell(`the walk through the book ended early: ${wordsOf(error)}`);
    }
  }

  async damage(): Promise<string[]> {
    await this.#attempt("the stored replies cannot be read to their end", async () => {
      const replies = await this.#walk<ReplyRow>(statements.ALL_REPLIES);
      for (let page = await replies(); page.length > 0; page = await replies()) {
        for (const row of page) await this.#checkReply(row);
      }
    });
    await this.#attempt("the profiles cannot be read to their end", async () => {
      for await (const row of this.#rows<ProfileRow>(statements.ALL_PROFILES)) await this.#attempt(`profile ${row[1]} cannot be read`, () => readProfile(row));
    });
    for (const { what, sql } of [...LOST_REFERENCES, ...LOST_TELLINGS]) {
      await this.#attempt(`nobody knows whether ${what}`, async () => {
        for await (const [merchant, id, lost] of this.#rows<[string, string, string]>(sql)) this.#tell(`${what}: ${merchant} ${id} names ${lost}`);
      });
    }
    await this.#attempt("the schema cannot be compared", async () => {
      // What the migrations make is made once more, beside the book, and undone: that cannot be done in a transaction that only reads.
      await this.#connection.together(PAGE_MS, () => this.#connection.tell("commit"));
      try {
        for (const difference of await compareSchema(this.#connection)) this.#tell(difference);
      } catch (error) {
        if (!MAY_NOT_MAKE.includes(codeOf(error) ?? "")) throw error;
        this.#unproved.push(`whether every guard of the schema is in place, since that is held against tables that are made for it and undone, and this server or this user lets none be made (${wordsOf(error)}): prove the primary too, as the owner of its tables`);
      }
    });
    return [...this.#found];
  }

  unproved(): readonly string[] {
    return this.#unproved;
  }

  async close(): Promise<void> {
    this.#release();
    this.#connection.destroy();
    await this.#pool.close();
  }

  /** A cursor lives as long as the transaction, and the server remembers where it is. */
  async #walk<Row extends unknown[]>(sql: string): Promise<Page<Row>> {
    this.#cursors += 1;
    const name = `walk_${this.#cursors}`;
    await this.#connection.together(PAGE_MS, () => this.#connection.tell(`declare ${name} no scroll cursor for ${sql}`));
    const text = `fetch ${PAGE_ROWS} from ${name}`;
    return async () => (await this.#connection.together(PAGE_MS, () => this.#connection.ask<Row>({ text, values: [] }))).rows;
  }

  async *#rows<Row extends unknown[]>(sql: string): AsyncGenerator<Row> {
    const next = await this.#walk<Row>(sql);
    for (let page = await next(); page.length > 0; page = await next()) yield* page;
  }

  /** Replies stand outside every sum: each carries its own proof. */
  async #checkReply(row: ReplyRow): Promise<void> {
    const [merchant, scope, key] = row;
    const name = `the reply to ${merchant} ${scope} "${key}"`;
    await this.#attempt(`${name} cannot be read`, () => {
      if (replyHash(readReply(row)) !== row.at(-1)) this.#tell(`${name} was changed`);
    });
  }

  /** Damage may raise any error at all, in PostgreSQL and in what reads its rows: whatever it is, the proof tells it and goes on. */
  async #attempt<T>(what: string, act: () => T | Promise<T>): Promise<T | null> {
    try {
      return await act();
    } catch (error) {
      expectDamage(error);
      this.#tell(`${what}: ${wordsOf(error)}`);
      return null;
    }
  }

  #tell(what: string): void {
    if (this.#found.size < DAMAGE_MAX) this.#found.add(what);
  }
}

/** A server that stops, a way that breaks, a standby that must drop what is read to go on: none of it is damage, and the proof may be begun again. */
function expectDamage(error: unknown): void {
  const meaning = translate(error);
  if (meaning instanceof StoreUnavailable) throw new StoreUnavailable(`The proof was broken off and says nothing of the book. Run it again. (${wordsOf(error)})`, { cause: error });
}
