/** Charges (Stripe's API reference: Charges and test cards). */
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

const approved: [string, string, string][] = [
  ["visa", "visa", "4242"],
  ["visa_debit", "visa", "5556"],
  ["mastercard", "mastercard", "4444"],
  ["mastercard_debit", "mastercard", "8210"],
  ["mastercard_prepaid", "mastercard", "5100"],
  ["amex", "amex", "0005"],
  ["discover", "discover", "1117"],
  ["diners", "diners", "0004"],
  ["jcb", "jcb", "0505"],
  ["unionpay", "unionpay", "0005"],
  ["bypassPending", "visa", "0077"],
  ["pendingRefund", "visa", "7726"],
  ["refundFail", "visa", "5126"],
  ["createDispute", "visa", "0259"],
  ["createDisputeProductNotReceived", "visa", "2685"],
  ["createDisputeInquiry", "visa", "1976"],
];

for (const [name, brand, last4] of approved) {
  test(`tok_${name} and pm_card_${name} are approved`, async () => {
    const charge = await chargeOf(desk, 1000, { source: `tok_${name}` });
    assert.deepEqual([charge.status, charge.paid, charge.captured, charge.amount_captured], ["succeeded", true, true, 1000]);
    const { card } = charge.payment_method_details ?? {};
    assert.deepEqual([card?.brand, card?.last4, charge.outcome?.type], [brand, last4, "authorized"]);
    const intent = await intentOf(desk, 1000, { payment_method: `pm_card_${name}` });
    assert.equal(intent.status, "succeeded");
    const direct = await chargeOf(desk, 1000, { source: `pm_card_${name}` });
    assert.equal(direct.payment_method_details?.card?.fingerprint, card?.fingerprint, "the same card has the same fingerprint");
  });
}

const DECLINED = "Your card was declined.";
const declines: [string, string, string | undefined, string][] = [
  ["chargeDeclined", "card_declined", "generic_decline", DECLINED],
  ["chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", "Your card has insufficient funds."],
  ["chargeDeclinedLostCard", "card_declined", "lost_card", DECLINED],
  ["chargeDeclinedStolenCard", "card_declined", "stolen_card", DECLINED],
  ["chargeDeclinedFraudulent", "card_declined", "fraudulent", DECLINED],
  ["chargeDeclinedExpiredCard", "expired_card", undefined, "Your card has expired."],
  ["chargeDeclinedIncorrectCvc", "incorrect_cvc", undefined, "Your card's security code is incorrect."],
  ["chargeDeclinedProcessingError", "processing_error", undefined, "An error occurred while processing your card. Try again in a little bit."],
];

for (const [name, code, declineCode, message] of declines) {
  test(`tok_${name} is declined, and the failed charge is kept`, async () => {
    const error = await thrown(chargeOf(desk, 1000, { source: `tok_${name}`, description: "kept" }));
    assert.deepEqual([error.type, error.statusCode, error.code, error.message], ["StripeCardError", 402, code, message]);
    if (declineCode !== undefined) assert.equal(error.decline_code, declineCode);
    assert.equal(error.doc_url, `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`);
    const charge = await desk.stripe.charges.retrieve(String(error.charge));
    assert.deepEqual([charge.status, charge.paid, charge.captured, charge.amount_captured, charge.failure_code, charge.failure_message, charge.description], ["failed", false, false, 0, code, message, "kept"]);
    assert.deepEqual([charge.balance_transaction, charge.outcome?.type, charge.outcome?.network_status], [null, "issuer_declined", "declined_by_network"]);
    const { data } = await desk.stripe.charges.list({ limit: 1 });
    assert.equal(data[0]?.id, charge.id);
  });
}

test("a card that needs its owner cannot be charged directly", async () => {
  const error = await thrown(chargeOf(desk, 1000, { source: "tok_threeDSecure2Required" }));
  assert.deepEqual([error.type, error.code, error.decline_code], ["StripeCardError", "card_declined", "authentication_required"]);
});

