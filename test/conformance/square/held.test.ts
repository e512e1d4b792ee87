/** Payments that end by themselves: held ones when their time is over, and money that is on its way when it has come. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Square } from "square";
import { MovedClock, startTestServer, stripeFor, type TestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, refused, request, said, usd, type Shop } from "./shop.ts";

const WAIT_MS_MAX = 20_000;
const MINUTE = 60_000;

const clock = new MovedClock();
let server: TestServer;
let shop: Shop;
before(async () => {
  server = await startTestServer({ clock, flags: { sandboxDelay: "30000" } });
  shop = openShop(server.url);
});
after(() => server.stop());

/** The payment once the clock has come to it. */
async function ended(id: string, from = "APPROVED"): Promise<Square.Payment & { id: string }> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await delay(20)) {
    const payment = await paymentOf(shop, id);
    if (payment.status !== from) return payment;
  }
  return assert.fail(`payment ${id} is still ${from}`);
}

test("a held payment is canceled or completed when its time is over, and not before", async () => {
  const canceled = await pay(shop, { autocomplete: false, delayDuration: "PT10M" });
  const completed = await pay(shop, { autocomplete: false, delayDuration: "PT10M", delayAction: "COMPLETE", tipMoney: usd(100), appFeeMoney: usd(50) });
  clock.ahead += 9 * MINUTE;
  await delay(1_200);
  for (const { id } of [canceled, completed]) assert.equal((await paymentOf(shop, id)).status, "APPROVED");
  clock.ahead += 2 * MINUTE;
  const gone = await ended(canceled.id);
  assert.equal(gone.status, "CANCELED");
  assert.equal(gone.cardDetails?.status, "VOIDED");
  assert.ok(gone.cardDetails?.cardPaymentTimeline?.voidedAt !== undefined);
  assert.equal(gone.capabilities, undefined);
  assert.equal(gone.delayedUntil, canceled.delayedUntil);
  assert.notEqual(gone.versionToken, canceled.versionToken);
  const done = await ended(completed.id);
  assert.equal(done.status, "COMPLETED");
  assert.deepEqual([done.totalMoney, done.tipMoney, done.appFeeMoney], [usd(1100), usd(100), usd(50)]);
  assert.match(done.receiptUrl ?? "", /^https:/);
  assert.notEqual(done.versionToken, completed.versionToken);
  const stripe = stripeFor(server, shop.token);
  const charges = await Promise.all([canceled, completed].map(({ id }) => stripe.charges.retrieve(`ch_${id}`)));
  assert.deepEqual(charges.map(({ captured, refunded, amount_captured }) => ({ captured, refunded, amount_captured })), [
    { captured: false, refunded: true, amount_captured: 0 },
    { captured: true, refunded: false, amount_captured: 1100 },
  ]);
  const record = await stripe.paymentRecords.retrieve(`pr_${canceled.id}`);
  assert.deepEqual([record.amount_canceled.value, record.amount_authorized.value], [1000, 0]);
  assert.equal((await refund(shop, completed.id, 1100)).paymentId, completed.id);
});

test("what was completed or canceled before its time is left alone", async () => {
  const [completed, canceled] = [await pay(shop, { autocomplete: false, delayDuration: "PT1M" }), await pay(shop, { autocomplete: false, delayDuration: "PT1M", delayAction: "COMPLETE" })];
  await shop.square.payments.complete({ paymentId: completed.id });
  await shop.square.payments.cancel({ paymentId: canceled.id });
  clock.ahead += 2 * MINUTE;
  await delay(1_200);
  assert.deepEqual([(await paymentOf(shop, completed.id)).status, (await paymentOf(shop, canceled.id)).status], ["COMPLETED", "CANCELED"]);
});

