/** What is told of each story of a refund (Square's API reference: webhooks): which events, in which order, and that the SDK's own helper takes them for ours. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { WebhooksHelper, type Square } from "square";
import { signatureOf } from "../../../src/dialects/square/signature.ts";
import type { Teller } from "../../../src/engine/teller.ts";
import { present } from "../../../src/base/assert.ts";
import { openMemoryStore } from "../../../src/stores/memory/store.ts";
import { MovedClock, startTestServer, stripeFor, type TestServer } from "../../test-server.ts";
import { at, listen, typesOf, type Letter, type Listener } from "./listener.ts";
import { openShop, pay, paymentOf, refund, usd, withId, type Shop } from "./shop.ts";

const WAIT_MS_MAX = 10_000;
const MINUTE = 60_000;
const [WAITS, REJECTED, FAILS] = [7701, 7702, 7703];

const store = openMemoryStore();
const clock = new MovedClock();
const tellers: Teller[] = [];
let server: TestServer;
before(async () => {
  server = await startTestServer({
    store,
    clock,
    flags: { sandboxDelay: "0", squareUnlinked: "on" },
    around(dialect) {
      if (dialect.name === "square") tellers.push(present(dialect.teller, "Square's teller"));
      return dialect;
    },
  });
});
after(() => server.stop());

const teller = () => present(tellers[0], "the teller");

async function until(is: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS_MAX; !(await is()); await delay(5)) assert.ok(Date.now() < end, "it has not come to that");
}

/** The refund's last word. */
async function ended(shop: Shop, refundId: string): Promise<void> {
  await until(async () => (await shop.square.refunds.get({ refundId })).refund?.status !== "PENDING");
}

async function refunded(shop: Shop, paymentId: string, amount: number, more: Partial<Square.RefundPaymentRequest> = {}): Promise<string> {
  const { id } = await refund(shop, paymentId, amount, more);
  await ended(shop, id);
  return id;
}

const stripeOf = (shop: Shop) => stripeFor(server, shop.token);

async function unlinked(shop: Shop, more: Partial<Square.RefundPaymentRequest>): Promise<void> {
  const locationId = (await shop.square.locations.get({ locationId: "main" })).location?.id ?? "";
  const answer = await shop.square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(700), unlinked: true, locationId, ...more });
  await ended(shop, withId(answer.refund).id);
}

const CREATED = ["payment.created"];
const CHANGED = ["payment.updated"];
const BEGUN = ["refund.created", "payment.updated"];
const MOVED = ["refund.updated", "payment.updated"];
/** What the clock does to a refund that goes well, or does not. */
const WHOLE = [...BEGUN, ...MOVED];

const held = (shop: Shop, more: Partial<Square.CreatePaymentRequest> = {}) => pay(shop, { autocomplete: false, ...more });

