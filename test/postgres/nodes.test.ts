/** Two nodes on one book, at once on the same payment and under the same key: one effect, and equal answers. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { provisionKey } from "../../src/engine/keys.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { call, freshKey, startTestServer, type Answer, type TestServer } from "../test-server.ts";
import { chargeOf, prove } from "./acting.ts";
import { freshDatabase, type Database } from "./database.ts";

const NODES = 3;
const ROUNDS = 20;
const RACERS = 12;

type Cluster = { readonly database: Database; readonly nodes: readonly TestServer[]; readonly any: (i: number) => TestServer };

async function startCluster(context: TestContext): Promise<Cluster> {
  const database = await freshDatabase(context);
  // All at once: one makes the tables, and the others wait for it.
  const nodes = await Promise.all(Array.from({ length: NODES }, async () => startTestServer({ store: await openStore(database.url) })));
  context.after(async () => {
    for (const node of nodes) await node.stop();
  });
  const any = (i: number): TestServer => {
    const node = nodes[i % NODES];
    assert.ok(node !== undefined);
    return node;
  };
  return { database, nodes, any };
}

function racers(race: (i: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: RACERS }, (_, i) => race(i)));
}

describe("nodes that share a book", () => {
  it("refund a payment together never beyond what was captured", async (context) => {
    const cluster = await startCluster(context);
    const key = freshKey();
    for (let round = 0; round < ROUNDS; round++) {
      const charge = await chargeOf(cluster.any(round), key);
      const answers = await racers((i) => call(cluster.any(i), key, { path: "/v1/refunds", form: { charge, amount: "300" } }));
      assert.deepEqual(answers.map(({ status }) => status).toSorted((one, other) => one - other), [...Array(3).fill(200), ...Array(RACERS - 3).fill(400)]);
    }
    assert.equal((await prove(cluster.database)).refunds, ROUNDS * 3);
  });

  it("do once what was sent to all of them under one key, and answer alike", async (context) => {
    const cluster = await startCluster(context);
    const key = freshKey();
    for (let round = 0; round < ROUNDS; round++) {
      // A payment that is new has no row that could be locked: only the key's own row stands between the nodes.
      const form = { amount: "1000", currency: "usd", source: "tok_visa" };
      const taken = await racers((i) => call(cluster.any(i), key, { path: "/v1/charges", form, headers: { "idempotency-key": `take-${round}` } }));
      assert.equal(new Set(taken.map(({ status, text }) => `${status} ${text}`)).size, 1);
      const [first] = taken;
      assert.equal(first?.status, 200, first?.text);
      const charge = String(/"id": ?"(ch_\w+)"/.exec(first.text)?.[1]);
      const refunded = await racers((i) => call(cluster.any(i), key, { path: "/v1/refunds", form: { charge, amount: "300" }, headers: { "idempotency-key": `refund-${round}` } }));
      assert.equal(new Set(refunded.map(({ status, text }) => `${status} ${text}`)).size, 1);
      assert.equal(refunded[0]?.status, 200);
    }
    const { payments, refunds } = await prove(cluster.database);
    assert.deepEqual({ payments, refunds }, { payments: ROUNDS, refunds: ROUNDS });
  });

  it("see at once what another has acknowledged", async (context) => {
    const cluster = await startCluster(context);
    const key = freshKey();
    for (let round = 0; round < ROUNDS; round++) {
      const charge = await chargeOf(cluster.any(round), key);
      const { status, text } = await call(cluster.any(round + 1), key, { path: `/v1/charges/${charge}` });
      assert.equal(status, 200, text);
    }
  });

  it("let in a key that was made while they run", async (context) => {
    const { url } = await freshDatabase(context);
    const store = await openStore(url);
    const node = await startTestServer({ store, flags: { keys: "provisioned" } });
    const list = (secret: string) => call(node, secret, { path: "/v1/charges" });
    assert.equal((await list("sk_test_nobody")).status, 401);
    const { key } = await provisionKey(store, "test", Date.now());
    assert.equal((await list(key)).status, 200);
    await node.stop();
  });
});
