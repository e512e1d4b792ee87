/** Balances of nodes that share a book: rows of another may be committed long after they were dated, and no clock is trusted. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { present } from "../../src/base/assert.ts";
import { timeOf } from "../../src/domain/id.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import { NOBODY } from "../../src/domain/whose.ts";
import { Balances } from "../../src/engine/balances.ts";
import { Engine } from "../../src/engine/engine.ts";
import { openSandbox } from "../../src/engine/keys.ts";
import { machineSources, makeMoments } from "../../src/engine/moments.ts";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import type { PostgresStore } from "../../src/stores/postgres/store.ts";
import { call, freshKey, startTestServer, type Answer, type TestServer } from "../test-server.ts";
import { ACME, Maker, USD } from "../stores/making.ts";
import { freshDatabase, type Database } from "./database.ts";

const HOUR_MS = 3_600_000;
/** Without it what was committed late would be met within the margin, and not because anybody looked. */
const NO_MARGIN = { clockBackMs: 0 };

/** What is pending, which all of it is that was made just now. */
async function pendingOf(node: TestServer, key: string): Promise<number> {
  const { json } = await call(node, key, { path: "/v1/balance" });
  return Number(/"pending":\[\{"amount":(-?\d+)/.exec(JSON.stringify(json))?.[1]);
}

async function charge(node: TestServer, key: string): Promise<Answer> {
  const answer = await call(node, key, { path: "/v1/charges", form: { amount: "1000", currency: "usd", source: "tok_visa" } });
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

async function startNode(context: TestContext, { url }: Database): Promise<TestServer> {
  const node = await startTestServer({ store: await openStore(url, { limits: NO_MARGIN }) });
  context.after(() => node.stop());
  return node;
}

describe("the balance of nodes that share a book", () => {
  it("is the same on each, whichever of them wrote", async (context) => {
    const database = await freshDatabase(context);
    const nodes = [await startNode(context, database), await startNode(context, database), await startNode(context, database)];
    const key = freshKey();
    for (let i = 1; i <= 12; i++) {
      const [first, ...others] = [...nodes.slice(i % 3), ...nodes.slice(0, i % 3)];
      const writer = present(first, "a node");
      const id = String(/"id": ?"(ch_\w+)"/.exec((await charge(writer, key)).text)?.[1]);
      assert.equal((await call(writer, key, { path: "/v1/refunds", form: { charge: id, amount: "100" } })).status, 200);
      for (const node of [...others, writer]) assert.equal(await pendingOf(node, key), i * 900);
    }
  });

  it("counts what was committed after later entries were counted", async (context) => {
    const database = await freshDatabase(context);
    const [node, key] = [await startNode(context, database), freshKey()];
    const merchant = present(await openSandbox().merchantOf(key), "a merchant");
    await charge(node, key);
    const late = await beginEntry(context, database, merchant);
    for (let i = 2; i <= 4; i++) {
      // What is dated within the same millisecond would be met all the same.
      await delay(5);
      await charge(node, key);
      assert.equal(await pendingOf(node, key), i * 1_000);
    }
    await late.commit();
    assert.equal(await pendingOf(node, key), 5_000);
    await charge(node, key);
    assert.equal(await pendingOf(node, key), 6_000);
  });

  it("dates what a node writes whose clock is behind by the book's own", async (context) => {
    const database = await freshDatabase(context);
    const [store, other] = [await openStore(database.url), await openStore(database.url, { limits: NO_MARGIN })];
    context.after(() => Promise.all([store.close(), other.close()]));
    const balances = new Balances(other, () => Date.now());
    for (let i = 1; i <= 3; i++) {
      const before = Date.now();
      const id = await takeOneHourAgo(store);
      assert.ok(timeOf(id) >= before - 1_000, `dated ${before - timeOf(id)} ms before it was made`);
      const { since } = await balances.of(ACME, 0);
      assert.equal(since.get(USD), BigInt(i) * 1_000n);
      // What comes now must not be dated before what was counted.
      await delay(5);
    }
  });

  it("is never behind, while many write and ask at once", async (context) => {
    const database = await freshDatabase(context);
    const nodes = [await startNode(context, database), await startNode(context, database)];
    const key = freshKey();
    let acknowledged = 0;
    const writers = nodes.map(async (node) => {
      for (let i = 0; i < 60; i++) {
        await charge(node, key);
        acknowledged += 1;
      }
    });
    const readers = nodes.map(async (node) => {
      for (let i = 0; i < 60; i++) {
        const least = acknowledged * 1_000;
        const pending = await pendingOf(node, key);
        assert.ok(pending >= least, `${pending} of ${least}`);
      }
    });
    await Promise.all([...writers, ...readers]);
    for (const node of nodes) assert.equal(await pendingOf(node, key), 120_000);
  });
});

/** As a node does it whose commit takes long: an entry dated now, in a transaction that stays open. */
async function beginEntry(context: TestContext, { url }: Database, merchant: MerchantId) {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  context.after(() => client.end());
  await client.query("begin; select pg_current_xact_id()");
  const maker = new Maker();
  maker.sources.at = Date.now();
  const { id, paymentId, createdAt, hash } = present(maker.take({ merchant }).entry, "an entry");
  await client.query("insert into journal_entry values ($1, $2, $3, 1, 'capture', null, $4, 'USD', '[[\"clearing\",\"sales\",1000]]', $5)", [merchant, id, paymentId, createdAt, hash]);
  return {
    commit: async () => void (await client.query("commit")),
  };
}

/** A payment of 10.00 through an engine whose clock is an hour slow; the id of its entry. */
async function takeOneHourAgo(store: PostgresStore): Promise<string> {
  const machine = machineSources();
  const moments = makeMoments({ now: () => machine.now() - HOUR_MS, chance: (length) => machine.chance(length) });
  const engine = new Engine({ store, processor: makeSandbox(), moments, halt: (error) => assert.fail(error) });
  let made = "";
  await engine.execute({
    merchant: ACME,
    requestId: "r".repeat(24),
    claims: [],
    extras: NO_EXTRAS,
    command: {
      kind: "take_payment", intent: false, money: { amount: 1_000n, currency: USD }, tender: { by: "token", token: "tok_visa", capture: true }, whose: NOBODY, fee: 0n,
      reference: null, notes: {}, attemptNotes: {},
    },
    reply(result) {
      made = "done" in result ? String(result.done.payment.captureEntry) : "";
      return { status: 200, body: "" };
    },
  });
  return made;
}
