/** What every store does alike with payments that a platform has to do with: rows of several books change in one batch, or none does. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { BrokenInvariant, present } from "../../src/base/assert.ts";
import type { Command, RefundPayment, TakePayment } from "../../src/domain/command.ts";
import { feesOf, merchantOfAccount, receivedOf, transfersOf, type Connect } from "../../src/domain/connected.ts";
import type { PaymentId, ProfileId } from "../../src/domain/id.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import { NOBODY } from "../../src/domain/whose.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Done } from "../../src/engine/job.ts";
import type { LoadedRows, Store } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS, type Page } from "../../src/engine/views.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { ACME, adding, Maker, MONEY, NO_CHANGES } from "./making.ts";
import { addingProfiles, changedBy, decide, makeAccount } from "./making-profiles.ts";
import { save, type OpenStore } from "./store-suite.ts";

const PAGE: Page = { order: "newest", after: null, from: null, until: null, limit: 10 };

/** A platform with one account, over an engine of its own. */
export class Platform {
  readonly account: ProfileId;
  readonly connected: MerchantId;
  readonly maker: Maker;
  readonly #engine: Engine;

  constructor(store: Store, { maker, account }: { readonly maker: Maker; readonly account: ProfileId }) {
    this.maker = maker;
    this.account = account;
    this.connected = merchantOfAccount(ACME, account);
    const halt = (error: Error): never => {
      throw error;
    };
    this.#engine = new Engine({ store, processor: makeSandbox(), moments: () => maker.moment(), halt });
  }

  connect(role: Connect["role"], more: Partial<Connect> = {}): Connect {
    return { role, platform: ACME, account: this.account, transfer: null, fee: 0n, of: null, group: null, ...more };
  }

  charge(merchant: MerchantId, connect: Connect, { fee = 0n, token = "tok_visa" }: { readonly fee?: bigint; readonly token?: string } = {}): Promise<Done> {
    const command: TakePayment = { kind: "take_payment", intent: false, money: MONEY, tender: { by: "token", token, capture: true }, whose: NOBODY, fee, connect, reference: null, notes: {}, attemptNotes: {} };
    return this.run(merchant, command);
  }

  refund(merchant: MerchantId, id: PaymentId, amount: bigint): Promise<Done> {
    const command: RefundPayment = {
      kind: "refund_payment", target: { by: "payment", id, as: "any" }, within: null, money: { amount, currency: null }, fee: { kind: "share", required: true }, reversesTransfer: merchant === ACME, channel: "executed",
      reference: null, release: false, askAt: null, expectedVersion: null, refundsMax: null, ageMax: null, notes: {}, paymentNotes: {},
    };
    return this.run(merchant, command);
  }

  async run(merchant: MerchantId, command: Command): Promise<Done> {
    const done: Done[] = [];
    await this.#engine.execute({
      merchant, requestId: "r".repeat(24), command, claims: [], extras: NO_EXTRAS,
      reply(result) {
        if ("done" in result) done.push(result.done);
        return { status: 200, body: "{}" };
      },
    });
    return present(done[0], `what became of ${command.kind}`);
  }
}

export async function openPlatform(store: Store, maker = new Maker()): Promise<Platform> {
  const account = makeAccount(maker);
  await save(store, addingProfiles(account));
  return new Platform(store, { maker, account: account.id });
}

