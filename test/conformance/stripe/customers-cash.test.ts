/** Whose cash it is: the customer is shown with what he has, in whatever book and mode, and it stays his when he is deleted (Stripe's API reference: Cash Balance). */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Stripe } from "stripe";
import { provisionKey } from "../../../src/engine/keys.ts";
import { openMemoryStore } from "../../../src/stores/memory/store.ts";
import { withTransact } from "../../campaigns/unprotected-stores.ts";
import { startTestServer } from "../../test-server.ts";
import { availableTo, refundOf } from "./cash.ts";
import { expanded, living, openDesk, refused, said, type CustomerLink } from "./desk.ts";

const server = await startTestServer();
after(() => server.stop());
const still = openDesk(server);

test("an answer that shows the customer shows the cash that it changed, and whatever else is asked for of him", async () => {
  const { stripe } = still;
  const { id: customer } = await stripe.customers.create();
  const { id: method } = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: method } });
  const fund = (currency: string) => stripe.testHelpers.customers.fundCashBalance(customer, { amount: 1000, currency, expand: ["customer.cash_balance"] });
  const availableIn = (shown: { readonly customer?: CustomerLink }) => living(shown.customer).cash_balance?.available;
  assert.deepEqual([availableIn(await fund("usd")), availableIn(await fund("eur")), availableIn(await fund("usd"))], [{ usd: 1000 }, { eur: 1000, usd: 1000 }, { eur: 1000, usd: 2000 }]);
  const expand = ["customer.cash_balance", "customer.invoice_settings.default_payment_method"];
  const methodIn = (shown: Stripe.Refund) => expanded(living(shown.customer).invoice_settings.default_payment_method).id;
  const made = await refundOf(still, customer, 400, { instructions_email: "jenny@example.com", expand });
  assert.deepEqual([availableIn(made), methodIn(made)], [{ eur: 600, usd: 2000 }, method]);
  const found = await stripe.refunds.retrieve(made.id, { expand });
  assert.deepEqual([availableIn(found), methodIn(found)], [{ eur: 600, usd: 2000 }, method]);
  const { data: [listed] } = await stripe.refunds.list({ limit: 1, expand: expand.map((path) => `data.${path}`) });
  assert.ok(listed !== undefined);
  assert.deepEqual([listed.id, availableIn(listed), methodIn(listed)], [made.id, { eur: 600, usd: 2000 }, method]);
  const ended = await stripe.refunds.cancel(made.id, { expand });
  assert.deepEqual([availableIn(ended), methodIn(ended)], [{ eur: 1000, usd: 2000 }, method]);
});

test("a connected account's customers have cash of their own", async () => {
  const { stripe } = still;
  const { id: stripeAccount } = await stripe.accounts.create();
  const { id: customer } = await stripe.customers.create({}, { stripeAccount });
  await stripe.testHelpers.customers.fundCashBalance(customer, { amount: 900, currency: "eur" }, { stripeAccount });
  const refund = await stripe.refunds.create({ origin: "customer_balance", customer, amount: 900, currency: "eur" }, { stripeAccount });
  assert.deepEqual((await stripe.refunds.list({}, { stripeAccount })).data.map(({ id }) => id), [refund.id]);
  assert.equal((await refused(stripe.refunds.retrieve(refund.id))).status, 404);
});

test("nothing comes in to a customer who is deleted at that very moment, and what came in just before is refunded in his name", async () => {
  const store = openMemoryStore();
  // What happens between a request's look at the book and its decision.
  const between: (() => Promise<unknown>)[] = [];
  const meeting = withTransact(store, async (needs, decide) => {
    await between.pop()?.();
    await store.transact(needs, decide);
  });
  const [server, other] = [await startTestServer({ store: meeting }), await startTestServer({ store })];
  after(() => Promise.all([server.stop(), other.stop()]));
  const desk = openDesk(server);
  const { stripe } = openDesk(other, desk.key);
  const { id: gone } = await stripe.customers.create();
  between.push(() => stripe.customers.del(gone));
  const late = refused(desk.stripe.testHelpers.customers.fundCashBalance(gone, { amount: 100, currency: "eur" }));
  assert.deepEqual(await late, said(`No such customer: '${gone}'`, { code: "resource_missing", param: "id", status: 404 }));
  const { id: going } = await stripe.customers.create();
  between.push(() => stripe.testHelpers.customers.fundCashBalance(going, { amount: 100, currency: "eur" }));
  assert.equal((await desk.stripe.customers.del(going)).deleted, true);
  const { amount, customer } = await refundOf(desk, going, 100, { expand: ["customer.cash_balance"] });
  assert.deepEqual([amount, customer], [100, { id: going, object: "customer", deleted: true }]);
  assert.equal((await refused(refundOf(desk, going, 1))).message, `The customer ${going} has nothing left in his cash balance in eur.`);
});

test("no test transfer fills the cash of a customer in live mode, so that there is none to refund", async () => {
  const store = openMemoryStore();
  const { key } = await provisionKey(store, "live", Date.now());
  const server = await startTestServer({ store, flags: { keys: "provisioned" } });
  after(() => server.stop());
  const live = openDesk(server, key);
  const { id: customer } = await live.stripe.customers.create();
  assert.deepEqual(
    await refused(live.stripe.testHelpers.customers.fundCashBalance(customer, { amount: 1, currency: "eur" })),
    said("Test helpers are only for test mode, and this key is one of live mode."),
  );
  assert.deepEqual([await availableTo(live, customer), (await refused(refundOf(live, customer, 1))).message], [null, `The customer ${customer} has no cash balance in this currency.`]);
});
