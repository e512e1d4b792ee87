/** What only a server of one's own can show: it stops and starts, is set dangerously, and has a standby that follows it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { dangersIn } from "../../src/stores/postgres/dangers.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { endChildren, run, startChild } from "../doors/child-server.ts";
import { ACME, START } from "../stores/making.ts";
import { call, freshKey, type TestServer } from "../test-server.ts";
import { chargeOf, idIn, prove, refund, refundedOf, startNode, take } from "./acting.ts";
import { runOn } from "./database.ts";
import { proxyTo } from "./proxy.ts";
import { startPostgres, type PostgresServer } from "./server.ts";

const PATIENCE_MS = 30_000;

let server: PostgresServer;
let url = "";

before(async () => {
  server = await startPostgres();
  await runOn(server.url, "create database book");
  url = server.url.replace(/postgres$/, "book");
});
after(async () => {
  endChildren();
  await server.stop();
});

async function set(...settings: readonly string[]): Promise<void> {
  for (const setting of settings) await runOn(url, `alter system ${setting}`);
  await runOn(url, "select pg_reload_conf()");
}

/** Until it is so, which may take as long as a machine that stops us takes. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await delay(50)) if (await isSo()) return;
  assert.fail(`not within ${PATIENCE_MS} ms: ${what}`);
}

async function ready(node: Pick<TestServer, "url">): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${node.url}/readyz`);
  return { status: answer.status, text: await answer.text() };
}

async function chargesListed(node: TestServer, key: string): Promise<string[]> {
  const { text, status } = await call(node, key, { path: "/v1/charges?limit=100" });
  assert.equal(status, 200, text);
  return [...text.matchAll(/"id": "(ch_\w+)"/g)].map(([, id = ""]) => id);
}

describe("a PostgreSQL that one runs oneself", () => {
  it("stops and starts under a node, which says so meanwhile and goes on by itself", async (context) => {
    const node = await startNode(context, url);
    const key = freshKey();
    const charge = await chargeOf(node, key);
    await server.order("stop");
    const meanwhile = await refund(node, key, { charge, amount: "100" });
    assert.equal(meanwhile.status, 503, meanwhile.text);
    assert.equal(meanwhile.headers.get("retry-after"), "1");
    assert.equal((await ready(node)).status, 503);
    assert.equal((await call(node, key, { path: `/v1/charges/${charge}` })).status, 503);
    const start = await run(["serve", "--port", "0", "--database", url]);
    assert.equal(start.code, 1);
    assert.match(start.stderr, /^The book in postgres:\/\/postgres@127\.0\.0\.1:\d+\/book cannot be opened: PostgreSQL cannot be reached there\. .*\n$/);
    await server.order("start");
    await until("ready again", async () => (await ready(node)).status === 200);
    assert.equal((await refund(node, key, { charge, amount: "100" })).status, 200);
    assert.equal(await refundedOf(node, key, charge), 100);
    await prove({ url });
  });

  it("tells of settings by which an acknowledged refund can be lost, in /readyz and in the log, and is overruled where that is possible", async (context) => {
    const node = await startNode(context, url);
    const key = freshKey();
    const charge = await chargeOf(node, key);
    assert.match((await ready(node)).text, /"dangers":\[\]/);
    const store = await openStore(url);
    context.after(() => store.close());
    await runOn(url, "create table seen (setting text); create function look() returns trigger language plpgsql as $$ begin insert into seen values (current_setting('synchronous_commit')); return new; end $$; create trigger looking before insert on refund for each row execute function look(); create trigger looking before insert on api_key for each row execute function look()");
    await set("set fsync = off", "set full_page_writes = off", "set synchronous_commit = off");
    const words = [/fsync is off/, /full_page_writes is off/, /synchronous_commit is off/];
    await until("all told", async () => { const { text } = await ready(node); return words.every((word) => word.test(text)); });
    assert.equal((await refund(node, key, { charge, amount: "100" })).status, 200);
    assert.deepEqual(await runOn(url, "select setting from seen"), [["on"]]);
    const child = await startChild(["serve", "--port", "0", "--database", url]);
    await until("said", async () => words.every((word) => word.test(child.complained())));
    assert.equal(await child.end(), 0);
    await set("reset fsync", "reset full_page_writes", "reset synchronous_commit");
    for (const [given, seen] of [["local", "on"], ["remote_write", "on"], ["remote_apply", "remote_apply"]] as const) {
      await set(`set synchronous_commit = ${given}`);
      await until("set", async () => (await runOn(url, "select current_setting('synchronous_commit')"))[0]?.[0] === given);
      await runOn(url, "delete from seen");
      await delay(300);
      assert.equal((await refund(node, key, { charge, amount: "100" })).status, 200);
      await store.addKey(randomBytes(32).toString("hex"), ACME, START);
      assert.deepEqual(await runOn(url, "select setting from seen"), [[seen], [seen]], given);
    }
    await set("reset synchronous_commit");
    await runOn(url, "drop trigger looking on refund; drop trigger looking on api_key; drop function look; drop table seen");
  });

  it("tells of a setting by which a commit would not be on the standby's disk, only where a standby is named", () => {
    for (const setting of ["local", "remote_write"]) {
      assert.match(dangersIn(["on", "on", setting, "db2"]).join(), new RegExp(`synchronous_commit is ${setting}`));
      assert.deepEqual(dangersIn(["on", "on", setting, ""]), []);
    }
    for (const setting of ["on", "remote_apply"]) assert.deepEqual(dangersIn(["on", "on", setting, "db2"]), []);
  });

  it("waits for a synchronous standby that is gone, and the refund is there once when it is back; nodes start meanwhile", async (context) => {
    // First of all that is undone: nothing ends while it waits.
    context.after(() => set("reset synchronous_standby_names", "reset statement_timeout"));
    const node = await startNode(context, url, { limits: { commitMs: 500, answerMs: 1_000 } });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    // A role whose statements are timed: the server would give up the standby, and acknowledge.
    await set("set synchronous_standby_names = 'nobody'", "set statement_timeout = 400");
    // The setting reaches whoever commits a moment after it is made.
    await delay(300);
    const refunded = refund(node, key, { charge, amount: "100" });
    await delay(4_000);
    await set("reset statement_timeout");
    const busy = await runOn(url, "select pid from pg_stat_activity where application_name = 'refundry' and state = 'active'");
    assert.ok(busy.length <= 1, `${busy.length} server processes wait for one batch`);
    await (await openStore(url)).close();
    assert.equal(await Promise.race([refunded, delay(100)]), undefined, "it was acknowledged without its standby");
    await set("reset synchronous_standby_names");
    const { status, text } = await refunded;
    assert.equal(status, 200, text);
    assert.equal(await refundedOf(node, key, charge), 100);
    await prove({ url });
  });

  it("does not answer a stored reply again before the standby has it, and leaves nobody waiting there", async (context) => {
    // First of all that is undone: nothing ends while it waits.
    context.after(() => set("reset synchronous_standby_names", "reset statement_timeout"));
    const node = await startNode(context, url, { limits: { commitMs: 500, answerMs: 1_000 } });
    const other = await startNode(context, url, { limits: { commitMs: 500, answerMs: 1_000, batchMs: 1_000 } });
    const key = freshKey();
    await chargeOf(other, key);
    await set("set synchronous_standby_names = 'nobody'");
    await delay(300);
    const headers = { "idempotency-key": "not on the standby" };
    const first = take(node, key, headers);
    await until("seen", async () => (await runOn(url, "select 1 from stored_reply where key = 'not on the standby'")).length === 1);
    const again = await take(other, key, headers);
    assert.equal(again.status, 503, again.text);
    const waiting = await runOn(url, "select pid from pg_stat_activity where application_name = 'refundry' and wait_event = 'SyncRep'");
    assert.ok(waiting.length <= 1, `${waiting.length} server processes wait`);
    await set("reset synchronous_standby_names");
    const { status, text } = await first;
    assert.equal(status, 200, text);
    assert.equal((await take(other, key, headers)).text, text);
  });

  it("is believed in no language when it warns that a commit may not be on the standby", async (context) => {
    // First of all that is undone: nothing ends while it waits.
    context.after(() => set("reset synchronous_standby_names", "reset statement_timeout"));
    const proxy = await proxyTo(context, url);
    const node = await startNode(context, proxy.url, { limits: { commitMs: 10_000 } });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    proxy.manner = "in German";
    await set("set synchronous_standby_names = 'nobody'");
    await delay(300);
    const refunded = refund(node, key, { charge, amount: "100" });
    await until("cancelled", async () => (await runOn(url, "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")).length === 1);
    assert.equal(await Promise.race([refunded, delay(1_000)]), undefined, "it was acknowledged without its standby");
    await set("reset synchronous_standby_names");
    assert.equal((await refunded).status, 200);
    assert.equal(await refundedOf(node, key, charge), 100);
  });
});

describe("a standby", () => {
  let standby = "";

  before(async () => {
    standby = (await server.order("standby")).replace(/postgres$/, "book");
  });

  it("gives the lists, however far behind it is, and nothing is ever decided upon it", async (context) => {
    const node = await startNode(context, url, { listsFrom: standby });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    await until("followed", async () => (await chargesListed(node, key)).includes(charge));
    await runOn(standby, "select pg_wal_replay_pause()");
    await until("paused", async () => (await runOn(standby, "select pg_get_wal_replay_pause_state()"))[0]?.[0] === "paused");
    const headers = { "idempotency-key": "unseen" };
    const taken = await take(node, key, headers);
    const unseen = idIn(taken);
    assert.deepEqual(await chargesListed(node, key), [charge], "the list is the standby's");
    assert.equal((await take(node, key, headers)).text, taken.text);
    for (const id of [charge, unseen]) {
      assert.equal((await refund(node, key, { charge: id, amount: "600" })).status, 200);
      assert.equal((await refund(node, key, { charge: id, amount: "600" })).status, 400, "the standby does not know of the first");
      assert.equal(await refundedOf(node, key, id), 600, "one object is always read from the primary");
    }
    const customer = idIn(await call(node, key, { method: "POST", path: "/v1/customers" }));
    const funded = idIn(await call(node, key, { path: `/v1/test_helpers/customers/${customer}/fund_cash_balance`, form: { amount: "1", currency: "eur" } }));
    const transactions = `/v1/customers/${customer}/cash_balance_transactions`;
    assert.equal((await call(node, key, { path: `${transactions}/${funded}` })).status, 200, "so is one cash balance transaction");
    assert.equal((await call(node, key, { path: `${transactions}?starting_after=${funded}` })).status, 200);
    await runOn(standby, "select pg_wal_replay_resume()");
    await until("caught up", async () => (await chargesListed(node, key)).includes(unseen));
  });

  it("that is gone, or is none of this book, leaves the lists to the primary, and is not asked each time", async (context) => {
    const elsewhere = url.replace(/book$/, "postgres");
    for (const listsFrom of [url.replace(/:\d+\/book$/, ":1/book"), elsewhere]) {
      const node = await startNode(context, url, { listsFrom });
      const key = freshKey();
      const charge = await chargeOf(node, key);
      for (let times = 0; times < 3; times++) assert.deepEqual(await chargesListed(node, key), [charge]);
    }
  });

  it("proves the book but for what would have to be written there, and says so", async () => {
    const proof = await run(["verify", "--database", standby]);
    assert.equal(proof.code, 0, proof.stdout + proof.stderr);
    assert.match(proof.stdout, /NOT PROVED whether every guard of the schema is in place.*\nThe book in .* is sound/s);
    assert.match((await run(["verify", "--database", standby, "--json"])).stdout, /"sound":true.*"unproved":\["whether/);
  });

  it("is no place for a server", async () => {
    const { code, stderr } = await run(["serve", "--port", "0", "--database", standby]);
    assert.equal(code, 1);
    assert.match(stderr, /cannot be opened: PostgreSQL.* only reads.*\n$/);
  });
});
