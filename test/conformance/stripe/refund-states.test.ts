/** What a charge's or an intent's state lets be refunded (Stripe's API reference: refund behaviour, 3.3 and 5). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, expanded, intentOf, linkId, member, openDesk, refused, said, thrown, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

test("the whole of an uncaptured charge is released, and no money moves", async () => {
  const charge = await chargeOf(desk, 1000, { capture: false });
  const made = await desk.stripe.refunds.create({ charge: charge.id });
  assert.deepEqual([made.amount, made.status, made.balance_transaction], [1000, "succeeded", null]);
  assert.deepEqual(made.destination_details, { card: { type: "reversal" }, type: "card" });
  const after = await desk.stripe.charges.retrieve(charge.id);
  assert.deepEqual([after.captured, after.refunded, after.amount_refunded, after.amount_captured, after.balance_transaction], [false, true, 1000, 0, null]);
  assert.deepEqual(await refused(desk.stripe.refunds.create({ charge: charge.id })), said(`Charge ${charge.id} has already been refunded.`, { code: "charge_already_refunded" }));
  assert.equal((await refused(desk.stripe.charges.capture(charge.id))).status, 400);
});

test("an uncaptured charge is released by naming its whole amount, never in part", async () => {
  const { id } = await chargeOf(desk, 1000, { capture: false });
  const whole = said("You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount", { param: "amount" });
  assert.deepEqual(await refused(desk.stripe.refunds.create({ charge: id, amount: 999 })), whole);
  assert.deepEqual(await refused(desk.stripe.refunds.create({ charge: id, amount: 1001 })), said("Refund amount ($10.01) is greater than unrefunded amount on charge ($10.00)", { param: "amount" }));
  assert.equal((await desk.stripe.charges.retrieve(id)).refunded, false);
  assert.equal((await desk.stripe.refunds.create({ charge: id, amount: 1000 })).amount, 1000);
});

test("an uncaptured intent is canceled, not refunded", async () => {
  const intent = await intentOf(desk, 1000, { capture_method: "manual" });
  const instead = said(
    `This uncaptured Charge was created by a PaymentIntent (${intent.id}). You must cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method`,
  );
  assert.deepEqual(await refused(desk.stripe.refunds.create({ charge: linkId(intent.latest_charge) })), instead);
  assert.deepEqual(await refused(desk.stripe.refunds.create({ payment_intent: intent.id })), instead);
  assert.deepEqual(await refused(desk.stripe.refunds.create({ payment_intent: intent.id, amount: 1 })), instead);
  await desk.stripe.paymentIntents.cancel(intent.id);
  const { amount_refunded, refunded } = await desk.stripe.charges.retrieve(linkId(intent.latest_charge));
  assert.deepEqual([amount_refunded, refunded], [1000, true]);
});

test("an intent without a successful charge has nothing to refund", async () => {
  const { stripe } = desk;
  const none = (id: string) => said(`This PaymentIntent (${id}) does not have a successful charge to refund.`);
  const open = await stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
  assert.deepEqual(await refused(stripe.refunds.create({ payment_intent: open.id })), none(open.id));
  await stripe.paymentIntents.cancel(open.id);
  assert.deepEqual(await refused(stripe.refunds.create({ payment_intent: open.id })), none(open.id));

  const waiting = await intentOf(desk, 1000, { payment_method: "pm_card_threeDSecure2Required" });
  assert.deepEqual(await refused(stripe.refunds.create({ payment_intent: waiting.id })), none(waiting.id));

  const declined = await thrown(intentOf(desk, 1000, { payment_method: "pm_card_visa_chargeDeclined" }));
  const failed = String(declined.payment_intent?.id);
  const failedCharge = String(declined.charge);
  assert.deepEqual(await refused(stripe.refunds.create({ payment_intent: failed })), none(failed));
  assert.deepEqual(await refused(stripe.refunds.create({ charge: failedCharge })), none(failed));

  const held = await intentOf(desk, 1000, { capture_method: "manual" });
  await stripe.paymentIntents.cancel(held.id);
  assert.deepEqual(await refused(stripe.refunds.create({ payment_intent: held.id })), none(held.id));
  assert.deepEqual(await refused(stripe.refunds.create({ charge: linkId(held.latest_charge) })), none(held.id));
});

test("after a decline and another method, the intent's refund goes to the charge that succeeded", async () => {
  const declined = await thrown(intentOf(desk, 1000, { payment_method: "pm_card_visa_chargeDeclined" }));
  const [intent, first] = [String(declined.payment_intent?.id), String(declined.charge)];
  const { latest_charge } = await desk.stripe.paymentIntents.confirm(intent, { payment_method: "pm_card_visa" });
  assert.deepEqual(await refused(desk.stripe.refunds.create({ charge: first })), said(`This PaymentIntent (${intent}) does not have a successful charge to refund.`));
  const made = await desk.stripe.refunds.create({ payment_intent: intent, amount: 400 });
  assert.equal(made.charge, linkId(latest_charge));
  assert.deepEqual((await desk.stripe.refunds.list({ charge: first })).data, []);
  assert.deepEqual((await desk.stripe.charges.retrieve(first, { expand: ["refunds"] })).refunds?.data, []);
});

test("a declined charge cannot be refunded", async () => {
  const declined = await thrown(chargeOf(desk, 1000, { source: "tok_chargeDeclined" }));
  const { status, code } = await refused(desk.stripe.refunds.create({ charge: String(declined.charge) }));
  assert.deepEqual([status, code], [400, "charge_not_refundable"]);
});

for (const source of ["tok_createDispute", "tok_createDisputeProductNotReceived"]) {
  test(`a charge that was charged back (${source}) is not refunded`, async () => {
    const charge = await chargeOf(desk, 1000, { source });
    assert.equal(charge.disputed, true);
    const { message, code, doc_url, type } = await thrown(desk.stripe.refunds.create({ charge: charge.id }));
    assert.deepEqual([message, code, doc_url, type], [`Charge ${charge.id} has been charged back; cannot issue a refund.`, "charge_disputed", "https://stripe.com/docs/error-codes/charge-disputed", "StripeInvalidRequestError"]);
    const legacy = await desk.post(`/v1/charges/${charge.id}/refund`, { amount: "9999" });
    assert.deepEqual([legacy.status, member(legacy.json, "error", "code")], [400, "charge_disputed"], "the dispute comes before the amount");
    assert.equal((await desk.stripe.charges.retrieve(charge.id)).amount_refunded, 0);
  });
}

test("a charge that is only inquired about is refunded", async () => {
  const charge = await chargeOf(desk, 1000, { source: "tok_createDisputeInquiry" });
  assert.equal(charge.disputed, true);
  assert.equal((await desk.stripe.refunds.create({ charge: charge.id, amount: 100 })).status, "succeeded");
  const intent = await intentOf(desk, 1000, { payment_method: "pm_card_createDisputeInquiry" });
  assert.equal((await desk.stripe.refunds.create({ payment_intent: intent.id })).amount, 1000);
});

test("a capture's entry shows what was taken in, and a partial capture what was released", async () => {
  const { id } = await chargeOf(desk, 1000, { capture: false, description: "a book" });
  const captured = await desk.stripe.charges.capture(id, { amount: 400, expand: ["balance_transaction"] });
  const { amount, net, fee, type, source, description, reporting_category, status, exchange_rate } = expanded(captured.balance_transaction);
  assert.deepEqual([amount, net, fee, type, source, description, reporting_category, status, exchange_rate], [400, 400, 0, "charge", id, "a book", "charge", "pending", null]);
  const record = await desk.stripe.paymentRecords.retrieve(id.replace("ch_", "pr_"));
  assert.deepEqual([record.amount_guaranteed.value, record.amount_canceled.value, record.amount_requested.value], [400, 600, 1000]);
});
