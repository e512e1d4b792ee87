/** The Webhook Subscriptions API through the official SDK (Square's API reference: Webhook Subscriptions). */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { after, before, test } from "node:test";
import { WebhooksHelper, type Square } from "square";
import { present } from "../../../src/base/assert.ts";
import { isMerchantId } from "../../../src/domain/merchant.ts";
import { ENDPOINTS_MAX } from "../../../src/engine/endpoint.ts";
import { openMemoryStore } from "../../../src/stores/memory/store.ts";
import { openRoom } from "../../dialects/square-desk.ts";
import { startTestServer, stripeFor, type TestServer } from "../../test-server.ts";
import { at } from "./listener.ts";
import { openShop, refused, request, said, send, withId, type Shop } from "./shop.ts";

const NOWHERE = "https://example.com/hooks";
const store = openMemoryStore();
let server: TestServer;
let shop: Shop;
before(async () => {
  server = await startTestServer({ store });
});
test.beforeEach(() => {
  shop = openShop(server.url);
});
after(() => server.stop());

const subscriptions = ({ square }: Shop = shop) => square.webhooks.subscriptions;

async function made(more: Square.WebhookSubscription = {}, idempotencyKey: string = randomUUID()) {
  const { subscription } = await subscriptions().create({ idempotencyKey, subscription: { name: "Refunds", eventTypes: ["refund.created"], notificationUrl: NOWHERE, ...more } });
  return withId(subscription);
}

async function idsOf(query: Square.webhooks.ListSubscriptionsRequest = {}): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of await subscriptions().list(query)) ids.push(id ?? "");
  return ids;
}

