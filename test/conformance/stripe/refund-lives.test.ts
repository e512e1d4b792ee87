/** Refunds that do not end where they begin (Stripe's API reference: refund behaviour and test instruments). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { squareFor } from "../../test-server.ts";
import { chargeOf, expanded, intentOf, linkId, refused, said, type StripeDesk } from "./desk.ts";
import { openTwoPaces } from "./two-paces.ts";

const WAIT_MS_MAX = 5_000;

const { quickServer, stillServer, quick, still } = await openTwoPaces();

/** The refund as it is once it has that status. */
async function becomes({ stripe }: StripeDesk, { id }: Stripe.Refund, status: string, expand: string[] = []): Promise<Stripe.Refund> {
  const until = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const refund = await stripe.refunds.retrieve(id, { expand });
    if (refund.status === status) return refund;
    assert.ok(Date.now() < until, `the refund is still ${refund.status}`);
    await delay(5);
  }
}

const transfer = (desk: StripeDesk, amount = 1000, billing_details: Stripe.PaymentIntentCreateParams.PaymentMethodData.BillingDetails = { name: "Jenny" }) =>
  desk.stripe.paymentIntents.create({ amount, currency: "usd", confirm: true, payment_method_data: { type: "konbini", billing_details } });

test("a pending refund counts against what is left, has moved no money, and succeeds later", async () => {
  const { id } = await chargeOf(still, 1000, { source: "tok_pendingRefund" });
  const made = await still.stripe.refunds.create({ charge: id, amount: 600 });
  assert.deepEqual([made.status, made.balance_transaction, made.pending_reason], ["pending", null, "processing"]);
  assert.deepEqual(made.destination_details, { card: { type: "pending" }, type: "card" });
  assert.equal((await still.stripe.charges.retrieve(id)).amount_refunded, 600);
  assert.deepEqual(await refused(still.stripe.refunds.create({ charge: id, amount: 401 })), said("Refund amount ($4.01) is greater than unrefunded amount on charge ($4.00)", { param: "amount" }));
  assert.equal((await still.stripe.refunds.create({ charge: id })).amount, 400);
  assert.equal((await still.stripe.charges.retrieve(id)).refunded, true);

  const other = await intentOf(quick, 1000, { payment_method: "pm_card_pendingRefund" });
  const begun = await quick.stripe.refunds.create({ payment_intent: other.id, amount: 250 });
  assert.equal(begun.status, "pending");
  const done = await becomes(quick, begun, "succeeded", ["balance_transaction"]);
  const { amount, type, source } = expanded(done.balance_transaction);
  assert.deepEqual([amount, type, source, done.pending_reason], [-250, "refund", begun.id, undefined]);
});

test("a refund that fails later is taken back, posting by posting, and the amount is refundable again", async () => {
  const { id } = await chargeOf(quick, 1000, { source: "tok_refundFail", description: "a book" });
  const made = await quick.stripe.refunds.create({ charge: id });
  assert.deepEqual([made.status, made.failure_reason, made.failure_balance_transaction], ["succeeded", undefined, undefined]);
  const failed = await becomes(quick, made, "failed", ["balance_transaction", "failure_balance_transaction"]);
  assert.equal(failed.failure_reason, "expired_or_canceled_card");
  const [own, undone] = [expanded(failed.balance_transaction), expanded(failed.failure_balance_transaction)];
  assert.deepEqual([own.amount, own.type, own.source], [-1000, "refund", made.id]);
  assert.deepEqual([undone.amount, undone.net, undone.fee, undone.type, undone.reporting_category, undone.source, undone.description], [1000, 1000, 0, "refund_failure", "refund_failure", made.id, "REFUND FAILURE (a book)"]);
  const charge = await quick.stripe.charges.retrieve(id, { expand: ["refunds"] });
  assert.deepEqual([charge.amount_refunded, charge.refunded, charge.refunds?.data.map(({ status }) => status)], [0, false, ["failed"]]);
  assert.equal(failed.destination_details?.card?.reference_status, "unavailable");
  const again = await quick.stripe.refunds.create({ charge: id, amount: 999 });
  assert.equal(again.amount, 999);
});

