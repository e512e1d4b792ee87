/**
 * The whole book, streamed payment by payment out of one read transaction, with one cursor for each table. Once it is
 * open it never throws: whatever cannot be read is told as damage, beside what was found before.
 */
import type { Dossier } from "../../domain/audit.ts";
import { LOST_REFERENCES } from "../../engine/profile-references.ts";
import { LOST_TELLINGS } from "../../engine/telling-references.ts";
import type { Book } from "../../engine/store.ts";
import type { Connection } from "./connection.ts";
import { readEvent, type EventRow } from "../../engine/event-rows.ts";
import {
  readAttempt, readDispute, readEntry, readPayment, readProfile, readRefund, readReply, replyHash, type AttemptRow, type DisputeRow, type EntryRow,
  type PaymentRow, type ProfileRow, type RefundRow, type ReplyRow,
} from "../../engine/rows.ts";
import { Cursor } from "./cursor.ts";
import { wordsOf } from "./failure.ts";
import { compareSchema } from "./schema.ts";
import * as statements from "./statements.ts";

/** Complaints in all: a book with more is beyond being listed. */
const DAMAGE_MAX = 1_000;

type Owner = (row: { readonly merchant: string; readonly payment: string }) => void;

export class SqliteBook implements Book {
  readonly #db: Connection;
  /** What could not be read, and rows that were found without a payment. A second walk finds the same again. */
  readonly #found = new Set<string>();

  constructor(db: Connection) {
    this.#db = db;
    db.exec("begin");
    // A read transaction holds its sight from the first read on.
    db.prepare(statements.SCHEMA).raw().all();
  }

  countPayments(): number {
    return this.#attempt("the payments cannot be counted", () => this.#number(statements.COUNT_PAYMENTS)) ?? 0;
  }

