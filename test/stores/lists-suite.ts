/** Every list under every combination of filters, against a plain filter over all that was saved. */
import assert from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import { timeOf } from "../../src/domain/id.ts";
import type { Instrument } from "../../src/domain/instrument.ts";
import type { Attempt, Payment } from "../../src/domain/payment.ts";
import type { Refund } from "../../src/domain/refund.ts";
import type { RefundState } from "../../src/domain/states.ts";
import type { Store } from "../../src/engine/store.ts";
import { NO_EXTRAS, type Page, type RefundQuery } from "../../src/engine/views.ts";
import { ACME, adding, Maker, NO_CHANGES, OTHER, refunding, START } from "./making.ts";

const MINUTE = 60_000;
const INSTRUMENTS: readonly Instrument[] = [{ kind: "cash" }, { kind: "external", label: "a voucher", type: "V" }];
const STATES: readonly RefundState[] = ["succeeded", "succeeded", "pending", "failed", "succeeded", "rejected"];

const ORDERS = ["newest", "oldest"] as const;
const SPANS: readonly Pick<Page, "from" | "until">[] = [
  { from: null, until: null },
  { from: START + 3 * MINUTE, until: null },
  { from: START + 2 * MINUTE, until: START + 9 * MINUTE },
];
const ASKED_STATES: readonly RefundQuery["states"][] = [null, ["pending"], ["failed", "rejected"], ["succeeded", "pending"], []];
const ASKED_INSTRUMENTS: readonly RefundQuery["instruments"][] = [null, ["cash"], ["external", "cash"], ["card", "cash"]];
const CHANGED: readonly RefundQuery["updated"][] = [
  null,
  ...[false, true].flatMap((sort) => [
    { from: null, until: null, sort, after: null },
    { from: START + 4 * MINUTE, until: START + 13 * MINUTE, sort, after: null },
  ]),
];
const PAGE_LIMIT = 4;
/** The payment that lists are asked for, and how many refunds it has. */
const ASKED = 4;
const REFUNDS_MANY = 14;

type Saved = { readonly payments: Payment[]; readonly attempts: Attempt[]; readonly refunds: Refund[] };

export async function listsTest(store: Store): Promise<void> {
  const saved = await fill(store);
  const some = present(saved.payments[ASKED], "a payment");
  for (const order of ORDERS) {
    for (const span of SPANS) {
      const page: Page = { order, after: null, limit: PAGE_LIMIT, ...span };
      for (const intent of [false, true]) {
        const expected = saved.payments.filter((payment) => inSpan(payment.id, span) && (!intent || payment.intent));
        const read = async (asked: Page) => (await store.payments(ACME, { page: asked, intent }, NO_EXTRAS)).map((view) => view.payment);
        assert.deepEqual(await pages(read, page), byId(expected, order));
      }
      for (const processed of [false, true]) {
        for (const paymentId of [null, some.id]) {
          const expected = saved.attempts.filter(
            (attempt) => inSpan(attempt.id, span) && (!processed || attempt.processed) && (paymentId === null || attempt.paymentId === paymentId),
          );
          const read = async (asked: Page) =>
            (await store.attempts(ACME, { page: asked, paymentId, processed }, NO_EXTRAS)).map((view) => present(view.attempt, "it"));
          assert.deepEqual(await pages(read, page), byId(expected, order));
        }
      }
      for (const query of refundQueries(page, some, present(saved.attempts[ASKED], "an attempt"))) await refundsTest(store, saved, query);
    }
  }
}

function* refundQueries(page: Page, payment: Payment, attempt: Attempt): Generator<RefundQuery> {
  for (const states of ASKED_STATES) {
    for (const instruments of ASKED_INSTRUMENTS) {
      for (const updated of CHANGED) {
        yield { page, paymentId: null, attemptId: null, states, instruments, updated };
        yield { page, paymentId: payment.id, attemptId: null, states, instruments, updated };
        yield { page, paymentId: null, attemptId: attempt.id, states, instruments, updated };
      }
    }
  }
}

