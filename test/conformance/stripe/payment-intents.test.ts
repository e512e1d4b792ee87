/** PaymentIntents (Stripe's API reference: PaymentIntents). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { expanded, intentOf, linkId, member, openDesk, recordOf, refused, said, thrown, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const unexpected = (message: string) => said(message, { code: "payment_intent_unexpected_state" });

test("an intent waits for a payment method, then for its confirmation, and then succeeds", async () => {
  const { paymentIntents } = desk.stripe;
  const promised = await paymentIntents.create({ amount: 1000, currency: "usd", description: "a book", metadata: { order: "1" } });
  assert.deepEqual([promised.status, promised.payment_method, promised.latest_charge, promised.amount_received], ["requires_payment_method", null, null, 0]);
  const named = await paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa" });
  assert.deepEqual([named.status, named.payment_method], ["requires_confirmation", "pm_card_visa"]);
  const confirmed = await paymentIntents.confirm(named.id);
  assert.deepEqual([confirmed.status, confirmed.amount_received, confirmed.amount_capturable, confirmed.client_secret], ["succeeded", 1000, 0, named.client_secret]);
  const later = await paymentIntents.confirm(promised.id, { payment_method: "pm_card_mastercard", expand: ["latest_charge", "payment_method"] });
  const charge = expanded(later.latest_charge);
  assert.deepEqual([charge.amount_captured, charge.payment_intent, charge.description, charge.metadata], [1000, promised.id, "a book", { order: "1" }]);
  assert.equal(expanded(later.payment_method).card?.brand, "mastercard");
  assert.deepEqual(await paymentIntents.retrieve(named.id), confirmed);
});

test("a new intent has the defaults that were recorded", async () => {
  const { json } = await desk.post("/v1/payment_intents", { amount: "1000", currency: "usd" });
  const defaults = {
    object: "payment_intent",
    amount_details: { tip: {} },
    automatic_payment_methods: { allow_redirects: "always", enabled: true },
    capture_method: "automatic_async",
    confirmation_method: "automatic",
    managed_payments: { enabled: false },
    payment_method_options: { card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" } },
    source: null,
    payment_record: null,
    shared_payment_granted_token: null,
    review: null,
    processing: null,
  };
  for (const [name, value] of Object.entries(defaults)) assert.deepEqual(member(json, name), value, name);
  assert.match(String(member(json, "client_secret")), new RegExp(`^${String(member(json, "id"))}_secret_[0-9A-Za-z]{25}$`));
  assert.equal(member(json, "charges"), undefined, "latest_charge has taken its place");
});

test("an intent and the charge of its first attempt share the body of their ids", async () => {
  const intent = await intentOf(desk);
  assert.equal(linkId(intent.latest_charge).slice(3), intent.id.slice(3));
});

test("a manual intent is held, and captured whole or in part", async () => {
  const { paymentIntents, charges } = desk.stripe;
  const held = await intentOf(desk, 1000, { capture_method: "manual" });
  assert.deepEqual([held.status, held.amount_capturable, held.amount_received], ["requires_capture", 1000, 0]);
  const whole = await paymentIntents.capture(held.id, { metadata: { captured: "yes" } });
  assert.deepEqual([whole.status, whole.amount_capturable, whole.amount_received, whole.metadata], ["succeeded", 0, 1000, { captured: "yes" }]);

  const other = await intentOf(desk, 1000, { capture_method: "manual" });
  const over = await refused(paymentIntents.capture(other.id, { amount_to_capture: 1001 }));
  assert.deepEqual([over.status, over.param], [400, "amount_to_capture"]);
  const part = await paymentIntents.capture(other.id, { amount_to_capture: 300 });
  assert.deepEqual([part.status, part.amount, part.amount_received], ["succeeded", 1000, 300]);
  const charge = await charges.retrieve(linkId(part.latest_charge));
  assert.deepEqual([charge.amount, charge.amount_captured], [1000, 300]);
  assert.deepEqual((await desk.stripe.refunds.create({ payment_intent: other.id })).amount, 300);
});

test("an intent that succeeded is not captured, confirmed or canceled again", async () => {
  const { id } = await intentOf(desk);
  const { paymentIntents } = desk.stripe;
  const capture = await thrown(paymentIntents.capture(id));
  assert.equal(capture.message, "This PaymentIntent could not be captured because it has a status of succeeded. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.");
  assert.deepEqual([capture.code, capture.payment_intent?.id, capture.payment_intent?.status], ["payment_intent_unexpected_state", id, "succeeded"]);
  assert.deepEqual(
    await refused(paymentIntents.cancel(id)),
    unexpected("You cannot cancel this PaymentIntent because it has a status of succeeded. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing."),
  );
  const confirm = await refused(paymentIntents.confirm(id, { payment_method: "pm_card_visa" }));
  assert.deepEqual([confirm.status, confirm.code], [400, "payment_intent_unexpected_state"]);
  assert.equal((await paymentIntents.retrieve(id)).amount_received, 1000);
});

test("an intent is canceled from every state before its capture, for a reason", async () => {
  const { paymentIntents } = desk.stripe;
  const declined = await thrown(intentOf(desk, 1000, { payment_method: "pm_card_visa_chargeDeclined" }));
  const open = [
    (await paymentIntents.create({ amount: 1000, currency: "usd" })).id,
    (await paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa" })).id,
    (await intentOf(desk, 1000, { payment_method: "pm_card_threeDSecure2Required" })).id,
    (await intentOf(desk, 1000, { capture_method: "manual" })).id,
    String(declined.payment_intent?.id),
  ];
  for (const id of open) {
    const canceled = await paymentIntents.cancel(id, { cancellation_reason: "requested_by_customer" });
    assert.deepEqual([canceled.status, canceled.cancellation_reason, canceled.amount_capturable], ["canceled", "requested_by_customer", 0]);
    assert.ok((canceled.canceled_at ?? 0) >= canceled.created);
    assert.equal((await refused(paymentIntents.capture(id))).message, "This PaymentIntent could not be captured because it has a status of canceled. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.");
    assert.equal((await refused(paymentIntents.cancel(id))).code, "payment_intent_unexpected_state");
    assert.equal((await refused(paymentIntents.confirm(id, { payment_method: "pm_card_visa" }))).code, "payment_intent_unexpected_state");
  }
});

test("a decline keeps the failed charge, and another method may follow", async () => {
  const { paymentIntents, charges } = desk.stripe;
  const promised = await paymentIntents.create({ amount: 1000, currency: "usd" });
  const error = await thrown(paymentIntents.confirm(promised.id, { payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds" }));
  assert.deepEqual([error.type, error.statusCode, error.code, error.decline_code], ["StripeCardError", 402, "card_declined", "insufficient_funds"]);
  const failed = String(error.charge);
  assert.deepEqual([error.payment_intent?.id, error.payment_intent?.status, error.payment_intent?.payment_method], [promised.id, "requires_payment_method", null]);
  assert.deepEqual([error.payment_intent?.last_payment_error?.code, error.payment_intent?.last_payment_error?.charge], ["card_declined", failed]);
  assert.deepEqual(await refused(paymentIntents.confirm(promised.id)).then(({ code }) => code), "payment_intent_unexpected_state", "the method that was declined is forgotten");

  const paid = await paymentIntents.confirm(promised.id, { payment_method: "pm_card_visa" });
  assert.deepEqual([paid.status, paid.last_payment_error, paid.amount_received], ["succeeded", null, 1000]);
  assert.notEqual(linkId(paid.latest_charge), failed);
  const { data } = await charges.list({ payment_intent: promised.id });
  assert.deepEqual(data.map(({ id, status }) => [id, status]), [[linkId(paid.latest_charge), "succeeded"], [failed, "failed"]]);
});

test("a card that needs its owner leaves the intent waiting for an action", async () => {
  const waiting = await intentOf(desk, 1000, { payment_method: "pm_card_threeDSecure2Required" });
  assert.deepEqual([waiting.status, waiting.next_action?.type], ["requires_action", "use_stripe_sdk"]);
  assert.equal((await desk.stripe.charges.retrieve(linkId(waiting.latest_charge))).status, "pending");
});

test("an intent without a method cannot be confirmed, and is in the error", async () => {
  const { id } = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
  const error = await thrown(desk.stripe.paymentIntents.confirm(id));
  assert.equal(error.payment_intent?.id, id);
  assert.deepEqual(
    { message: error.message, code: error.code },
    { message: "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.", code: "payment_intent_unexpected_state" },
  );
});

test("unknown intents and methods are not found", async () => {
  const { paymentIntents } = desk.stripe;
  const missing = said("No such payment_intent: 'pi_nope'", { status: 404, code: "resource_missing", param: "intent" });
  for (const work of [() => paymentIntents.retrieve("pi_nope"), () => paymentIntents.confirm("pi_nope"), () => paymentIntents.capture("pi_nope"), () => paymentIntents.cancel("pi_nope")]) {
    assert.deepEqual(await refused(work()), missing);
  }
  const { status, message } = await refused(intentOf(desk, 1000, { payment_method: "pm_nope" }));
  assert.deepEqual([status, message], [404, "No such PaymentMethod: 'pm_nope'"]);
});

test("a direct charge is no intent, and a report is no charge, though they have the same body of an id", async () => {
  const { stripe } = desk;
  const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", capture: false });
  const id = charge.id.replace("ch_", "pi_");
  const at = (param: string) => said(`No such payment_intent: '${id}'`, { status: 404, code: "resource_missing", param });
  for (const work of [() => stripe.paymentIntents.retrieve(id), () => stripe.paymentIntents.confirm(id), () => stripe.paymentIntents.capture(id), () => stripe.paymentIntents.cancel(id)]) {
    assert.deepEqual(await refused(work()), at("intent"));
  }
  assert.deepEqual(await refused(stripe.refunds.create({ payment_intent: id })), at("payment_intent"));
  assert.equal((await stripe.charges.retrieve(charge.id)).refunded, false);
  const record = await recordOf(desk);
  const claimed = record.id.replace("pr_", "ch_");
  const none = said(`No such charge: '${claimed}'`, { status: 404, code: "resource_missing", param: "id" });
  for (const work of [() => stripe.charges.retrieve(claimed), () => stripe.charges.update(claimed, { description: "x" }), () => stripe.charges.capture(claimed), () => stripe.refunds.create({ charge: claimed })]) {
    assert.deepEqual(await refused(work()), none);
  }
});

test("intents are listed newest first, by time and by page, and charges are not among them", async () => {
  const own = openDesk(server);
  await own.stripe.charges.create({ amount: 100, currency: "usd", source: "tok_visa" });
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.unshift((await own.stripe.paymentIntents.create({ amount: 100 + i, currency: "usd" })).id);
  const seen: string[] = [];
  for await (const { id } of own.stripe.paymentIntents.list({ limit: 2 })) seen.push(id);
  assert.deepEqual(seen, made);
  const page = await own.stripe.paymentIntents.list({ ending_before: made[4] ?? "", limit: 2 });
  assert.deepEqual(page.data.map(({ id }) => id), made.slice(2, 4));
  assert.deepEqual((await own.stripe.paymentIntents.list({ created: { lt: 1000 } })).data, []);
  assert.deepEqual(await refused(own.stripe.paymentIntents.list({ starting_after: "pi_nope" })), said("No such payment_intent: 'pi_nope'", { code: "resource_missing", param: "starting_after" }));
});

test("two confirmations at the same time take the money once", async () => {
  const { id } = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa" });
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => desk.stripe.paymentIntents.confirm(id)));
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal((await desk.stripe.charges.list({ payment_intent: id })).data.length, 1);
});
