/** A book in a folder as a whole: read for a copy, or written by one. */
import { StoreUnavailable, type Book } from "../../engine/store.ts";
import type { CopyTarget, Mark, Sight } from "../../engine/sight.ts";
import type { Value } from "../../engine/rows.ts";
import type { Key, Row, Table } from "../../engine/tables.ts";
import { BulkInsert } from "./bulk-insert.ts";
import type { Connection } from "./connection.ts";
import * as copying from "./copy-statements.ts";
import { codeOf, wordsOf } from "./failure.ts";
import { expectRoom } from "./room.ts";
import * as statements from "./statements.ts";

/** Whoever makes one sees to it that nobody writes meanwhile. */
export class SqliteSight implements Sight {
  readonly #db: Connection;
  readonly #onClose: () => void;

  constructor(db: Connection, onClose: () => void = () => undefined) {
    this.#db = db;
    this.#onClose = onClose;
  }

  async count(table: Table): Promise<number> {
    return reachable(() => this.#db.prepare<[], number>(copying.countRows(table)).pluck().get()) ?? 0;
  }

  async page(table: Table, after: Key | null, rows: number): Promise<Row[]> {
    const sql = copying.readPage(table, { after: after !== null });
    return reachable(() => this.#db.prepare<[Record<string, Value>], Value[]>(sql).safeIntegers().raw().all({ ...Object.fromEntries((after ?? []).map((value, i) => [`k${i}`, value])), rows }));
  }

  async lastKey(table: Table): Promise<Key | null> {
    return reachable(() => this.#db.prepare<[], Value[]>(copying.readLastKey(table)).safeIntegers().raw().get()) ?? null;
  }

  async close(): Promise<void> {
    this.#onClose();
  }
}

export type TargetParts = {
  /** The one that writes; the folder is locked for as long as it is open. */
  readonly db: Connection;
  readonly freeBytes: () => number;
  readonly openBook: () => Book & { close(): void };
  readonly onClose: () => void;
};

export class SqliteCopyTarget implements CopyTarget {
  readonly #db: Connection;
  readonly #parts: TargetParts;
  readonly #inserts = new Map<string, BulkInsert>();

  constructor(parts: TargetParts) {
    this.#db = parts.db;
    this.#parts = parts;
    // Here each batch is synced by its own commit: there are few of them, and nobody waits for one.
    this.#db.pragma("synchronous = full");
  }

  async mark(): Promise<Mark | null> {
    return reachable(() => readMark(this.#db));
  }

  async begin({ source, begunFrom }: Mark): Promise<void> {
    this.#commit(() => {
      this.#db.exec(copying.MAKE_MARK);
      this.#db.prepare<[string, string]>(copying.SET_MARK).run(source, begunFrom);
    });
  }

  async resume(): Promise<void> {
    // The folder is locked: an earlier run has ended, and with it all that it did.
  }

  async write(table: Table, rows: readonly Row[]): Promise<string | null> {
    expectRoom(this.#parts.freeBytes());
    const insert = this.#inserts.get(table.table) ?? new BulkInsert(this.#db, table);
    this.#inserts.set(table.table, insert);
    try {
      this.#commit(() => insert.run(rows));
      return null;
    } catch (error) {
      if (codeOf(error)?.startsWith("SQLITE_CONSTRAINT") === true) return wordsOf(error);
      throw error;
    }
  }

  async sight(): Promise<Sight> {
    return new SqliteSight(this.#db);
  }

  async openBook(): Promise<Book & { close(): void }> {
    return this.#parts.openBook();
  }

  async finish(): Promise<void> {
    this.#commit(() => this.#db.exec(copying.DROP_MARK));
  }

  async close(): Promise<void> {
    this.#db.close();
    this.#parts.onClose();
  }

  /** A commit that fails may still be done: the next run sees by the rows whether it was. */
  #commit(work: () => void): void {
    reachable(() => {
      try {
        this.#db.exec(statements.BEGIN);
        work();
        this.#db.exec(statements.COMMIT);
      } catch (error) {
        if (this.#db.inTransaction) this.#db.exec(statements.ROLLBACK);
        throw error;
      }
    });
  }
}

export function readMark(db: Connection): Mark | null {
  if (db.prepare<[], number>(copying.HAS_MARK).pluck().get() === 0) return null;
  const [source = "", begunFrom = ""] = db.prepare<[], [string, string]>(copying.READ_MARK).raw().get() ?? [];
  return { source, begunFrom };
}

/** What SQLite says when it cannot read or write is no fault of ours; what a guard says is left to whoever asked. */
function reachable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = codeOf(error);
    if (code === null || code.startsWith("SQLITE_CONSTRAINT")) throw error;
    throw new StoreUnavailable(`the book cannot be read or written: ${wordsOf(error)}`, { cause: error });
  }
}
