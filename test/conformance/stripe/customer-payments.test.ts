/** What hangs on a customer and his payment methods: charges, PaymentIntents and refunds. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Stripe } from "stripe";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { expanded, linkId, living, openDesk, refused, said, thrown, type CustomerLink, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

type Kept = { readonly customer: string; readonly method: string };

/** A customer who prefers a card that is on file for him. */
async function keep(token = "pm_card_mastercard", more: Stripe.CustomerCreateParams = {}): Promise<Kept> {
  const created = await desk.stripe.customers.create({ payment_method: token, invoice_settings: { default_payment_method: token }, ...more });
  return { customer: created.id, method: linkId(created.invoice_settings.default_payment_method) };
}

test("a charge takes a customer's default card, and is refunded as his", async () => {
  const { charges, refunds, customers, paymentMethods } = desk.stripe;
  const { customer, method } = await keep();
  await paymentMethods.update(method, { billing_details: { name: "Ada", email: "ada@example.com" } });
  const charge = await charges.create({ amount: 1000, currency: "usd", customer });
  assert.deepEqual([charge.status, charge.customer, charge.payment_method, charge.source, charge.payment_method_details?.card?.brand], ["succeeded", customer, method, null, "mastercard"]);
  assert.deepEqual([charge.billing_details.name, charge.billing_details.email], ["Ada", "ada@example.com"]);
  const refund = await refunds.create({ charge: charge.id, amount: 300 });
  assert.deepEqual([refund.customer, refund.payment_method], [customer, method]);
  const named = await charges.create({ amount: 500, currency: "usd", customer, source: (await paymentMethods.attach("pm_card_amex", { customer })).id });
  assert.equal(named.payment_method_details?.card?.brand, "amex");
  const bare = await customers.create({ payment_method: "pm_card_visa" });
  const none = await thrown(charges.create({ amount: 1000, currency: "usd", customer: bare.id }));
  assert.deepEqual(
    [none.statusCode, none.type, none.code, none.param, none.message],
    [402, "StripeCardError", "missing", "card", "This Customer doesn't have any saved payment details. Attach a legacy Token, Card, Bank Account, or Source to this Customer and then try this request again, or use Payment Intents and Payment Methods instead."],
  );
  assert.deepEqual(await refused(charges.create({ amount: 1000, currency: "usd", customer, source: "tok_visa" })), said(`Customer ${customer} does not have a linked source with ID tok_visa.`, { code: "missing", param: "source" }));
});

test("a charge that is nobody's is given a customer once", async () => {
  const { charges } = desk.stripe;
  const [ada, bob] = [await keep(), await keep()];
  const { id } = await charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
  assert.equal((await charges.update(id, { customer: ada.customer, description: "his" })).customer, ada.customer);
  assert.equal((await charges.update(id, { customer: ada.customer })).description, "his");
  const other = await refused(charges.update(id, { customer: bob.customer }));
  assert.deepEqual([other.status, other.param], [400, "customer"]);
  assert.equal((await desk.stripe.refunds.create({ charge: id })).customer, ada.customer);
  assert.deepEqual((await charges.list({ customer: ada.customer })).data.map((charge) => charge.id), [id]);
});

test("an intent is paid with the customer's card, at once, later, or after another has failed", async () => {
  const { paymentIntents, paymentMethods, refunds } = desk.stripe;
  const { customer, method } = await keep();
  const paid = await paymentIntents.create({ amount: 1000, currency: "usd", customer, payment_method: method, confirm: true, off_session: true });
  assert.deepEqual([paid.status, paid.customer, paid.payment_method], ["succeeded", customer, method]);
  const refund = await refunds.create({ payment_intent: paid.id });
  assert.deepEqual([refund.customer, refund.payment_method], [customer, method]);

  const later = await paymentIntents.create({ amount: 1000, currency: "usd", customer, payment_method: method });
  assert.deepEqual([later.status, later.payment_method], ["requires_confirmation", method]);
  assert.equal((await paymentIntents.confirm(later.id)).payment_method, method);

  const failing = (await paymentMethods.attach("pm_card_chargeCustomerFail", { customer })).id;
  const promised = await paymentIntents.create({ amount: 1000, currency: "usd", customer });
  await thrown(paymentIntents.confirm(promised.id, { payment_method: failing }));
  const failed = await paymentIntents.retrieve(promised.id, { expand: ["latest_charge"] });
  assert.deepEqual([failed.status, failed.payment_method, expanded(failed.latest_charge).payment_method], ["requires_payment_method", null, failing]);
  const named = await paymentIntents.update(promised.id, { payment_method: method });
  assert.deepEqual([named.status, named.payment_method], ["requires_confirmation", method]);
  const done = await paymentIntents.confirm(promised.id);
  assert.deepEqual([done.status, done.payment_method], ["succeeded", method]);
});

