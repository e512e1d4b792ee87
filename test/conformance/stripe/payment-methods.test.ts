/** PaymentMethods (Stripe's API reference: PaymentMethods). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Stripe } from "stripe";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { expanded, intentOf, linkId, living, member, openDesk, refused, said, thrown, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const YEAR = new Date().getUTCFullYear() + 5;
const noMethod = (id: string, status = 404) => said(`No such PaymentMethod: '${id}'`, { code: "resource_missing", param: "payment_method", status });

function cardOf(number: string, more: Partial<Stripe.PaymentMethodCreateParams.Card> = {}): Promise<Stripe.PaymentMethod> {
  return desk.stripe.paymentMethods.create({ type: "card", card: { number, exp_month: 7, exp_year: YEAR, cvc: "123", ...more } });
}

test("a card is created by its token or by the number of a test card, and retrieved as it was created", async () => {
  const { paymentMethods } = desk.stripe;
  const byToken = await paymentMethods.create({ type: "card", card: { token: "tok_mastercard" }, billing_details: { name: "Ada", address: { city: "Paris" } }, metadata: { a: "1" } });
  assert.match(byToken.id, /^pm_[0-9A-Za-z]{24}$/);
  assert.deepEqual([byToken.object, byToken.type, byToken.card?.brand, byToken.customer, byToken.metadata, byToken.billing_details.name, byToken.billing_details.address?.city], ["payment_method", "card", "mastercard", null, { a: "1" }, "Ada", "Paris"]);
  assert.deepEqual(await paymentMethods.retrieve(byToken.id), byToken);
  const byNumber = await cardOf("4242 4242 4242 4242");
  assert.deepEqual([byNumber.card?.last4, byNumber.card?.exp_month, byNumber.card?.exp_year], ["4242", 7, YEAR]);
  assert.equal((await cardOf("5555555555554444", { exp_year: YEAR - 2000 })).card?.exp_year, YEAR);
  const konbini = await paymentMethods.create({ type: "konbini", billing_details: { email: "a@example.com" } });
  assert.deepEqual([konbini.type, konbini.konbini, konbini.card], ["konbini", {}, undefined]);
});

test("a card that is none is refused in the words of its mistake", async () => {
  const { paymentMethods } = desk.stripe;
  const declined = (message: string, code: string, param?: string) => said(message, { code, status: 402, ...(param === undefined ? {} : { param }) });
  assert.deepEqual(await refused(cardOf("4242424242424241")), declined("Your card number is incorrect.", "incorrect_number", "number"));
  assert.deepEqual(await refused(cardOf("abc")), declined("Your card number is incorrect.", "incorrect_number", "number"));
  assert.deepEqual(await refused(cardOf("4242424242424242", { exp_month: 13 })), declined("Your card's expiration month is invalid.", "invalid_expiry_month", "exp_month"));
  assert.deepEqual(await refused(cardOf("4242424242424242", { exp_year: 2020 })), declined("Your card's expiration year is invalid.", "invalid_expiry_year", "exp_year"));
  const real = await thrown(cardOf("4916338506082832"));
  assert.deepEqual([real.statusCode, real.code, real.decline_code], [402, "card_declined", "test_mode_live_card"]);
  assert.deepEqual(await refused(paymentMethods.create({ type: "card", card: { token: "tok_nope" } })), said("No such token: 'tok_nope'", { code: "resource_missing", param: "card[token]" }));
  for (const [form, param] of [
    [{}, "type"],
    [{ type: "card" }, "card"],
    [{ type: "card", "card[cvc]": "123" }, "card[number]"],
    [{ type: "card", "card[number]": "4242424242424242" }, "card[exp_month]"],
    [{ type: "card", "card[number]": "4242424242424242", "card[exp_month]": "1" }, "card[exp_year]"],
    [{ type: "card", "card[number]": "4242424242424242", "card[token]": "tok_visa" }, "card[token]"],
    [{ type: "konbini", "card[token]": "tok_visa" }, "card"],
    [{ type: "cheque" }, "type"],
  ] as const) {
    const { status, json } = await desk.post("/v1/payment_methods", form);
    assert.deepEqual([status, member(json, "error", "param")], [400, param]);
  }
});

test("a payment method is attached, listed by customer and type, updated, and detached for good", async () => {
  const { customers, paymentMethods } = desk.stripe;
  const { id: customer } = await customers.create();
  const card = await paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
  const attached = await paymentMethods.attach(card.id, { customer, expand: ["customer"] });
  assert.deepEqual([attached.id, expanded(attached.customer).id], [card.id, customer]);
  const konbini = await paymentMethods.create({ type: "konbini" });
  await paymentMethods.attach(konbini.id, { customer });
  const ids = (list: Stripe.ApiList<Stripe.PaymentMethod>) => list.data.map(({ id }) => id);
  assert.deepEqual(ids(await paymentMethods.list({ customer })), [konbini.id, card.id]);
  assert.deepEqual(ids(await paymentMethods.list({ customer, type: "card" })), [card.id]);
  assert.deepEqual(ids(await customers.listPaymentMethods(customer)), [konbini.id, card.id]);
  const page = await customers.listPaymentMethods(customer, { limit: 1, starting_after: konbini.id });
  assert.deepEqual([ids(page), page.has_more], [[card.id], false]);
  assert.equal((await customers.retrievePaymentMethod(customer, card.id)).customer, customer);
  const updated = await paymentMethods.update(card.id, { billing_details: { email: "b@example.com" }, metadata: { b: "2" }, allow_redisplay: "always" });
  assert.deepEqual([updated.billing_details.email, updated.metadata, updated.allow_redisplay], ["b@example.com", { b: "2" }, "always"]);

  await customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
  assert.equal((await paymentMethods.detach(card.id)).customer, null);
  assert.equal(living(await customers.retrieve(customer)).invoice_settings.default_payment_method, null, "what is gone is preferred no more");
  assert.deepEqual(ids(await paymentMethods.list({ customer })), [konbini.id]);
  assert.deepEqual(await refused(customers.retrievePaymentMethod(customer, card.id)), noMethod(card.id));
  assert.deepEqual(await refused(paymentMethods.detach(card.id)), said("The payment method you provided is not attached to a customer so detachment is impossible.", { param: "payment_method" }));
  assert.deepEqual(await refused(paymentMethods.attach(card.id, { customer })), said("This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.", { param: "payment_method" }));
  assert.deepEqual(await refused(paymentMethods.attach(konbini.id, { customer })), said("The payment method you provided has already been attached to a customer.", { param: "payment_method" }));
});

test("attaching pm_card_visa makes a payment method of the customer's own, each time another", async () => {
  const { customers, paymentMethods } = desk.stripe;
  const { id: customer } = await customers.create();
  const [one, other] = [await paymentMethods.attach("pm_card_visa", { customer }), await paymentMethods.attach("pm_card_visa", { customer })];
  assert.notEqual(one.id, "pm_card_visa");
  assert.notEqual(one.id, other.id);
  assert.deepEqual([one.customer, one.card?.last4, one.card?.fingerprint], [customer, "4242", other.card?.fingerprint]);
});

test("a card that the bank declines is not attached, and one that only fails to pay is", async () => {
  const { customers, paymentMethods, paymentIntents } = desk.stripe;
  const { id: customer } = await customers.create();
  const declined = await thrown(paymentMethods.attach("pm_card_visa_chargeDeclinedInsufficientFunds", { customer }));
  assert.deepEqual([declined.statusCode, declined.type, declined.code, declined.decline_code], [402, "StripeCardError", "card_declined", "insufficient_funds"]);
  const made = await paymentMethods.create({ type: "card", card: { token: "tok_chargeDeclined" } });
  assert.equal((await refused(paymentMethods.attach(made.id, { customer }))).code, "card_declined");
  assert.equal((await refused(customers.create({ payment_method: "pm_card_chargeDeclined" }))).code, "card_declined");
  const kept = await paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
  const failed = await thrown(paymentIntents.create({ amount: 1000, currency: "usd", customer, payment_method: kept.id, confirm: true }));
  assert.deepEqual([failed.statusCode, failed.payment_intent?.last_payment_error?.payment_method?.id], [402, kept.id]);
});

test("unknown payment methods are not found, wherever they are named", async () => {
  const { customers, paymentMethods, paymentIntents } = desk.stripe;
  const { id: customer } = await customers.create();
  const stranger = (await openDesk(server).stripe.paymentMethods.create({ type: "card", card: { token: "tok_visa" } })).id;
  const intent = await paymentIntents.create({ amount: 1000, currency: "usd" });
  for (const id of ["pm_nope", stranger, customer.replace("cus_", "pm_")]) {
    const tries = [
      () => paymentMethods.retrieve(id),
      () => paymentMethods.update(id, { metadata: { a: "1" } }),
      () => paymentMethods.attach(id, { customer }),
      () => paymentMethods.detach(id),
      () => paymentIntents.create({ amount: 1000, currency: "usd", payment_method: id }),
      () => paymentIntents.create({ amount: 1000, currency: "usd", payment_method: id, confirm: true }),
      () => paymentIntents.update(intent.id, { payment_method: id }),
      () => paymentIntents.confirm(intent.id, { payment_method: id }),
    ];
    for (const work of tries) assert.deepEqual(await refused(work()), noMethod(id));
    assert.deepEqual(await refused(paymentMethods.list({ customer, starting_after: id })), said(`No such PaymentMethod: '${id}'`, { code: "resource_missing", param: "starting_after" }));
    assert.deepEqual(await refused(customers.create({ payment_method: id })), noMethod(id, 400));
  }
});

test("what an intent was paid with is retrieved by the id that it has there, and used no more", async () => {
  const { paymentIntents, paymentMethods, customers } = desk.stripe;
  const paid = await intentOf(desk, 1000, { expand: ["payment_method"] });
  const shown = expanded(paid.payment_method);
  assert.deepEqual({ ...(await paymentMethods.retrieve(shown.id)) }, shown);
  const { id: customer } = await customers.create();
  assert.match((await refused(paymentMethods.attach(shown.id, { customer }))).message, /^This PaymentMethod was previously used without being attached/);
  assert.match((await refused(paymentIntents.create({ amount: 100, currency: "usd", payment_method: shown.id }))).message, /^The provided PaymentMethod was previously used with a PaymentIntent/);
  const direct = await desk.stripe.charges.create({ amount: 100, currency: "usd", source: "tok_visa" });
  const none = linkId(direct.payment_method).replace("card_", "pm_");
  assert.deepEqual(await refused(paymentMethods.retrieve(none)), noMethod(none));
});

test("a list of payment methods must say whose", async () => {
  assert.deepEqual(await refused(desk.stripe.paymentMethods.list({ type: "card" })), said("Missing required param: customer.", { code: "parameter_missing", param: "customer" }));
});
