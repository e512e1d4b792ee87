/** A book goes from one version to the next while servers of both run on it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { readAddress } from "../../src/stores/postgres/address.ts";
import { LIMITS } from "../../src/stores/postgres/limits.ts";
import { checkApplied, readMigrations } from "../../src/stores/postgres/migrate.ts";
import { openBookReadOnly, openStore } from "../../src/stores/postgres/open.ts";
import { Pool } from "../../src/stores/postgres/pool.ts";
import { addingProfiles, makeEndpoint } from "../stores/making-profiles.ts";
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
    "drop table past, notice, delivery, delivery_try, telling_lease; drop index event_by_kind, endpoints; alter table event drop column request_id, drop column request_key; " +
      "alter table profile drop constraint profile_kind_check, add constraint profile_kind_check check (kind in ('customer', 'instrument', 'account')); " +
      "alter table profile drop constraint instrument_is_told, add constraint instrument_is_told check ((kind = 'instrument') = (instrument is not null) and (kind = 'instrument') = (type is not null) and (kind = 'instrument') = (token is not null)); " +
      "delete from migration where number = (select max(number) from migration)",
  );
  await assert.rejects(openBookReadOnly(database.url), /written by an older Refundry/);

  const newer = await openStore(database.url);
  context.after(() => newer.close());
  await newer.transact(NO_NEEDS, () => refunding(taken, maker.refund(taken, 300n)));
  const views = await newer.entries(ACME, { page: PAGE, kinds: ["capture", "refund"], currency: null, ids: null }, NO_EXTRAS);
  assert.deepEqual(views.map(({ entry }) => entry.kind), ["refund", "capture"]);
  // What happened before is listed by its kind, too, and came about by nobody knows which request.
  const before = await newer.events(ACME, { page: PAGE, kinds: [taken.event.kind], of: null });
  assert.deepEqual(before, [{ ...taken.event, request: null }]);
  await newer.transact(NO_NEEDS, () => addingProfiles(makeEndpoint(maker)));
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
