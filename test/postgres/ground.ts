import type { TestContext } from "node:test";
import { openBookReadOnly, openCopySource, openCopyTarget, openStore } from "../../src/stores/postgres/open.ts";
import type { Ground } from "../stores/copy-suite.ts";
import { asText } from "../stores/folder-ground.ts";
import { freshDatabase, type Database } from "./database.ts";

export async function databaseGround(context: TestContext): Promise<Ground & Database> {
  const database = await freshDatabase(context);
  const { url, run } = database;
  return {
    ...database,
    openStore: () => openStore(url),
    openSource: () => openCopySource(url),
    openTarget: () => openCopyTarget(url),
    openBook: async () => (await openBookReadOnly(url)).close(),
    // Triggers look away; the checks stay.
    tamper: async (sql) => void (await run(`set session_replication_role = replica; ${sql}`)),
    async dump() {
      // Who tells events just now is no part of the book.
      const tables = await run("select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'migration%' and table_name <> 'telling_lease'");
      const dumped: [string, string[]][] = [];
      for (const [table] of tables) dumped.push([String(table), (await run(`select * from ${String(table)}`)).map((row) => JSON.stringify(row.map(asText))).toSorted()]);
      return Object.fromEntries(dumped);
    },
  };
}
