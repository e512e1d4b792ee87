/** What every store does alike. A store is held to it by a test file of its own that says how it is opened. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { BrokenInvariant, present } from "../../src/base/assert.ts";
import type { Dossier } from "../../src/domain/audit.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import type { Refund } from "../../src/domain/refund.ts";
import type { Book, Changes, LoadedRows, Needs, Store } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS, type Page } from "../../src/engine/views.ts";
import { balancesAfterClockTest, balancesAtOnceTest, balancesTest, balancesYieldTest } from "./balances-suite.ts";
import { entryCausesTest, entryListsTest, entryPagesTest, entrySumsTest, entryViewsTest } from "./entries-suite.ts";
import { GUARD_CASES } from "./guard-cases.ts";
import { cashTests } from "./cash-suite.ts";
import { connectTests } from "./connect-suite.ts";
import { disputeTests } from "./dispute-suite.ts";
import { heldTests } from "./held-suite.ts";
import { listsTest } from "./lists-suite.ts";
import { outboxTests } from "./outbox-suite.ts";
import { profileTests } from "./profiles-suite.ts";
import { toldTests } from "./told-suite.ts";
import { unlinkedTests } from "./unlinked-suite.ts";
import { ACME, adding, Maker, NO_CHANGES, NO_NEEDS, OTHER, refunding, reply, settling, START } from "./making.ts";

export type Opened = { readonly store: Store; readonly withBook: <T>(use: (book: Book) => T | Promise<T>) => Promise<T> };
export type OpenStore = (context: TestContext) => Opened | Promise<Opened>;

const ALL = { refunds: 10, entries: true, attempts: true };

export function storeSuite(name: string, open: OpenStore): void {
  describe(name, () => {
    transactTests(open);
    guardTests(open);
    loadTests(open);
    readTests(open);
    disputeTests(open);
    profileTests(open);
    connectTests(open);
    cashTests(open);
    unlinkedTests(open);
    heldTests(open);
    toldTests(open);
    outboxTests(open);
    it("lists entries of what moved, in both orders, by kind, currency and name, page by page", async (context) => entryListsTest((await open(context)).store));
    it("shows an entry with its payment and refund, as far as was asked", async (context) => entryViewsTest((await open(context)).store));
    it("shows what a failed refund and a dispute led to with all of both", async (context) => entryCausesTest((await open(context)).store));
    it("adds entries up by currency and day, and passes by what was only reported", async (context) => entrySumsTest((await open(context)).store));
    it("adds up more than fits into one page, to the last unit", async (context) => entryPagesTest((await open(context)).store));
    it("gives the balance of every day, piece by piece and anew, as the whole journal adds up", async (context) => balancesTest((await open(context)).store));
    it("gives each who asks for the balance all that was acknowledged before", async (context) => balancesAtOnceTest((await open(context)).store));
    it("gives the balance also of a book that was written by a clock that was ahead", async (context) => balancesAfterClockTest((await open(context)).store));
    it("lets others have their turn while a long journal is added up", async (context) => balancesYieldTest((await open(context)).store));
    it("lists in both orders, under every filter, page by page", async (context) => listsTest((await open(context)).store));
  });
}

function transactTests(open: OpenStore): void {
  it("gives back every row as it was saved", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const taken = maker.take();
    const cash = maker.report({ kind: "cash" });
    const external = maker.report({ kind: "external", label: "a cheque", type: null });
    const declined = maker.take({ tender: { by: "token", token: "tok_chargeDeclinedLostCard", capture: true } });
    const refunded = maker.refund(taken, 400n);
    await save(store, adding(taken, cash, external, declined));
    await save(store, refunding(taken, refunded));
    const expected: Dossier[] = [taken, cash, external, declined].map((made) => {
      const own = made === taken ? [made, refunded] : [made];
      return {
        payment: made === taken ? refunded.payment : made.payment,
        attempts: made.attempt === null ? [] : [made.attempt],
        refunds: own.flatMap(({ refund }) => refund ?? []),
        disputes: [],
        entries: own.flatMap(({ entry }) => entry ?? []),
        events: own.map(({ event }) => event),
      };
    });
    assert.deepEqual(await withBook(dossiersOf), expected);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.equal(proof.sound, true);
    assert.deepEqual([proof.payments, proof.attempts, proof.refunds, proof.entries, proof.events], [4, 4, 1, 4, 5]);
  });

  it("takes a refund on from state to state, with its entries, and forgets when it was due", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const due = maker.sources.now();
    const taken = maker.take();
    const begun = maker.refund(taken, 400n, { start: { state: "pending", due } });
    const done = maker.advance(begun, { state: "succeeded", due });
    const failed = maker.advance(done, { state: "failed", failure: "expired_or_canceled_card", due: null });
    const id = present(begun.refund, "a refund").id;
    await save(store, adding(taken));
    await save(store, refunding(taken, begun));
    for (const [before, now] of [[begun, done], [done, failed]] as const) {
      assert.deepEqual(await store.due(due - 1, 10), []);
      assert.deepEqual(await store.due(due, 10), [{ merchant: ACME, what: "refund", id }]);
      await save(store, settling(before, now));
      const named = await load(store, { payments: [{ merchant: ACME, by: "refund", id, extras: ALL }], profiles: [], keys: [] });
      const entries = [done.entry, failed.entry].slice(0, now === done ? 1 : 2);
      assert.deepEqual(named, { payments: [now.payment], attempts: [taken.attempt], namedRefunds: [now.refund], namedDisputes: [], refunds: [now.refund], entries: [...entries, taken.entry], profiles: [], keys: [] });
      const view = await store.refund(ACME, id, ALL);
      assert.deepEqual([view?.refund, view?.refundEntry, view?.failureEntry, view?.payment], [now.refund, done.entry, now === done ? null : failed.entry, now.payment]);
    }
    assert.deepEqual(await store.due(due, 10), []);
    assert.deepEqual((await load(store, { payments: [{ merchant: OTHER, by: "refund", id, extras: ALL }], profiles: [], keys: [] })).namedRefunds, []);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.findings, proof.imbalances, proof.sound], [[], [], true]);
  });

  it("tells the refunds that have waited longest first, whoever's they are, and no more than are asked for", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const dues = [3, 1, 2, 4].map((minute) => START + minute * 60_000);
    const ids: string[] = [];
    for (const [i, due] of dues.entries()) {
      const taken = maker.take({ merchant: i % 2 === 0 ? ACME : OTHER });
      const begun = maker.refund(taken, 1n, { start: { state: "pending", due } });
      await save(store, adding(taken));
      await save(store, refunding(taken, begun));
      ids.push(present(begun.refund, "a refund").id);
    }
    const found = await store.due(START + 3 * 60_000, 10);
    assert.deepEqual(found.map(({ merchant, id }) => [merchant, id]), [[OTHER, ids[1]], [ACME, ids[2]], [ACME, ids[0]]]);
    assert.equal((await store.due(START + 3 * 60_000, 2)).length, 2);
  });

  it("saves nothing when the decision throws, and passes the error on", async (context) => {
    const { store, withBook } = await open(context);
    const fault = new Error("a fault of ours");
    await assert.rejects(store.transact(NO_NEEDS, () => { throw fault; }), (error) => error === fault);
    assert.equal(await withBook((book) => book.countPayments()), 0);
    await save(store, adding(new Maker().take()));
    assert.equal(await withBook((book) => book.countPayments()), 1);
  });

  it("keeps amounts up to 2^53 - 1 to the last unit", async (context) => {
    const { store } = await open(context);
    const { payment } = new Maker().take({ tender: null, intent: true });
    await save(store, { ...NO_CHANGES, newPayments: [{ ...payment, requested: 9_007_199_254_740_991n }] });
    assert.equal((await store.payment(ACME, payment.id, NO_EXTRAS))?.payment.requested, 9_007_199_254_740_991n);
  });

  it("knows the merchant of a key", async (context) => {
    const { store } = await open(context);
    await store.addKey("a".repeat(64), ACME, START);
    assert.equal(await store.merchantOfKey("a".repeat(64)), ACME);
    assert.equal(await store.merchantOfKey("b".repeat(64)), null);
    await assert.rejects(store.addKey("a".repeat(64), OTHER, START), BrokenInvariant);
    await store.ping();
  });
}

function guardTests(open: OpenStore): void {
  for (const { refuses, make } of GUARD_CASES) {
    it(`refuses ${refuses}, and then saves nothing of the batch`, async (context) => {
      const { store, withBook } = await open(context);
      const maker = new Maker();
      const taken = maker.take();
      const refunded = maker.refund(taken, 400n);
      await save(store, { ...adding(taken), newKeys: [reply("first")] });
      await save(store, refunding(taken, refunded));
      const before = await withBook(dossiersOf);
      const innocent = adding(maker.take());
      const bad = make(maker, taken, refunded);
      await assert.rejects(save(store, both(innocent, bad)), BrokenInvariant);
      assert.deepEqual(await withBook(dossiersOf), before);
      await save(store, innocent);
    });
  }

  it("lets two merchants, and two executed refunds, have the same reference", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    for (const merchant of [ACME, OTHER]) {
      const taken = maker.take({ merchant });
      const first = maker.refund(taken, 100n, { channel: "reported", reference: "R-1" });
      const second = maker.refund(first, 100n, { channel: "executed", reference: "R-1" });
      const third = maker.refund(second, 100n, { channel: "executed", reference: "R-1" });
      await save(store, adding(taken));
      await save(store, refunding(taken, first));
      await save(store, refunding(first, second));
      await save(store, refunding(second, third));
    }
  });
}

function loadTests(open: OpenStore): void {
  it("loads each row once, however often it is needed", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const taken = maker.take();
    const refunded = maker.refund(taken, 100n);
    const more = maker.refund(refunded, 200n);
    await save(store, { ...adding(taken), newKeys: [reply("one"), reply("two")] });
    await save(store, refunding(taken, refunded));
    await save(store, refunding(refunded, more));
    const { id } = taken.payment;
    const attempt = taken.attempt?.id;
    assert.ok(attempt !== undefined);
    const needs: Needs = {
      payments: [
        { merchant: ACME, by: "payment", id, extras: NO_EXTRAS },
        { merchant: ACME, by: "attempt", id: attempt, extras: { refunds: 1, entries: false, attempts: false } },
        { merchant: ACME, by: "payment", id, extras: { refunds: 0, entries: true, attempts: false } },
        { merchant: OTHER, by: "payment", id, extras: ALL },
        { merchant: OTHER, by: "attempt", id: attempt, extras: ALL },
      ],
      profiles: [],
      keys: [
        { merchant: ACME, scope: "test", key: "one" },
        { merchant: ACME, scope: "test", key: "one" },
        { merchant: ACME, scope: "other", key: "two" },
        { merchant: OTHER, scope: "test", key: "two" },
      ],
    };
    assert.deepEqual(await load(store, needs), {
      payments: [more.payment],
      attempts: [taken.attempt],
      namedRefunds: [],
      namedDisputes: [],
      refunds: [more.refund],
      entries: [taken.entry],
      profiles: [],
      keys: [reply("one")],
    });
  });

  it("loads the newest refunds in their order, though few and many of them are needed by two names of a payment", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const taken = maker.take();
    await save(store, adding(taken));
    const newest = await refundOneByOne(store, maker, { of: taken, count: 4 });
    const [{ id }, attempt] = [taken.payment, present(taken.attempt, "an attempt").id];
    for (const [one, other] of [[3, 1], [1, 3], [2, 2]] as const) {
      const needs: Needs = {
        payments: [
          { merchant: ACME, by: "payment", id, extras: { ...NO_EXTRAS, refunds: one } },
          { merchant: ACME, by: "attempt", id: attempt, extras: { ...NO_EXTRAS, refunds: other } },
        ],
        profiles: [],
        keys: [],
      };
      assert.deepEqual((await load(store, needs)).refunds, newest.slice(0, Math.max(one, other)));
    }
  });

  it("loads the attempt that was named and the latest one", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const declined = maker.take({ tender: { by: "token", token: "tok_chargeDeclined", capture: true } });
    const again = maker.retry(declined.payment, declined.attempt);
    await save(store, adding(declined));
    await save(store, { ...refunding(declined, again), newAttempts: again.attempt === null ? [] : [again.attempt] });
    const named = declined.attempt?.id;
    assert.ok(named !== undefined);
    const rows = await load(store, { payments: [{ merchant: ACME, by: "attempt", id: named, extras: NO_EXTRAS }], profiles: [], keys: [] });
    assert.deepEqual(rows.payments, [again.payment]);
    assert.deepEqual(rows.attempts, [declined.attempt, again.attempt]);
    assert.deepEqual((await store.attempt(ACME, named, NO_EXTRAS))?.attempt, declined.attempt);
    assert.deepEqual((await store.attempt(ACME, named, NO_EXTRAS))?.latest, again.attempt);
    assert.deepEqual((await store.payment(ACME, again.payment.id, NO_EXTRAS))?.attempt, again.attempt);
  });
}

function readTests(open: OpenStore): void {
  it("reads what was just written, with as many extras as were asked for", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const taken = maker.take();
    await save(store, adding(taken));
    const look: OneByOne["look"] = async ({ payment, refund, entry }, newest) => {
      assert.ok(refund !== null);
      const view = { payment, attempt: taken.attempt, latest: taken.attempt, refunds: newest.slice(0, 2), captureEntry: taken.entry };
      const extras = { refunds: 2, entries: true, attempts: true };
      assert.deepEqual(await store.payment(ACME, payment.id, extras), view);
      assert.deepEqual(await store.refund(ACME, refund.id, extras), { ...view, refund, refundEntry: entry, failureEntry: null });
      assert.deepEqual(await store.refund(ACME, refund.id, NO_EXTRAS), {
        ...view, attempt: null, latest: null, refunds: [], captureEntry: null, refund, refundEntry: null, failureEntry: null,
      });
      const page: Page = { order: "newest", after: null, from: null, until: null, limit: 1 };
      const asked = { page, paymentId: payment.id, attemptId: null, states: null, instruments: null, updated: null };
      assert.deepEqual(await store.refunds(ACME, asked, extras), [{ ...view, refund, refundEntry: entry, failureEntry: null }]);
      assert.deepEqual(await store.refunds(ACME, asked, NO_EXTRAS), [
        { ...view, attempt: null, latest: null, refunds: [], captureEntry: null, refund, refundEntry: null, failureEntry: null },
      ]);
    };
    await refundOneByOne(store, maker, { of: taken, count: 4, look });
  });

  it("shows a merchant nothing of another's", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const taken = maker.take();
    const refunded = maker.refund(taken, 100n);
    await save(store, adding(taken));
    await save(store, refunding(taken, refunded));
    const page = { order: "newest", after: null, from: null, until: null, limit: 10 } as const;
    const { attempt } = taken;
    const { refund } = refunded;
    assert.ok(attempt !== null && refund !== null);
    assert.equal(await store.payment(OTHER, taken.payment.id, ALL), null);
    assert.equal(await store.attempt(OTHER, attempt.id, ALL), null);
    assert.equal(await store.refund(OTHER, refund.id, ALL), null);
    assert.deepEqual(await store.payments(OTHER, { page, intent: false }, ALL), []);
    assert.deepEqual(await store.attempts(OTHER, { page, paymentId: taken.payment.id, processed: false }, ALL), []);
    const query = { page, paymentId: null, attemptId: attempt.id, states: null, instruments: null, updated: null };
    assert.deepEqual(await store.refunds(OTHER, query, ALL), []);
    assert.equal((await store.refunds(ACME, query, ALL)).length, 1);
  });
}

export async function save(store: Store, changes: Changes): Promise<void> {
  await store.transact(NO_NEEDS, () => changes);
}

/** Refunds of 10 each on one payment, each saved, and looked at, before the next is made; the newest first. */
export async function refundOneByOne(store: Store, maker: Maker, { of, count, look }: OneByOne): Promise<Refund[]> {
  const newest: Refund[] = [];
  let last = of;
  for (let i = 0; i < count; i += 1) {
    const next = maker.refund(last, 10n);
    await save(store, refunding(last, next));
    newest.unshift(present(next.refund, "a refund"));
    await look?.(next, newest);
    last = next;
  }
  return newest;
}

