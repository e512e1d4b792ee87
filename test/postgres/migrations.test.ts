/** A book goes from one version to the next while servers of both run on it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { readAddress } from "../../src/stores/postgres/address.ts";
import { LIMITS } from "../../src/stores/postgres/limits.ts";
import { checkApplied, readMigrations } from "../../src/stores/postgres/migrate.ts";
import { openBookReadOnly, openStore } from "../../src/stores/postgres/open.ts";
import { Pool } from "../../src/stores/postgres/pool.ts";
import { ACME, adding, Maker, NO_NEEDS, refunding } from "../stores/making.ts";
import { prove } from "./acting.ts";
import { freshDatabase } from "./database.ts";

const PAGE = { order: "newest", after: null, from: null, until: null, limit: 10 } as const;

it("a book of the version before is brought up to date, and what was in it is listed", async (context) => {
  const database = await freshDatabase(context);
  const older = await openStore(database.url);
  const maker = new Maker();
  const taken = maker.take();
  await older.transact(NO_NEEDS, () => adding(taken));
  await older.close();
  // All that the last migration made is undone.
  await database.run(
    "alter table payment drop column to_capture, drop column due, drop column due_act; drop index event_by_time; " +
      "delete from migration where number = (select max(number) from migration)",
  );
  await assert.rejects(openBookReadOnly(database.url), /written by an older Refundry/);

  const newer = await openStore(database.url);
  context.after(() => newer.close());
  await newer.transact(NO_NEEDS, () => refunding(taken, maker.refund(taken, 300n)));
  const views = await newer.entries(ACME, { page: PAGE, kinds: ["capture", "refund"], currency: null, ids: null }, NO_EXTRAS);
  assert.deepEqual(views.map(({ entry }) => entry.kind), ["refund", "capture"]);
  assert.equal((await prove(database)).refunds, 1);
});

it("a server of a version that cannot read what a newer one writes does not start on its book", async (context) => {
  const { url } = await freshDatabase(context);
  await (await openStore(url)).close();
  const pool = new Pool(readAddress(url), { max: 1, readOnly: false, limits: LIMITS });
  context.after(() => pool.close());
  const all = readMigrations();
  assert.equal(await pool.use((connection) => checkApplied(connection, all)), all.length);
  await assert.rejects(pool.use((connection) => checkApplied(connection, all.slice(0, -1))), /newer Refundry/);
});
