/** One book behind both APIs: what one SDK did, the other sees and counts. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Stripe } from "stripe";
import { startTestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, refused, said, usd, type Shop } from "./shop.ts";

let server: Awaited<ReturnType<typeof startTestServer>>;
let shop: Shop;
let stripe: Stripe;
before(async () => {
  server = await startTestServer();
  shop = openShop(server.url);
  stripe = new Stripe(shop.token, { host: "127.0.0.1", port: server.port, protocol: "http", telemetry: false, maxNetworkRetries: 0 });
});
after(() => server.stop());

const EXCEEDS = [
  said("REFUND_ERROR", "REFUND_AMOUNT_INVALID", "The requested refund amount exceeds the amount available to refund.", "amount_money.amount"),
];

test("a payment that was reported to Stripe's API is an external one here, and is refunded once between the two", async () => {
  const now = Math.floor(Date.now() / 1000);
  const record = await stripe.paymentRecords.reportPayment({
    amount_requested: { currency: "usd", value: 1000 },
    initiated_at: now,
    outcome: "guaranteed",
    guaranteed: { guaranteed_at: now },
    payment_method_details: { type: "custom", custom: { display_name: "newpay", type: "cpmt_1" } },
    processor_details: { type: "custom", custom: { payment_reference: "npp1" } },
  });
  const id = record.id.replace(/^pr_/, "");
  const payment = await paymentOf(shop, id);
  assert.equal(payment.status, "COMPLETED");
  assert.equal(payment.sourceType, "EXTERNAL");
  assert.deepEqual(payment.externalDetails, { type: "OTHER", source: "newpay", sourceId: "npp1" });
  assert.equal((await refund(shop, id, 600)).destinationType, "EXTERNAL");
  assert.equal((await stripe.paymentRecords.retrieve(record.id)).amount_refunded.value, 600);
  assert.deepEqual((await refused(refund(shop, id, 401))).errors, EXCEEDS);
});

test("a refund through Stripe's API changes the version, counts here, and is in the list", async () => {
  const payment = await pay(shop, { amount: 1000 });
  const theirs = await stripe.refunds.create({ charge: `ch_${payment.id}`, amount: 700 });
  const seen = await paymentOf(shop, payment.id);
  assert.deepEqual(seen.refundedMoney, usd(700));
  assert.deepEqual(seen.refundIds, [theirs.id.replace(/^re_/, "")]);
  assert.notEqual(seen.versionToken, payment.versionToken);
  const stale = await refused(refund(shop, payment.id, 1, { paymentVersionToken: payment.versionToken ?? null }));
  assert.match(JSON.stringify(stale.errors), /VERSION_MISMATCH/);
  assert.deepEqual((await refused(refund(shop, payment.id, 301))).errors, EXCEEDS);
  const { refund: read } = await shop.square.refunds.get({ refundId: theirs.id.replace(/^re_/, "") });
  assert.deepEqual(read?.amountMoney, usd(700));
  assert.equal(read?.status, "COMPLETED");
});

test("an intent that waits for capture is an approved payment here, and is completed here", async () => {
  const intent = await stripe.paymentIntents.create({
    amount: 500,
    currency: "usd",
    payment_method: "pm_card_visa",
    capture_method: "manual",
    confirm: true,
  });
  const id = intent.id.replace(/^pi_/, "");
  assert.equal((await paymentOf(shop, id)).status, "APPROVED");
  const { payment } = await shop.square.payments.complete({ paymentId: id });
  assert.equal(payment?.status, "COMPLETED");
  assert.equal((await stripe.paymentIntents.retrieve(intent.id)).status, "succeeded");
});

test("an intent that nobody has tried yet is a pending payment without a source", async () => {
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd" });
  const payment = await paymentOf(shop, intent.id.replace(/^pi_/, ""));
  assert.equal(payment.status, "PENDING");
  assert.equal(payment.sourceType, undefined);
  const { errors } = await refused(refund(shop, payment.id, 1));
  assert.match(JSON.stringify(errors), /PAYMENT_NOT_REFUNDABLE/);
});

test("a capture in part elsewhere lowers the total here, never below the tip", async () => {
  const held = await pay(shop, { amount: 1000, tipMoney: usd(200), autocomplete: false });
  await stripe.charges.capture(`ch_${held.id}`, { amount: 150 });
  const payment = await paymentOf(shop, held.id);
  assert.deepEqual(payment.totalMoney, usd(150));
  assert.deepEqual(payment.tipMoney, usd(150));
  assert.deepEqual(payment.amountMoney, usd(0));
  assert.deepEqual(payment.approvedMoney, usd(1200));
  assert.deepEqual((await refused(refund(shop, held.id, 151))).errors, EXCEEDS);
  assert.deepEqual((await refund(shop, held.id, 150)).amountMoney, usd(150));
});

/** What each dialect tells of one payment and of all refunds, which must be one truth. */
async function truth(id: string) {
  const payment = await paymentOf(shop, id);
  const charge = await stripe.charges.retrieve(`ch_${id}`);
  const here = (await shop.square.refunds.list()).data.filter(({ paymentId }) => paymentId === id);
  const there = (await stripe.refunds.list({ charge: `ch_${id}` })).data;
  const refunded = Number(payment.refundedMoney?.amount ?? 0n);
  assert.equal(charge.amount_refunded, refunded);
  assert.equal(charge.refunded, refunded === Number(payment.totalMoney?.amount));
  assert.deepEqual(here.map((one) => [one.id, Number(one.amountMoney.amount), one.status === "PENDING"]), there.map((one) => [one.id.slice(3), one.amount, one.status === "pending"]));
  assert.deepEqual(payment.refundIds?.toReversed() ?? [], here.map((one) => one.id));
  const fees = here.reduce((sum, one) => sum + Number(one.appFeeMoney?.amount ?? 0n), 0);
  return { refunded, fees };
}

