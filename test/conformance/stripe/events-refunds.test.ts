/** Every refund story leaves exactly these events, in this order (Stripe's API reference: types of events). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openBoth, usd } from "../both/two-doors.ts";
import { funded, refundOf } from "./cash.ts";
import { chargeOf, intentOf, linkId, openDesk, recordOf, refundReport, thrown, type StripeDesk } from "./desk.ts";
import { typesOf, typesOnce } from "./hearing.ts";
import { openTwoPaces } from "./two-paces.ts";

const { quickServer, stillServer } = await openTwoPaces();
const still = (): StripeDesk => openDesk(stillServer);
const quick = (): StripeDesk => openDesk(quickServer);

const CHARGED = ["charge.succeeded"];
const PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"];
const REFUNDED = ["refund.created", "charge.refunded"];
const UPDATED = ["refund.updated", "charge.refund.updated"];
const FAILED = ["refund.failed", ...UPDATED];

/** Konbini takes no money back: the customer is asked. */
async function asked({ stripe }: StripeDesk, instructions_email = "jenny@example.com"): Promise<string> {
  const intent = await stripe.paymentIntents.create({ amount: 1000, currency: "usd", confirm: true, payment_method_data: { type: "konbini", billing_details: { name: "Jenny" } } });
  return (await stripe.refunds.create({ payment_intent: intent.id, instructions_email })).id;
}

test("a charge that is refunded in whole, at either address", async () => {
  const desk = still();
  await desk.stripe.refunds.create({ charge: (await chargeOf(desk)).id });
  await desk.post(`/v1/charges/${(await chargeOf(desk)).id}/refund`);
  assert.deepEqual(await typesOf(desk), [...CHARGED, ...REFUNDED, ...CHARGED, ...REFUNDED]);
});

test("an intent that is refunded in parts", async () => {
  const desk = still();
  const { id } = await intentOf(desk);
  await desk.stripe.refunds.create({ payment_intent: id, amount: 300 });
  await desk.stripe.refunds.create({ payment_intent: id });
  assert.deepEqual(await typesOf(desk), [...PAID, ...REFUNDED, ...REFUNDED]);
});

test("a refund that is refused leaves no event, and a retry under the same key no second one", async () => {
  const desk = still();
  const { id } = await chargeOf(desk);
  await thrown(desk.stripe.refunds.create({ charge: id, amount: 1001 }));
  for (let i = 0; i < 2; i++) await desk.stripe.refunds.create({ charge: id, amount: 1 }, { idempotencyKey: "same" });
  assert.deepEqual(await typesOf(desk), [...CHARGED, ...REFUNDED]);
});

test("a payment that was only reported has no charge, and its refunds are told alone", async () => {
  const desk = still();
  const { id } = await recordOf(desk);
  await desk.stripe.paymentRecords.reportRefund(id, refundReport("ref_1", 400));
  assert.deepEqual(await typesOf(desk), ["refund.created"]);
});

test("a refund is described, and one that says nothing new is no event", async () => {
  const desk = still();
  const { id } = await desk.stripe.refunds.create({ charge: (await chargeOf(desk)).id });
  for (let i = 0; i < 2; i++) await desk.stripe.refunds.update(id, { metadata: { order: "7" } });
  assert.deepEqual(await typesOf(desk), [...CHARGED, ...REFUNDED, ...UPDATED]);
});

test("a refund that is pending succeeds, and one that succeeded fails", async () => {
  const desk = quick();
  await desk.stripe.refunds.create({ charge: (await chargeOf(desk, 1000, { source: "tok_pendingRefund" })).id });
  assert.deepEqual(await typesOnce(desk, "charge.refund.updated"), [...CHARGED, ...REFUNDED, ...UPDATED]);
  const other = quick();
  await other.stripe.refunds.create({ payment_intent: (await intentOf(other, 1000, { payment_method: "pm_card_refundFail" })).id });
  assert.deepEqual(await typesOnce(other, "charge.refund.updated"), [...PAID, ...REFUNDED, ...FAILED]);
});

test("a customer who is asked answers, or does not: answered, canceled and expired", async () => {
  const answered = quick();
  await asked(answered, "jenny+answers@example.com");
  while ((await typesOf(answered)).length < 9) await typesOnce(answered, "charge.refund.updated");
  assert.deepEqual(await typesOf(answered), [...PAID, ...REFUNDED, ...UPDATED, ...UPDATED]);
  const canceled = still();
  await canceled.stripe.refunds.cancel(await asked(canceled));
  assert.deepEqual(await typesOf(canceled), [...PAID, ...REFUNDED, ...UPDATED]);
  const expired = still();
  await expired.stripe.testHelpers.refunds.expire(await asked(expired));
  assert.deepEqual(await typesOf(expired), [...PAID, ...REFUNDED, ...FAILED]);
});

