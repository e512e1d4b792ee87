/** A book in PostgreSQL as a whole: read for a copy, or written by one. */
import { StoreUnavailable, type Book } from "../../engine/store.ts";
import type { CopyTarget, Mark, Sight } from "../../engine/sight.ts";
import type { Value } from "../../engine/rows.ts";
import type { Key, Row, Table } from "../../engine/tables.ts";
import { columnsOf } from "./bulk.ts";
import type { Connection, Statement } from "./connection.ts";
import * as copying from "./copy-statements.ts";
import { codeOf, isRefused, translate, wordsOf } from "./failure.ts";
import type { Lent, Pool } from "./pool.ts";

/** To count a great table, or to write a batch into one. */
const ANSWER_MS = 600_000;
const WRITE_MS = 60_000;

/** The mark's table is there already, or is there no more. */
const RACED = ["42P01", "42P07", "23505"];

/** Lives in the transaction that its connection has begun. */
export class PostgresSight implements Sight {
  readonly #connection: Connection;
  readonly #onClose: () => Promise<void>;

  constructor(connection: Connection, onClose: () => Promise<void>) {
    this.#connection = connection;
    this.#onClose = onClose;
  }

  /** In a transaction that begins with `begin`. Throws what PostgreSQL says when it cannot. */
  static async begin({ connection, giveBack }: Lent, begin: string, onClose: () => Promise<void> = async () => undefined): Promise<PostgresSight> {
    try {
      await connection.together(ANSWER_MS, () => connection.tell(begin));
      return new PostgresSight(connection, async () => {
        await rollBack(connection);
        giveBack();
        await onClose();
      });
    } catch (error) {
      await rollBack(connection);
      giveBack();
      throw error;
    }
  }

  async count(table: Table): Promise<number> {
    await this.#tell(copying.WITHOUT_INDEXES);
    const [row] = await this.#ask<[bigint]>({ text: copying.countRows(table), values: [] });
    await this.#tell(copying.WITH_INDEXES);
    return Number(row?.[0] ?? 0n);
  }

  page(table: Table, after: Key | null, rows: number): Promise<Row[]> {
    return this.#ask<Value[]>({ text: copying.readPage(table, { after: after !== null }), values: [...(after ?? []), rows] });
  }

  async lastKey(table: Table): Promise<Key | null> {
    const [row] = await this.#ask<Value[]>({ text: copying.readLastKey(table), values: [] });
    return row ?? null;
  }

  close(): Promise<void> {
    return this.#onClose();
  }

  #ask<Row extends unknown[]>(statement: Statement): Promise<Row[]> {
    return ask<Row>(this.#connection, statement);
  }

  async #tell(settings: string): Promise<void> {
    try {
      await this.#connection.together(ANSWER_MS, () => this.#connection.tell(settings));
    } catch (error) {
      throw translate(error);
    }
  }
}

export class PostgresCopyTarget implements CopyTarget {
  readonly #pool: Pool;
  readonly #openBook: () => Promise<Book & { close(): Promise<void> }>;

  constructor(pool: Pool, openBook: () => Promise<Book & { close(): Promise<void> }>) {
    this.#pool = pool;
    this.#openBook = openBook;
  }

  mark(): Promise<Mark | null> {
    return this.#pool.use(readMark);
  }

  async begin({ source, begunFrom }: Mark): Promise<void> {
    try {
      await this.#commit([
        { text: copying.MAKE_MARK, values: [] },
        { text: copying.SET_MARK, values: columnsOf([[source, begunFrom]]) },
      ]);
    } catch (error) {
      throw raced(error);
    }
  }

  async write(table: Table, rows: readonly Row[]): Promise<string | null> {
    try {
      await this.#commit([
        { text: copying.HOLD_MARK, values: [] },
        { text: copying.writeRows(table), values: columnsOf(rows) },
      ]);
      return null;
    } catch (error) {
      if (isRefused(error)) return wordsOf(error);
      throw raced(error);
    }
  }

  async sight(): Promise<Sight> {
    return PostgresSight.begin(await this.#pool.lend(), copying.BEGIN_SIGHT);
  }

  openBook(): Promise<Book & { close(): Promise<void> }> {
    return this.#openBook();
  }

  finish(): Promise<void> {
    return this.#commit([{ text: copying.DROP_MARK, values: [] }]);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /**
   * One transaction in one round trip: after a statement that fails, the commit does nothing. Where its answer is lost the next run sees by the
   * rows what became of it.
   */
  #commit(work: readonly Statement[]): Promise<void> {
    return this.#pool.use(async (connection) => {
      const begin = copying.beginWriting({ statementMs: WRITE_MS });
      const [begun, ...done] = await connection.together(ANSWER_MS, () =>
        Promise.allSettled([connection.tell(begin), ...work.map((statement) => connection.ask(statement)), connection.ask({ text: copying.COMMIT, values: [] })]),
      );
      const failed = [begun, ...done].find((settled) => settled.status === "rejected");
      if (failed === undefined) return;
      await rollBack(connection);
      throw isRefused(failed.reason) ? failed.reason : translate(failed.reason);
    });
  }
}

export async function readMark(connection: Connection): Promise<Mark | null> {
  const [found] = await ask<[bigint]>(connection, { text: copying.HAS_MARK, values: [] });
  if (found?.[0] !== 1n) return null;
  const [row] = await ask<[string, string]>(connection, { text: copying.READ_MARK, values: [] });
  const [source = "", begunFrom = ""] = row ?? [];
  return { source, begunFrom };
}

async function ask<Row extends unknown[]>(connection: Connection, statement: Statement): Promise<Row[]> {
  try {
    return (await connection.together(ANSWER_MS, () => connection.ask<Row>(statement))).rows;
  } catch (error) {
    throw translate(error);
  }
}

/** Two copies into one book: nothing of this one's batch was done. */
function raced(error: unknown): unknown {
  return RACED.includes(codeOf(error) ?? "") ? new StoreUnavailable("another copy has begun or ended in this book meanwhile", { cause: error }) : error;
}

/** A connection that cannot even undo is thrown away, and the server undoes it. */
async function rollBack(connection: Connection): Promise<void> {
  try {
    await connection.together(ANSWER_MS, () => connection.ask({ text: copying.ROLLBACK, values: [] }));
  } catch {
    connection.destroy();
  }
}
