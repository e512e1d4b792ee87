/** The journal as every store lists it and adds it up, against a plain filter and a plain sum over all that was saved. */
import assert from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { currency } from "../../src/domain/currency.ts";
import { timeOf } from "../../src/domain/id.ts";
import type { Entry, EntryKind } from "../../src/domain/journal.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import { isProcessed, movementOf } from "../../src/domain/movement.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import { LEAST, MOST } from "../../src/engine/id-range.ts";
import type { Store } from "../../src/engine/store.ts";
import { NO_CAUSE } from "../../src/engine/entry-cause.ts";
import { DAY_MS, NO_EXTRAS, type DaySum, type EntryQuery, type EntrySpan, type Page } from "../../src/engine/views.ts";
import { ACME, adding, disputing, judging, Maker, NO_NEEDS, OTHER, refunding, settling, START, USD } from "./making.ts";

const MINUTE = 60_000;
const PAGE_LIMIT = 4;
const [JPY, EUR] = [present(currency("JPY"), "the yen"), present(currency("EUR"), "the euro")];

const KINDS: readonly (readonly EntryKind[])[] = [
  ["capture", "refund", "refund_failure", "chargeback", "chargeback_reversal"],
  ["refund", "capture"], ["capture"], ["refund"], ["refund_failure"], ["chargeback", "chargeback_reversal"], [],
];
const SPANS: readonly Pick<Page, "from" | "until">[] = [
  { from: null, until: null },
  { from: START + 3 * MINUTE, until: null },
  { from: START + 2 * MINUTE, until: START + 9 * MINUTE },
  { from: START + 9 * MINUTE, until: START + 2 * MINUTE },
];

export async function entryListsTest(store: Store): Promise<void> {
  const saved = await fill(store);
  const processed = saved.filter(isProcessed);
  assert.ok(processed.length < saved.length);
  const some = [present(processed[3], "an entry").id, present(saved.find((entry) => !isProcessed(entry)), "a reported one").id];
  for (const order of ["newest", "oldest"] as const) {
    for (const span of SPANS) {
      for (const kinds of KINDS) {
        for (const one of [null, USD, JPY, EUR, present(currency("CHF"), "a currency without entries")]) {
          for (const ids of [null, some, []]) {
            const query: EntryQuery = { page: { order, after: null, limit: PAGE_LIMIT, ...span }, kinds, currency: one, ids };
            const expected = processed.filter((entry) => isAsked(entry, query));
            assert.deepEqual(await pages(store, query), order === "newest" ? expected.toReversed() : expected, JSON.stringify(query));
          }
        }
      }
    }
  }
}

function isAsked({ id, kind, currency: own }: Entry, { page: { from, until }, kinds, currency: of, ids }: EntryQuery): boolean {
  const made = timeOf(id);
  return made >= (from ?? 0) && made < (until ?? Infinity) && kinds.includes(kind) && (of === null || own === of) && (ids === null || ids.includes(id));
}

/** All pages, one after the other; each is full but the last. */
async function pages(store: Store, query: EntryQuery): Promise<Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const page = { ...query.page, after: all.at(-1)?.id ?? null };
    const entries = (await store.entries(ACME, { ...query, page }, NO_EXTRAS)).map((view) => view.entry);
    assert.ok(entries.length <= page.limit);
    all.push(...entries);
    if (entries.length < page.limit) return all;
  }
}

