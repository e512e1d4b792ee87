/** The whole book, streamed payment by payment out of one read transaction, with one cursor for each table. */
import { BrokenInvariant } from "../../base/assert.ts";
import type { Dossier } from "../../domain/audit.ts";
import type { Book } from "../../engine/store.ts";
import type { Connection } from "./connection.ts";
import {
  readAttempt, readEntry, readEvent, readPayment, readRefund, type AttemptRow, type EntryRow, type EventRow, type PaymentRow,
  type RefundRow,
} from "./rows.ts";
import { Cursor } from "./cursor.ts";
import { codeOf } from "./failure.ts";
import * as statements from "./statements.ts";

/** Complaints of each kind: a book with more is beyond being listed. */
const DAMAGE_MAX = 1_000;

type Owner = (row: { readonly merchant: string; readonly payment: string }) => void;

export class SqliteBook implements Book {
  readonly #db: Connection;
  /** What the last walk could not read, and rows that it found without a payment. */
  #found: string[] = [];

  constructor(db: Connection) {
    this.#db = db;
    db.exec("begin");
    // A read transaction holds its sight from the first read on.
    this.countPayments();
  }

  countPayments(): number {
    return this.#db.prepare<[], number>(statements.COUNT_PAYMENTS).pluck().get() ?? 0;
  }

  *dossiers(): Generator<Dossier> {
    this.#found = [];
    const lost = (table: string): Owner => ({ merchant, payment }) => {
      this.#tell(`a row of ${table} belongs to no payment: ${merchant} ${payment}`);
    };
    const attempts = new Cursor(this.#walk<AttemptRow>(statements.ALL_ATTEMPTS), [0, 2], lost("attempt"));
    const refunds = new Cursor(this.#walk<RefundRow>(statements.ALL_REFUNDS), [0, 2], lost("refund"));
    const entries = new Cursor(this.#walk<EntryRow>(statements.ALL_ENTRIES), [0, 2], lost("journal_entry"));
    const events = new Cursor(this.#walk<EventRow>(statements.ALL_EVENTS), [0, 3], lost("event"));
    const cursors = [attempts, refunds, entries, events];
    try {
      for (const row of this.#walk<PaymentRow>(statements.ALL_PAYMENTS)) {
        const [merchant, id] = row;
        const rows = {
          attempts: attempts.take(merchant, id),
          refunds: refunds.take(merchant, id),
          entries: entries.take(merchant, id),
          events: events.take(merchant, id),
        };
        const dossier = this.#readable(id, () => ({
          payment: readPayment(row),
          attempts: rows.attempts.map(readAttempt),
          refunds: rows.refunds.map(readRefund),
          // Ids grow within one process only: two servers on one book, or a clock set back, make some that do not.
          entries: rows.entries.map(readEntry).toSorted((one, other) => one.number - other.number),
          events: rows.events.map(readEvent).toSorted((one, other) => one.version - other.version),
        }));
        if (dossier !== null) yield dossier;
      }
      for (const cursor of cursors) cursor.takeRest();
      this.#count("refund", statements.COUNT_REFUNDS, refunds.taken);
      this.#count("journal_entry", statements.COUNT_ENTRIES, entries.taken);
    } catch (error) {
      if (codeOf(error) === null) throw error;
      this.#tell(`the walk through the book ended early: ${String(error)}`);
    } finally {
      for (const cursor of cursors) cursor.close();
    }
  }

  damage(): string[] {
    const pages = this.#db.prepare<[], string>(statements.CHECK_PAGES).pluck().all();
    const keys = this.#db.prepare<[], [table: string, row: number | null, parent: string]>(statements.CHECK_KEYS).raw();
    const found = pages.filter((line) => line !== "ok");
    for (const [table, row, parent] of keys.iterate()) {
      if (found.length >= DAMAGE_MAX) break;
      found.push(`row ${row ?? "?"} of ${table} points to a row of ${parent} that is not there`);
    }
    return [...found, ...this.#found];
  }

  close(): void {
    this.#db.close();
  }

  #walk<Row extends unknown[]>(sql: string): IterableIterator<Row> {
    return this.#db.prepare<[], Row>(sql).safeIntegers().raw().iterate();
  }

  /** A row that does not make sense is told as damage, and the walk goes on: one bad row must not hide the next. */
  #readable(id: string, read: () => Dossier): Dossier | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof BrokenInvariant)) throw error;
      this.#tell(`payment ${id} cannot be read: ${error.message}`);
      return null;
    }
  }

  /** Refunds and entries are found through their events: one without is seen by nobody who walks. */
  #count(table: string, sql: string, seen: number): void {
    const count = this.#db.prepare<[], number>(sql).pluck().get() ?? 0;
    if (count !== seen) this.#tell(`${table} has ${count} rows, and ${seen} of them belong to an event of their payment`);
  }

  #tell(what: string): void {
    if (this.#found.length < DAMAGE_MAX) this.#found.push(what);
  }
}