async function refundsTest(store: Store, saved: Saved, query: RefundQuery): Promise<void> {
  const { page, updated } = query;
  const expected = saved.refunds.filter((refund) => inSpan(refund.id, page) && isAsked(refund, query));
  const sorted =
    updated?.sort === true
      ? expected.toSorted((a, b) => (page.order === "newest" ? -1 : 1) * (a.updatedAt - b.updatedAt || (a.id < b.id ? -1 : 1)))
      : byId(expected, page.order);
  const read = async (asked: Page, last: Refund | null) => {
    const span = updated === null ? null : { ...updated, after: updated.sort ? (last?.updatedAt ?? null) : null };
    const views = await store.refunds(ACME, { ...query, page: asked, updated: span }, NO_EXTRAS);
    return views.map((view) => view.refund);
  };
  assert.deepEqual(await pages(read, page), sorted, JSON.stringify(query));
}

function isAsked(refund: Refund, { paymentId, attemptId, states, instruments, updated }: RefundQuery): boolean {
  const from = updated?.from ?? 0;
  const until = updated?.until ?? Infinity;
  return (
    (paymentId === null || refund.paymentId === paymentId) &&
    (attemptId === null || refund.attemptId === attemptId) &&
    (states === null || states.includes(refund.state)) &&
    (instruments === null || instruments.includes(refund.instrument)) &&
    refund.updatedAt >= from &&
    refund.updatedAt < until
  );
}

/** All pages, one after the other; none may be longer than the limit. */
async function pages<Row extends { readonly id: string }>(
  read: (page: Page, last: Row | null) => Promise<Row[]>,
  first: Page,
): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const last = all.at(-1) ?? null;
    const rows = await read({ ...first, after: last?.id ?? null }, last);
    assert.ok(rows.length <= first.limit);
    all.push(...rows);
    if (rows.length === 0) return all;
  }
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[], order: Page["order"]): Row[] {
  return rows.toSorted((a, b) => (order === "newest" ? -1 : 1) * (a.id < b.id ? -1 : 1));
}

function inSpan(id: string, { from, until }: Pick<Page, "from" | "until">): boolean {
  return timeOf(id) >= (from ?? 0) && timeOf(id) < (until ?? Infinity);
}

/** Fifteen payments, one a minute: processed, reported, promised; each captured one with two refunds in various states, and the one that is asked for with more than a payment's row names. */
async function fill(store: Store): Promise<Saved> {
  const maker = new Maker();
  const saved: Saved = { payments: [], attempts: [], refunds: [] };
  for (let i = 0; i < 15; i++) {
    maker.sources.at = START + i * MINUTE;
    const instrument = INSTRUMENTS[i % 4];
    const taken = i % 5 === 3 ? maker.take({ intent: true }) : instrument ? maker.report(instrument) : maker.take();
    const given = [maker.refund(taken, 100n)];
    while (given.length < (i === ASKED ? REFUNDS_MANY : 2)) given.push(maker.refund(present(given.at(-1), "a refund"), 20n));
    const last = present(given.at(-1), "a refund");
    const made = given.map(({ refund }, j) => {
      const state = STATES[(i + j) % STATES.length] ?? "succeeded";
      const of = present(refund, "a refund");
      return { ...of, state, entryId: state === "succeeded" ? of.entryId : null, updatedAt: START + (i + ((i * 7 + j) % 3) * 4) * MINUTE };
    });
    await store.transact({ payments: [], profiles: [], keys: [] }, () => adding(taken));
    await store.transact({ payments: [], profiles: [], keys: [] }, () => ({
      ...refunding(taken, last),
      newRefunds: made,
      newEntries: given.map(({ entry }) => present(entry, "an entry")),
      newEvents: given.map(({ event }) => event),
    }));
    // Another merchant's rows of the same time lie between.
    await store.transact({ payments: [], profiles: [], keys: [] }, () => ({ ...NO_CHANGES, ...adding(maker.take({ merchant: OTHER })) }));
    saved.payments.push(last.payment);
    saved.attempts.push(present(taken.attempt, "an attempt"));
    saved.refunds.push(...made);
  }
  return saved;
}