test("an unknown token is not found", async () => {
  assert.deepEqual(await refused(chargeOf(desk, 1000, { source: "tok_nope" })), said("No such token: 'tok_nope'", { code: "resource_missing", param: "source" }));
});

test("a charge says all that it was told", async () => {
  const charge = await chargeOf(desk, 4200, {
    currency: "EUR",
    description: "a book",
    metadata: { order: "6735" },
    receipt_email: "a@example.com",
    shipping: { name: "Ada", address: { city: "Paris", line1: "1 rue A" } },
    statement_descriptor_suffix: "BOOKS",
    transfer_group: "group",
  });
  const address = { city: "Paris", country: null, line1: "1 rue A", line2: null, postal_code: null, state: null };
  assert.deepEqual([charge.amount, charge.currency, charge.description, charge.metadata, charge.receipt_email, charge.statement_descriptor_suffix, charge.transfer_group], [4200, "eur", "a book", { order: "6735" }, "a@example.com", "BOOKS", "group"]);
  assert.deepEqual(charge.shipping, { address, carrier: null, name: "Ada", phone: null, tracking_number: null });
  assert.deepEqual([charge.livemode, charge.disputed, charge.refunded, charge.payment_intent, charge.customer], [false, false, false, null, null]);
  assert.deepEqual(await desk.stripe.charges.retrieve(charge.id), charge);
});

test("a charge has every member that was recorded of a real one", async () => {
  const { json } = await desk.post("/v1/charges", { amount: "100", currency: "usd", source: "tok_visa" });
  const recorded =
    "id object amount amount_captured amount_refunded application application_fee application_fee_amount balance_transaction billing_details calculated_statement_descriptor captured created currency customer description destination dispute disputed failure_balance_transaction failure_code failure_message fraud_details livemode metadata on_behalf_of order outcome paid payment_intent payment_method payment_method_details radar_options receipt_email receipt_number receipt_url refunded review shipping source source_transfer statement_descriptor statement_descriptor_suffix status transfer_data transfer_group";
  for (const name of recorded.split(" ")) assert.notEqual(member(json, name), undefined, name);
  const card =
    "amount_authorized authorization_code brand checks country electronic_commerce_indicator exp_month exp_year extended_authorization fingerprint funding incremental_authorization installments last4 mandate multicapture network network_token network_transaction_id overcapture regulated_status three_d_secure transaction_link_id wallet";
  for (const name of card.split(" ")) assert.notEqual(member(json, "payment_method_details", "card", name), undefined, name);
  assert.equal(member(json, "refunds"), undefined);
});

test("an update describes a charge anew and merges its metadata", async () => {
  const { id } = await chargeOf(desk, 1000, { description: "old", metadata: { keep: "1", change: "1", lose: "1" } });
  const updated = await desk.stripe.charges.update(id, { description: "new", receipt_email: "b@example.com", metadata: { change: "2", lose: "", more: "3" } });
  assert.deepEqual([updated.description, updated.receipt_email, updated.metadata], ["new", "b@example.com", { keep: "1", change: "2", more: "3" }]);
  assert.deepEqual(await desk.stripe.charges.retrieve(id), updated);
  assert.deepEqual((await desk.stripe.charges.update(id, { metadata: "" })).metadata, {});
  assert.deepEqual(await refused(desk.stripe.charges.update("ch_nope", { description: "x" })), said("No such charge: 'ch_nope'", { status: 404, code: "resource_missing", param: "id" }));
});

