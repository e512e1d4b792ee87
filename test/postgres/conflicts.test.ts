/** Others who stand in the way of a batch: they are met again, so often and no oftener, or the caller is told to come back. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { call, freshKey, type Answer, type TestServer } from "../test-server.ts";
import { chargeOf, prove, refund, refundedOf, startNode } from "./acting.ts";
import { freshDatabase, type Database } from "./database.ts";

const TRIES_MAX = 8;
const ATTEMPTS = 5;

/** A session of somebody else's, in a transaction. */
async function otherSession(context: TestContext, { url }: Database): Promise<Client> {
  const client = new Client({ connectionString: url });
  // The database goes with its test.
  client.on("error", () => undefined);
  await client.connect();
  context.after(() => client.end());
  return client;
}

/** Our batches that wait for a lock. */
async function waitUntilOneWaits({ run }: Database): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    const [row] = await run("select count(*) from pg_stat_activity where datname = current_database() and application_name = 'refundry' and wait_event_type = 'Lock'");
    if (Number(row?.[0]) > 0) return;
    await delay(5);
  }
  assert.fail("nobody waits for a lock");
}

function bodyOf(charge: string): string {
  return charge.replace("ch_", "");
}

/** Nothing was done, and the words are the vendor's. */
function expectUnavailable({ status, text, headers, json }: Answer, vendor: "stripe" | "square"): void {
  assert.equal(status, 503, text);
  assert.equal(headers.get("retry-after"), "1");
  if (vendor === "stripe") assert.match(text, /"type": "api_error"/);
  else assert.deepEqual(json, { errors: [{ category: "API_ERROR", code: "SERVICE_UNAVAILABLE", detail: "The service is not available now. Nothing was done; the request may be sent again." }] });
}

function squareRefund(node: TestServer, key: string, charge: string, name: string): Promise<Answer> {
  return call(node, key, { path: "/v2/refunds", json: { idempotency_key: name, payment_id: bodyOf(charge), amount_money: { amount: 100, currency: "USD" } } });
}

/** Each refund that is written calls `what` before it. */
async function beforeRefunds({ run }: Database, what: string): Promise<() => Promise<void>> {
  await run(`create or replace function meddle() returns trigger language plpgsql as $$ begin ${what} return new; end $$; create trigger meddling before insert on refund for each row execute function meddle()`);
  return async () => {
    await run("drop trigger meddling on refund; drop function meddle");
  };
}

describe("a batch that meets somebody else", () => {
  it("is decided again when it is the victim of a deadlock, and its callers hear nothing of it", async (context) => {
    const database = await freshDatabase(context);
    // Whoever looks for deadlocks first is their victim: ours, after a second, and the other after three.
    await database.run(`alter database ${new URL(database.url).pathname.slice(1)} set deadlock_timeout = '1s'`);
    const node = await startNode(context, database.url, { limits: { lockMs: 20_000, statementMs: 20_000, answerMs: 30_000 } });
    const key = freshKey();
    const other = await otherSession(context, database);
    await other.query("set deadlock_timeout = '3s'");
    let wasVictim = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [first = "", second = ""] = (await Promise.all([chargeOf(node, key), chargeOf(node, key)])).toSorted();
      await other.query("begin");
      await other.query("select 1 from payment where id = $1 for update", [bodyOf(second)]);
      const answers = Promise.all([first, second].map((charge) => refund(node, key, { charge, amount: "100" })));
      await waitUntilOneWaits(database);
      wasVictim = await other.query("select 1 from payment where id = $1 for update", [bodyOf(first)]).then(() => true, () => false);
      await other.query("rollback");
      for (const { status, text } of await answers) assert.equal(status, 200, text);
      for (const charge of [first, second]) assert.equal(await refundedOf(node, key, charge), 100);
      if (wasVictim) break;
    }
    assert.ok(wasVictim, "ours was never the victim");
    await prove(database);
  });

  it("is tried again after serialization failures, and only so often", async (context) => {
    const database = await freshDatabase(context);
    const node = await startNode(context, database.url);
    const key = freshKey();
    const charge = await chargeOf(node, key);
    await database.run("create sequence met");
    const failing = (when: string) => beforeRefunds(database, `if ${when} then raise exception using errcode = '40001', message = 'another came between'; end if;`);
    const three = await failing("nextval('met') <= 3");
    assert.equal((await refund(node, key, { charge, amount: "100" })).status, 200);
    await three();
    await database.run("alter sequence met restart");
    const always = await failing("nextval('met') > 0");
    expectUnavailable(await refund(node, key, { charge, amount: "100" }), "stripe");
    assert.deepEqual(await database.run("select last_value::int from met"), [[TRIES_MAX]]);
    await always();
    assert.equal((await refund(node, key, { charge, amount: "100" })).status, 200);
    assert.equal(await refundedOf(node, key, charge), 200);
    await prove(database);
  });

  it("is given up when somebody holds the payment too long: 503 with Retry-After in each vendor's words, and nothing is done", async (context) => {
    const database = await freshDatabase(context);
    const node = await startNode(context, database.url, { limits: { lockMs: 200 } });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    const other = await otherSession(context, database);
    await other.query("begin");
    await other.query("select 1 from payment for update");
    expectUnavailable(await refund(node, key, { charge, amount: "100" }, { "idempotency-key": "one" }), "stripe");
    expectUnavailable(await squareRefund(node, key, charge, "two"), "square");
    assert.equal(await refundedOf(node, key, charge), 0, "reads wait for nobody");
    // Payments that nobody holds are refunded meanwhile.
    assert.equal((await refund(node, key, { charge: await chargeOf(node, key), amount: "100" })).status, 200);
    await other.query("rollback");
    assert.equal((await refund(node, key, { charge, amount: "100" }, { "idempotency-key": "one" })).status, 200);
    assert.equal((await squareRefund(node, key, charge, "two")).status, 200);
    assert.equal(await refundedOf(node, key, charge), 200);
    await prove(database);
  });

  it("is given up when a statement takes too long, and its connection serves the next", async (context) => {
    const database = await freshDatabase(context);
    const node = await startNode(context, database.url, { limits: { statementMs: 300 } });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    const wake = await beforeRefunds(database, "perform pg_sleep(30);");
    for (let times = 0; times < 3; times++) expectUnavailable(await refund(node, key, { charge, amount: "100" }), "stripe");
    await wake();
    assert.equal((await refund(node, key, { charge, amount: "100" })).status, 200);
    assert.equal(await refundedOf(node, key, charge), 100);
    await prove(database);
  });
});
