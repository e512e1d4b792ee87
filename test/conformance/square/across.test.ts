/** One book behind both APIs: what one SDK did, the other sees and counts. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
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
