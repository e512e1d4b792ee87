import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import Database from "better-sqlite3";
import { openBookReadOnly, openCopySource, openCopyTarget, openStore } from "../../src/stores/sqlite/open.ts";
import { folder, tamper } from "./closed-book.ts";
import type { Ground } from "./copy-suite.ts";

export async function folderGround(context: TestContext): Promise<Ground & { readonly place: string }> {
  const place = folder(context);
  return {
    place,
    openStore: async () => openStore(place),
    openSource: async () => openCopySource(place),
    openTarget: async () => openCopyTarget(place),
    openBook: async () => openBookReadOnly(place).close(),
    tamper: async (sql) => tamper(place, sql),
    async dump() {
      const db = new Database(join(place, "book.db"), { readonly: true });
      const tables = db.prepare<[], string>("select name from sqlite_schema where type = 'table' and name not like 'sqlite%' and name <> 'migration'").pluck().all();
      const dumped = tables.map((table) => {
        // Where a payment's refunds are named is each book's own affair.
        const columns = db.prepare<[], string>(`select name from pragma_table_info('${table}') where name not in ('first_refunds', 'listed')`).pluck().all();
        const rows = db.prepare<[], unknown[]>(`select ${columns.join(", ")} from ${table}`).safeIntegers().raw().all();
        return [table, rows.map((row) => JSON.stringify(row.map(asText))).toSorted()] as const;
      });
      db.close();
      return Object.fromEntries(dumped);
    },
  };
}

/** Whole numbers come as bigint from one library and as text from another. */
export function asText(value: unknown): string | null {
  if (value === null) return null;
  assert.ok(typeof value === "string" || typeof value === "number" || typeof value === "bigint", typeof value);
  return String(value);
}