const STORIES: readonly { readonly name: string; readonly happens: (shop: Shop) => Promise<unknown>; readonly told: readonly string[] }[] = [
  { name: "a payment that is refunded whole", happens: async (shop) => refunded(shop, (await pay(shop)).id, 1000), told: [...CREATED, ...WHOLE] },
  {
    name: "a payment that is refunded in parts",
    async happens(shop) {
      const { id } = await pay(shop);
      for (const amount of [300, 200]) await refunded(shop, id, amount);
    },
    told: [...CREATED, ...WHOLE, ...WHOLE],
  },
  { name: "a refund that stays under way", happens: async (shop) => refund(shop, (await pay(shop, { amount: 10_000 })).id, WAITS), told: [...CREATED, ...BEGUN] },
  { name: "a refund that is rejected", happens: async (shop) => refunded(shop, (await pay(shop, { amount: 10_000 })).id, REJECTED), told: [...CREATED, ...WHOLE] },
  { name: "a refund that fails", happens: async (shop) => refunded(shop, (await pay(shop, { amount: 10_000 })).id, FAILS), told: [...CREATED, ...WHOLE] },
  {
    name: "a refund of cash, which is done at once",
    happens: async (shop) => refunded(shop, (await pay(shop, { sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(1000) } })).id, 400),
    told: [...CREATED, ...BEGUN],
  },
  { name: "a refund to a gift card", happens: async (shop) => refunded(shop, (await pay(shop)).id, 400, { destinationId: "gftc:1" }), told: [...CREATED, ...WHOLE] },
  { name: "a refund of no payment", happens: (shop) => unlinked(shop, { destinationId: "cnon:card-nonce-ok" }), told: ["refund.created", "refund.updated"] },
  { name: "a record of cash given for no payment", happens: (shop) => unlinked(shop, { destinationId: "CASH", cashDetails: { sellerSuppliedMoney: usd(700) } }), told: ["refund.created"] },
  {
    name: "a payment that is changed, completed and refunded",
    async happens(shop) {
      const { id } = await held(shop);
      await shop.square.payments.update({ paymentId: id, idempotencyKey: randomUUID(), payment: { tipMoney: usd(50) } });
      await shop.square.payments.complete({ paymentId: id });
      await refunded(shop, id, 1050);
    },
    told: [...CREATED, ...CHANGED, ...CHANGED, ...WHOLE],
  },
  { name: "a payment that is canceled", happens: async (shop) => shop.square.payments.cancel({ paymentId: (await held(shop)).id }), told: [...CREATED, ...CHANGED] },
  { name: "a payment that is declined", happens: (shop) => assert.rejects(pay(shop, { sourceId: "cnon:card-nonce-declined" })), told: CREATED },
  {
    name: "held payments that the clock ends",
    async happens(shop) {
      const both = [await held(shop, { delayDuration: "PT10M" }), await held(shop, { delayDuration: "PT11M", delayAction: "COMPLETE" })];
      clock.ahead += 12 * MINUTE;
      for (const { id } of both) await until(async () => (await paymentOf(shop, id)).status !== "APPROVED");
    },
    told: [...CREATED, ...CREATED, ...CHANGED, ...CHANGED],
  },
  {
    name: "a payment that its bank disputes",
    happens: (shop) => pay(shop, { amount: 8801 }),
    told: [...CREATED, ...CHANGED],
  },
  {
    name: "a charge of Stripe's that is refunded there",
    async happens(shop) {
      const { id } = await stripeOf(shop).charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
      const made = await stripeOf(shop).refunds.create({ charge: id, amount: 400 });
      await stripeOf(shop).refunds.update(made.id, { metadata: { of: "nobody" } });
    },
    told: [...CREATED, ...BEGUN, ...MOVED],
  },
  {
    name: "a refund of Stripe's that succeeds, and fails later",
    async happens(shop) {
      const { id } = await stripeOf(shop).charges.create({ amount: 1000, currency: "usd", source: "tok_refundFail" });
      const made = await stripeOf(shop).refunds.create({ charge: id, amount: 400 });
      await until(async () => (await stripeOf(shop).refunds.retrieve(made.id)).status === "failed");
    },
    told: [...CREATED, ...BEGUN, ...MOVED],
  },
  {
    name: "what is refused",
    async happens(shop) {
      const { id } = await pay(shop);
      await assert.rejects(refund(shop, id, 1001));
      await assert.rejects(refund(shop, id, 100, { paymentVersionToken: "other" }));
    },
    told: CREATED,
  },
  {
    name: "a refund that is asked for twice with one key",
    async happens(shop) {
      const { id } = await pay(shop);
      const idempotencyKey = randomUUID();
      for (let i = 0; i < 2; i++) await refunded(shop, id, 100, { idempotencyKey });
    },
    told: [...CREATED, ...WHOLE],
  },
];