test("a subscription is made, read, listed, changed and deleted", async () => {
  const one = await made({ eventTypes: ["refund.updated", "refund.created", "refund.updated"] });
  assert.match(one.id, /^wbhk_[0-9A-Za-z]{24}$/);
  assert.match(one.signatureKey ?? "", /^[0-9A-Za-z]{22}$/);
  assert.match(one.createdAt ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const { id, signatureKey, createdAt, updatedAt, ...rest } = one;
  assert.equal(createdAt, updatedAt);
  assert.deepEqual(rest, { name: "Refunds", enabled: true, eventTypes: ["refund.updated", "refund.created"], notificationUrl: NOWHERE, apiVersion: "2026-09-16" });
  assert.deepEqual((await subscriptions().get({ subscriptionId: id })).subscription, one);
  assert.deepEqual((await subscriptions().list()).data, [one]);
  const { subscription: changed } = await subscriptions().update({ subscriptionId: id, subscription: { ...one, name: "", enabled: false, eventTypes: ["payment.created"], notificationUrl: `${NOWHERE}/2`, apiVersion: "2021-12-15" } });
  assert.deepEqual({ ...changed, updatedAt }, { id, enabled: false, eventTypes: ["payment.created"], notificationUrl: `${NOWHERE}/2`, apiVersion: "2021-12-15", signatureKey, createdAt, updatedAt });
  const { subscription: same } = await subscriptions().update({ subscriptionId: id, subscription: {} });
  assert.deepEqual({ ...same, updatedAt: "" }, { ...changed, updatedAt: "" });
  assert.equal((await send(shop, "PUT", `/v2/webhooks/subscriptions/${id}`)).status, 200, "nor does an empty request change anything");
  assert.deepEqual(await subscriptions().delete({ subscriptionId: id }), {});
  assert.deepEqual(await idsOf({ includeDisabled: true }), []);
});

test("it is for the version that it names, or that its request is spoken in", async () => {
  const json = { subscription: { event_types: ["refund.created"], notification_url: NOWHERE } };
  const { json: answer } = await send(shop, "POST", "/v2/webhooks/subscriptions", { json, headers: { "square-version": "2022-01-20" } });
  assert.deepEqual([at(answer, "subscription", "api_version"), at(answer, "subscription", "name")], ["2022-01-20", undefined]);
});

test("one key makes one subscription, and is answered with the bytes of the first time", async () => {
  const json = { idempotency_key: "key", subscription: { name: "A", event_types: ["refund.created"], notification_url: NOWHERE } };
  const create = (body: object) => send(shop, "POST", "/v2/webhooks/subscriptions", { json: body });
  const first = await create(json);
  assert.equal(first.status, 200);
  assert.match(first.text, /"signature_key":"[0-9A-Za-z]{22}"/);
  assert.equal((await create(json)).text, first.text);
  const other = await create({ ...json, subscription: { ...json.subscription, name: "B" } });
  assert.deepEqual([other.status, other.json], [400, { errors: [request("IDEMPOTENCY_KEY_REUSED", "The idempotency key can only be retried with the same request data.", "idempotency_key")] }]);
  assert.equal((await idsOf()).length, 1);
  const id = String(at(first.json, "subscription", "id"));
  const replace = () => send(shop, "POST", `/v2/webhooks/subscriptions/${id}/signature-key`, { json: { idempotency_key: "key" } });
  const replaced = await replace();
  assert.match(replaced.text, /^\{"signature_key":"[0-9A-Za-z]{22}"\}$/);
  assert.equal((await replace()).text, replaced.text);
  const read = await subscriptions().get({ subscriptionId: id });
  assert.equal(read.subscription?.signatureKey, at(replaced.json, "signature_key"));
  assert.notEqual(read.subscription?.signatureKey, at(first.json, "subscription", "signature_key"));
  const without = await subscriptions().updateSignatureKey({ subscriptionId: id });
  assert.notEqual(without.signatureKey, read.subscription?.signatureKey);
});

test("the book holds no signature key that can be read, neither of the subscription nor of what was answered", async () => {
  const { id, signatureKey } = await made({}, "sealed");
  const { location } = await shop.square.locations.get({ locationId: "main" });
  const reply = present(await store.reply({ merchant: present(merchantOf(location), "the merchant"), scope: "square:create_subscription", key: "sealed" }), "the stored answer");
  assert.match(reply.body, new RegExp(id));
  assert.match(reply.body, /"signature_key":"sealed:/);
  assert.ok(!reply.body.includes(present(signatureKey, "the key")));
});

function merchantOf(location: Square.Location | undefined) {
  const name = location?.merchantId ?? "";
  return isMerchantId(name) ? name : null;
}

test("they are listed oldest first, or newest, page by page, and the disabled only where they are asked for", async () => {
  const ids: string[] = [];
  for (const enabled of [true, false, true]) ids.push((await made({ enabled })).id);
  const [first = "", second = "", third = ""] = ids;
  for (const limit of [1, 2, 100]) {
    assert.deepEqual(await idsOf({ limit }), [first, third]);
    assert.deepEqual(await idsOf({ limit, includeDisabled: true }), ids);
    assert.deepEqual(await idsOf({ limit, includeDisabled: true, sortOrder: "DESC" }), [third, second, first]);
  }
  assert.deepEqual((await refused(subscriptions().list({ cursor: "x" }))).errors, [request("INVALID_CURSOR", "The pagination cursor included in the request is invalid.", "cursor")]);
});

test("a merchant has no more than so many, and whose key was answered is answered again", async () => {
  const last = await Promise.all(Array.from({ length: ENDPOINTS_MAX - 1 }, () => made())).then(() => made({}, "last"));
  assert.deepEqual(await refused(made()), { status: 400, errors: [request("BAD_REQUEST", `The merchant already has ${ENDPOINTS_MAX} webhook subscriptions.`)] });
  assert.deepEqual(await made({}, "last"), last);
  await subscriptions().delete({ subscriptionId: last.id });
  await made();
});

test("what cannot be a subscription is told field by field", async () => {
  const wrong = async (subscription: unknown, errors: readonly unknown[], method = "POST", path = "") =>
    assert.deepEqual((await send(shop, method, `/v2/webhooks/subscriptions${path}`, { json: { subscription } })).json, { errors });
  const field = (name: string) => `subscription.${name}`;
  const types = "Field must be one of payment.created, payment.updated, refund.created, refund.updated";
  await wrong(null, [request("MISSING_REQUIRED_PARAMETER", "Field must be set", "subscription")]);
  await wrong({}, [request("MISSING_REQUIRED_PARAMETER", "Field must be set", field("event_types")), request("VALUE_EMPTY", "Field must not be blank", field("notification_url"))]);
  const bad = { name: "n".repeat(65), enabled: "yes", event_types: ["order.created", 5], notification_url: 5, api_version: "today" };
  const badly = [
    request("VALUE_TOO_LONG", "Field must not be greater than 64 length", field("name")),
    request("EXPECTED_BOOLEAN", "Expected a boolean value.", field("enabled")),
    request("INVALID_ENUM_VALUE", types, field("event_types[0]")),
    request("EXPECTED_STRING", "Expected a string value.", field("event_types[1]")),
    request("EXPECTED_STRING", "Expected a string value.", field("notification_url")),
    request("INVALID_VALUE", "Field must be a date such as 2026-09-16", field("api_version")),
  ];
  await wrong(bad, badly);
  const { id } = await made();
  await wrong(bad, badly, "PUT", `/${id}`);
  await wrong({ event_types: [], notification_url: "http://10.0.0.1/" }, [
    request("ARRAY_EMPTY", "Field must have at least one item", field("event_types")),
    request("INVALID_VALUE", "Nothing can be sent to this URL: its address is not a public one.", field("notification_url")),
  ]);
  await wrong({ notification_url: "nowhere" }, [request("INVALID_VALUE", "Nothing can be sent to this URL: it is not a valid URL.", field("notification_url"))], "PUT", `/${id}`);
  const key = await send(shop, "POST", "/v2/webhooks/subscriptions", { json: { idempotency_key: "k".repeat(46), subscription: { event_types: ["refund.created"], notification_url: NOWHERE } } });
  assert.deepEqual(key.json, { errors: [request("VALUE_TOO_LONG", "Field must not be greater than 45 length", "idempotency_key")] });
});

test("what is nobody's, another's, another API's or deleted is not found", async () => {
  const { id: others } = await made();
  shop = openShop(server.url);
  const { id: deleted } = await made();
  await subscriptions().delete({ subscriptionId: deleted });
  const stripes = (await stripeFor(server, shop.token).customers.create()).id.replace("cus_", "wbhk_");
  for (const subscriptionId of ["wbhk_1", "x", others, deleted, stripes]) {
    const missing = { status: 404, errors: [said("INVALID_REQUEST_ERROR", "NOT_FOUND", `Could not find webhook subscription with id: ${subscriptionId}`)] };
    assert.deepEqual(await refused(subscriptions().get({ subscriptionId })), missing);
    assert.deepEqual(await refused(subscriptions().update({ subscriptionId, subscription: { enabled: true } })), missing);
    assert.deepEqual(await refused(subscriptions().updateSignatureKey({ subscriptionId })), missing);
    assert.deepEqual(await refused(subscriptions().test({ subscriptionId })), missing);
    assert.deepEqual(await refused(subscriptions().delete({ subscriptionId })), missing);
  }
});

test("the types of events are told with the version that they came with", async () => {
  const { eventTypes, metadata } = await shop.square.webhooks.eventTypes.list();
  assert.deepEqual(eventTypes, ["payment.created", "payment.updated", "refund.created", "refund.updated"]);
  assert.deepEqual(metadata, eventTypes?.map((eventType) => ({ eventType, apiVersionIntroduced: "2020-02-26", releaseStatus: "PUBLIC" })));
  assert.deepEqual((await shop.square.webhooks.eventTypes.list({ apiVersion: "2020-02-26" })).eventTypes, eventTypes);
  assert.deepEqual(await shop.square.webhooks.eventTypes.list({ apiVersion: "2020-01-22" }), {});
  assert.deepEqual((await refused(shop.square.webhooks.eventTypes.list({ apiVersion: "newest" }))).errors, [request("INVALID_VALUE", "Field must be a date such as 2026-09-16", "api_version")]);
});

type Received = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** A listener on this machine, which answers with that status. */
async function listening<T>(status: number, work: (url: string, received: readonly Received[]) => Promise<T>): Promise<T> {
  const received: Received[] = [];
  const hooks: Server = createServer((asked, answer) => {
    let body = "";
    asked.setEncoding("utf8").on("data", (part: string) => (body += part));
    asked.on("end", () => {
      received.push({ headers: asked.headers, body });
      answer.writeHead(status).end("thanks");
    });
  });
  await new Promise<void>((resolve) => hooks.listen(0, "127.0.0.1", resolve));
  const address = hooks.address();
  assert.ok(address !== null && typeof address === "object");
  try {
    return await work(`http://127.0.0.1:${address.port}/hooks`, received);
  } finally {
    hooks.close();
  }
}

test("a test notification is sent now, signed, and its answer is told", async () => {
  for (const [status, eventType] of [[204, undefined], [500, "refund.created"], [200, "refund.updated"], [200, "payment.created"], [200, "payment.updated"]] as const) {
    await listening(status, async (notificationUrl, received) => {
      const { id, signatureKey } = await made({ notificationUrl, eventTypes: ["refund.created", "refund.updated", "payment.created", "payment.updated"] });
      const answer = await subscriptions().test({ subscriptionId: id, ...(eventType === undefined ? {} : { eventType }) });
      const [{ headers, body } = assert.fail("nothing came")] = received;
      assert.equal(received.length, 1);
      assert.equal(await WebhooksHelper.verifySignature({ requestBody: body, signatureHeader: String(headers["x-square-hmacsha256-signature"]), signatureKey: present(signatureKey, "the key"), notificationUrl }), true);
      assert.deepEqual([headers["content-type"], headers["square-environment"], headers["square-retry-number"]], ["application/json", "Sandbox", undefined]);
      const json: unknown = JSON.parse(body);
      assert.equal(at(json, "type"), eventType ?? "webhooks.test_notification");
      assert.equal(at(json, "data", "type"), eventType?.split(".")[0] ?? "webhooks");
      const { statusCode, notificationUrl: to, passesFilter, payload, subscriptionTestResult: result } = answer;
      assert.deepEqual([Number(statusCode), to, passesFilter], [status, notificationUrl, true]);
      assert.equal(at(payload, "event_id"), at(json, "event_id"));
      const told: unknown = result?.payload;
      assert.deepEqual([Number(result?.statusCode), told, result?.createdAt], [status, body, result?.updatedAt]);
    });
  }
});

test("where nobody answers, a test says so; and one of a type that is not listened to is refused", async () => {
  const notificationUrl = await listening(200, async (url) => url);
  const { id } = await made({ notificationUrl });
  assert.equal((await subscriptions().test({ subscriptionId: id, eventType: "refund.created" })).statusCode, null);
  assert.deepEqual((await refused(subscriptions().test({ subscriptionId: id, eventType: "payment.created" }))).errors, [request("INVALID_VALUE", "The subscription listens to refund.created only", "event_type")]);
});

test("where nothing can be sealed, it is told which setting is missing", async () => {
  const room = openRoom();
  const told = { errors: [request("BAD_REQUEST", "Webhook subscriptions need a key to seal their signature keys with, and this server was given none: set REFUNDRY_SECRET_KEY.")] };
  const create = await room.call("POST", "/v2/webhooks/subscriptions", { json: { subscription: { event_types: ["refund.created"], notification_url: NOWHERE } } });
  assert.deepEqual([create.reply.status, create.json], [400, told]);
  assert.deepEqual((await room.call("GET", "/v2/webhooks/subscriptions")).json, told);
  assert.equal((await room.call("GET", "/v2/webhooks/event-types")).reply.status, 200);
  await room.close();
});