  *dossiers(): Generator<Dossier> {
    const lost = (table: string): Owner => ({ merchant, payment }) => {
      this.#tell(`a row of ${table} belongs to no payment: ${merchant} ${payment}`);
    };
    const cursors: { close(): void }[] = [];
    const open = <Row extends unknown[]>(sql: string, places: readonly [number, number], table: string): Cursor<Row> => {
      const cursor = new Cursor(this.#walk<Row>(sql), places, lost(table));
      cursors.push(cursor);
      return cursor;
    };
    try {
      const attempts = open<AttemptRow>(statements.ALL_ATTEMPTS, [0, 2], "attempt");
      const refunds = open<RefundRow>(statements.ALL_REFUNDS, [0, 2], "refund");
      const disputes = open<DisputeRow>(statements.ALL_DISPUTES, [0, 2], "dispute");
      const entries = open<EntryRow>(statements.ALL_ENTRIES, [0, 2], "journal_entry");
      const events = open<EventRow>(statements.ALL_EVENTS, [0, 3], "event");
      for (const row of this.#walk<PaymentRow>(statements.ALL_PAYMENTS)) {
        const [merchant, id] = row;
        const rows = {
          attempts: attempts.take(merchant, id),
          refunds: refunds.take(merchant, id),
          disputes: disputes.take(merchant, id),
          entries: entries.take(merchant, id),
          events: events.take(merchant, id),
        };
        const dossier = this.#readable(id, () => ({
          payment: readPayment(row),
          attempts: rows.attempts.map(readAttempt),
          refunds: rows.refunds.map(readRefund),
          disputes: rows.disputes.map(readDispute),
          // Ids grow within one process only: two servers on one book, or a clock set back, make some that do not.
          entries: rows.entries.map(readEntry).toSorted((one, other) => one.number - other.number),
          events: rows.events.map(readEvent).toSorted((one, other) => one.version - other.version),
        }));
        if (dossier !== null) yield dossier;
      }
      for (const cursor of [attempts, refunds, disputes, entries, events]) cursor.takeRest();
      this.#count("refund", statements.COUNT_REFUNDS, refunds.taken);
      this.#count("journal_entry", statements.COUNT_ENTRIES, entries.taken);
    } catch (error) {
      this.#tell(`the walk through the book ended early: ${wordsOf(error)}`);
    } finally {
      for (const cursor of cursors) cursor.close();
    }
  }

  damage(): string[] {
    this.#attempt("the pages cannot be checked", () => {
      for (const line of this.#db.prepare<[], string>(statements.CHECK_PAGES).pluck().iterate()) {
        if (line !== "ok") this.#tell(line);
      }
    });
    this.#attempt("the references between rows cannot be checked", () => {
      const keys = this.#db.prepare<[], [table: string, row: number | null, parent: string]>(statements.CHECK_KEYS).raw();
      for (const [table, row, parent] of keys.iterate()) {
        if (this.#found.size >= DAMAGE_MAX) break;
        this.#tell(`row ${row ?? "?"} of ${table} points to a row of ${parent} that is not there`);
      }
    });
    this.#attempt("the names of first refunds cannot be counted", () => {
      const [names = 0, named = 0] = this.#db.prepare<[], number[]>(statements.COUNT_NAMED).raw().get() ?? [];
      if (names !== named) this.#tell(`payments name ${names} refunds, and ${named} are there to be named`);
    });
    this.#attempt("the profiles cannot be read to their end", () => {
      for (const row of this.#walk<ProfileRow>(statements.ALL_PROFILES)) this.#attempt(`profile ${row[1]} cannot be read`, () => readProfile(row));
    });
    for (const { what, sql } of [...LOST_REFERENCES, ...LOST_TELLINGS]) {
      this.#attempt(`nobody knows whether ${what}`, () => {
        for (const [merchant, id, lost] of this.#walk<[string, string, string]>(sql)) this.#tell(`${what}: ${merchant} ${id} names ${lost}`);
      });
    }
    this.#attempt("the schema cannot be compared", () => {
      for (const difference of compareSchema(this.#db)) this.#tell(difference);
    });
    this.#attempt("the stored replies cannot be read to their end", () => {
      for (const row of this.#walk<ReplyRow>(statements.ALL_REPLIES)) this.#checkReply(row);
    });
    return [...this.#found];
  }

  close(): void {
    this.#db.close();
  }

  #walk<Row extends unknown[]>(sql: string): IterableIterator<Row> {
    return this.#db.prepare<[], Row>(sql).safeIntegers().raw().iterate();
  }

  /** Replies stand outside every sum: each carries its own proof. */
  #checkReply(row: ReplyRow): void {
    const [merchant, scope, key] = row;
    const name = `the reply to ${merchant} ${scope} "${key}"`;
    this.#attempt(`${name} cannot be read`, () => {
      if (replyHash(readReply(row)) !== row.at(-1)) this.#tell(`${name} was changed`);
    });
  }

  /** A row that does not make sense is told as damage, and the walk goes on: one bad row must not hide the next. */
  #readable(id: string, read: () => Dossier): Dossier | null {
    return this.#attempt(`payment ${id} cannot be read`, read);
  }

  /** Refunds and entries are found through their events: one without is seen by nobody who walks. */
  #count(table: string, sql: string, seen: number): void {
    const count = this.#number(sql);
    if (count !== seen) this.#tell(`${table} has ${count} rows, and ${seen} of them belong to an event of their payment`);
  }

  #number(sql: string): number {
    return this.#db.prepare<[], number>(sql).pluck().get() ?? 0;
  }

  /** Damage may raise any error at all, in SQLite and in what reads its rows: whatever it is, the proof tells it and goes on. */
  #attempt<T>(what: string, act: () => T): T | null {
    try {
      return act();
    } catch (error) {
      this.#tell(`${what}: ${wordsOf(error)}`);
      return null;
    }
  }

  #tell(what: string): void {
    if (this.#found.size < DAMAGE_MAX) this.#found.add(what);
  }
}
