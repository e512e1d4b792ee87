/** PaymentIntents that are updated (Stripe's API reference: PaymentIntents). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Stripe } from "stripe";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { expanded, intentOf, openDesk, refused, said, thrown, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

test("an intent that is not paid may change in all that hangs on it", async () => {
  const { paymentIntents, customers } = desk.stripe;
  const { id: customer } = await customers.create();
  const { id } = await paymentIntents.create({ amount: 1000, currency: "usd", metadata: { a: "1" }, shipping: { name: "Ada", address: { city: "Paris" } } });
  const updated = await paymentIntents.update(id, {
    amount: 2500, currency: "eur", customer, description: "two books", metadata: { b: "2" }, receipt_email: "a@example.com", payment_method: "pm_card_visa",
    statement_descriptor: "BOOKS", statement_descriptor_suffix: "TWO", setup_future_usage: "off_session", capture_method: "manual",
    transfer_group: "G", shipping: { name: "Bea", address: { line1: "1 rue" } },
  });
  assert.deepEqual([updated.amount, updated.currency, updated.customer, updated.description, updated.metadata, updated.receipt_email], [2500, "eur", customer, "two books", { a: "1", b: "2" }, "a@example.com"]);
  assert.deepEqual([updated.status, updated.payment_method, updated.statement_descriptor, updated.capture_method, updated.shipping?.name], ["requires_confirmation", "pm_card_visa", "BOOKS", "manual", "Bea"]);
  assert.deepEqual(await paymentIntents.retrieve(id), updated);
  const held = await paymentIntents.confirm(id, { expand: ["latest_charge"] });
  const charge = expanded(held.latest_charge);
  assert.deepEqual([held.status, held.amount_capturable, charge.amount, charge.currency, charge.customer, charge.description], ["requires_capture", 2500, 2500, "eur", customer, "two books"]);
  const cleared = await paymentIntents.update(id, { shipping: "", receipt_email: "", description: "", metadata: "" });
  assert.deepEqual([cleared.shipping, cleared.receipt_email, cleared.description, cleared.metadata], [null, null, null, {}]);
});

test("an attempt that failed keeps the amount that it was for", async () => {
  const { paymentIntents, charges, refunds } = desk.stripe;
  const { id } = await paymentIntents.create({ amount: 1000, currency: "usd" });
  await thrown(paymentIntents.confirm(id, { payment_method: "pm_card_chargeDeclined" }));
  await paymentIntents.update(id, { amount: 700, currency: "eur" });
  const paid = await paymentIntents.confirm(id, { payment_method: "pm_card_visa" });
  assert.deepEqual([paid.amount, paid.amount_received, paid.currency], [700, 700, "eur"]);
  const { data } = await charges.list({ payment_intent: id });
  assert.deepEqual(data.map(({ amount, currency, status }) => [amount, currency, status]), [[700, "eur", "succeeded"], [1000, "usd", "failed"]]);
  assert.equal((await refused(refunds.create({ payment_intent: id, amount: 701 }))).message, "Refund amount (€7.01) is greater than unrefunded amount on charge (€7.00)");
  assert.equal((await refunds.create({ payment_intent: id })).amount, 700);
});

test("what money hangs on is held fast once the intent holds it, has it, or has given it up", async () => {
  const { paymentIntents, customers } = desk.stripe;
  const { id: customer } = await customers.create();
  const canceled = await paymentIntents.create({ amount: 1000, currency: "usd" });
  await paymentIntents.cancel(canceled.id);
  const states = [
    ["requires_capture", (await intentOf(desk, 1000, { capture_method: "manual" })).id],
    ["succeeded", (await intentOf(desk)).id],
    ["canceled", canceled.id],
  ] as const;
  const changes: readonly (readonly [string, Stripe.PaymentIntentUpdateParams])[] = [["amount", { amount: 2000 }], ["currency", { currency: "eur" }], ["customer", { customer }], ["payment_method", { payment_method: "pm_card_visa" }]];
  for (const [status, id] of states) {
    for (const [name, change] of changes) {
      const error = await thrown(paymentIntents.update(id, change));
      assert.deepEqual([error.statusCode, error.code, error.param, error.payment_intent?.id], [400, "payment_intent_unexpected_state", name, id]);
      const may = name === "payment_method" ? "requires_payment_method, requires_confirmation" : "requires_payment_method, requires_confirmation, requires_action";
      assert.equal(error.message, `This PaymentIntent's ${name} could not be updated because it has a status of ${status}. You may only update the ${name} of a PaymentIntent with one of the following statuses: ${may}.`);
    }
    const told = await paymentIntents.update(id, { description: "told later", metadata: { a: "1" } });
    assert.deepEqual([told.status, told.amount, told.description, told.metadata], [status, 1000, "told later", { a: "1" }]);
  }
});

test("while its customer must act, an intent may be of another amount, but not of another method", async () => {
  const { paymentIntents } = desk.stripe;
  const { id } = await intentOf(desk, 1000, { payment_method: "pm_card_threeDSecure2Required" });
  const updated = await paymentIntents.update(id, { amount: 900, expand: ["latest_charge"] });
  assert.deepEqual([updated.status, updated.amount, expanded(updated.latest_charge).amount], ["requires_action", 900, 1000]);
  assert.equal((await refused(paymentIntents.update(id, { payment_method: "pm_card_visa" }))).code, "payment_intent_unexpected_state");
});

test("an update that cannot be read or names nobody changes nothing", async () => {
  const { paymentIntents } = desk.stripe;
  const intent = await paymentIntents.create({ amount: 1000, currency: "usd" });
  const missing = said("No such payment_intent: 'pi_nope'", { status: 404, code: "resource_missing", param: "intent" });
  assert.deepEqual(await refused(paymentIntents.update("pi_nope", { amount: 100 })), missing);
  const bad: readonly [Stripe.PaymentIntentUpdateParams, string][] = [[{ amount: 0 }, "amount"], [{ currency: "xyz" }, "currency"], [{ customer: "cus_nope" }, "customer"], [{ payment_method: "pm_nope" }, "payment_method"], [{ amount: 100_000_000 }, "amount"]];
  for (const [change, param] of bad) assert.equal((await refused(paymentIntents.update(intent.id, { description: "x", ...change }))).param, param);
  assert.deepEqual(await paymentIntents.retrieve(intent.id), intent);
});

test("an update and a confirmation at the same time agree on what was paid", async () => {
  const { paymentIntents, charges } = desk.stripe;
  for (let i = 0; i < 5; i++) {
    const { id } = await paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa" });
    await Promise.allSettled([paymentIntents.update(id, { amount: 2000 }), paymentIntents.confirm(id), paymentIntents.update(id, { amount: 3000 })]);
    const { amount, amount_received } = await paymentIntents.retrieve(id);
    assert.equal(amount, amount_received);
    assert.equal((await charges.list({ payment_intent: id })).data[0]?.amount, amount);
  }
});

test("whose the method before was says nothing of the one that an update names, and two methods at once are refused", async () => {
  const { paymentIntents } = desk.stripe;
  const data = { type: "konbini", billing_details: { email: "first@example.com" } } as const;
  const open = await paymentIntents.create({ amount: 1000, currency: "usd", payment_method_data: data });
  assert.deepEqual(
    await refused(paymentIntents.update(open.id, { payment_method: "pm_card_visa", payment_method_data: data })),
    said("You may only specify one of these parameters: payment_method, payment_method_data.", { code: "parameters_exclusive" }),
  );
  await paymentIntents.update(open.id, { payment_method: "pm_card_visa" });
  const paid = await paymentIntents.confirm(open.id, { expand: ["latest_charge"] });
  assert.equal(expanded(paid.latest_charge).billing_details.email, null);
});
