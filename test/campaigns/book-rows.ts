/** The bare rows of a book's tables, whichever store keeps it, in one order and as text: two books can be held against each other. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Client } from "pg";
import { EVENT_COLUMNS } from "../../src/engine/event-rows.ts";
import { ATTEMPT_COLUMNS, ENTRY_COLUMNS, PAYMENT_COLUMNS, REFUND_COLUMNS, REPLY_COLUMNS, type Value } from "../../src/engine/rows.ts";

const PAGE_ROWS = 1_000;

const TABLES = {
  payment: { columns: PAYMENT_COLUMNS, order: "merchant, id" },
  attempt: { columns: ATTEMPT_COLUMNS, order: "merchant, id" },
  refund: { columns: REFUND_COLUMNS, order: "merchant, id" },
  journal_entry: { columns: ENTRY_COLUMNS, order: "merchant, id" },
  event: { columns: EVENT_COLUMNS, order: "merchant, payment_id, id" },
  stored_reply: { columns: REPLY_COLUMNS, order: "merchant, scope, key" },
} as const;

export type Table = keyof typeof TABLES;

export type Comparison = {
  readonly rows: Readonly<Record<Table, number>>;
  /** Over every row of the journal: equal books give equal ones. */
  readonly journalHash: string;
  /** The first of each table, in words. */
  readonly differences: readonly string[];
};

export async function compareRows(folder: string, url: string): Promise<Comparison> {
  const sqlite = new Database(join(folder, "book.db"), { readonly: true });
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const rows = { payment: 0, attempt: 0, refund: 0, journal_entry: 0, event: 0, stored_reply: 0 };
    const differences: string[] = [];
    const hash = createHash("sha256");
    for (const table of ["payment", "attempt", "refund", "journal_entry", "event", "stored_reply"] as const) {
      const [ones, others] = [sqliteRows(sqlite, table), postgresRows(client, table)];
      try {
        for (let row = 1; ; row++) {
          const [one, other] = [rowOf(ones.next()), rowOf(await others.next())];
          if (one === null && other === null) break;
          rows[table] = row;
          if (table === "journal_entry") hash.update(`${other}\n`);
          if (one === other) continue;
          differences.push(`${table}, row ${row}: ${one ?? "nothing"} in SQLite, and ${other ?? "nothing"} in PostgreSQL`);
          break;
        }
      } finally {
        ones.return();
        await others.return();
      }
    }
    return { rows, journalHash: hash.digest("hex"), differences };
  } finally {
    await client.end();
    sqlite.close();
  }
}

function sqlOf(table: Table): string {
  const { columns, order } = TABLES[table];
  return `select ${columns} from ${table} order by ${order}`;
}

function* sqliteRows(db: Database.Database, table: Table): Generator<string, void> {
  for (const row of db.prepare<[], Value[]>(sqlOf(table)).raw().safeIntegers().iterate()) yield textOf(row);
}

async function* postgresRows(client: Client, table: Table): AsyncGenerator<string, void> {
  await client.query(`begin; declare walk no scroll cursor for ${sqlOf(table)}`);
  try {
    while (true) {
      const { rows } = await client.query<Value[]>({ text: `fetch ${PAGE_ROWS} from walk`, rowMode: "array" });
      if (rows.length === 0) return;
      for (const row of rows) yield textOf(row);
    }
  } finally {
    await client.query("rollback");
  }
}

function rowOf({ value, done }: IteratorResult<string, void>): string | null {
  return done === true ? null : (value ?? null);
}

/** Integers come as bigint, number or text, by the width of their column and by the store. */
function textOf(row: readonly Value[]): string {
  return JSON.stringify(row.map((value) => (value === null ? null : String(value))));
}
