/** Nodes that share a book and tell its events: each merchant is told by one of them, and nobody's delivery is made twice. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { present } from "../../src/base/assert.ts";
import type { Lease, Notice } from "../../src/engine/outbox.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { addingProfiles, makeEndpoint } from "../stores/making-profiles.ts";
import { ACME, Maker, merchant, START } from "../stores/making.ts";
import { deliveryOf, happen, outcomeOf, takenBy } from "../stores/outbox-suite.ts";
import { save } from "../stores/store-suite.ts";
import { freshDatabase } from "./database.ts";

const MERCHANTS = "ABCDEFGHIJ".split("").map(merchant);
const LONG = 60_000;
const MANY = 1_000;

/** Two nodes, and somebody with something to be told of every merchant. */
async function startNodes(context: TestContext) {
  const database = await freshDatabase(context);
  const [one, other] = await Promise.all([openStore(database.url), openStore(database.url)]);
  context.after(() => Promise.all([one.close(), other.close()]).then(() => undefined));
  const maker = new Maker();
  const endpoints = MERCHANTS.map((of) => makeEndpoint(maker, { merchant: of }));
  await save(one, addingProfiles(...endpoints));
  for (const whose of MERCHANTS) await happen(one, maker, whose);
  return { database, one, other, maker, endpoint: present(endpoints[0], "an endpoint") };
}

function lease(node: string, millis = LONG): Lease {
  return { node, now: START, until: START + millis };
}

describe("nodes that tell the events of one book", () => {
  it("take no merchant that another has taken, until it gives all of them back", async (context) => {
    const { one, other } = await startNodes(context);
    const taken = await Promise.all([takenBy(one.outbox, lease("one")), takenBy(other.outbox, lease("other"))]);
    assert.deepEqual(taken.flat().toSorted(), MERCHANTS);
    const [mine, theirs] = taken;
    assert.deepEqual([await takenBy(one.outbox, lease("one")), await takenBy(other.outbox, lease("other"))], [mine, theirs], "each keeps what it has");
    await one.outbox.release("one");
    assert.deepEqual(await takenBy(other.outbox, lease("other")), MERCHANTS);
    assert.deepEqual(await takenBy(one.outbox, lease("one")), []);
  });

  it("take over from a node that was not heard of any more, by the clock of the database", async (context) => {
    const { one, other } = await startNodes(context);
    assert.deepEqual(await takenBy(one.outbox, lease("one", 300)), MERCHANTS);
    // A node whose own clock is far ahead.
    assert.deepEqual(await takenBy(other.outbox, { node: "other", now: START + 10 * LONG, until: START + 11 * LONG }), []);
    await delay(400);
    assert.deepEqual(await takenBy(other.outbox, lease("other")), MERCHANTS);
    assert.deepEqual(await takenBy(one.outbox, lease("one")), []);
    await one.outbox.release("one");
    assert.deepEqual(await takenBy(one.outbox, lease("one")), [], "what was lost is not given back");
  });

  it("make each delivery once when both sort out the same notices, in any order, also when it was meant otherwise", async (context) => {
    const { one, other, maker, endpoint } = await startNodes(context);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 5; i++) await happen(one, maker, ACME);
      const notices = await one.outbox.notices(ACME, MANY);
      const made = (all: readonly Notice[], type: string) => all.map((notice) => deliveryOf(notice, endpoint, { type }));
      await Promise.all([
        one.outbox.sortOut(notices, [...made(notices, "one"), ...notices.map((notice) => deliveryOf(notice, endpoint, { part: 1, type: "one" }))]),
        other.outbox.sortOut(notices.toReversed(), made(notices, "other")),
      ]);
      assert.deepEqual(await one.outbox.notices(ACME, MANY), []);
      for (const { event } of notices) {
        const deliveries = await one.outbox.deliveries(ACME, { endpoint: endpoint.id, event, state: null, before: null, limit: MANY });
        // All that one of them made of it, and nothing of the other's.
        assert.deepEqual(deliveries.map(({ type, part }) => [type, part]), deliveries[0]?.type === "one" ? [["one", 1], ["one", 0]] : [["other", 0]]);
      }
    }
  });

  it("count a try once when both tell what it came to", async (context) => {
    const { one, other, endpoint } = await startNodes(context);
    const notices = await one.outbox.notices(ACME, MANY);
    const delivery = deliveryOf(present(notices[0], "a notice"), endpoint);
    await one.outbox.sortOut(notices, [delivery]);
    for (let number = 1; number <= 20; number++) {
      const outcome = outcomeOf(delivery, { number, state: "waiting", due: START + number });
      await Promise.all([one, other, one, other].map(({ outbox }) => outbox.record([outcome])));
    }
    const [found] = await other.outbox.deliveries(ACME, { endpoint: endpoint.id, event: null, state: null, before: null, limit: MANY });
    assert.deepEqual([found?.tries, found?.due], [20, START + 20]);
    assert.equal((await other.outbox.tries(delivery)).length, 20);
  });

  it("find who is to be told something without reading what one merchant's backlog holds, and so with what is due", async (context) => {
    const { database, one, maker, endpoint } = await startNodes(context);
    const long = 20_000;
    await database.run(
      `insert into notice select 'test_${"E".repeat(22)}', lpad(i::text, 24, '0'), '', 'x' from generate_series(1, ${long}) i; ` +
        `insert into delivery select '${ACME}', '${endpoint.id}', lpad(i::text, 24, '0'), 0, '${ACME}', null, 't', 1, 1, case when i % 2 = 0 then 'waiting' else 'delivered' end, 0, case when i % 2 = 0 then i end from generate_series(1, ${long}) i; analyze`,
    );
    const reads = async () => Number((await database.run("select sum(coalesce(idx_tup_read, 0)) from pg_stat_user_indexes where relname in ('notice', 'delivery', 'delivery_try')"))[0]?.[0]);
    const scans = async () => Number((await database.run("select sum(seq_tup_read) from pg_stat_user_tables where relname in ('notice', 'delivery', 'delivery_try', 'profile')"))[0]?.[0]);
    const [readBefore, scannedBefore] = [await reads(), await scans()];
    for (let i = 0; i < 8; i++) {
      assert.deepEqual(await takenBy(one.outbox, lease("one")), MERCHANTS);
      assert.deepEqual(await one.outbox.waiting(ACME), [{ endpoint: endpoint.id, due: 2 }]);
      assert.equal((await one.outbox.due(ACME, { endpoint: endpoint.id, by: START, limit: 5 })).length, 5);
      assert.equal((await one.outbox.notices(ACME, 5)).length, 1);
      assert.equal((await one.outbox.deliveries(ACME, { endpoint: endpoint.id, event: null, state: null, before: null, limit: 5 })).length, 5);
      await happen(one, maker, merchant("Z"));
      const notice = await happen(one, maker, ACME);
      const delivery = deliveryOf(notice, endpoint, { due: START * 2 });
      await one.outbox.sortOut([notice], [delivery]);
      await one.outbox.record([outcomeOf(delivery, { state: "waiting", due: START * 2 })]);
      assert.equal(await one.outbox.again(delivery, START * 2), true);
      assert.equal(await one.outbox.prune(START, 5), 5);
    }
    // The server's counts come a moment later.
    await one.close();
    await delay(1_500);
    assert.equal((await scans()) - scannedBefore, 0, "no table is read as a whole");
    assert.ok((await reads()) - readBefore < 2_000, `${(await reads()) - readBefore} entries of indexes`);
  });
});