test("a payment with a fee is refunded in parts through both, both ways round, and each tells the whole truth at every step", async () => {
  const byStripe = (more: Stripe.RefundCreateParams = {}) => async (id: string, amount: number) => void (await stripe.refunds.create({ charge: `ch_${id}`, amount, ...more }));
  const bySquare = (more: Parameters<typeof refund>[3] = {}) => async (id: string, amount: number) => void (await refund(shop, id, amount, more));
  const share = { refund_application_fee: true };
  const ways: readonly (readonly (readonly [amount: number, act: (id: string, amount: number) => Promise<void>, fees: number])[])[] = [
    // A share catches up with what was refunded without one.
    [[500, bySquare(), 50], [300, byStripe(share), 80], [700, byStripe(), 80], [400, bySquare({ appFeeMoney: usd(5) }), 85], [100, bySquare(), 200]],
    [[250, byStripe(share), 25], [250, bySquare(), 50], [500, bySquare({ appFeeMoney: usd(0) }), 50], [500, byStripe(share), 150], [500, byStripe(share), 200]],
  ];
  for (const steps of ways) {
    const { id } = await pay(shop, { amount: 2000, appFeeMoney: usd(200) });
    let total = 0;
    for (const [amount, act, fees] of steps) {
      const before = await paymentOf(shop, id);
      await act(id, amount);
      total += amount;
      assert.deepEqual(await truth(id), { refunded: total, fees });
      assert.notEqual((await paymentOf(shop, id)).versionToken, before.versionToken);
    }
    assert.deepEqual((await refused(refund(shop, id, 1))).errors, EXCEEDS);
    await assert.rejects(stripe.refunds.create({ charge: `ch_${id}` }), /has already been refunded/);
  }
});

test("a charge of Stripe's is refunded in parts through both, its fee there is none", async () => {
  const { id } = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_mastercard" });
  const body = id.slice(3);
  await refund(shop, body, 300);
  assert.deepEqual(await truth(body), { refunded: 300, fees: 0 });
  await stripe.refunds.create({ charge: id, amount: 300 });
  assert.deepEqual(await truth(body), { refunded: 600, fees: 0 });
  await refund(shop, body, 400, { destinationId: "gftc:1" });
  assert.deepEqual(await truth(body), { refunded: 1000, fees: 0 });
});

test("what comes to nothing after it was begun here is free again there, with its fee, and the other way round", async () => {
  const quick = await startTestServer({ flags: { sandboxDelay: "0" } });
  const there = openShop(quick.url);
  const sdk = new Stripe(there.token, { host: "127.0.0.1", port: quick.port, protocol: "http", telemetry: false, maxNetworkRetries: 0 });
  try {
    const { id } = await pay(there, { amount: 7702, appFeeMoney: usd(500) });
    const until = async (refundId: string) => {
      for (let tries = 0; tries < 2_000; tries++) {
        const { refund: read } = await there.square.refunds.get({ refundId });
        if (read?.status === "REJECTED") return;
        await delay(5);
      }
      assert.fail("the refund is not rejected");
    };
    await until((await refund(there, id, 7702)).id);
    assert.deepEqual([(await sdk.charges.retrieve(`ch_${id}`)).amount_refunded, (await paymentOf(there, id)).refundedMoney], [0, undefined]);
    await until((await sdk.refunds.create({ charge: `ch_${id}`, refund_application_fee: true })).id.slice(3));
    const last = await refund(there, id, 7000);
    assert.equal(last.appFeeMoney?.amount, 454n, "the share of 7000, as if nothing had been before");
  } finally {
    await quick.stop();
  }
});

test("an authorization that was given up through a refund elsewhere is canceled here, and its release is listed", async () => {
  const held = await pay(shop, { autocomplete: false });
  const release = await stripe.refunds.create({ charge: `ch_${held.id}` }, { idempotencyKey: randomUUID() });
  const payment = await paymentOf(shop, held.id);
  assert.equal(payment.status, "CANCELED");
  assert.equal(payment.refundedMoney, undefined);
  const { refund: read } = await shop.square.refunds.get({ refundId: release.id.replace(/^re_/, "") });
  assert.equal(read?.status, "COMPLETED");
  assert.deepEqual(read?.amountMoney, usd(1000));
});