/** Alone, in a list, and with what was asked for along with it. */
export async function entryViewsTest(store: Store): Promise<void> {
  const maker = new Maker();
  const taken = maker.take();
  const first = maker.refund(taken, 100n);
  const second = maker.refund(first, 200n);
  await save(store, taken);
  await store.transact(NO_NEEDS, () => refunding(taken, first));
  await store.transact(NO_NEEDS, () => refunding(first, second));
  const all = { refunds: 1, entries: true, attempts: true };
  const bare = { payment: second.payment, attempt: null, latest: null, refunds: [], captureEntry: null };
  const shown = { ...bare, attempt: taken.attempt, latest: taken.attempt, refunds: [second.refund], captureEntry: taken.entry };
  const views = [taken, first].map(({ entry: made, refund }) => {
    const entry = present(made, "an entry");
    return { entry, bare: { ...bare, entry, ...NO_CAUSE }, shown: { ...shown, entry, ...NO_CAUSE, refund, refundEntry: refund && entry } };
  });
  for (const { entry, bare: expected, shown: around } of views) {
    assert.deepEqual(await store.entry(ACME, entry.id, NO_EXTRAS), expected);
    assert.deepEqual(await store.entry(ACME, entry.id, all), around);
    assert.equal(await store.entry(OTHER, entry.id, all), null);
  }
  const page: Page = { order: "oldest", after: null, from: null, until: null, limit: 2 };
  const query: EntryQuery = { page, kinds: ["capture", "refund"], currency: null, ids: null };
  assert.deepEqual(await store.entries(ACME, query, NO_EXTRAS), views.map((view) => view.bare));
  assert.deepEqual(await store.entries(ACME, query, all), views.map((view) => view.shown));
  assert.deepEqual(await store.entries(OTHER, query, all), []);
}

/** The entries of a refund that failed, and those of a dispute that was won: each leads to all of what it was made for. */
export async function entryCausesTest(store: Store): Promise<void> {
  const maker = new Maker();
  const taken = maker.take();
  const given = maker.refund(taken, 100n, { start: { state: "succeeded", due: maker.sources.at } });
  const failed = maker.advance(given, { state: "failed", failure: "expired_or_canceled_card", due: null });
  const disputed = maker.dispute(failed);
  const answered = maker.respond(disputed, "it was sent");
  const won = maker.judge(answered, { state: "won" });
  await save(store, taken);
  for (const changes of [refunding(taken, given), settling(given, failed), disputing(failed, disputed), judging(disputed, answered), judging(answered, won)]) await store.transact(NO_NEEDS, () => changes);
  const all = { refunds: 1, entries: true, attempts: true };
  const around = { payment: won.payment, attempt: taken.attempt, latest: taken.attempt, refunds: [failed.refund], captureEntry: taken.entry, ...NO_CAUSE };
  const ofRefund = { ...around, refund: failed.refund, refundEntry: given.entry, failureEntry: failed.entry };
  const ofDispute = { ...around, dispute: won.dispute, withdrawalEntry: disputed.entry, reversalEntry: won.entry };
  const views = [[given, ofRefund], [failed, ofRefund], [disputed, ofDispute], [won, ofDispute]] as const;
  for (const [{ entry: made }, view] of views) {
    const entry = present(made, "an entry");
    assert.deepEqual(await store.entry(ACME, entry.id, all), { ...view, entry });
    const without = { ...view, ...(view === ofDispute ? {} : { refundEntry: null, failureEntry: null }), refunds: [], captureEntry: null, entry };
    assert.deepEqual(await store.entry(ACME, entry.id, { ...NO_EXTRAS, attempts: true }), without);
    assert.deepEqual(await store.entry(ACME, entry.id, NO_EXTRAS), { payment: won.payment, attempt: null, latest: null, refunds: [], captureEntry: null, ...NO_CAUSE, entry });
  }
  const page: Page = { order: "oldest", after: null, from: null, until: null, limit: 10 };
  const query: EntryQuery = { page, kinds: ["refund", "refund_failure", "chargeback", "chargeback_reversal"], currency: null, ids: null };
  assert.deepEqual(await store.entries(ACME, query, all), views.map(([{ entry }, view]) => ({ ...view, entry })));
}

export async function entrySumsTest(store: Store): Promise<void> {
  const saved = await fill(store);
  const spans: readonly EntrySpan[] = [
    { after: LEAST, below: MOST },
    { after: present(saved[7], "an entry").id, below: MOST },
    { after: LEAST, below: present(saved[11], "an entry").id },
    { after: present(saved[4], "an entry").id, below: present(saved[5], "the next").id },
    { after: MOST, below: LEAST },
  ];
  for (const span of spans) {
    const within = saved.filter(({ id }) => id > span.after && id < span.below);
    const { sums, last, more } = await store.sumEntries(ACME, span);
    assert.deepEqual(totals(sums), totals(within.filter(isProcessed).map(dayOf)));
    assert.deepEqual([last, more], [within.at(-1)?.id ?? null, false]);
  }
  assert.deepEqual(await store.sumEntries(OTHER, { after: LEAST, below: MOST }).then(({ more }) => more), false);
}

