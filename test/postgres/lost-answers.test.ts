/** A COMMIT whose answer was lost: what was done is never called failed, and what was not is done once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Changes } from "../../src/engine/store.ts";
import { addingProfiles, changingProfile, makeCustomer } from "../stores/making-profiles.ts";
import { ACME, adding, Maker } from "../stores/making.ts";
import { freshKey } from "../test-server.ts";
import { chargeOf, prove, refund, refundedOf, startNode, take } from "./acting.ts";
import { freshDatabase } from "./database.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { proxyTo, type Manner } from "./proxy.ts";

const ROUNDS = 5;

const manners: readonly (readonly [Manner, string])[] = [
  ["drop after", "a commit was done and the way broke before its answer"],
  ["drop before", "the way broke before the server had the commit"],
  ["pooler's word", "a pooler says that it lost a server which had committed"],
  ["late", "the way broke and the server hears of the commit later"],
  ["hang", "a commit was done and its answer never comes"],
];

describe("a lost answer to a commit", () => {
  for (const [manner, told] of manners) {
    it(`is looked up when ${told}: the caller hears of one refund, and there is one`, async (context) => {
      const database = await freshDatabase(context);
      const proxy = await proxyTo(context, database.url);
      const node = await startNode(context, proxy.url, { limits: { commitMs: 1_000 } });
      const key = freshKey();
      const charge = await chargeOf(node, key);
      const rounds = manner === "hang" ? 1 : ROUNDS;
      for (let round = 1; round <= rounds; round++) {
        proxy.manner = manner;
        proxy.left = 1;
        const answer = await refund(node, key, { charge, amount: "100" });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(proxy.met(), round);
        assert.equal(await refundedOf(node, key, charge), round * 100);
      }
      // A payment that is new has no row of before: its key tells what became of it.
      proxy.left = 1;
      const headers = { "idempotency-key": "taken" };
      const first = await take(node, key, headers);
      assert.equal(first.status, 200, first.text);
      assert.equal((await take(node, key, headers)).text, first.text);
      assert.deepEqual(await counts(database), { payments: 2, refunds: rounds });
    });
  }

  it("is looked up also while the book is being closed", async (context) => {
    const database = await freshDatabase(context);
    const proxy = await proxyTo(context, database.url);
    const store = await openStore(proxy.url, { limits: { settleMs: 5_000 } });
    [proxy.manner, proxy.left] = ["drop after", 1];
    const written = store.transact({ payments: [], profiles: [], keys: [] }, () => adding(new Maker().take()));
    const closed = store.close();
    await written;
    await closed;
    assert.equal(proxy.met(), 1);
    assert.deepEqual(await counts(database), { payments: 1, refunds: 0 });
  });

  it("that left neither an event nor a reply is looked up by the profile that it made or changed", async (context) => {
    const database = await freshDatabase(context);
    const proxy = await proxyTo(context, database.url);
    const store = await openStore(proxy.url, { limits: { settleMs: 5_000 } });
    context.after(() => store.close());
    const ada = makeCustomer(new Maker());
    const steps: readonly (readonly [Manner, Changes])[] = [
      ["drop after", addingProfiles(ada)],
      ["drop after", changingProfile(ada, { email: "ada@example.com" })],
      // What is known not to be done is decided again, and then is.
      ["drop before", changingProfile({ ...ada, version: 2 }, { email: "bea@example.com" })],
    ];
    for (const [manner, changes] of steps) {
      [proxy.manner, proxy.left] = [manner, 1];
      await store.transact({ payments: [], profiles: [], keys: [] }, () => changes);
    }
    assert.equal(proxy.met(), steps.length);
    const [found] = await store.profiles(ACME, [ada.id]);
    assert.deepEqual([found?.version, found?.email], [3, "bea@example.com"]);
  });

  it("of a batch of many is looked up once for all of them", async (context) => {
    const database = await freshDatabase(context);
    const proxy = await proxyTo(context, database.url);
    const node = await startNode(context, proxy.url);
    const key = freshKey();
    const charges = await Promise.all(Array.from({ length: 40 }, () => chargeOf(node, key)));
    proxy.manner = "drop after";
    proxy.left = 3;
    const answers = await Promise.all(charges.map((charge) => refund(node, key, { charge, amount: "1000" })));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.ok(proxy.met() > 0);
    assert.deepEqual(await counts(database), { payments: 40, refunds: 40 });
  });
});

async function counts(database: Parameters<typeof prove>[0]): Promise<{ readonly payments: number; readonly refunds: number }> {
  const { payments, refunds } = await prove(database);
  return { payments, refunds };
}
