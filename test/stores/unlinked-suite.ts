/** What every store does alike with refunds that belong to no payment: capture and refund are one batch, in a book beside the merchant's. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { present } from "../../src/base/assert.ts";
import type { Command, Destination, RefundUnlinked } from "../../src/domain/command.ts";
import { ownAccount, unlinkedOf } from "../../src/domain/connected.ts";
import type { RefundId } from "../../src/domain/id.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Done, Result } from "../../src/engine/job.ts";
import type { Store } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS, type Page, type RefundQuery } from "../../src/engine/views.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { ACME, Maker, USD } from "./making.ts";
import type { OpenStore } from "./store-suite.ts";

const BOOK = unlinkedOf(ACME);
const ALL = { refunds: 10, entries: true, attempts: true };
const PAGE: Page = { order: "oldest", after: null, from: null, until: null, limit: 10 };
const EVERY: RefundQuery = { page: PAGE, paymentId: null, attemptId: null, states: null, instruments: null, updated: null };
const CARD: Destination = { by: "token", token: "cnon:card-nonce-ok" };
const CASH: Destination = { by: "report", instrument: { kind: "cash" } };
const REJECTED = 7_702n;

/** Gives such refunds through an engine of its own, and moves them on. */
export class Giver {
  readonly maker: Maker;
  readonly #engine: Engine;

  constructor(store: Store, maker = new Maker()) {
    this.maker = maker;
    const halt = (error: Error): never => {
      throw error;
    };
    this.#engine = new Engine({ store, processor: makeSandbox(), moments: () => maker.moment(), halt });
  }

  give(destination: Destination, amount: bigint): Promise<Done> {
    const connect = { role: "unlinked", platform: ACME, account: ownAccount(ACME), transfer: null, fee: 0n, of: null, group: null } as const;
    const command: RefundUnlinked = { kind: "refund_unlinked", connect, money: { amount, currency: USD }, destination, underWayFirst: true, notes: { "test.to": "somebody 𝄞" } };
    return this.#run(command);
  }

  /** Says what has become of it, as soon as there is something to say. */
  async goOn({ refund }: Done): Promise<Done> {
    const { id, due } = present(refund, "a refund");
    this.maker.sources.at = Math.max(this.maker.sources.at, due ?? 0);
    return this.#run({ kind: "advance_refund", refund: id, of: null });
  }

  async #run(command: Command): Promise<Done> {
    const results: Result[] = [];
    const reply = (result: Result) => {
      results.push(result);
      return { status: 200, body: "{}" };
    };
    await this.#engine.execute({ merchant: ACME, book: BOOK, requestId: "r".repeat(24), command, claims: [], extras: ALL, reply });
    const [result] = results;
    assert.ok(result !== undefined && "done" in result, "it was done");
    return result.done;
  }
}

export function unlinkedTests(open: OpenStore): void {
  it("keeps a refund of no payment with what was given for it, all of it in a book beside the merchant's, and proves both", async (context) => {
    const { store, withBook } = await open(context);
    const giver = new Giver(store);
    const [cash, card] = [await giver.give(CASH, 300n), await giver.give(CARD, 500n)];
    assert.deepEqual([cash.refund?.state, cash.payment.captured, cash.payment.refunded, cash.payment.version, cash.payment.origin], ["succeeded", 300n, 300n, 2, "recorded"]);
    assert.deepEqual([card.refund?.state, card.payment.captured, card.payment.pending, card.payment.version, card.payment.origin], ["pending", 500n, 500n, 2, "processed"]);
    for (const { payment, refund } of [cash, card]) {
      const { id } = present(refund, "a refund");
      const view = await store.refund(BOOK, id, ALL);
      assert.deepEqual([view?.refund, view?.payment], [refund, payment]);
      assert.deepEqual((await store.refunds(BOOK, { ...EVERY, paymentId: payment.id }, NO_EXTRAS)).map((one) => one.refund), [refund]);
      assert.deepEqual((await store.payment(BOOK, payment.id, ALL))?.refunds, [refund]);
      assert.equal(await store.refund(ACME, id, NO_EXTRAS), null);
    }
    assert.deepEqual(await idsOf(store), [cash.refund?.id, card.refund?.id]);
    assert.deepEqual([await store.payments(ACME, { page: PAGE, intent: false }, NO_EXTRAS), await store.refunds(ACME, EVERY, NO_EXTRAS)], [[], []]);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.findings, proof.imbalances, proof.sound, proof.refunds, proof.entries], [[], [], true, 2, 3]);
  });

  it("moves such a refund on when it is due, to its end or to nothing", async (context) => {
    const { store, withBook } = await open(context);
    const giver = new Giver(store);
    const [kept, rejected] = [await giver.give(CARD, 500n), await giver.give(CARD, REJECTED)];
    const due = present(present(kept.refund, "a refund").due, "when it is due");
    assert.deepEqual((await store.due(due, 10)).map(({ merchant, id }) => [merchant, id]), [kept, rejected].map(({ refund }) => [BOOK, refund?.id]));
    const [done, no] = [await giver.goOn(kept), await giver.goOn(rejected)];
    assert.deepEqual([done.refund?.state, done.payment.refunded, done.payment.pending], ["succeeded", 500n, 0n]);
    assert.deepEqual([no.refund?.state, no.refund?.failure, no.payment.refunded, no.payment.pending], ["rejected", null, 0n, 0n]);
    assert.deepEqual(await store.due(Number.MAX_SAFE_INTEGER, 10), []);
    assert.deepEqual((await store.refunds(BOOK, { ...EVERY, states: ["rejected"] }, NO_EXTRAS)).map(({ refund }) => refund), [no.refund]);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.findings, proof.imbalances, proof.sound], [[], [], true]);
  });
}

async function idsOf(store: Store): Promise<RefundId[]> {
  return (await store.refunds(BOOK, EVERY, NO_EXTRAS)).map(({ refund }) => refund.id);
}