test("a payment method is only used with the customer whom it is attached to, and not once it is detached", async () => {
  const { paymentIntents, paymentMethods, charges } = desk.stripe;
  const [ada, bob] = [await keep(), await keep()];
  const pay = (more: Partial<Stripe.PaymentIntentCreateParams>) => paymentIntents.create({ amount: 1000, currency: "usd", payment_method: ada.method, ...more });
  for (const confirm of [false, true]) {
    const others = await refused(pay({ customer: bob.customer, confirm }));
    const nobodys = await refused(pay({ confirm }));
    assert.deepEqual([others.status, others.param, nobodys.status, nobodys.param], [400, "payment_method", 400, "payment_method"]);
  }
  assert.equal((await refused(charges.create({ amount: 1000, currency: "usd", customer: bob.customer, source: ada.method }))).status, 400);
  const waiting = await pay({ customer: ada.customer });
  await paymentMethods.detach(ada.method);
  const spent = "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.";
  assert.deepEqual(await refused(pay({ customer: ada.customer })), said(spent, { param: "payment_method" }));
  assert.deepEqual(await refused(paymentIntents.confirm(waiting.id)), said(spent, { param: "payment_method" }));
  assert.equal((await paymentIntents.retrieve(waiting.id)).status, "requires_confirmation");
  const gone = await keep();
  const left = await paymentIntents.create({ amount: 1000, currency: "usd", customer: gone.customer, payment_method: gone.method });
  await desk.stripe.customers.del(gone.customer);
  assert.deepEqual(await refused(paymentIntents.confirm(left.id)), said(`No such customer: '${gone.customer}'`, { code: "resource_missing", param: "customer" }));
  const free = await paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
  assert.equal((await pay({ customer: bob.customer, payment_method: free.id, confirm: true })).status, "succeeded", "one that is attached to nobody is anybody's");
});

test("charges and intents are listed by customer, page by page", async () => {
  const { paymentIntents, charges } = desk.stripe;
  const [ada, bob] = [await keep(), await keep()];
  const made: string[] = [];
  for (const { customer, method } of [ada, bob, ada, ada]) {
    const { id } = await paymentIntents.create({ amount: 1000, currency: "usd", customer, payment_method: method, confirm: true });
    if (customer === ada.customer) made.unshift(id);
  }
  await charges.create({ amount: 100, currency: "usd", customer: ada.customer });
  const seen: string[] = [];
  for await (const { id } of paymentIntents.list({ customer: ada.customer, limit: 2 })) seen.push(id);
  assert.deepEqual(seen, made);
  const of: (string | null)[] = [];
  for await (const charge of charges.list({ customer: ada.customer, limit: 2 })) of.push(charge.payment_intent === null ? null : linkId(charge.payment_intent));
  assert.deepEqual(of, [null, ...made]);
  assert.deepEqual((await charges.list({ customer: bob.customer, payment_intent: made[0] ?? "" })).data, []);
  assert.equal((await charges.list({ customer: ada.customer, payment_intent: made[0] ?? "" })).data.length, 1);
});

