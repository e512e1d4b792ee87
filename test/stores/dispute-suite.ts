/** What every store does alike with disputes, and with whatever goes on by itself. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { BrokenInvariant, present } from "../../src/base/assert.ts";
import type { DisputeStart } from "../../src/domain/command.ts";
import type { Dispute } from "../../src/domain/dispute.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import type { LoadedRows, Store } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS, type Page } from "../../src/engine/views.ts";
import { ACME, adding, disputing, judging, Maker, NO_CHANGES, OTHER, refunding, START } from "./making.ts";
import { save, type OpenStore } from "./store-suite.ts";

const PAGE: Page = { order: "newest", after: null, from: null, until: null, limit: 10 };
const disputeOf = (made: Accepted): Dispute => present(made.dispute, "the dispute");

/** A payment and its dispute, both in the book. */
async function saveDisputed(store: Store, maker: Maker, start: DisputeStart = maker.chargeback()): Promise<{ readonly taken: Accepted; readonly made: Accepted }> {
  const taken = maker.take();
  const made = maker.dispute(taken, start);
  await save(store, adding(taken));
  await save(store, disputing(taken, made));
  return { taken, made };
}

export function disputeTests(open: OpenStore): void {
  it("reads a dispute as it was saved and as it went on, with its payment and its entries", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const { taken, made } = await saveDisputed(store, maker);
    const dispute = disputeOf(made);
    const around = { attempt: taken.attempt, latest: taken.attempt, refunds: [], captureEntry: null };
    const first = { ...around, payment: made.payment, dispute, withdrawalEntry: made.entry, reversalEntry: null };
    assert.deepEqual(await store.dispute(ACME, dispute.id, NO_EXTRAS), first);
    assert.deepEqual(await store.disputes(ACME, { page: PAGE, paymentId: null }, NO_EXTRAS), [first]);
    const answered = maker.respond(made, "it was 𝄞 sent");
    await save(store, judging(made, answered));
    const won = maker.judge(answered, { state: "won" });
    await save(store, judging(answered, won));
    const last = { ...around, payment: won.payment, dispute: disputeOf(won), withdrawalEntry: made.entry, reversalEntry: won.entry };
    assert.deepEqual(await store.dispute(ACME, dispute.id, NO_EXTRAS), last);
    assert.deepEqual(await store.disputes(ACME, { page: PAGE, paymentId: taken.payment.id }, NO_EXTRAS), [last]);
    assert.equal(await store.dispute(OTHER, dispute.id, NO_EXTRAS), null);
    assert.deepEqual(await store.disputes(OTHER, { page: PAGE, paymentId: null }, NO_EXTRAS), []);
    const { sound, disputes, findings } = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual({ sound, disputes, findings }, { sound: true, disputes: 1, findings: [] });
  });

  it("loads a dispute that is named with its payment, its attempt and its entries", async (context) => {
    const { store } = await open(context);
    const { taken, made } = await saveDisputed(store, new Maker());
    const { id } = disputeOf(made);
    const found: LoadedRows[] = [];
    const needs = [{ merchant: ACME, by: "dispute", id, extras: NO_EXTRAS } as const, { merchant: OTHER, by: "dispute", id, extras: NO_EXTRAS } as const];
    await store.transact({ payments: needs, keys: [] }, (rows) => {
      found.push(rows);
      return NO_CHANGES;
    });
    assert.deepEqual(found, [{ payments: [made.payment], attempts: [taken.attempt], namedRefunds: [], namedDisputes: [made.dispute], refunds: [], entries: [made.entry], keys: [] }]);
  });

  it("lists disputes in both orders, page by page, and by their payment", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      maker.sources.at += 1_000;
      ids.push(disputeOf((await saveDisputed(store, maker)).made).id);
    }
    const list = async (page: Partial<Page>) => (await store.disputes(ACME, { page: { ...PAGE, ...page }, paymentId: null }, NO_EXTRAS)).map(({ dispute }) => String(dispute.id));
    assert.deepEqual(await list({}), ids.toReversed());
    assert.deepEqual(await list({ limit: 2, after: ids[3] ?? null }), [ids[2], ids[1]]);
    assert.deepEqual(await list({ order: "oldest", after: ids[1] ?? null }), ids.slice(2));
    assert.deepEqual(await list({ from: START + 2_000, until: START + 4_000 }), [ids[2], ids[1]]);
    const { payment } = maker.take();
    assert.deepEqual(await store.disputes(ACME, { page: PAGE, paymentId: payment.id }, NO_EXTRAS), []);
  });

  it("tells which refunds and disputes are due, whoever's they are, those first that have waited longest", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const taken = maker.take({ merchant: OTHER });
    const refunded = maker.refund(taken, 100n, { start: { state: "pending", due: START + 2 } });
    await save(store, adding(taken));
    await save(store, refunding(taken, refunded));
    const early = await saveDisputed(store, maker, { ...maker.chargeback(), due: START + 1 });
    const late = await saveDisputed(store, maker, { ...maker.chargeback(), due: START + 3 });
    const expected = [
      { what: "dispute", merchant: ACME, id: disputeOf(early.made).id },
      { what: "refund", merchant: OTHER, id: present(refunded.refund, "the refund").id },
      { what: "dispute", merchant: ACME, id: disputeOf(late.made).id },
    ];
    assert.deepEqual(await store.due(START, 10), []);
    assert.deepEqual(await store.due(START + 2, 10), expected.slice(0, 2));
    assert.deepEqual(await store.due(START + 3, 10), expected);
    assert.deepEqual(await store.due(START + 3, 1), expected.slice(0, 1));
    maker.sources.at += 10;
    const ended = maker.judge(early.made, { state: "lost" });
    await save(store, judging(early.made, ended));
    assert.deepEqual(await store.due(START + 3, 10), expected.slice(1));
  });

  it("saves a dispute that takes several steps in one batch", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const { made } = await saveDisputed(store, maker, maker.inquiry());
    const asked = maker.respond(made, "it was sent");
    await save(store, judging(made, asked));
    const charged = maker.judge(asked, maker.chargeback());
    const answered = maker.respond(charged, "it was sent");
    const won = maker.judge(answered, { state: "won" });
    const steps = [charged, answered, won];
    await save(store, { ...judging(asked, won), newEntries: steps.flatMap(({ entry }) => entry ?? []), newEvents: steps.map(({ event }) => event) });
    assert.deepEqual((await store.dispute(ACME, disputeOf(made).id, NO_EXTRAS))?.dispute, won.dispute);
    assert.equal((await withBook((book) => verifyBook(book, () => undefined))).sound, true);
  });

  it("refuses a dispute that leaves its graph, is of something else, or took another amount", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const { made } = await saveDisputed(store, maker);
    const lost = maker.judge(made, { state: "lost" });
    await save(store, judging(made, lost));
    const dispute = disputeOf(lost);
    const elsewhere = maker.take();
    await save(store, adding(elsewhere));
    const bad: Partial<Dispute>[] = [
      { state: "under_review" }, { state: "won", reversalEntryId: present(made.entry, "an entry").id }, { amount: dispute.amount - 1n }, { fee: 0n }, { entryId: present(elsewhere.entry, "an entry").id },
    ];
    for (const change of bad) {
      await assert.rejects(save(store, { ...NO_CHANGES, changedDisputes: [{ ...dispute, ...change }] }), BrokenInvariant, Object.keys(change).join());
    }
    assert.deepEqual((await store.dispute(ACME, dispute.id, NO_EXTRAS))?.dispute, dispute);
    assert.equal((await withBook((book) => verifyBook(book, () => undefined))).sound, true);
  });
}
