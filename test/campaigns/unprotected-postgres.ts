/** The store in PostgreSQL as it is easily written, with one protection left out. Only the controls of the campaigns run it. */
import assert from "node:assert/strict";
import type { Store } from "../../src/engine/store.ts";
import { readAddress } from "../../src/stores/postgres/address.ts";
import { load } from "../../src/stores/postgres/load.ts";
import { LIMITS } from "../../src/stores/postgres/limits.ts";
import { Pool } from "../../src/stores/postgres/pool.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { saving } from "../../src/stores/postgres/save.ts";
import { PostgresStore } from "../../src/stores/postgres/store.ts";
import { withTransact } from "./unprotected-stores.ts";

const ANSWER_MS = 60_000;
const POOL_MAX = 5;
const GUARD = " and t.version = c.loaded_version";

/**
 * What a batch loads is loaded outside its transaction, so that no lock is held, and what was decided upon it is saved whatever
 * happened meanwhile.
 */
export function withoutLocks(store: Store, database: string): Store {
  const pool = new Pool(readAddress(database), { max: store.lanes, readOnly: false, limits: LIMITS });
  return withTransact(store, (needs, decide) =>
    pool.use(async (connection) => {
      // Each statement is a transaction of its own, and gives its locks back at its end.
      const rows = await connection.together(ANSWER_MS, () => load(connection, needs));
      const { changedPayments, ...changes } = decide(rows);
      const saves = saving({ changedPayments, ...changes });
      await connection.together(ANSWER_MS, () => Promise.all(saves.map(({ text, values }) => connection.ask({ text: text.replace(GUARD, ""), values }))));
      assert.ok(changedPayments.length === 0 || saves.some(({ text }) => text.includes(GUARD)), "there was a guard to take out");
    }),
  );
}

/** Looks for what became of a lost commit in another book, which never has it: so each is taken for failed, and done again. */
export async function lookingElsewhere(database: string, elsewhere: string): Promise<Store> {
  for (const url of [database, elsewhere]) await (await openStore(url)).close();
  const pool = (url: string) => new Pool(readAddress(url), { max: POOL_MAX, readOnly: false, limits: LIMITS });
  const reading = pool(elsewhere);
  return new PostgresStore({ writing: pool(database), reading, listing: reading }, { canTellWho: true, insistOnSync: false }, LIMITS);
}