test("links to the customer and his payment method are followed from everywhere, four deep, read or written", async () => {
  const { paymentIntents, charges, refunds, paymentMethods } = desk.stripe;
  const { customer, method: preferred } = await keep("pm_card_visa", { name: "Ada" });
  const { id: method } = await paymentMethods.attach("pm_card_amex", { customer });
  const isAda = (link: CustomerLink) => assert.deepEqual([living(link).id, living(link).name], [customer, "Ada"]);
  const deep = ["customer.invoice_settings.default_payment_method.customer", "payment_method.customer.invoice_settings.default_payment_method", "latest_charge.customer"];
  const look = (intent: Stripe.PaymentIntent) => {
    const own = living(intent.customer);
    isAda(own);
    const usual = expanded(own.invoice_settings.default_payment_method);
    assert.equal(usual.id, preferred);
    isAda(usual.customer);
    const paidWith = expanded(intent.payment_method);
    assert.equal(paidWith.id, method);
    assert.equal(expanded(living(paidWith.customer).invoice_settings.default_payment_method).card?.last4, "4242");
  };
  const made = await paymentIntents.create({ amount: 1000, currency: "usd", customer, payment_method: method, confirm: true, expand: deep });
  look(made);
  isAda(expanded(made.latest_charge).customer);
  look(await paymentIntents.retrieve(made.id, { expand: deep }));
  look(await paymentIntents.update(made.id, { description: "x", expand: deep }));
  const [listed] = (await paymentIntents.list({ customer, expand: ["data.customer", "data.payment_method.customer"] })).data;
  isAda(listed?.customer);
  isAda(expanded(listed?.payment_method).customer);
  const open = await paymentIntents.create({ amount: 1000, currency: "usd", customer, payment_method: method, expand: ["payment_method.customer"] });
  for (const one of [open, await paymentIntents.retrieve(open.id, { expand: ["payment_method.customer"] })]) isAda(expanded(one.payment_method).customer);

  const charge = await charges.create({ amount: 1000, currency: "usd", customer, expand: ["customer"] });
  isAda(charge.customer);
  assert.equal(charge.payment_method, preferred);
  isAda((await charges.retrieve(charge.id, { expand: ["customer"] })).customer);
  const links = ["customer", "payment_method.customer", "charge.customer", "payment_intent.customer"];
  const refund = await refunds.create({ payment_intent: made.id, amount: 100, expand: links });
  for (const one of [refund, await refunds.retrieve(refund.id, { expand: links }), await refunds.update(refund.id, { metadata: { a: "1" }, expand: links })]) {
    isAda(one.customer);
    isAda(expanded(one.payment_method).customer);
    isAda(expanded(one.charge).customer);
    isAda(expanded(one.payment_intent).customer);
  }
  isAda((await paymentMethods.retrieve(method, { expand: ["customer"] })).customer);
  isAda((await paymentMethods.list({ customer, expand: ["data.customer"] })).data[0]?.customer);
  const attached = await paymentMethods.attach("pm_card_visa", { customer, expand: ["customer.invoice_settings.default_payment_method"] });
  assert.equal(expanded(living(attached.customer).invoice_settings.default_payment_method).id, preferred);
  assert.equal((await refused(desk.stripe.customers.retrieve(customer, { expand: ["invoice_settings"] }))).message, "This property cannot be expanded (invoice_settings).");
  assert.equal((await refused(desk.stripe.customers.retrieve(customer, { expand: ["nope"] }))).message, "This property cannot be expanded because it doesn't exist: nope.");
});

test("a payment is answered under its key as it was, whatever became of its customer since", async () => {
  const { charges, customers, paymentMethods } = desk.stripe;
  const { customer, method } = await keep();
  const idempotencyKey = "paid-once";
  const first = await charges.create({ amount: 1000, currency: "usd", customer }, { idempotencyKey });
  await paymentMethods.detach(method);
  await customers.del(customer);
  assert.deepEqual(await charges.create({ amount: 1000, currency: "usd", customer }, { idempotencyKey }), first);
});

test("a charge of a card on file is disputed as any other, and its dispute leads to the customer, read or written", async () => {
  const { charges, disputes, refunds } = desk.stripe;
  const { customer, method } = await keep("pm_card_createDispute", { name: "Ada" });
  const charge = await charges.create({ amount: 1000, currency: "usd", customer });
  assert.deepEqual([charge.disputed, charge.payment_method], [true, method]);
  assert.equal((await refused(refunds.create({ charge: charge.id }))).code, "charge_disputed");
  const expand = ["charge.customer", "payment_intent"];
  const [listed] = (await disputes.list({ charge: charge.id, expand: expand.map((path) => `data.${path}`) })).data;
  const { id } = expanded(listed);
  for (const dispute of [expanded(listed), await disputes.retrieve(id, { expand }), await disputes.update(id, { metadata: { a: "1" }, expand }), await disputes.close(id, { expand })]) {
    assert.deepEqual([living(expanded(dispute.charge).customer).id, dispute.payment_intent], [customer, null]);
  }
});
