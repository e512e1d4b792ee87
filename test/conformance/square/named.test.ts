/** What payments and refunds name leads somewhere, for their own merchant. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stripe } from "stripe";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openShop, pay, refund, refused, request, usd, type Shop } from "./shop.ts";

let server: TestServer;
let shop: Shop;
before(async () => {
  server = await startTestServer({ flags: { squareUnlinked: "on" } });
  shop = openShop(server.url);
});
after(() => server.stop());

const unknown = (what: string, id: string) => ({ status: 404, errors: [request("NOT_FOUND", `Could not find ${what} with id: ${id}`)] });

test("a payment's order tells what was paid, and a refund's what was returned of it", async () => {
  const payment = await pay(shop, { amount: 1000, tipMoney: usd(100) });
  const { order } = await shop.square.orders.get({ orderId: payment.orderId ?? "" });
  assert.deepEqual([order?.id, order?.locationId, order?.state, order?.totalMoney], [payment.orderId, payment.locationId, "COMPLETED", usd(1100)]);
  assert.deepEqual(order?.tenders?.map(({ type, amountMoney, paymentId }) => ({ type, amountMoney, paymentId })), [{ type: "CARD", amountMoney: usd(1100), paymentId: payment.id }]);
  const made = await refund(shop, payment.id, 400);
  const { order: returned } = await shop.square.orders.get({ orderId: made.orderId ?? "" });
  assert.deepEqual([returned?.id, returned?.returns, returned?.returnAmounts], [made.orderId, [{ sourceOrderId: payment.orderId }], { totalMoney: usd(400) }]);
  const named = await pay(shop, { orderId: "ORDER-1" });
  const { order: ofNamed } = await shop.square.orders.get({ orderId: (await refund(shop, named.id, 400)).orderId ?? "" });
  assert.deepEqual(ofNamed?.returns, [{ sourceOrderId: "ORDER-1" }], "the order that the payment names");
});

test("an order of nobody's, of another merchant's, and one that was only named, is not found", async () => {
  const foreign = await pay(openShop(server.url));
  const named = await pay(shop, { orderId: "mine" });
  assert.equal(named.orderId, "mine");
  for (const orderId of ["nobodys", foreign.orderId ?? "", "mine", `${foreign.id}00000000`]) assert.deepEqual(await refused(shop.square.orders.get({ orderId })), unknown("order", orderId));
});

test("a customer that Stripe's API made is a customer here, until he is deleted", async () => {
  const stripe = new Stripe(shop.token, { host: "127.0.0.1", port: server.port, protocol: "http", telemetry: false });
  const { id } = await stripe.customers.create({ email: "ada@example.com" });
  const customerId = id.replace("cus_", "");
  const payment = await pay(shop, { customerId });
  const { customer } = await shop.square.customers.get({ customerId: payment.customerId ?? "" });
  assert.deepEqual([customer?.id, customer?.emailAddress], [customerId, "ada@example.com"]);
  assert.deepEqual(await refused(openShop(server.url).square.customers.get({ customerId })), unknown("customer", customerId));
  await stripe.customers.del(id);
  for (const gone of [customerId, "C1"]) assert.deepEqual(await refused(shop.square.customers.get({ customerId: gone })), unknown("customer", gone));
});

test("the sandbox's cards on file and any gift card are told of", async () => {
  const { card } = await shop.square.cards.get({ cardId: "ccof:customer-card-id-ok" });
  assert.deepEqual([card?.id, card?.cardBrand, card?.last4, card?.enabled], ["ccof:customer-card-id-ok", "VISA", "5858", true]);
  assert.deepEqual(await refused(shop.square.cards.get({ cardId: "cnon:card-nonce-ok" })), unknown("card", "cnon:card-nonce-ok"));
  const payment = await pay(shop);
  const made = await refund(shop, payment.id, 1, { destinationId: "gftc:00113070ba5745f0b2377c1b9570cb03" });
  const { giftCard } = await shop.square.giftCards.get({ id: "gftc:00113070ba5745f0b2377c1b9570cb03" });
  assert.deepEqual([giftCard?.type, giftCard?.state, giftCard?.gan?.slice(-4)], ["DIGITAL", "ACTIVE", made.destinationDetails?.cardDetails?.card?.last4]);
  assert.deepEqual(await refused(shop.square.giftCards.get({ id: "nobodys" })), unknown("gift card", "nobodys"));
});
