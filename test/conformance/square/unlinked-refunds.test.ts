/** Refunds that belong to no payment (Square's API reference: RefundPayment and unlinked refunds), on a server that has them switched on. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Square } from "square";
import { Stripe } from "stripe";
import { openMemoryStore } from "../../../src/stores/memory/store.ts";
import { verifyBook } from "../../../src/engine/verify.ts";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openShop, pay, refund, refused, request, said, send, usd, withId, type Said, type Shop } from "./shop.ts";

const store = openMemoryStore();
let server: TestServer;
let shop: Shop;
let locationId = "";
before(async () => {
  server = await startTestServer({ store, flags: { squareUnlinked: "on" } });
});
test.beforeEach(async () => {
  shop = openShop(server.url);
  locationId = (await shop.square.locations.get({ locationId: "main" })).location?.id ?? "";
});
after(async () => {
  await server.stop();
  const proof = await verifyBook(store, () => undefined);
  assert.deepEqual([proof.findings, proof.imbalances], [[], []], "the book is sound with them in it");
});

async function unlinked(amount: number, more: Partial<Square.RefundPaymentRequest>) {
  const answer = await shop.square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(amount), unlinked: true, locationId, ...more });
  return withId(answer.refund);
}

const CASH = { destinationId: "CASH", cashDetails: { sellerSuppliedMoney: usd(1500) } };
const EXTERNAL = { destinationId: "EXTERNAL", externalDetails: { type: "CHECK", source: "Food Delivery", sourceId: "S1" } };

test("money goes to a card of which no payment was taken, and the refund says where", async () => {
  const made = await unlinked(1000, { destinationId: "cnon:card-nonce-ok", reason: "no receipt", teamMemberId: "TM1" });
  const { id, createdAt, updatedAt, orderId, destinationDetails, ...rest } = made;
  assert.deepEqual(rest, { status: "PENDING", locationId, unlinked: true, destinationType: "CARD", amountMoney: usd(1000), reason: "no receipt", teamMemberId: "TM1" });
  assert.equal(createdAt, updatedAt);
  assert.ok(orderId !== undefined);
  const { card, entryMethod, authResultCode } = destinationDetails?.cardDetails ?? {};
  assert.deepEqual([card?.cardBrand, card?.last4, entryMethod], ["VISA", "5858", "KEYED"]);
  assert.match(authResultCode ?? "", /^\w{6}$/);
  assert.deepEqual((await shop.square.refunds.get({ refundId: id })).refund, made);
});

test("cash and external ones are records: complete at once, with what was given and what came back", async () => {
  const cash = await unlinked(1000, CASH);
  assert.deepEqual([cash.status, cash.destinationType, cash.paymentId], ["COMPLETED", "CASH", undefined]);
  assert.deepEqual(cash.destinationDetails, { cashDetails: { sellerSuppliedMoney: usd(1500), changeBackMoney: usd(500) } });
  const told = await unlinked(1000, { ...CASH, cashDetails: { sellerSuppliedMoney: usd(1200), changeBackMoney: usd(7) } });
  assert.deepEqual(told.destinationDetails?.cashDetails?.changeBackMoney, usd(200), "it is reckoned, and not taken from the request");
  const external = await unlinked(1000, EXTERNAL);
  assert.deepEqual([external.status, external.destinationType], ["COMPLETED", "EXTERNAL"]);
  assert.deepEqual(external.destinationDetails, { externalDetails: { type: "CHECK", source: "Food Delivery", sourceId: "S1" } });
});

test("a card on file needs its customer, and a gift card is named by its id", async () => {
  const onFile = await unlinked(100, { destinationId: "ccof:customer-card-id-ok", customerId: "C1" });
  assert.equal(onFile.destinationDetails?.cardDetails?.entryMethod, "ON_FILE");
  const gift = await unlinked(100, { destinationId: "gftc:1" });
  assert.deepEqual([gift.status, gift.destinationType, gift.destinationDetails?.cardDetails?.card?.cardBrand], ["PENDING", "CARD", "SQUARE_GIFT_CARD"]);
});

test("they are among all refunds, in one order, and no page leaves any out", async () => {
  const payment = await pay(shop);
  const ids: string[] = [];
  for (let i = 0; i < 9; i++) ids.push((await (i % 3 === 1 ? unlinked(10, CASH) : i % 3 === 2 ? unlinked(10, { destinationId: "cnon:card-nonce-ok" }) : refund(shop, payment.id, 1))).id);
  const list = async (query: Square.ListRefundsRequest) => {
    const found: string[] = [];
    for await (const { id } of await shop.square.refunds.list(query)) found.push(id);
    return found;
  };
  for (const limit of [1, 2, 4, 100]) {
    for (const sortField of ["CREATED_AT", "UPDATED_AT"] as const) {
      assert.deepEqual(await list({ limit, sortField }), ids.toReversed());
      assert.deepEqual(await list({ limit, sortField, sortOrder: "ASC" }), ids);
    }
  }
  const cash = ids.filter((_id, i) => i % 3 === 1);
  assert.deepEqual(await list({ sourceType: "CASH", sortOrder: "ASC" }), cash);
  assert.deepEqual(await list({ status: "COMPLETED", sortOrder: "ASC" }), cash);
});

test("in the order of change, each stands where it was changed last, whichever book it is in", async () => {
  const quick = await startTestServer({ flags: { squareUnlinked: "on", sandboxDelay: "200" } });
  try {
    shop = openShop(quick.url);
    locationId = (await shop.square.locations.get({ locationId: "main" })).location?.id ?? "";
    const payment = await pay(shop);
    const [card, linked, cash] = [await unlinked(10, { destinationId: "cnon:card-nonce-ok" }), await refund(shop, payment.id, 1), await unlinked(10, CASH)];
    assert.deepEqual([card.status, linked.status, cash.status], ["PENDING", "PENDING", "COMPLETED"]);
    while ((await shop.square.refunds.list({ status: "PENDING" })).data.length > 0) await delay(5);
    const idsBy = async (sortField: "CREATED_AT" | "UPDATED_AT") => {
      const ids: string[] = [];
      for await (const { id } of await shop.square.refunds.list({ sortField, sortOrder: "ASC", limit: 1 })) ids.push(id);
      return ids;
    };
    assert.deepEqual(await idsBy("CREATED_AT"), [card.id, linked.id, cash.id]);
    const changed = await idsBy("UPDATED_AT");
    assert.equal(changed[0], cash.id);
    assert.deepEqual(new Set(changed.slice(1)), new Set([card.id, linked.id]));
  } finally {
    await quick.stop();
  }
});

test("no payment comes of them, at either door", async () => {
  const { id } = await unlinked(8801, { destinationId: "cnon:card-nonce-ok" });
  assert.deepEqual((await shop.square.payments.list()).data, []);
  const stripe = new Stripe(shop.token, { host: "127.0.0.1", port: server.port, protocol: "http", telemetry: false, maxNetworkRetries: 0 });
  assert.deepEqual([(await stripe.charges.list()).data, (await stripe.refunds.list()).data, (await stripe.paymentRecords.list()).data, (await stripe.disputes.list()).data], [[], [], [], []]);
  await assert.rejects(stripe.refunds.retrieve(`re_${id}`), /No such refund/);
});

test("the same request is answered with the same bytes, and refunds once", async () => {
  const json = { idempotency_key: randomUUID(), amount_money: { amount: 100, currency: "USD" }, unlinked: true, location_id: locationId, destination_id: "CASH", cash_details: { seller_supplied_money: { amount: 100, currency: "USD" } } };
  const first = await send(shop, "POST", "/v2/refunds", { json });
  assert.equal((await send(shop, "POST", "/v2/refunds", { json: { ...json, payment_id: null, reason: null } })).text, first.text);
  const other = await send(shop, "POST", "/v2/refunds", { json: { ...json, amount_money: { amount: 99, currency: "USD" } } });
  assert.deepEqual(other.json, { errors: [request("IDEMPOTENCY_KEY_REUSED", "Refund request idempotency key was previously used for a different amount", "idempotency_key")] });
  assert.equal((await shop.square.refunds.list()).data.length, 1);
});

test("a card that declines, takes no refund, and binds the key", async () => {
  const declined = { status: 400, errors: [said("PAYMENT_METHOD_ERROR", "GENERIC_DECLINE", "Authorization error: 'GENERIC_DECLINE'")] };
  const idempotencyKey = randomUUID();
  for (let i = 0; i < 2; i++) assert.deepEqual(await refused(unlinked(100, { idempotencyKey, destinationId: "cnon:card-nonce-declined" })), declined);
  assert.deepEqual(await refused(unlinked(7704, { destinationId: "cnon:card-nonce-ok" })), {
    status: 400,
    errors: [said("REFUND_ERROR", "REFUND_DECLINED", "Request failed - The card issuer declined the refund.")],
  });
  assert.deepEqual((await shop.square.refunds.list()).data, []);
});

test("a token that nobody knows is not found, and neither is one of another API's", async () => {
  for (const destinationId of ["cnon:nobody", "tok_visa", "nonsense"]) {
    assert.deepEqual(await refused(unlinked(100, { destinationId })), { status: 404, errors: [request("NOT_FOUND", "Card nonce not found", "destination_id")] });
  }
});

test("one that times out is made once", async () => {
  const idempotencyKey = randomUUID();
  const more = { idempotencyKey, destinationId: "cnon:card-nonce-ok" };
  assert.equal((await refused(unlinked(7705, more))).status, 504);
  const made = await unlinked(7705, more);
  assert.deepEqual((await shop.square.refunds.list()).data.map(({ id }) => id), [made.id]);
});

test("who asks again once they are switched off is told of the one that was made, and no other is", async () => {
  const json = { idempotency_key: randomUUID(), amount_money: usdJson(7705), unlinked: true, location_id: locationId, destination_id: "cnon:card-nonce-ok" };
  assert.equal((await send(shop, "POST", "/v2/refunds", { json })).status, 504);
  const off = await startTestServer({ store });
  try {
    const there = { url: off.url, token: shop.token };
    const told = await send(there, "POST", "/v2/refunds", { json });
    assert.equal(told.status, 200, told.text);
    const [made] = (await shop.square.refunds.list()).data;
    assert.equal(Object(told.json).refund.id, made?.id);
    for (const other of [{ idempotency_key: randomUUID() }, { amount_money: usdJson(7706) }]) {
      const refusal = await send(there, "POST", "/v2/refunds", { json: { ...json, ...other } });
      assert.deepEqual(refusal.json, { errors: [request("BAD_REQUEST", "Unlinked refund processing is not enabled for this merchant.")] });
    }
  } finally {
    await off.stop();
  }
});

test("another merchant's is not found", async () => {
  const { id } = await unlinked(100, CASH);
  const stranger = openShop(server.url);
  assert.deepEqual(await refused(stranger.square.refunds.get({ refundId: id })), { status: 404, errors: [request("NOT_FOUND", `Could not find refund with id: ${id}`)] });
  assert.deepEqual((await stranger.square.refunds.list()).data, []);
});

const blank = (field: string) => request("VALUE_EMPTY", "Field must not be blank", field);
const unset = (field: string) => request("MISSING_REQUIRED_PARAMETER", "Field must be set", field);
const conflict = (field: string, detail: string) => request("CONFLICTING_PARAMETERS", detail, field);
const usdJson = (amount: number, currency = "USD") => ({ amount, currency });

test("what it lacks, and what does not go with it, is told, all of it at once", async () => {
  const check = async (more: object, errors: readonly Said[]) => {
    const answer = await send(shop, "POST", "/v2/refunds", { json: { idempotency_key: randomUUID(), amount_money: usdJson(100), unlinked: true, ...more } });
    assert.deepEqual(answer.json, { errors });
  };
  const at = { location_id: locationId };
  await check({}, [blank("destination_id"), blank("location_id")]);
  await check({ ...at, destination_id: "ccof:customer-card-id-ok" }, [blank("customer_id")]);
  await check({ ...at, destination_id: "CASH" }, [unset("cash_details")]);
  await check({ ...at, destination_id: "EXTERNAL" }, [unset("external_details")]);
  await check({ location_id: "L1", destination_id: "gftc:!" }, [
    request("NOT_FOUND", "Could not find gift card with id: gftc:!", "destination_id"),
    request("INVALID_VALUE", `This merchant has one location, ${locationId}.`, "location_id"),
  ]);
  await check({ ...at, destination_id: "CASH", cash_details: { seller_supplied_money: usdJson(99) } }, [
    request("VALUE_TOO_LOW", "Field must not be less than 100", "cash_details.seller_supplied_money.amount"),
  ]);
  await check({ ...at, destination_id: "CASH", cash_details: { seller_supplied_money: usdJson(100, "EUR") } }, [
    request("INVALID_VALUE", "This merchant can only process payments in USD, but amount was provided in EUR.", "cash_details.seller_supplied_money.currency"),
  ]);
  await check({ ...at, destination_id: "CASH", amount_money: usdJson(100, "EUR"), cash_details: { seller_supplied_money: usdJson(100) } }, [
    request("INVALID_VALUE", "This merchant can only process payments in USD, but amount was provided in EUR.", "amount_money.currency"),
  ]);
  const not = (field: string) => conflict(field, `${field} may not be given when unlinked is true.`);
  await check(
    {
      ...at, destination_id: "cnon:card-nonce-ok", payment_id: "x", payment_version_token: "x", app_fee_money: usdJson(0), app_fee_allocations: [{ amount_money: usdJson(0) }],
      cash_details: { seller_supplied_money: usdJson(100) }, external_details: { type: "CHECK", source: "bank" },
    },
    [
      not("app_fee_money"),
      not("app_fee_allocations"),
      not("payment_id"),
      not("payment_version_token"),
      conflict("cash_details", "Field may only be given when destination_id is CASH"),
      conflict("external_details", "Field may only be given when destination_id is EXTERNAL"),
    ],
  );
  await check({ ...at, unlinked: "true", destination_id: "CASH", cash_details: { seller_supplied_money: usdJson(100) } }, [request("EXPECTED_BOOLEAN", "Expected a boolean value.", "unlinked")]);
  assert.deepEqual((await shop.square.refunds.list()).data, []);
});
