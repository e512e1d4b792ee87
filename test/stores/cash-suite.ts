/** What every store does alike with customers' cash: one payment that grows, and a list of all that happened to it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { present } from "../../src/base/assert.ts";
import type { Command, FundCashBalance, RefundPayment } from "../../src/domain/command.ts";
import { cashIdOf, cashOf } from "../../src/domain/connected.ts";
import type { EventKind } from "../../src/domain/event.ts";
import { entryId, type PaymentId, type RefundId } from "../../src/domain/id.ts";
import type { Profile } from "../../src/domain/profile.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Result } from "../../src/engine/job.ts";
import type { Store } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS, type Page } from "../../src/engine/views.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { addingProfiles, makeCustomer } from "./making-profiles.ts";
import { ACME, Maker, USD } from "./making.ts";
import { save, type OpenStore } from "./store-suite.ts";

const PAGE: Page = { order: "newest", after: null, from: null, until: null, limit: 100 };
const KINDS: readonly EventKind[] = ["payment.funded", "refund.created", "refund.failed", "refund.canceled"];
const CASH = cashOf(ACME);

/** A customer of a merchant, over an engine of its own. */
export class CashDesk {
  readonly customer: Profile;
  readonly id: PaymentId;
  readonly #engine: Engine;

  constructor(store: Store, maker: Maker, customer: Profile) {
    this.customer = customer;
    this.id = cashIdOf(customer.id, USD);
    const halt = (error: Error): never => {
      throw error;
    };
    this.#engine = new Engine({ store, processor: makeSandbox(), moments: () => maker.moment(), halt });
  }

  fund(amount: bigint, reference: string | null = null): Promise<Result> {
    const connect = { role: "cash", platform: ACME, account: this.customer.id, transfer: null, fee: 0n, of: null, group: null } as const;
    return this.run({ kind: "fund_cash_balance", connect, money: { amount, currency: USD }, reference } satisfies FundCashBalance);
  }

  refund(amount: bigint, email: string | null = null): Promise<Result> {
    const command: RefundPayment = {
      kind: "refund_payment", target: { by: "payment", id: this.id, as: "any" }, within: null, money: { amount, currency: null }, fee: { kind: "none" }, channel: "executed", reference: null, release: false,
      askAt: { given: email, orFrom: "", keptAs: "test.asked" }, expectedVersion: null, refundsMax: null, ageMax: null, notes: {}, paymentNotes: {},
    };
    return this.run(command);
  }

  async run(command: Command): Promise<Result> {
    const results: Result[] = [];
    await this.#engine.execute({
      merchant: ACME, book: CASH, requestId: "r".repeat(24), command, claims: [], extras: NO_EXTRAS,
      reply(result) {
        results.push(result);
        return { status: 200, body: "{}" };
      },
    });
    return present(results.at(-1), `what became of ${command.kind}`);
  }
}

export async function openCashDesk(store: Store, maker = new Maker()): Promise<CashDesk> {
  const customer = makeCustomer(maker);
  await save(store, addingProfiles(customer));
  return new CashDesk(store, maker, customer);
}

function refundIn(result: Result): RefundId {
  assert.ok("done" in result);
  return present(result.done.refund, "a refund").id;
}

export function cashTests(open: OpenStore): void {
  it("keeps all that a customer sent in one payment, gives it back as it was saved, and proves it", async (context) => {
    const { store, withBook } = await open(context);
    const desk = await openCashDesk(store);
    const first = await desk.fund(700n, 'é 𝄞 " \\ | ,');
    const second = await desk.fund(300n);
    assert.ok("done" in first && "done" in second);
    const refund = await desk.refund(400n);
    assert.ok("done" in refund);
    const found = await store.payment(CASH, desk.id, { refunds: 1, entries: true, attempts: true });
    assert.deepEqual([found?.payment, found?.attempt, found?.refunds], [refund.done.payment, first.done.attempt, [refund.done.refund]]);
    const { captured, pending, entries, version } = refund.done.payment;
    assert.deepEqual([captured, pending, entries, version], [1000n, 400n, 2, 3]);
    assert.equal(found?.captureEntry?.id, entryId(first.done.event.id));
    assert.deepEqual((await store.entry(CASH, entryId(second.done.event.id), NO_EXTRAS))?.entry.postings, [{ debit: "clearing", credit: "cash_balances", amount: 300n }]);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.sound, proof.findings, proof.imbalances, proof.damage], [true, [], [], []]);
  });

  it("lists what happened to a payment, page by page in both orders, by kind and by id, though the payment names its first refunds itself", async (context) => {
    const { store } = await open(context);
    const desk = await openCashDesk(store);
    const events = [];
    for (let i = 0; i < 14; i++) {
      const done = i % 5 === 0 ? await desk.fund(1_000n, i === 0 ? null : `the ${i}th €`) : await desk.refund(10n, "a@example.com");
      assert.ok("done" in done);
      events.push(done.done.event);
      if (i % 5 !== 1) continue;
      const ended = await desk.run({ kind: "end_refund", refund: refundIn(done), of: null, outcome: "canceled" });
      assert.ok("done" in ended);
      events.push(ended.done.event);
      await desk.run({ kind: "describe_refund", refund: refundIn(done), of: null, notes: { set: { "test.said": "ä" } } });
    }
    const of = { paymentId: desk.id, kinds: KINDS, id: null };
    assert.deepEqual(await store.events(CASH, { of, page: PAGE }), events.toReversed());
    assert.deepEqual(await store.events(CASH, { of, page: { ...PAGE, order: "oldest" } }), events);
    for (const order of ["newest", "oldest"] as const) {
      const walked = [];
      for (let after: string | null = null; ; after = walked.at(-1)?.id ?? null) {
        const page = await store.events(CASH, { of, page: { ...PAGE, order, after, limit: 3 } });
        walked.push(...page);
        if (page.length < 3) break;
      }
      assert.deepEqual(walked, order === "oldest" ? events : events.toReversed());
    }
    assert.deepEqual(await store.events(CASH, { of: { ...of, kinds: ["payment.funded"] }, page: PAGE }), events.filter(({ kind }) => kind === "payment.funded").toReversed());
    for (const event of events) assert.deepEqual(await store.events(CASH, { of: { ...of, id: event.id }, page: { ...PAGE, limit: 1 } }), [event]);
    const [event] = events;
    assert.deepEqual(await store.events(ACME, { of, page: PAGE }), []);
    assert.deepEqual(await store.events(CASH, { of: { ...of, kinds: ["refund.created"], id: present(event, "an event").id }, page: PAGE }), []);
  });

  it("lets all come in that comes at once, and no more go back than there is", async (context) => {
    const { store, withBook } = await open(context);
    const desk = await openCashDesk(store);
    await Promise.all(Array.from({ length: 10 }, () => desk.fund(100n)));
    const results = await Promise.all(Array.from({ length: 15 }, () => desk.refund(90n)));
    assert.equal(results.filter((result) => "done" in result).length, 11);
    const found = await store.payment(CASH, desk.id, NO_EXTRAS);
    assert.deepEqual([found?.payment.captured, found?.payment.pending], [1000n, 990n]);
    assert.equal((await withBook((book) => verifyBook(book, () => undefined))).sound, true);
  });
}