test("what becomes of it can be changed, and what is captured is what was agreed at last", async () => {
  const held = await pay(shop, { autocomplete: false, delayDuration: "PT5M" });
  assert.equal(held.delayAction, "CANCEL");
  const { payment } = await shop.square.payments.update({ paymentId: held.id, idempotencyKey: "act", payment: { delayAction: "COMPLETE", amountMoney: usd(700) } });
  assert.deepEqual([payment?.delayAction, payment?.delayedUntil], ["COMPLETE", held.delayedUntil]);
  clock.ahead += 6 * MINUTE;
  const done = await ended(held.id);
  assert.deepEqual([done.status, done.totalMoney, done.approvedMoney, done.delayAction], ["COMPLETED", usd(700), usd(1000), "COMPLETE"]);
  const charge = await stripeFor(server, shop.token).charges.retrieve(`ch_${held.id}`);
  assert.deepEqual([charge.amount, charge.amount_captured], [1000, 700]);
});

test("a payment that its bank disputes is disputed also when the clock completes it", async () => {
  const held = await pay(shop, { amount: 8801, autocomplete: false, delayDuration: "PT1M", delayAction: "COMPLETE" });
  clock.ahead += 2 * MINUTE;
  assert.equal((await ended(held.id)).status, "COMPLETED");
  const { errors } = await refused(refund(shop, held.id, 1));
  assert.deepEqual(errors, [said("REFUND_ERROR", "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "The payment is not refundable because it has been disputed.")]);
});

test("a bank's payment is under way and then complete, and can only wait meanwhile", async () => {
  const sent = await pay(shop, { sourceId: "bnon:bank-nonce-ok" });
  assert.deepEqual([sent.status, sent.sourceType, sent.bankAccountDetails?.transferType], ["PENDING", "BANK_ACCOUNT", "ACH"]);
  assert.deepEqual([sent.approvedMoney, sent.receiptUrl, sent.delayedUntil, sent.cardDetails], [undefined, undefined, undefined, undefined]);
  const stripe = stripeFor(server, shop.token);
  assert.equal((await stripe.charges.retrieve(`ch_${sent.id}`)).status, "pending");
  const inflight = [request("BAD_REQUEST", `Payment ${sent.id} is in inflight state PENDING, which is invalid for the requested operation`)];
  assert.deepEqual((await refused(shop.square.payments.complete({ paymentId: sent.id }))).errors, inflight);
  assert.deepEqual((await refused(shop.square.payments.cancel({ paymentId: sent.id }))).errors, inflight);
  assert.match(JSON.stringify((await refused(refund(shop, sent.id, 1))).errors), /"PAYMENT_NOT_REFUNDABLE"/);
  clock.ahead += MINUTE;
  const come = await ended(sent.id, "PENDING");
  assert.deepEqual([come.status, come.totalMoney, come.approvedMoney], ["COMPLETED", usd(1000), usd(1000)]);
  const charge = await stripe.charges.retrieve(`ch_${sent.id}`);
  assert.deepEqual([charge.status, charge.captured, charge.payment_method_details?.type], ["succeeded", true, "us_bank_account"]);
  const back = await refund(shop, sent.id, 400);
  assert.deepEqual([back.status, back.destinationType], ["PENDING", "BANK_ACCOUNT"]);
  clock.ahead += MINUTE;
  for (const until = Date.now() + WAIT_MS_MAX; (await shop.square.refunds.get({ refundId: back.id })).refund?.status !== "COMPLETED"; await delay(20)) assert.ok(Date.now() < until, "the refund is still under way");
});

test("what was only to be authorized is not taken from a bank, whichever API names it", async () => {
  const stripe = stripeFor(server, shop.token);
  const bank = "bnon:bank-nonce-ok";
  await assert.rejects(stripe.charges.create({ amount: 1000, currency: "usd", source: bank, capture: false }), { type: "StripeCardError", decline_code: "not_permitted" });
  const intent = stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method: bank, capture_method: "manual", confirm: true });
  await assert.rejects(intent, { type: "StripeCardError", decline_code: "not_permitted" });
});
