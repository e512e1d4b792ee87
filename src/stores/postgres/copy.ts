/** A book in PostgreSQL as a whole: read for a copy, or written by one. */
import { randomUUID } from "node:crypto";
import { StoreUnavailable, type Book } from "../../engine/store.ts";
import type { CopyTarget, Mark, Sight } from "../../engine/sight.ts";
import type { Value } from "../../engine/rows.ts";
import type { Key, Row, Table } from "../../engine/tables.ts";
import { columnsOf } from "./bulk.ts";
import type { Connection, Statement } from "./connection.ts";
import * as copying from "./copy-statements.ts";
import { codeOf, DIVISION_BY_ZERO, isRefused, translate, wordsOf } from "./failure.ts";
import type { Lent, Pool } from "./pool.ts";

/** To count a great table, or to write a batch into one. */
const ANSWER_MS = 600_000;
const WRITE_MS = 60_000;

/** The mark is there already, or is there no more, or is another run's: nothing of the batch was done. */
const RACED = ["42P07", "42P01", DIVISION_BY_ZERO];

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

  #tell(settings: string): Promise<void> {
    return reachable(() => this.#connection.together(ANSWER_MS, () => this.#connection.tell(settings)));
  }
}

export class PostgresCopyTarget implements CopyTarget {
  readonly #pool: Pool;
  readonly #openBook: () => Promise<Book & { close(): Promise<void> }>;
  readonly #run = randomUUID();

  constructor(pool: Pool, openBook: () => Promise<Book & { close(): Promise<void> }>) {
    this.#pool = pool;
    this.#openBook = openBook;
  }

  mark(): Promise<Mark | null> {
    return this.#pool.use(readMark);
  }

  begin({ source, begunFrom }: Mark): Promise<void> {
    return this.#commit([
      { text: copying.MAKE_MARK, values: [] },
      { text: copying.SET_MARK, values: columnsOf([[source, begunFrom, this.#run]]) },
    ]);
  }

  resume(): Promise<void> {
    return this.#commit([{ text: copying.TAKE_MARK, values: [this.#run] }]);
  }

  async write(table: Table, rows: readonly Row[]): Promise<string | null> {
    try {
      await this.#commit([
        this.#hold(),
        { text: copying.writeRows(table), values: columnsOf(rows) },
      ]);
      return null;
    } catch (error) {
      if (isRefused(error)) return wordsOf(error);
      throw error;
    }
  }

  async sight(): Promise<Sight> {
    const lent = await this.#pool.lend();
    return reachable(() => PostgresSight.begin(lent, copying.BEGIN_SIGHT));
  }

  openBook(): Promise<Book & { close(): Promise<void> }> {
    return reachable(this.#openBook);
  }

  async finish(): Promise<void> {
    const marked = await this.mark();
    if (marked !== null) await this.#commit([this.#hold(), { text: copying.DROP_MARK, values: [] }]);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #hold(): Statement {
    return { text: copying.HOLD_MARK, values: [this.#run] };
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
      if (RACED.includes(codeOf(failed.reason) ?? "")) throw new StoreUnavailable("another copy into this book has begun, gone on or ended meanwhile", { cause: failed.reason });
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
  const { rows } = await reachable(() => connection.together(ANSWER_MS, () => connection.ask<Row>(statement)));
  return rows;
}

/** The error that the port promises in place of PostgreSQL's own. */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

/** A connection that cannot even undo is thrown away, and the server undoes it. */
async function rollBack(connection: Connection): Promise<void> {
  try {
    await connection.together(ANSWER_MS, () => connection.ask({ text: copying.ROLLBACK, values: [] }));
  } catch {
    connection.destroy();
  }
}
