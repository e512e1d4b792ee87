/** The errors of refunds whose words are Square's own (Square's API reference: errors): status, category, code, detail and field of each, as they were seen there. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openShop, pay, request, said, send, type Bare, type Said, type Shop } from "./shop.ts";

let server: TestServer;
let unlinkedServer: TestServer;
let shop: Shop;
before(async () => {
  server = await startTestServer();
  unlinkedServer = await startTestServer({ flags: { squareUnlinked: "on" } });
  shop = openShop(server.url);
});
after(async () => {
  await server.stop();
  await unlinkedServer.stop();
});

const usd = (amount: number, currency = "USD") => ({ amount, currency });
const NOBODYS = "R2B3Z8WMVt3EAmzYWLZvz7Y69EbZY";

/** The body of a refund of a payment, which is right but for what is put over it. */
async function refundOf(more: object, payment?: { readonly id: string }): Promise<Bare> {
  const { id } = payment ?? (await pay(shop));
  return send(shop, "POST", "/v2/refunds", { json: { idempotency_key: randomUUID(), amount_money: usd(1), payment_id: id, ...more } });
}

type Case = { readonly of: string; readonly ask: () => Promise<Bare>; readonly status: number; readonly errors: readonly Said[] };

const CASES: readonly Case[] = [
  {
    of: "more than is left",
    ask: () => refundOf({ amount_money: usd(1001) }),
    status: 400,
    errors: [said("REFUND_ERROR", "REFUND_AMOUNT_INVALID", "The requested refund amount exceeds the amount available to refund.", "amount_money.amount")],
  },
  { of: "a payment that is not there", ask: () => refundOf({ payment_id: NOBODYS }), status: 404, errors: [request("NOT_FOUND", `Could not find payment with id: ${NOBODYS}`)] },
  { of: "a refund that is not there", ask: () => send(shop, "GET", `/v2/refunds/${NOBODYS}`), status: 404, errors: [request("NOT_FOUND", `Could not find refund with id: ${NOBODYS}`)] },
  {
    of: "an old version",
    ask: () => refundOf({ payment_version_token: "old" }),
    status: 400,
    errors: [request("VERSION_MISMATCH", "Version mismatch: The specified version_token in the request does not match the current version_token.", "version_token")],
  },
  {
    of: "a key of another amount",
    ask: () => twice({ amount_money: usd(2) }),
    status: 400,
    errors: [request("IDEMPOTENCY_KEY_REUSED", "Refund request idempotency key was previously used for a different amount", "idempotency_key")],
  },
  {
    of: "a key of another request",
    ask: () => twice({ reason: "another" }),
    status: 400,
    errors: [request("IDEMPOTENCY_KEY_REUSED", "The idempotency key can only be retried with the same request data.", "idempotency_key")],
  },
  {
    of: "an unlinked refund where they are off",
    ask: () => refundOf({ unlinked: true, payment_id: null, destination_id: "CASH", location_id: "L1", cash_details: { seller_supplied_money: usd(1) } }),
    status: 400,
    errors: [request("BAD_REQUEST", "Unlinked refund processing is not enabled for this merchant.")],
  },
  {
    of: "no key to come in by",
    ask: () => send(shop, "POST", "/v2/refunds", { json: {}, headers: { authorization: "Bearer nobody" } }),
    status: 401,
    errors: [said("AUTHENTICATION_ERROR", "UNAUTHORIZED", "This request could not be authorized.")],
  },
  { of: "a key that is too long", ask: () => refundOf({ idempotency_key: "k".repeat(46) }), status: 400, errors: [request("VALUE_TOO_LONG", "Field must not be greater than 45 length", "idempotency_key")] },
  { of: "a text that is missing", ask: () => refundOf({ idempotency_key: undefined }), status: 400, errors: [request("VALUE_EMPTY", "Field must not be blank", "idempotency_key")] },
  { of: "an object that is missing", ask: () => refundOf({ amount_money: undefined }), status: 400, errors: [request("MISSING_REQUIRED_PARAMETER", "Field must be set", "amount_money")] },
  {
    of: "another currency",
    ask: () => refundOf({ amount_money: usd(1, "GBP") }),
    status: 400,
    errors: [request("INVALID_VALUE", "This merchant can only process payments in USD, but amount was provided in GBP.", "amount_money.currency")],
  },
  { of: "what is no object", ask: () => refundOf({ amount_money: 5 }), status: 400, errors: [request("EXPECTED_OBJECT", "Expected an object value.", "amount_money")] },
  { of: "what is no list", ask: () => refundOf({ app_fee_allocations: {} }), status: 400, errors: [request("EXPECTED_ARRAY", "Expected an array.", "app_fee_allocations")] },
  {
    of: "a card that declines what it is given",
    ask: () => unlinkedTo("cnon:card-nonce-declined"),
    status: 400,
    errors: [said("PAYMENT_METHOD_ERROR", "GENERIC_DECLINE", "Authorization error: 'GENERIC_DECLINE'")],
  },
  {
    of: "nothing at all",
    ask: () => send(shop, "POST", "/v2/refunds", { json: {} }),
    status: 400,
    errors: [request("VALUE_EMPTY", "Field must not be blank", "idempotency_key"), request("MISSING_REQUIRED_PARAMETER", "Field must be set", "amount_money"), request("VALUE_EMPTY", "Field must not be blank", "payment_id")],
  },
];

/** One key with one request, and then with another. */
async function twice(more: object): Promise<Bare> {
  const payment = await pay(shop);
  const idempotency_key = randomUUID();
  assert.equal((await refundOf({ idempotency_key }, payment)).status, 200);
  return refundOf({ idempotency_key, ...more }, payment);
}

async function unlinkedTo(destination: string): Promise<Bare> {
  const there = openShop(unlinkedServer.url);
  const { location } = await there.square.locations.get({ locationId: "main" });
  return send(there, "POST", "/v2/refunds", { json: { idempotency_key: randomUUID(), amount_money: usd(1), unlinked: true, location_id: location?.id, destination_id: destination } });
}

for (const { of, ask, status, errors } of CASES) {
  test(`${of} is told in Square's own words`, async () => {
    const answer = await ask();
    assert.deepEqual(answer.json, { errors });
    assert.equal(answer.status, status);
  });
}
