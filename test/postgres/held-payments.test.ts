/** Held payments in PostgreSQL: each ends once, though every node has a clock and callers come between. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openStore } from "../../src/stores/postgres/open.ts";
import { call, freshKey, MovedClock, startTestServer, type TestServer } from "../test-server.ts";
import { prove } from "./acting.ts";
import { freshDatabase } from "./database.ts";

const PAYMENTS = 60;
const WAIT_MS_MAX = 20_000;

it("a held payment ends once, though three nodes ask what is due and callers complete some of them meanwhile", async (context) => {
  const { url, run } = await freshDatabase(context);
  const clock = new MovedClock();
  const nodes: TestServer[] = [];
  for (let i = 0; i < 3; i++) nodes.push(await startTestServer({ store: await openStore(url), clock }));
  context.after(async () => {
    for (const node of nodes) await node.stop();
  });
  const key = freshKey();
  const nodeOf = (i: number) => {
    const node = nodes[i % nodes.length];
    assert.ok(node !== undefined);
    return node;
  };
  const hold = async (i: number) => {
    const json = { source_id: "cnon:card-nonce-ok", idempotency_key: `hold ${i}`, amount_money: { amount: 1000, currency: "USD" }, autocomplete: false, delay_duration: "PT1M", delay_action: i % 2 === 0 ? "CANCEL" : "COMPLETE" };
    const { text } = await call(nodeOf(i), key, { path: "/v2/payments", json });
    return String(/"id":"(\w{24})"/.exec(text)?.[1]);
  };
  const ids = await Promise.all(Array.from({ length: PAYMENTS }, (_, i) => hold(i)));
  clock.ahead += 61_000;
  // Every third is completed by somebody while the clocks come to them: whoever is second finds it done.
  const tries = await Promise.all(ids.filter((_, i) => i % 3 === 0).map((id, i) => call(nodeOf(i + 1), key, { path: `/v2/payments/${id}/complete`, json: {} })));
  assert.deepEqual(tries.filter(({ status }) => status !== 200 && status !== 400), []);
  const until = Date.now() + WAIT_MS_MAX;
  while (Number((await run("select count(*) from payment where due is not null"))[0]?.[0]) > 0) {
    assert.ok(Date.now() < until, "payments are still due");
    await delay(20);
  }
  const ended = await run("select kind, count(*)::int from event where kind in ('payment.captured', 'payment.canceled') group by kind order by kind");
  const counts = new Map(ended.map(([kind, count]) => [String(kind), Number(count)]));
  assert.equal((counts.get("payment.captured") ?? 0) + (counts.get("payment.canceled") ?? 0), PAYMENTS);
  assert.ok((counts.get("payment.captured") ?? 0) >= PAYMENTS / 2);
  assert.deepEqual(await run("select count(*)::int from journal_entry where kind = 'capture'"), [[counts.get("payment.captured")]]);
  await prove({ url });
});