test("the acquirer's reference of a card refund appears later, and is always the same", async () => {
  const { id } = await chargeOf(quick);
  const made = await quick.stripe.refunds.create({ charge: id });
  const card = () => quick.stripe.refunds.retrieve(made.id).then((refund) => refund.destination_details?.card);
  await delay(5);
  const known = await card();
  assert.match(String(known?.reference), /^\d{16}$/);
  assert.deepEqual([known?.reference_status, known?.reference_type, known?.type], ["available", "acquirer_reference_number", "refund"]);
  assert.deepEqual(await card(), known);
  const { id: other } = await chargeOf(still);
  const early = await still.stripe.refunds.create({ charge: other });
  assert.deepEqual((await still.stripe.refunds.retrieve(early.id)).destination_details?.card, { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" });
});

test("a method without refunds of its own asks the customer, whose address must be told", async () => {
  const intent = await transfer(still);
  assert.equal(intent.status, "succeeded");
  const charge = await still.stripe.charges.retrieve(linkId(intent.latest_charge));
  assert.equal(charge.payment_method_details?.type, "konbini");
  assert.deepEqual(await refused(still.stripe.refunds.create({ payment_intent: intent.id })), said("Missing required param: instructions_email.", { code: "parameter_missing", param: "instructions_email" }));
  assert.deepEqual([intent.payment_method_types, intent.payment_method_options], [["konbini"], {}]);
  const made = await still.stripe.refunds.create({ payment_intent: intent.id, amount: 400, instructions_email: "jenny@example.com" });
  assert.deepEqual([made.status, made.balance_transaction, made.instructions_email, made.destination_details], ["requires_action", null, "jenny@example.com", undefined]);
  const details = made.next_action?.display_details;
  assert.equal(made.next_action?.type, "display_details");
  assert.deepEqual(details?.email_sent, { email_sent_at: made.created, email_sent_to: "jenny@example.com" });
  assert.equal(details?.expires_at, made.created + 45 * 86_400);
  assert.equal((await still.stripe.charges.retrieve(charge.id)).amount_refunded, 400);
});

test("the payment method's own address is asked where none is told", async () => {
  const intent = await transfer(still, 1000, { email: "billed@example.com" });
  const [own, told] = [await still.stripe.refunds.create({ payment_intent: intent.id, amount: 1 }), await still.stripe.refunds.create({ payment_intent: intent.id, amount: 1, instructions_email: "told@example.com" })];
  assert.deepEqual([own, told].map((refund) => refund.next_action?.display_details?.email_sent.email_sent_to), ["billed@example.com", "told@example.com"]);
  const card = await still.stripe.refunds.create({ charge: (await chargeOf(still)).id, instructions_email: "a@example.com" });
  assert.equal(card.instructions_email, undefined, "nobody is asked about a card");
});

test("whose the method before was says nothing of the next, and two methods at once are refused", async () => {
  const { stripe } = still;
  const data = { type: "konbini", billing_details: { email: "first@example.com" } } as const;
  const open = await stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method_data: data });
  const paid = await stripe.paymentIntents.confirm(open.id, { payment_method: "pm_card_visa", expand: ["latest_charge"] });
  assert.equal(expanded(paid.latest_charge).billing_details.email, null);
  const one = said("You may only specify one of these parameters: payment_method, payment_method_data.", { code: "parameters_exclusive" });
  assert.deepEqual(await refused(stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa", payment_method_data: data })), one);
  const other = await stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
  assert.deepEqual(await refused(stripe.paymentIntents.confirm(other.id, { payment_method: "pm_card_visa", payment_method_data: data })), one);
});

test("a customer who answers gets the money", async () => {
  const intent = await transfer(quick);
  const made = await quick.stripe.refunds.create({ payment_intent: intent.id, instructions_email: "jenny+answers@example.com" });
  assert.equal(made.status, "requires_action");
  const done = await becomes(quick, made, "succeeded");
  assert.match(linkId(done.balance_transaction), /^txn_/);
  assert.equal(done.next_action, undefined);
});

test("a refund is canceled while it waits for its customer, and at no other time", async () => {
  const intent = await transfer(still);
  const made = await still.stripe.refunds.create({ payment_intent: intent.id, instructions_email: "jenny@example.com" });
  const canceled = await still.stripe.refunds.cancel(made.id);
  assert.deepEqual([canceled.status, canceled.failure_reason, canceled.failure_balance_transaction, canceled.next_action], ["canceled", "merchant_request", undefined, undefined]);
  const unsupported = said("Canceling this refund is unsupported.");
  assert.deepEqual(await refused(still.stripe.refunds.cancel(made.id)), unsupported);
  const { amount_refunded, refunded } = await still.stripe.charges.retrieve(linkId(intent.latest_charge));
  assert.deepEqual([amount_refunded, refunded], [0, false]);
  assert.equal((await still.stripe.refunds.create({ payment_intent: intent.id, instructions_email: "jenny@example.com" })).amount, 1000);

  const { id } = await chargeOf(still);
  const card = await still.stripe.refunds.create({ charge: id });
  assert.deepEqual(await refused(still.stripe.refunds.cancel(card.id)), unsupported);
  assert.deepEqual(await refused(still.stripe.refunds.cancel("re_nope")), said("No such refund: 're_nope'", { code: "resource_missing", param: "refund", status: 404 }));
  const pending = await still.stripe.refunds.create({ charge: (await chargeOf(still, 1000, { source: "tok_pendingRefund" })).id });
  assert.deepEqual(await refused(still.stripe.refunds.cancel(pending.id)), unsupported);
});

test("a refund whose customer never answers expires", async () => {
  const intent = await transfer(still);
  const made = await still.stripe.refunds.create({ payment_intent: intent.id, instructions_email: "jenny@example.com" });
  const expired = await still.stripe.testHelpers.refunds.expire(made.id);
  assert.deepEqual([expired.status, expired.failure_reason, expired.next_action], ["failed", "unknown", undefined]);
  assert.equal((await refused(still.stripe.testHelpers.refunds.expire(made.id))).status, 400);
  assert.equal((await still.stripe.charges.retrieve(linkId(intent.latest_charge))).amount_refunded, 0);
});

test("metadata is merged into a refund, by either address, and nothing else changes", async () => {
  const { id } = await chargeOf(still);
  const made = await still.stripe.refunds.create({ charge: id, amount: 100, metadata: { a: "1", b: "2" } });
  const updated = await still.stripe.refunds.update(made.id, { metadata: { b: "", c: "3" } });
  assert.deepEqual(JSON.parse(JSON.stringify(updated)), JSON.parse(JSON.stringify({ ...made, metadata: { a: "1", c: "3" } })));
  assert.deepEqual((await still.stripe.refunds.update(made.id, { metadata: "" })).metadata, {});
  const nested = await still.post(`/v1/charges/${id}/refunds/${made.id}`, { "metadata[d]": "4" });
  assert.equal(nested.status, 200);
  assert.deepEqual((await still.stripe.refunds.retrieve(made.id)).metadata, { d: "4" });
  assert.equal((await still.post(`/v1/refunds/${made.id}`, { amount: "5" })).status, 400);
  const other = await chargeOf(still);
  const elsewhere = await still.post(`/v1/charges/${other.id}/refunds/${made.id}`, { "metadata[e]": "5" });
  assert.equal(elsewhere.status, 404);
});

test("an update that says nothing changes nothing", async () => {
  const square = squareFor(stillServer, still.key);
  const { id } = await chargeOf(still);
  const made = await still.stripe.refunds.create({ charge: id, amount: 100 });
  const token = async () => (await square.payments.get({ paymentId: id.replace("ch_", "") })).payment?.versionToken;
  const before = await token();
  assert.equal((await still.stripe.refunds.update(made.id, {})).id, made.id);
  assert.equal((await still.post(`/v1/charges/${id}/refunds/${made.id}`)).status, 200);
  assert.equal(await token(), before);
});

test("a clock that goes back does not hold up what is due", async (context) => {
  const real = Date.now;
  const { id } = await chargeOf(quick, 1000, { source: "tok_pendingRefund" });
  context.after(() => {
    Date.now = real;
  });
  Date.now = () => real() - 3_600_000;
  const made = await quick.stripe.refunds.create({ charge: id });
  const until = performance.now() + WAIT_MS_MAX;
  while ((await quick.stripe.refunds.retrieve(made.id)).status !== "succeeded") {
    assert.ok(performance.now() < until, "the refund still waits");
    await delay(5);
  }
});

test("a refund under way and one that failed are Square's PENDING and FAILED, and COMPLETED is what came of the first", async () => {
  const square = squareFor(quickServer, quick.key);
  const status = async ({ id }: Stripe.Refund) => (await square.refunds.get({ refundId: id.replace("re_", "") })).refund?.status;
  const fails = await quick.stripe.refunds.create({ charge: (await chargeOf(quick, 1000, { source: "tok_refundFail" })).id });
  await becomes(quick, fails, "failed");
  assert.equal(await status(fails), "FAILED");
  const pending = await quick.stripe.refunds.create({ charge: (await chargeOf(quick, 1000, { source: "tok_pendingRefund" })).id });
  await becomes(quick, pending, "succeeded");
  assert.equal(await status(pending), "COMPLETED");
  const waiting = await quick.stripe.refunds.create({ payment_intent: (await transfer(quick)).id, instructions_email: "jenny@example.com" });
  assert.equal(await status(waiting), "PENDING");
});
