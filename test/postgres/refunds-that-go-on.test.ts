/** Refunds that go on in PostgreSQL: guarded by its own triggers, moved once though every node has a clock, and kept from a book of before. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { readAddress } from "../../src/stores/postgres/address.ts";
import { LIMITS } from "../../src/stores/postgres/limits.ts";
import { Pool } from "../../src/stores/postgres/pool.ts";
import { migrate, readMigrations } from "../../src/stores/postgres/migrate.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { fillBook } from "../stores/closed-book.ts";
import { call, freshKey, startTestServer, type TestServer } from "../test-server.ts";
import { chargeOf, idIn, prove } from "./acting.ts";
import { freshDatabase } from "./database.ts";

const REFUNDS = 40;
const WAIT_MS_MAX = 10_000;

/** As the first version made it. */
async function makeOld(url: string): Promise<void> {
  const pool = new Pool(readAddress(url), { max: 1, readOnly: false, limits: LIMITS });
  await pool.use((connection) => migrate(connection, readMigrations().slice(0, 1)));
  await pool.close();
}

describe("a book in PostgreSQL whose refunds go on", () => {
  it("lets nobody change what a refund gave back, or take a step that the state graph does not have", async (context) => {
    const { url, run } = await freshDatabase(context);
    const node = await startTestServer({ store: await openStore(url) });
    context.after(() => node.stop());
    const key = freshKey();
    await call(node, key, { path: "/v1/refunds", form: { charge: await chargeOf(node, key) } });
    for (const change of ["amount = amount + 1", "fee_returned = 1", "currency = 'EUR'", "attempt_id = reverse(attempt_id)"]) {
      await assert.rejects(run(`update refund set ${change}`), /what a refund gives back, and of what, is never changed/, change);
    }
    for (const state of ["pending", "requires_action", "rejected", "canceled"]) {
      await assert.rejects(run(`update refund set state = '${state}'`), /goes from state to state as the state graph says/, state);
    }
  });

  it("lets nobody change or take away what the journal, the events and the images of what they overwrote say", async (context) => {
    const { url, run } = await freshDatabase(context);
    const store = await openStore(url);
    await fillBook(store);
    await store.close();
    for (const table of ["journal_entry", "event", "past"]) {
      for (const act of [`update ${table} set merchant = merchant`, `delete from ${table}`, `truncate ${table}`]) {
        await assert.rejects(run(act), /what was written there is never changed and never taken away/, act);
      }
    }
  });

  it("moves each on once, though three nodes ask what is due", async (context) => {
    const { url, run } = await freshDatabase(context);
    const nodes: TestServer[] = [];
    for (let i = 0; i < 3; i++) nodes.push(await startTestServer({ store: await openStore(url), flags: { sandboxDelay: "300" } }));
    context.after(async () => {
      for (const node of nodes) await node.stop();
    });
    const key = freshKey();
    const makes = async (source: string, i: number) => {
      const node = nodes[i % nodes.length];
      assert.ok(node !== undefined);
      const charge = idIn(await call(node, key, { path: "/v1/charges", form: { amount: "1000", currency: "usd", source } }));
      return idIn(await call(node, key, { path: "/v1/refunds", form: { charge, amount: "400" } }));
    };
    await Promise.all(Array.from({ length: REFUNDS }, (_, i) => makes(i % 2 === 0 ? "tok_pendingRefund" : "tok_refundFail", i)));
    const until = Date.now() + WAIT_MS_MAX;
    while (Number((await run("select count(*) from refund where due is not null"))[0]?.[0]) > 0) {
      assert.ok(Date.now() < until, "refunds are still due");
      await delay(20);
    }
    const states = await run("select state, count(*)::int from refund group by state order by state");
    assert.deepEqual(states, [["failed", REFUNDS / 2], ["succeeded", REFUNDS / 2]]);
    const events = await run("select kind, count(*)::int from event where kind like 'refund.%' group by kind order by kind");
    assert.deepEqual(events, [["refund.created", REFUNDS], ["refund.failed", REFUNDS / 2], ["refund.succeeded", REFUNDS / 2]]);
    await prove({ url });
  });

  it("is brought up to date behind a long reader without holding up anybody else", async (context) => {
    const { url, run } = await freshDatabase(context);
    await makeOld(url);
    const reader = new Client({ connectionString: url });
    await reader.connect();
    await reader.query("begin; select count(*) from refund");
    let ready = false;
    const opening = openStore(url).then((store) => {
      ready = true;
      return store;
    });
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      await run("select count(*) from refund");
      assert.ok(performance.now() - began < 1_900, "somebody else waited behind the migration for longer than it waits itself");
      await delay(100);
    }
    assert.equal(ready, false);
    await reader.query("commit");
    await reader.end();
    await (await opening).close();
  });

  it("has all that it had when an earlier version wrote it", async (context) => {
    const [old, next] = [await freshDatabase(context), await freshDatabase(context)];
    const node = await startTestServer({ store: await openStore(old.url) });
    const key = freshKey();
    const refund = idIn(await call(node, key, { path: "/v1/refunds", form: { charge: await chargeOf(node, key), amount: "300" } }));
    await node.stop();
    await makeOld(next.url);
    for (const table of ["payment", "attempt", "refund", "journal_entry", "event", "stored_reply"]) {
      const columns = (await next.run(`select column_name from information_schema.columns where table_name = '${table}' order by ordinal_position`)).map(([name]) => String(name));
      for (const row of await old.run(`select ${columns.join(", ")} from ${table}`)) {
        await next.run(`insert into ${table} (${columns.join(", ")}) values (${columns.map((_, i) => `$${i + 1}`).join(", ")})`, row);
      }
    }
    const again = await startTestServer({ store: await openStore(next.url), flags: { sandboxDelay: "0" } });
    context.after(() => again.stop());
    assert.equal(idIn(await call(again, key, { path: `/v1/refunds/${refund}` })), refund);
    const { refunds, payments } = await prove(next);
    assert.deepEqual([payments, refunds], [1, 1]);
  });
});