test("an authorized charge is captured whole, once", async () => {
  const held = await chargeOf(desk, 1000, { capture: false });
  assert.deepEqual([held.captured, held.paid, held.status, held.amount_captured, held.balance_transaction], [false, true, "succeeded", 0, null]);
  assert.equal(member(held.payment_method_details, "card", "capture_before"), held.created + 7 * 24 * 3600);
  const captured = await desk.stripe.charges.capture(held.id);
  assert.deepEqual([captured.captured, captured.amount_captured, captured.amount_refunded, captured.refunded], [true, 1000, 0, false]);
  assert.equal(linkId(captured.balance_transaction).slice(0, 4), "txn_");
  const again = said(`Charge ${held.id} has already been captured.`, { code: "charge_already_captured" });
  assert.deepEqual(await refused(desk.stripe.charges.capture(held.id)), again);
  assert.deepEqual(await refused(desk.stripe.charges.capture((await chargeOf(desk)).id)).then(({ code }) => code), "charge_already_captured");
});

test("a charge is captured in part, at most what was authorized", async () => {
  const { id } = await chargeOf(desk, 1000, { capture: false });
  assert.deepEqual((await refused(desk.stripe.charges.capture(id, { amount: 1001 }))).param, "amount");
  assert.equal((await desk.stripe.charges.retrieve(id)).captured, false);
  const captured = await desk.stripe.charges.capture(id, { amount: 400, receipt_email: "a@example.com", statement_descriptor: "SHOP" });
  assert.deepEqual([captured.amount, captured.amount_captured, captured.receipt_email, captured.statement_descriptor], [1000, 400, "a@example.com", "SHOP"]);
  assert.deepEqual((await refused(desk.stripe.charges.capture(id, { amount: 600 }))).code, "charge_already_captured");
});

test("the charge of an intent is captured through its intent", async () => {
  const intent = await intentOf(desk, 1000, { capture_method: "manual" });
  const { status, message } = await refused(desk.stripe.charges.capture(linkId(intent.latest_charge)));
  assert.equal(status, 400);
  assert.ok(message.startsWith(`This uncaptured Charge was created by a PaymentIntent (${intent.id}). You must capture the PaymentIntent instead`), message);
});

test("charges are listed newest first, with the failed ones, by intent, by time and by page", async () => {
  const own = openDesk(server);
  const one = await chargeOf(own);
  const failed = String((await thrown(chargeOf(own, 1000, { source: "tok_chargeDeclined" }))).charge);
  const intent = await intentOf(own);
  const ids = [linkId(intent.latest_charge), failed, one.id];
  const { charges } = own.stripe;
  const idsOf = (list: { readonly data: readonly { readonly id: string }[] }) => list.data.map(({ id }) => id);
  assert.deepEqual(idsOf(await charges.list()), ids);
  assert.deepEqual(idsOf(await charges.list({ payment_intent: intent.id })), ids.slice(0, 1));
  assert.deepEqual(idsOf(await charges.list({ limit: 1, starting_after: ids[0] ?? "" })), ids.slice(1, 2));
  assert.deepEqual(idsOf(await charges.list({ ending_before: ids[2] ?? "" })), ids.slice(0, 2));
  assert.deepEqual(idsOf(await charges.list({ created: { gt: one.created + 60 } })), []);
  assert.deepEqual(idsOf(await charges.list({ created: { gte: one.created } })), ids);
  const [first] = (await charges.list({ limit: 1, expand: ["data.payment_intent", "data.refunds"] })).data;
  assert.equal(expanded(first?.payment_intent).id, intent.id);
  assert.deepEqual(first?.refunds?.data, []);
  assert.deepEqual(await refused(charges.list({ payment_intent: "pi_nope" })), said("No such payment_intent: 'pi_nope'", { code: "resource_missing", param: "payment_intent" }));
});

test("what is not served is refused, never dropped", async () => {
  for (const form of [{ application_fee: "10" }, { destination: "acct_1" }]) {
    const [name] = Object.keys(form);
    const { status, json } = await desk.post("/v1/charges", { amount: "100", currency: "usd", source: "tok_visa", ...form });
    assert.equal(status, 400);
    assert.match(String(member(json, "error", "message")), /^Refundry does not serve the parameter '/, name);
  }
});