export function connectTests(open: OpenStore): void {
  it("keeps notices apart whose events share an id, as a charge, its transfer and its fee do", async (context) => {
    const { store } = await open(context);
    const platform = await openPlatform(store);
    const endpoint = changedBy(decide(platform.maker, { kind: "open_endpoint", dialect: "test", notes: { url: "https://example.com" } }))[0];
    await save(store, addingProfiles(endpoint));
    const { event } = await platform.charge(ACME, platform.connect("destination", { fee: 100n }));
    const books = [ACME, feesOf(ACME), transfersOf(ACME), receivedOf(platform.connected)].toSorted();
    const waiting = await store.outbox.notices(ACME, 10);
    assert.deepEqual(waiting.map((notice) => notice.book).toSorted(), books);
    assert.deepEqual([...new Set(waiting.map((notice) => notice.event))], [event.id]);
    const first = present(waiting[0], "a notice");
    await store.outbox.sortOut([first], []);
    assert.deepEqual((await store.outbox.notices(ACME, 10)).map(({ book }) => book).toSorted(), books.filter((book) => book !== first.book));
  });

  it("keeps a charge's fee and transfer in books of their own, gives all of them back as they were saved, and proves them", async (context) => {
    const { store, withBook } = await open(context);
    const platform = await openPlatform(store);
    const { connected } = platform;
    const charged = await platform.charge(ACME, platform.connect("destination", { transfer: null, fee: 101n, group: "é 𝄞" }));
    const refunded = await platform.refund(ACME, charged.payment.id, 500n);
    assert.deepEqual([refunded.refund?.reversed, refunded.refund?.feeReturned], [500n, 0n]);
    for (const done of [refunded, ...refunded.elsewhere]) {
      const { merchant, id } = done.payment;
      const found = await store.payment(merchant, id, NO_EXTRAS);
      const last = [refunded, ...refunded.elsewhere].findLast(({ payment }) => payment.merchant === merchant);
      assert.deepEqual([found?.payment, found?.attempt], [last?.payment, last?.attempt]);
      if (done.refund !== null) assert.deepEqual((await store.refund(merchant, done.refund.id, NO_EXTRAS))?.refund, done.refund);
    }
    const names = [transfersOf(ACME), receivedOf(connected), feesOf(ACME)];
    const found = await Promise.all(names.map((merchant) => store.payments(merchant, { page: PAGE, intent: false }, NO_EXTRAS)));
    assert.deepEqual(found.map((rows) => rows.map(({ payment: { connect, captured, refunded: back } }) => [connect?.role, captured, back])), [[["transfer", 1000n, 500n]], [["received", 1000n, 500n]], [["fee", 101n, 50n]]]);
    assert.deepEqual((await store.payments(ACME, { page: PAGE, intent: false }, NO_EXTRAS)).map(({ payment }) => payment.id), [charged.payment.id]);
    const entries = await store.entries(receivedOf(connected), { page: PAGE, kinds: ["capture", "refund", "fee_return"], currency: null, ids: null }, NO_EXTRAS);
    assert.deepEqual(entries.map(({ entry }) => entry.kind), ["fee_return", "refund", "capture"]);
    const nets = await Promise.all([ACME, ...names].map(async (merchant) => (await store.sumEntries(merchant, { after: "", below: "~" })).sums.reduce((sum, { net }) => sum + net, 0n)));
    assert.deepEqual(nets, [500n, -500n, 449n, 51n]);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.sound, proof.findings, proof.imbalances, proof.damage], [true, [], [], []]);
  });

  it("loads what changes together with a payment, in other books, and nothing beside a payment that no platform has to do with", async (context) => {
    const { store } = await open(context);
    const platform = await openPlatform(store);
    const { connected } = platform;
    const plain = platform.maker.take();
    await save(store, adding(plain));
    const destined = await platform.charge(ACME, platform.connect("destination", { fee: 1n }));
    const direct = await platform.charge(connected, platform.connect("charge"), { fee: 5n, token: "tok_pendingRefund" });
    const under = await platform.refund(connected, direct.payment.id, 400n);
    const refund = present(under.refund, "a refund");
    const asked = [
      [{ merchant: ACME, by: "payment", id: plain.payment.id }, [ACME], 0],
      [{ merchant: ACME, by: "payment", id: destined.payment.id }, [ACME, transfersOf(ACME), receivedOf(connected), feesOf(ACME)], 0],
      [{ merchant: connected, by: "payment", id: direct.payment.id }, [connected, feesOf(ACME)], 0],
      [{ merchant: connected, by: "refund", id: refund.id }, [connected, feesOf(ACME)], 2],
    ] as const;
    for (const [need, merchants, refunds] of asked) {
      const rows = await loaded(store, [{ ...need, extras: NO_EXTRAS }]);
      assert.deepEqual(new Set(rows.payments.map(({ merchant }) => merchant)), new Set(merchants));
      assert.deepEqual(new Set(rows.attempts.map(({ merchant }) => merchant)), new Set(merchants));
      assert.equal(rows.namedRefunds.length, refunds);
    }
  });

  it("lets a fee come back with the refund that it is of: under way, given, and taken again", async (context) => {
    const { store, withBook } = await open(context);
    const platform = await openPlatform(store);
    const { connected } = platform;
    for (const [token, outcome, left] of [["tok_pendingRefund", "succeeded", 3n], ["tok_refundFail", "failed", 5n]] as const) {
      const { payment } = await platform.charge(connected, platform.connect("charge"), { fee: 5n, token });
      const { refund } = await platform.refund(connected, payment.id, 500n);
      const { id, due } = present(refund, "a refund");
      assert.deepEqual((await store.due(due ?? 0, 10)).filter((one) => one.id === id).map(({ merchant }) => merchant), [connected]);
      platform.maker.sources.at = (due ?? 0) + 1;
      await platform.run(connected, { kind: "advance_refund", refund: id, of: null });
      assert.equal((await store.refund(connected, id, NO_EXTRAS))?.refund.state, outcome);
      const fee = await store.refund(feesOf(ACME), id, NO_EXTRAS);
      assert.deepEqual([fee?.refund.state, (fee?.payment.captured ?? 0n) - (fee?.payment.refunded ?? 0n)], [outcome, left]);
    }
    assert.equal((await withBook((book) => verifyBook(book, () => undefined))).sound, true);
  });

  it("lets no row of another book stand without its payment, nor anything come back beyond what went", async (context) => {
    const { store } = await open(context);
    const platform = await openPlatform(store);
    const { payment } = await platform.charge(platform.connected, platform.connect("charge"), { fee: 5n });
    const [fee] = await store.payments(feesOf(ACME), { page: PAGE, intent: false }, NO_EXTRAS);
    const earned = present(fee, "the fee").payment;
    for (const loadedPayment of [payment, earned]) {
      const changed = { ...loadedPayment, version: loadedPayment.version + 1, refunded: loadedPayment.captured + 1n, feeReturned: loadedPayment.feeTaken + 1n };
      await assert.rejects(save(store, { ...NO_CHANGES, changedPayments: [{ payment: changed, loaded: loadedPayment }] }), BrokenInvariant);
    }
  });
}

async function loaded(store: Store, payments: Parameters<Store["transact"]>[0]["payments"]): Promise<LoadedRows> {
  const found: LoadedRows[] = [];
  await store.transact({ payments, profiles: [], keys: [] }, (rows) => {
    found.push(rows);
    return NO_CHANGES;
  });
  return present(found[0], "the rows");
}