for (const { name, happens, told } of STORIES) {
  test(`${name} leaves these events, in this order: ${told.join(", ")}`, async () => {
    const shop = openShop(server.url);
    const listener = await listen(shop, { store, teller: teller() });
    await happens(shop);
    const letters = await listener.letters();
    assert.deepEqual(typesOf(letters), told);
    for (const letter of letters) await verify(listener, letter);
    assert.equal(new Set(letters.map(({ json }) => at(json, "event_id"))).size, letters.length, "each has an id of its own");
  });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function isOurs(post: Letter["post"], { signatureKey, notificationUrl, requestBody = post.body }: { readonly signatureKey: string; readonly notificationUrl: string; readonly requestBody?: string }): Promise<boolean> {
  return WebhooksHelper.verifySignature({ requestBody, signatureHeader: post.headers["x-square-hmacsha256-signature"] ?? "", signatureKey, notificationUrl });
}

/** By the SDK's helper, and that nothing else passes it. */
async function verify({ key, url }: Listener, { type, post, json }: Letter): Promise<void> {
  const own = { signatureKey: key, notificationUrl: url };
  assert.equal(post.url, url);
  assert.equal(await isOurs(post, own), true);
  const bytes = Buffer.from(post.body);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  assert.equal(await isOurs(post, { ...own, requestBody: bytes.toString() }), false, "a flipped bit");
  assert.equal(await isOurs(post, { ...own, signatureKey: "another" }), false);
  assert.equal(await isOurs(post, { ...own, notificationUrl: "https://example.com/hooks" }), false);
  assert.equal(at(json, "type"), type);
  assert.match(String(at(json, "event_id")), UUID);
  const what = type.split(".")[0] ?? "";
  assert.deepEqual([at(json, "data", "type"), at(json, "data", "id")], [what, at(json, "data", "object", what, "id")]);
}

test("the vectors that Square publishes are met", () => {
  const url = "https://webhook.site/webhooks";
  assert.equal(signatureOf({ key: "signature-key", url, body: '{"data":{"type":"webhooks","id":"fake_id"}}' }), "W3FlCNk5IA3ZQ2LHTWoajvzfaDu/OwY2tNHIHC3IUOA=");
  assert.equal(signatureOf({ key: "signature-key", url, body: '{"data":{"type":"webhooks","id":">id<"}}' }), "Cxt7+aTi4rKgcA0bC4g9EHdVtLSDWdqccmL5MvihU4U=");
  const body = '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}';
  assert.equal(signatureOf({ key: "Ibxx_5AKakO-3qeNVR61Dw", url: "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9", body }), "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=");
});

test("each event shows the objects as its answer showed them then, whatever became of them since", async () => {
  const shop = openShop(server.url);
  const listener = await listen(shop, { store, teller: teller() });
  const payment = await pay(shop, { amount: 20_000, note: "n" });
  const made = await refund(shop, payment.id, WAITS, { reason: "broken" });
  const between = await paymentOf(shop, payment.id);
  const early = await listener.letters();
  const shown = early.map(({ json }) => ({ payment: at(json, "data", "object", "payment"), refund: at(json, "data", "object", "refund") }));
  assert.deepEqual([at(shown[0]?.payment, "status"), at(shown[0]?.payment, "refunded_money"), at(shown[0]?.payment, "version_token")], ["COMPLETED", undefined, payment.versionToken]);
  assert.deepEqual([at(shown[1]?.refund, "status"), at(shown[1]?.refund, "reason"), at(shown[1]?.refund, "created_at")], ["PENDING", "broken", made.createdAt]);
  assert.deepEqual([at(shown[2]?.payment, "refund_ids"), at(shown[2]?.payment, "refunded_money", "amount"), at(shown[2]?.payment, "version_token")], [[made.id], WAITS, between.versionToken]);
  assert.deepEqual(early.map(({ json }) => at(json, "created_at")), [payment.createdAt, made.createdAt, made.createdAt]);
  await refunded(shop, payment.id, 100);
  await refunded(shop, payment.id, REJECTED);
  const later = await listener.letters();
  assert.deepEqual(later.slice(0, early.length), early, "the same bytes and the same signature");
  const last = later.at(-1)?.json;
  const now = await paymentOf(shop, payment.id);
  assert.deepEqual([at(last, "data", "object", "payment", "version_token"), at(last, "data", "object", "payment", "refunded_money", "amount")], [now.versionToken, WAITS + 100]);
});

test("a refund of no payment says so, to its own merchant", async () => {
  const shop = openShop(server.url);
  const listener = await listen(shop, { store, teller: teller() });
  await unlinked(shop, { destinationId: "EXTERNAL", externalDetails: { type: "CHECK", source: "bank" } });
  const [{ json } = { json: null }] = await listener.letters();
  const { location } = await shop.square.locations.get({ locationId: "main" });
  assert.deepEqual([at(json, "merchant_id"), at(json, "data", "object", "refund", "location_id"), at(json, "data", "object", "refund", "unlinked")], [location?.merchantId, location?.id, true]);
});

test("only what was asked for is told, and nothing while the subscription is disabled", async () => {
  const shop = openShop(server.url);
  const listener = await listen(shop, { store, teller: teller(), types: ["refund.updated"] });
  await refunded(shop, (await pay(shop)).id, 100);
  assert.deepEqual(typesOf(await listener.letters()), ["refund.updated"]);
  await shop.square.webhooks.subscriptions.update({ subscriptionId: listener.id, subscription: { enabled: false } });
  assert.deepEqual(await listener.letters(), []);
});

test("a new signature key signs from then on, and the one of before no more", async () => {
  const shop = openShop(server.url);
  const listener = await listen(shop, { store, teller: teller() });
  await pay(shop);
  const { signatureKey } = await shop.square.webhooks.subscriptions.updateSignatureKey({ subscriptionId: listener.id });
  const [letter] = await listener.letters();
  const { post } = present(letter, "the letter");
  assert.equal(await isOurs(post, { signatureKey: present(signatureKey, "the new key"), notificationUrl: listener.url }), true);
  assert.equal(await isOurs(post, { signatureKey: listener.key, notificationUrl: listener.url }), false);
});

test("retries say that they are, and why, and are the same bytes", async () => {
  const shop = openShop(server.url);
  const listener = await listen(shop, { store, teller: teller() });
  const { createdAt } = await pay(shop);
  const first = present((await listener.letters())[0], "the first try").post;
  const { "x-square-hmacsha256-signature": signature, ...headers } = first.headers;
  assert.equal(typeof signature, "string");
  assert.deepEqual(headers, { "content-type": "application/json", "user-agent": "Refundry", "square-environment": "Sandbox", "square-initial-delivery-timestamp": createdAt });
  for (const [lastProblem, reason] of [["timeout", "http_timeout"], ["status", "http_error"], ["tls", "ssl_error"], ["address", "other_error"], ["connection", "other_error"]] as const) {
    const { post } = present((await listener.letters({ tries: 3, lastProblem }))[0], "a retry");
    assert.deepEqual(post, { ...first, headers: { ...first.headers, "square-retry-number": "3", "square-retry-reason": reason } });
  }
  const { post } = present((await listener.letters({ tries: 1, lastProblem: null }))[0], "one that is sent again though it was delivered");
  assert.equal(post.headers["square-retry-reason"], undefined);
});

test("it is tried eleven times more, within about a day", () => {
  const waits = teller().waits("test");
  assert.deepEqual(waits.map((wait) => wait / MINUTE), [1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480]);
  assert.equal(teller().patience, 10_000);
});

test("fees, transfers and what they bring are no events of Square's, and a platform hears nothing of its accounts' own", async () => {
  const shop = openShop(server.url);
  const listener = await listen(shop, { store, teller: teller() });
  const stripe = stripeOf(shop);
  const { id: account } = await stripe.accounts.create({ type: "custom" });
  await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", application_fee_amount: 100, transfer_data: { destination: account } });
  await stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa", application_fee_amount: 50 }, { stripeAccount: account });
  const letters = await listener.letters();
  assert.deepEqual(letters.map(({ type, json }) => [type, at(json, "data", "object", "payment", "total_money", "amount")]), [["payment.created", 1000]]);
});
