/**
 * Whatever a platform, its accounts and their customers do to one another's money: no more of a fee goes back than was taken, no more of a
 * transfer than was transferred, each side's balance transactions come to its balance, and the book proves.
 */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { Stripe } from "stripe";
import type { Store } from "../../src/engine/store.ts";
import { verifyBook, type Verification } from "../../src/engine/verify.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { folder, verify } from "../stores/closed-book.ts";
import { startTestServer, stripeFor, type TestServer } from "../test-server.ts";

/** Many times as long as the clock needs for a refund that fails. */
const SETTLED_MS = 60;
const RUNS = 20;
const TOKENS = ["tok_visa", "tok_pendingRefund", "tok_refundFail"] as const;

/** Where the book is, and how it is proved when its server has stopped. */
type Ground = { readonly store: Store; readonly prove: () => Promise<Verification> };

const GROUNDS: Readonly<Record<string, (context: TestContext) => Ground>> = {
  "in memory"() {
    const store = openMemoryStore();
    return { store, prove: () => verifyBook(store, () => undefined) };
  },
  "in a folder"(context) {
    const path = folder(context);
    return { store: openStore(path), prove: () => verify(path) };
  },
};

const amount = fc.integer({ min: 1, max: 1000 });
const token = fc.constantFrom(...TOKENS);
const flag = fc.boolean();
const nth = fc.nat({ max: 9 });
const move = fc.oneof(
  fc.record({ kind: fc.constant("direct" as const), fee: fc.integer({ min: 0, max: 1000 }), token }),
  fc.record({ kind: fc.constant("destination" as const), fee: fc.integer({ min: 0, max: 1000 }), part: fc.option(amount), token }),
  fc.record({ kind: fc.constant("transfer" as const), amount }),
  fc.record({ kind: fc.constant("refund" as const), nth, amount: fc.option(amount), fee: flag, reverse: flag }),
  fc.record({ kind: fc.constant("refund" as const), nth, amount: fc.option(amount), fee: flag, reverse: flag }),
  fc.record({ kind: fc.constant("fee refund" as const), nth, amount: fc.option(amount) }),
  fc.record({ kind: fc.constant("reversal" as const), nth, amount: fc.option(amount), fee: flag }),
);
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

class World {
  readonly #stripe: Stripe;
  readonly #charges: { readonly id: string; readonly options: Stripe.RequestOptions }[] = [];
  #account = "";

  constructor(server: TestServer) {
    this.#stripe = stripeFor(server);
  }

  async begin(): Promise<void> {
    this.#account = (await this.#stripe.accounts.create({})).id;
  }

  get #on(): Stripe.RequestOptions {
    return { stripeAccount: this.#account };
  }

  /** What is refused changes nothing, which the end will show. */
  async play(one: Move): Promise<void> {
    try {
      await this.#do(one);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    }
  }

  async #do(one: Move): Promise<void> {
    const stripe = this.#stripe;
    const base = { amount: 1000, currency: "usd" };
    switch (one.kind) {
      case "direct": {
        const { id } = await stripe.charges.create({ ...base, source: one.token, application_fee_amount: one.fee }, this.#on);
        this.#charges.push({ id, options: this.#on });
        return;
      }
      case "destination": {
        const terms = one.part === null ? { application_fee_amount: one.fee, transfer_data: { destination: this.#account } } : { transfer_data: { destination: this.#account, amount: one.part } };
        const { id } = await stripe.charges.create({ ...base, source: one.token, ...terms });
        this.#charges.push({ id, options: {} });
        return;
      }
      case "transfer":
        await stripe.transfers.create({ amount: one.amount, currency: "usd", destination: this.#account });
        return;
      case "refund": {
        const charge = this.#charges[one.nth % Math.max(this.#charges.length, 1)];
        if (charge === undefined) return;
        await stripe.refunds.create({ charge: charge.id, refund_application_fee: one.fee, reverse_transfer: one.reverse, ...(one.amount === null ? {} : { amount: one.amount }) }, charge.options);
        return;
      }
      case "fee refund": {
        const { data } = await stripe.applicationFees.list();
        const fee = data[one.nth % Math.max(data.length, 1)];
        if (fee !== undefined) await stripe.applicationFees.createRefund(fee.id, one.amount === null ? {} : { amount: one.amount });
        return;
      }
      case "reversal": {
        const { data } = await stripe.transfers.list();
        const transfer = data[one.nth % Math.max(data.length, 1)];
        if (transfer !== undefined) await stripe.transfers.createReversal(transfer.id, { refund_application_fee: one.fee, ...(one.amount === null ? {} : { amount: one.amount }) });
      }
    }
  }

  async check(): Promise<void> {
    const stripe = this.#stripe;
    // What goes on by itself has gone on: two lists are read one after the other, and nothing may come between.
    await delay(SETTLED_MS);
    for (const fee of await stripe.applicationFees.list().autoPagingToArray({ limit: 1000 })) assert.ok(fee.amount_refunded <= fee.amount && fee.refunded === (fee.amount_refunded === fee.amount), fee.id);
    for (const transfer of await stripe.transfers.list().autoPagingToArray({ limit: 1000 })) {
      assert.ok(transfer.amount_reversed <= transfer.amount && transfer.reversed === (transfer.amount_reversed === transfer.amount), transfer.id);
      const received = await stripe.charges.retrieve(typeof transfer.destination_payment === "string" ? transfer.destination_payment : "", {}, this.#on);
      assert.deepEqual([received.amount, received.amount_refunded], [transfer.amount, transfer.amount_reversed]);
    }
    for (const options of [{}, this.#on]) {
      const listed = await stripe.balanceTransactions.list({ limit: 7 }, options).autoPagingToArray({ limit: 1000 });
      const { pending } = await stripe.balance.retrieve({}, options);
      assert.equal(listed.reduce((sum, { net }) => sum + net, 0), pending[0]?.amount ?? 0);
      assert.ok(listed.every(({ amount: gross, fee, net }) => gross - fee === net));
    }
  }
}

for (const [where, open] of Object.entries(GROUNDS)) {
  test(`${where}: whatever is charged, passed on, refunded and reversed, nothing goes back twice and both sides' sums are the journal's`, { timeout: 300_000 }, async (context) => {
    const { store, prove } = open(context);
    const server = await startTestServer({ store, flags: { sandboxDelay: "1" }, unwatched: true });
    const seed = Number(process.env["CONNECT_SEED"] ?? Date.now() % 1_000_000_007);
    context.diagnostic(`seed ${seed}, ${RUNS} runs`);
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 3, maxLength: 15 }), async (moves) => {
        const world = new World(server);
        await world.begin();
        for (const one of moves) await world.play(one);
        await world.check();
      }),
      { seed, numRuns: RUNS },
    );
    await server.stop();
    const { sound, findings, imbalances, damage } = await prove();
    assert.deepEqual({ sound, findings, imbalances, damage }, { sound: true, findings: [], imbalances: [], damage: [] });
  });
}
