/** Connected accounts: merchants with books of their own, on which their platform acts (Stripe's API reference: Accounts). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, member, openDesk, refused, said, thrown, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());
test.beforeEach(() => {
  desk = openDesk(server);
});

const noAccount = (id: string) => said(`No such account: '${id}'`, { code: "resource_missing", param: "account", status: 404 });

test("an account keeps what it was told, and is found by its platform alone", async () => {
  const { stripe } = desk;
  const told = { type: "express", country: "de", email: "shop@example.com", business_type: "company", default_currency: "EUR", metadata: { shop: "7" } } as const;
  const made = await stripe.accounts.create({ ...told, business_profile: { name: "Shop", url: "https://shop.example" }, capabilities: { transfers: { requested: true } } });
  assert.match(made.id, /^acct_[0-9A-Za-z]{24}$/);
  assert.deepEqual([made.object, made.type, made.country, made.email, made.business_type, made.default_currency], ["account", "express", "DE", "shop@example.com", "company", "eur"]);
  assert.deepEqual([made.business_profile?.name, made.business_profile?.url, made.business_profile?.mcc, made.metadata], ["Shop", "https://shop.example", null, { shop: "7" }]);
  assert.deepEqual(await stripe.accounts.retrieve(made.id), { ...made });
  const updated = await stripe.accounts.update(made.id, { metadata: { shop: "", city: "Berlin" }, email: "new@example.com" });
  assert.deepEqual([updated.metadata, updated.email, updated.country], [{ city: "Berlin" }, "new@example.com", "DE"]);
  const other = openDesk(server);
  assert.deepEqual(await refused(other.stripe.accounts.retrieve(made.id)), noAccount(made.id));
  assert.deepEqual(await refused(other.stripe.accounts.update(made.id, {})), noAccount(made.id));
  assert.deepEqual((await other.stripe.accounts.list()).data, []);
});

test("accounts are listed newest first, page by page, and customers are not among them", async () => {
  const { stripe } = desk;
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    await stripe.customers.create({});
    ids.unshift((await stripe.accounts.create({})).id);
  }
  const first = await stripe.accounts.list({ limit: 2 });
  assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [ids.slice(0, 2), true]);
  const rest = await stripe.accounts.list({ starting_after: first.data[1]?.id ?? "" });
  assert.deepEqual([rest.data.map(({ id }) => id), rest.has_more], [ids.slice(2), false]);
  assert.equal((await stripe.customers.list()).data.length, 3);
});

test("a request with Stripe-Account acts on the connected account's own book, and on no other", async () => {
  const { stripe } = desk;
  const [one, two] = [await stripe.accounts.create({}), await stripe.accounts.create({})];
  const on = { stripeAccount: one.id };
  const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" }, on);
  const own = await chargeOf(desk, 700);
  assert.deepEqual((await stripe.charges.list({}, on)).data.map(({ id }) => id), [charge.id]);
  assert.deepEqual((await stripe.charges.list({}, { stripeAccount: two.id })).data, []);
  assert.deepEqual((await stripe.charges.list()).data.map(({ id }) => id), [own.id]);
  assert.equal((await refused(stripe.charges.retrieve(charge.id))).status, 404);
  assert.equal((await refused(stripe.refunds.create({ charge: charge.id }))).status, 404);
  assert.equal((await refused(stripe.refunds.create({ charge: own.id }, on))).status, 404);
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 400 }, on);
  assert.equal(refund.lastResponse.headers["stripe-account"], one.id);
  assert.equal((await stripe.charges.retrieve(charge.id, {}, on)).amount_refunded, 400);
  assert.equal((await stripe.balance.retrieve({}, on)).pending[0]?.amount, 600);
  assert.equal((await stripe.balance.retrieve()).pending[0]?.amount, 700);
  const byContext = await desk.get(`/v1/charges/${charge.id}`, { "stripe-context": one.id });
  assert.equal(member(byContext.json, "id"), charge.id);
});

test("an idempotency key belongs to the account that the request acts on", async () => {
  const { stripe } = desk;
  const { id } = await stripe.accounts.create({});
  const params = { amount: 1000, currency: "usd", source: "tok_visa" };
  const own = await stripe.charges.create(params, { idempotencyKey: "k" });
  const theirs = await stripe.charges.create(params, { idempotencyKey: "k", stripeAccount: id });
  assert.notEqual(own.id, theirs.id);
  assert.equal((await stripe.charges.create(params, { idempotencyKey: "k", stripeAccount: id })).id, theirs.id);
  assert.equal((await thrown(stripe.charges.create({ ...params, amount: 1 }, { idempotencyKey: "k", stripeAccount: id }))).type, "StripeIdempotencyError");
});

test("an account of somebody else, one that is none, and two at once are refused, and nothing is done", async () => {
  const { stripe } = desk;
  const { id } = await openDesk(server).stripe.accounts.create({});
  for (const stripeAccount of [id, "acct_other", (await stripe.customers.create({})).id.replace("cus_", "acct_")]) {
    const error = await thrown(stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" }, { stripeAccount }));
    assert.deepEqual([error.statusCode, error.code, error.type], [403, "account_invalid", "StripePermissionError"]);
    assert.match(error.message, new RegExp(`does not have access to account '${stripeAccount}'`));
  }
  const [mine, another] = [await stripe.accounts.create({}), await stripe.accounts.create({})];
  const both = await desk.get("/v1/charges", { "stripe-account": mine.id, "stripe-context": another.id });
  assert.equal(both.status, 400);
  assert.deepEqual((await stripe.charges.list()).data, []);
});

test("a merchant has an account of its own, by which it may name itself", async () => {
  const { stripe } = desk;
  const own = await stripe.accounts.retrieveCurrent();
  assert.deepEqual(await stripe.accounts.retrieve(own.id), own);
  const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" }, { stripeAccount: own.id });
  assert.equal((await stripe.charges.retrieve(charge.id)).id, charge.id);
  assert.match((await refused(stripe.accounts.update(own.id, {}))).message, /cannot be changed/);
  const { id } = await stripe.accounts.create({ email: "a@example.com" });
  const current = await stripe.accounts.retrieveCurrent({}, { stripeAccount: id });
  assert.deepEqual([current.id, current.email], [id, "a@example.com"]);
  assert.equal((await stripe.accounts.retrieve(id, {}, { stripeAccount: id })).id, id);
  assert.match((await refused(stripe.accounts.create({}, { stripeAccount: id }))).message, /accounts of its own/);
});

test("intents, customers and their cards live on the connected account's book too", async () => {
  const { stripe } = desk;
  const { id } = await stripe.accounts.create({});
  const on = { stripeAccount: id };
  const customer = await stripe.customers.create({ payment_method: "pm_card_visa" }, on);
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd", customer: customer.id, payment_method: "pm_card_visa", confirm: true, automatic_payment_methods: { enabled: true, allow_redirects: "never" } }, on);
  assert.equal(intent.status, "succeeded");
  assert.equal((await refused(stripe.paymentIntents.retrieve(intent.id))).status, 404);
  assert.equal((await stripe.refunds.create({ payment_intent: intent.id }, on)).status, "succeeded");
  assert.equal((await refused(intentOf(desk, 500, { customer: customer.id }))).param, "customer");
});