test("a refund that the processor rejects has failed", async () => {
  const desk = quick();
  await desk.stripe.refunds.create({ charge: (await chargeOf(desk, 7702, { source: "cnon:card-nonce-ok" })).id });
  assert.deepEqual(await typesOnce(desk, "charge.refund.updated"), [...CHARGED, ...REFUNDED, ...FAILED]);
});

test("an authorization is released by a refund, canceled with its intent, or captured", async () => {
  const released = still();
  await released.stripe.refunds.create({ charge: (await chargeOf(released, 1000, { capture: false })).id });
  assert.deepEqual(await typesOf(released), [...CHARGED, ...REFUNDED]);
  const held = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"];
  const canceled = still();
  await canceled.stripe.paymentIntents.cancel((await intentOf(canceled, 1000, { capture_method: "manual" })).id);
  assert.deepEqual(await typesOf(canceled), [...held, "charge.refunded", "payment_intent.canceled"]);
  const captured = still();
  const { id } = await intentOf(captured, 1000, { capture_method: "manual" });
  await captured.stripe.paymentIntents.capture(id, { amount_to_capture: 600 });
  await captured.stripe.refunds.create({ payment_intent: id });
  assert.deepEqual(await typesOf(captured), [...held, "charge.captured", "payment_intent.succeeded", ...REFUNDED]);
  const direct = still();
  await direct.stripe.charges.capture((await chargeOf(direct, 1000, { capture: false })).id);
  assert.deepEqual(await typesOf(direct), [...CHARGED, "charge.captured"]);
});

test("an intent that is declined, asks its customer, and is paid or given up", async () => {
  const desk = still();
  const { payment_intent: declined } = await thrown(intentOf(desk, 1000, { payment_method: "pm_card_visa_chargeDeclined" }));
  await desk.stripe.paymentIntents.confirm(linkId(declined), { payment_method: "pm_card_visa" });
  assert.deepEqual(await typesOf(desk), ["payment_intent.created", "charge.failed", "payment_intent.payment_failed", "charge.succeeded", "payment_intent.succeeded"]);
  const waiting = still();
  const { id, latest_charge } = await intentOf(waiting, 1000, { payment_method: "pm_card_threeDSecure2Required" });
  await waiting.stripe.charges.update(linkId(latest_charge), { description: "a book" });
  await waiting.stripe.paymentIntents.cancel(id);
  assert.deepEqual(await typesOf(waiting), ["payment_intent.created", "payment_intent.requires_action", "payment_intent.canceled"]);
  const open = still();
  await open.stripe.paymentIntents.cancel((await open.stripe.paymentIntents.create({ amount: 1000, currency: "usd" })).id);
  assert.deepEqual(await typesOf(open), ["payment_intent.created", "payment_intent.canceled"]);
  const direct = still();
  await thrown(chargeOf(direct, 1000, { source: "tok_chargeDeclined" }));
  assert.deepEqual(await typesOf(direct), ["charge.failed"]);
});

test("money on its way is pending, and then there", async () => {
  const desk = quick();
  await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd", confirm: true, payment_method: "bnon:bank-nonce-ok" });
  const types = await typesOnce(desk, "payment_intent.succeeded");
  assert.deepEqual(types, ["payment_intent.created", "charge.pending", "payment_intent.processing", "charge.succeeded", "payment_intent.succeeded"]);
});

test("what is paid and refunded through Square is told here too", async () => {
  const desk = openBoth(stillServer);
  const { payment } = await desk.square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: "a", amountMoney: usd(1000) });
  await desk.square.refunds.refundPayment({ idempotencyKey: "b", amountMoney: usd(300), paymentId: payment?.id ?? "" });
  assert.deepEqual(await typesOf(desk), [...CHARGED, ...REFUNDED]);
  assert.deepEqual((await desk.stripe.events.list({ type: "charge.refunded" })).data.map(({ request }) => request), [{ id: null, idempotency_key: null }]);
});

test("a customer's cash is told of as it goes back", async () => {
  const desk = still();
  const customer = await funded(desk);
  await refundOf(desk, customer, 300);
  const { id } = await refundOf(desk, customer, 300, { instructions_email: "jenny@example.com" });
  await desk.stripe.refunds.cancel(id);
  assert.deepEqual(await typesOf(desk), ["refund.created", "refund.created", "refund.updated"]);
});
