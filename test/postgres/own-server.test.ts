/** What only a server of one's own can show: it stops and starts, is set dangerously, and has a standby that follows it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openStore } from "../../src/stores/postgres/open.ts";
import { endChildren, run, startChild } from "../doors/child-server.ts";
import { call, freshKey, type TestServer } from "../test-server.ts";
import { chargeOf, idIn, prove, refund, refundedOf, startNode, take } from "./acting.ts";
import { runOn } from "./database.ts";
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
    await runOn(url, "create table seen (setting text); create function look() returns trigger language plpgsql as $$ begin insert into seen values (current_setting('synchronous_commit')); return new; end $$; create trigger looking before insert on refund for each row execute function look()");
    await set("set fsync = off", "set full_page_writes = off", "set synchronous_commit = off");
    const words = [/fsync is off/, /full_page_writes is off/, /synchronous_commit is off/];
    await until("all told", async () => { const { text } = await ready(node); return words.every((word) => word.test(text)); });
    assert.equal((await refund(node, key, { charge, amount: "100" })).status, 200);
    assert.deepEqual(await runOn(url, "select setting from seen"), [["on"]]);
    const child = await startChild(["serve", "--port", "0", "--database", url]);
    await until("said", async () => words.every((word) => word.test(child.complained())));
    assert.equal(await child.end(), 0);
    await set("reset fsync", "reset full_page_writes", "reset synchronous_commit");
    await runOn(url, "drop trigger looking on refund; drop function look; drop table seen");
  });

  it("waits for a synchronous standby that is gone, and the refund is there once when it is back; nodes start meanwhile", async (context) => {
    const node = await startNode(context, url, { limits: { commitMs: 500, answerMs: 1_000 } });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    await set("set synchronous_standby_names = 'nobody'");
    // The setting reaches whoever commits a moment after it is made.
    await delay(300);
    const refunded = refund(node, key, { charge, amount: "100" });
    await delay(2_000);
    await (await openStore(url)).close();
    assert.equal(await Promise.race([refunded, delay(100)]), undefined, "it was acknowledged without its standby");
    await set("reset synchronous_standby_names");
    const { status, text } = await refunded;
    assert.equal(status, 200, text);
    assert.equal(await refundedOf(node, key, charge), 100);
    await prove({ url });
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