type OneByOne = { readonly of: Accepted; readonly count: number; readonly look?: (last: Accepted, newest: readonly Refund[]) => Promise<void> };

async function dossiersOf(book: Book): Promise<Dossier[]> {
  const dossiers: Dossier[] = [];
  for await (const dossier of book.dossiers()) dossiers.push(dossier);
  return dossiers;
}

async function load(store: Store, needs: Needs): Promise<LoadedRows> {
  const found: LoadedRows[] = [];
  await store.transact(needs, (rows) => {
    found.push(rows);
    return NO_CHANGES;
  });
  const [rows] = found;
  assert.ok(rows !== undefined);
  return rows;
}

function both(a: Changes, b: Changes): Changes {
  return {
    newPayments: [...a.newPayments, ...b.newPayments],
    changedPayments: [...a.changedPayments, ...b.changedPayments],
    newAttempts: [...a.newAttempts, ...b.newAttempts],
    changedAttempts: [...a.changedAttempts, ...b.changedAttempts],
    newRefunds: [...a.newRefunds, ...b.newRefunds],
    changedRefunds: [...a.changedRefunds, ...b.changedRefunds],
    newDisputes: [...a.newDisputes, ...b.newDisputes],
    changedDisputes: [...a.changedDisputes, ...b.changedDisputes],
    newEntries: [...a.newEntries, ...b.newEntries],
    newEvents: [...a.newEvents, ...b.newEvents],
    newPasts: [...a.newPasts, ...b.newPasts],
    newNotices: [...a.newNotices, ...b.newNotices],
    newProfiles: [...a.newProfiles, ...b.newProfiles],
    changedProfiles: [...a.changedProfiles, ...b.changedProfiles],
    newKeys: [...a.newKeys, ...b.newKeys],
  };
}