/** More than are added up at once, each of the greatest amount that there is. */
export async function entryPagesTest(store: Store): Promise<void> {
  const maker = new Maker();
  const greatest = 9_007_199_254_740_991n;
  const made: Entry[] = [];
  const COUNT = 12_000;
  for (let i = 0; i < COUNT; i += 2_000) {
    const taken = maker.take();
    const entry = present(taken.entry, "an entry");
    // The journal alone is asked: whose entries they are does not matter here.
    const many = Array.from({ length: 2_000 }, (_, j) => ({ ...entry, id: j === 0 ? entry.id : present(maker.take().entry, "an entry").id, postings: [{ debit: "clearing", credit: "sales", amount: greatest } as const] }));
    await store.transact(NO_NEEDS, () => ({ ...adding(taken), newEntries: many }));
    made.push(...many);
  }
  let [net, pagesRead, after] = [0n, 0, LEAST];
  for (let more = true; more; pagesRead += 1) {
    const page = await store.sumEntries(ACME, { after, below: MOST });
    net += page.sums.reduce((sum, one) => sum + one.net, 0n);
    after = page.last ?? after;
    more = page.more;
  }
  assert.equal(net, greatest * BigInt(COUNT));
  assert.equal(after, made.at(-1)?.id);
  assert.ok(pagesRead > 1, `${pagesRead} pages`);
}

function dayOf(entry: Entry): DaySum {
  return { currency: entry.currency, day: Math.floor(entry.createdAt / DAY_MS), net: movementOf(entry).net };
}

function totals(sums: readonly DaySum[]): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint>();
  for (const { currency: of, day, net } of sums.toSorted((a, b) => a.day - b.day || (a.currency < b.currency ? -1 : 1))) found.set(`${of} ${day}`, (found.get(`${of} ${day}`) ?? 0n) + net);
  return found;
}

/** Fifteen payments, their refunds and what became of some in three currencies, some with fees, some only reported; over two days, with another merchant's between. */
async function fill(store: Store): Promise<Entry[]> {
  const maker = new Maker();
  const made: Accepted[] = [];
  for (let i = 0; i < 15; i++) {
    maker.sources.at = START + i * MINUTE + (i < 12 ? 0 : DAY_MS);
    const own = i === 5 ? JPY : i % 4 === 3 ? EUR : USD;
    const taken = i % 3 === 2 ? maker.report({ kind: "cash" }, { currency: own }) : maker.take({ fee: i % 2 === 0 ? 100n : 0n, currency: i === 6 ? JPY : own });
    const [first, other] = [maker.refund(taken, 333n), maker.take({ merchant: merchantOf(i) })];
    await save(store, taken);
    await save(store, other);
    await store.transact(NO_NEEDS, () => refunding(taken, first));
    made.push(taken, first, ...(other.payment.merchant === ACME ? [other] : []), ...(i % 3 === 2 ? [] : await goOn(store, { maker, taken: first, fails: i % 2 === 0 })));
  }
  return made.map(({ entry }) => present(entry, "an entry")).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** A refund that fails after it succeeded, or a dispute that is won. */
async function goOn(store: Store, { maker, taken, fails }: { readonly maker: Maker; readonly taken: Accepted; readonly fails: boolean }): Promise<Accepted[]> {
  if (fails) {
    const given = maker.refund(taken, 100n, { start: { state: "succeeded", due: maker.sources.at } });
    const failed = maker.advance(given, { state: "failed", failure: "expired_or_canceled_card", due: null });
    await store.transact(NO_NEEDS, () => refunding(taken, given));
    await store.transact(NO_NEEDS, () => settling(given, failed));
    return [given, failed];
  }
  const disputed = maker.dispute(taken);
  const answered = maker.respond(disputed, "it was sent");
  const won = maker.judge(answered, { state: "won" });
  for (const changes of [disputing(taken, disputed), judging(disputed, answered), judging(answered, won)]) await store.transact(NO_NEEDS, () => changes);
  return [disputed, won];
}

function merchantOf(i: number): MerchantId {
  return i % 5 === 4 ? ACME : OTHER;
}

async function save(store: Store, made: Accepted): Promise<void> {
  await store.transact(NO_NEEDS, () => adding(made));
}
