/** POST /v1/refunds and POST /v1/charges/{charge}/refund (Stripe's API reference: refund a charge and Refunds). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Stripe } from "stripe";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, expanded, intentOf, linkId, member, openDesk, refused, said, textMember, thrown, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const refund = (params: Stripe.RefundCreateParams) => desk.stripe.refunds.create(params);
const already = (id: string) => said(`Charge ${id} has already been refunded.`, { code: "charge_already_refunded" });

test("a refund of a card charge has exactly the members that were recorded", async () => {
  const charge = await chargeOf(desk);
  const { id, created, balance_transaction, ...rest } = await refund({ charge: charge.id, amount: 400, reason: "duplicate", metadata: { order: "6735" } });
  assert.match(id, /^re_[0-9A-Za-z]{24}$/);
  assert.match(linkId(balance_transaction), /^txn_[0-9A-Za-z]{24}$/);
  assert.ok(created >= charge.created);
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
    object: "refund",
    amount: 400,
    charge: charge.id,
    currency: "usd",
    customer: null,
    customer_account: null,
    destination_details: { card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" }, type: "card" },
    metadata: { order: "6735" },
    payment_intent: null,
    payment_method: charge.payment_method,
    reason: "duplicate",
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  });
});

test("300, 400 and the rest of 1000 are 300, 400 and 300, and then nothing is left", async () => {
  const { id } = await chargeOf(desk);
  const amounts: number[] = [];
  for (const amount of [300, 400, undefined]) {
    const made = await refund({ charge: id, ...(amount === undefined ? {} : { amount }) });
    amounts.push(made.amount);
    const { amount_refunded, refunded } = await desk.stripe.charges.retrieve(id);
    assert.equal(amount_refunded, amounts.reduce((sum, one) => sum + one, 0));
    assert.equal(refunded, amount === undefined);
  }
  assert.deepEqual(amounts, [300, 400, 300]);
  assert.deepEqual(await refused(refund({ charge: id })), already(id));
  assert.deepEqual(await refused(refund({ charge: id, amount: 1 })), already(id));
  assert.deepEqual(await refused(refund({ charge: id, amount: 5000 })), already(id), "what is refunded comes before what is too much");
});

test("600 and 600 of 1000: the second is refused, with both amounts in the text", async () => {
  const { id } = await chargeOf(desk);
  await refund({ charge: id, amount: 600 });
  assert.deepEqual(await refused(refund({ charge: id, amount: 600 })), said("Refund amount ($6.00) is greater than unrefunded amount on charge ($4.00)", { param: "amount" }));
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 600);
});

test("refunds that race never give back more than was captured", async () => {
  const { id } = await chargeOf(desk);
  const tries = await Promise.allSettled(Array.from({ length: 30 }, () => refund({ charge: id, amount: 70 })));
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 14);
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 980);
});

test("a charge that was captured in part is refunded up to that part", async () => {
  const { id } = await chargeOf(desk, 1000, { capture: false });
  await desk.stripe.charges.capture(id, { amount: 600 });
  assert.deepEqual(await refused(refund({ charge: id, amount: 601 })), said("Refund amount ($6.01) is greater than unrefunded amount on charge ($6.00)", { param: "amount" }));
  assert.equal((await refund({ charge: id })).amount, 600);
  assert.equal((await desk.stripe.charges.retrieve(id)).refunded, true);
});

for (const { currency, amount, over, text } of [
  { currency: "jpy", amount: 3000, over: 123_456, text: "Refund amount (¥123,456) is greater than unrefunded amount on charge (¥3,000)" },
  { currency: "kwd", amount: 3000, over: 12_345_670, text: "Refund amount (KWD 12,345.670) is greater than unrefunded amount on charge (KWD 3.000)" },
  { currency: "gbp", amount: 5445, over: 9390, text: "Refund amount (£93.90) is greater than unrefunded amount on charge (£54.45)" },
  { currency: "eur", amount: 5, over: 10, text: "Refund amount (€0.10) is greater than unrefunded amount on charge (€0.05)" },
]) {
  test(`amounts in ${currency} are minor units in objects, and spoken in messages`, async () => {
    const charge = await chargeOf(desk, amount, { currency });
    assert.deepEqual([charge.amount, charge.amount_captured, charge.currency], [amount, amount, currency]);
    assert.deepEqual(await refused(refund({ charge: charge.id, amount: over })), said(text, { param: "amount" }));
    const made = await refund({ charge: charge.id, expand: ["balance_transaction"] });
    assert.deepEqual([made.amount, made.currency], [amount, currency]);
    const { amount: moved, currency: settled, net } = expanded(made.balance_transaction);
    assert.deepEqual([moved, settled, net], [-amount, currency, -amount]);
  });
}

test("an intent is refunded by its own id or by its charge's", async () => {
  const intent = await intentOf(desk);
  const charge = linkId(intent.latest_charge);
  const one = await refund({ payment_intent: intent.id, amount: 100 });
  const two = await refund({ charge, amount: 100 });
  const both = await refund({ charge, payment_intent: intent.id, amount: 100 });
  for (const made of [one, two, both]) assert.deepEqual([made.charge, made.payment_intent, made.payment_method], [charge, intent.id, linkId(intent.payment_method)]);
  const { refunds } = await desk.stripe.charges.retrieve(charge, { expand: ["refunds"] });
  assert.deepEqual(refunds?.data.map(({ id }) => id), [both.id, two.id, one.id]);
});

test("a charge and an intent that do not belong together are refused", async () => {
  const [one, two] = [await intentOf(desk), await intentOf(desk)];
  const { status, param } = await refused(refund({ charge: linkId(one.latest_charge), payment_intent: two.id }));
  assert.deepEqual([status, param], [400, "id"]);
  const charge = await chargeOf(desk);
  assert.equal((await refused(refund({ charge: charge.id, payment_intent: two.id }))).status, 400);
  assert.equal((await desk.stripe.charges.retrieve(charge.id)).amount_refunded, 0);
});

test("the old address answers the charge, and counts with the new one", async () => {
  const { id } = await chargeOf(desk);
  const answer = await desk.post(`/v1/charges/${id}/refund`, { amount: "300", reason: "requested_by_customer" });
  assert.equal(answer.status, 200);
  const { id: same, object, amount, amount_captured, amount_refunded, refunded } = await desk.stripe.charges.retrieve(id);
  assert.deepEqual([same, object, amount, amount_captured, amount_refunded, refunded], [id, "charge", 1000, 1000, 300, false]);
  for (const name of ["id", "object", "amount_refunded", "refunded"]) assert.deepEqual(member(answer.json, name), { id, object: "charge", amount_refunded: 300, refunded: false }[name]);
  assert.equal(member(answer.json, "refunds"), undefined, "refunds are shown only when expanded");
  const { data } = await desk.stripe.refunds.list({ charge: id });
  assert.deepEqual(data.map(({ reason, amount }) => [reason, amount]), [["requested_by_customer", 300]]);
  const over = await desk.post(`/v1/charges/${id}/refund`, { amount: "701" });
  assert.equal(textMember(over.json, "error", "message"), "Refund amount ($7.01) is greater than unrefunded amount on charge ($7.00)");
  const rest = await desk.stripe.rawRequest("POST", `/v1/charges/${id}/refund`, { expand: ["refunds"] });
  assert.deepEqual([member(rest, "amount_refunded"), member(rest, "refunded"), member(rest, "refunds", "total_count")], [1000, true, 2]);
  const again = await desk.post(`/v1/charges/${id}/refund`);
  assert.deepEqual([again.status, member(again.json, "error", "code")], [400, "charge_already_refunded"]);
});

test("the old address takes its own parameters and no charge beside the one in its path", async () => {
  const intent = await intentOf(desk);
  const path = `/v1/charges/${linkId(intent.latest_charge)}/refund`;
  const form = { amount: "10", payment_intent: intent.id, "metadata[k]": "v", reverse_transfer: "false", refund_application_fee: "false", instructions_email: "a@example.com" };
  const made = await desk.post(path, form);
  assert.equal(made.status, 200);
  const [refund] = (await desk.stripe.refunds.list({ payment_intent: intent.id })).data;
  assert.deepEqual([refund?.metadata, refund?.instructions_email, refund?.amount], [{ k: "v" }, undefined, 10], "nobody is asked about a card");
  for (const name of ["charge", "currency", "customer", "origin"]) {
    const { status, json } = await desk.post(path, { [name]: "x" });
    assert.deepEqual([status, member(json, "error", "message")], [400, `Received unknown parameter: ${name}`]);
  }
  const unknown = await desk.post("/v1/charges/ch_nope/refund");
  assert.deepEqual([unknown.status, member(unknown.json, "error", "message"), member(unknown.json, "error", "param")], [404, "No such charge: 'ch_nope'", "id"]);
});

test("links are followed where they are expanded", async () => {
  const intent = await intentOf(desk, 1000, { description: "a book" });
  const made = await refund({
    payment_intent: intent.id,
    amount: 250,
    expand: ["charge.refunds", "payment_intent.latest_charge", "balance_transaction", "payment_method"],
  });
  const charge = expanded(made.charge);
  assert.deepEqual([charge.object, charge.id, charge.amount_refunded], ["charge", linkId(intent.latest_charge), 250]);
  const list = charge.refunds;
  assert.deepEqual([list?.object, list?.has_more, list?.url, list?.data.map(({ id }) => id)], ["list", false, `/v1/charges/${charge.id}/refunds`, [made.id]]);
  assert.equal(member(list, "total_count"), 1);
  const whole = expanded(made.payment_intent);
  assert.deepEqual([whole.object, whole.id, expanded(whole.latest_charge).amount_refunded], ["payment_intent", intent.id, 250]);
  const { object, amount, fee, fee_details, net, type, reporting_category, source, description } = expanded(made.balance_transaction);
  assert.deepEqual([object, amount, fee, fee_details, net, type, reporting_category, source, description], ["balance_transaction", -250, 0, [], -250, "refund", "refund", made.id, "REFUND FOR CHARGE (a book)"]);
  const method = expanded(made.payment_method);
  assert.deepEqual([method.object, method.id, method.card?.last4], ["payment_method", linkId(intent.payment_method), "4242"]);
  const later = await desk.stripe.refunds.retrieve(made.id, { expand: ["charge.payment_intent", "payment_method", "balance_transaction"] });
  assert.equal(expanded(expanded(later.charge).payment_intent).id, intent.id);
  assert.deepEqual(later.balance_transaction, made.balance_transaction);
  assert.deepEqual(await desk.stripe.refunds.retrieve(made.id), { ...later, charge: charge.id, payment_method: method.id, balance_transaction: expanded(made.balance_transaction).id });
});

test("an expanded charge shows its ten newest refunds, and how many there are", async () => {
  const { id } = await chargeOf(desk);
  const made: string[] = [];
  for (let i = 0; i < 12; i++) made.unshift((await refund({ charge: id, amount: 1 })).id);
  const { refunds } = await desk.stripe.charges.retrieve(id, { expand: ["refunds"] });
  assert.deepEqual(refunds?.data.map((one) => one.id), made.slice(0, 10));
  assert.deepEqual([refunds?.has_more, member(refunds, "total_count")], [true, 12]);
});

test("every reason that a caller may give is kept", async () => {
  const { id } = await chargeOf(desk);
  for (const reason of ["duplicate", "fraudulent", "requested_by_customer"] as const) assert.equal((await refund({ charge: id, amount: 1, reason })).reason, reason);
  assert.equal((await refund({ charge: id, amount: 1 })).reason, null);
});

test("metadata of a refund is its own: numbers become texts, empty values are left out", async () => {
  const charge = await chargeOf(desk, 1000, { metadata: { of: "the charge" } });
  const made = await refund({ charge: charge.id, metadata: { number: 1, kept: "a&b=c é", empty: "" } });
  assert.deepEqual(made.metadata, { number: "1", kept: "a&b=c é" });
  assert.deepEqual((await desk.stripe.charges.retrieve(charge.id)).metadata, { of: "the charge" });
});

test("an expanded list follows the links of each refund", async () => {
  const { id } = await chargeOf(desk);
  await refund({ charge: id, amount: 10 });
  await refund({ charge: id, amount: 20 });
  const { data } = await desk.stripe.refunds.list({ charge: id, expand: ["data.charge", "data.balance_transaction"] });
  assert.deepEqual(data.map((one) => [expanded(one.charge).id, expanded(one.balance_transaction).amount]), [[id, -20], [id, -10]]);
});

test("what the SDK throws carries the request's id and where to read more", async () => {
  const { id } = await chargeOf(desk);
  await refund({ charge: id });
  const error = await thrown(refund({ charge: id }));
  assert.equal(error.type, "StripeInvalidRequestError");
  assert.equal(error.doc_url, "https://stripe.com/docs/error-codes/charge-already-refunded");
  assert.match(textMember(error.raw, "request_log_url"), new RegExp(`^https://dashboard\\.stripe\\.com/test/logs/${error.requestId}\\?t=\\d{10}$`));
});
