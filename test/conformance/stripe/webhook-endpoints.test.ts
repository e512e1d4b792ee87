/** Webhook endpoints, and what is sent to them (Stripe's API reference: Webhook Endpoints; documentation: webhook signatures). */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import type { Stripe } from "stripe";
import { present } from "../../../src/base/assert.ts";
import { sealedSecretOf, rolled } from "../../../src/engine/endpoint.ts";
import { call } from "../../test-server.ts";
import { chargeOf, member, openDesk, recordOf, refundReport, refused, said, textMember, type StripeDesk } from "./desk.ts";
import { eventsOf, heard, merchantOf, startHearing } from "./hearing.ts";

const URL = "https://example.com/hook";
const hearing = await startHearing();
const { server, store, teller, send } = hearing;
after(() => server.stop());
let desk: StripeDesk;
beforeEach(() => {
  desk = openDesk(server);
});

const made = (more: Partial<Stripe.WebhookEndpointCreateParams> = {}, options: Stripe.RequestOptions = {}) => desk.stripe.webhookEndpoints.create({ url: URL, enabled_events: ["*"], ...more }, options);
const none = (id: string) => said(`No such webhook endpoint: '${id}'`, { code: "resource_missing", param: "webhook_endpoint", status: 404 });

test("an endpoint is made, and its secret is told once", async () => {
  const endpoint = await made({ enabled_events: ["refund.created", "charge.refunded"], description: "the shop", metadata: { a: "1" }, api_version: "2026-10-28.endive" });
  const { id, secret, created, ...rest } = endpoint;
  assert.match(id, /^we_\w{24}$/);
  assert.match(secret ?? "", /^whsec_[0-9A-Za-z]{32}$/);
  assert.ok(created > 0);
  assert.deepEqual({ ...rest }, {
    object: "webhook_endpoint", api_version: "2026-10-28.endive", application: null, description: "the shop", enabled_events: ["refund.created", "charge.refunded"], livemode: false, metadata: { a: "1" }, status: "enabled", url: URL,
  });
  const { secret: _told, ...shown } = endpoint;
  assert.deepEqual({ ...(await desk.stripe.webhookEndpoints.retrieve(id)) }, { ...shown });
});

test("the same key tells the same secret, and the book does not hold it in the clear", async () => {
  const ask = () => call(server, desk.key, { path: "/v1/webhook_endpoints", form: { "url": URL, "enabled_events[]": "*" }, headers: { "idempotency-key": "one" } });
  const [first, again] = [await ask(), await ask()];
  assert.deepEqual([first.status, first.text, again.headers.get("idempotent-replayed")], [200, again.text, "true"]);
  assert.equal((await desk.stripe.webhookEndpoints.list()).data.length, 1);
  const kept = await store.reply({ merchant: await merchantOf(desk), scope: "stripe:key", key: "one" });
  assert.match(kept?.body ?? "", /"secret": "sealed:/);
  assert.ok(!(kept?.body ?? "").includes(textMember(first.json, "secret")));
});

test("an endpoint is updated, switched off and on, and deleted", async () => {
  const { stripe } = desk;
  const { id, secret } = await made({ description: "the shop", metadata: { a: "1" } });
  const updated = await stripe.webhookEndpoints.update(id, { url: "https://example.com/other", enabled_events: ["charge.refunded"], description: "", metadata: { b: "2" }, disabled: true });
  assert.deepEqual([updated.url, updated.enabled_events, updated.description, updated.metadata, updated.status, updated.secret], ["https://example.com/other", ["charge.refunded"], null, { a: "1", b: "2" }, "disabled", undefined]);
  await stripe.refunds.create({ charge: (await chargeOf(desk)).id });
  assert.deepEqual(await send(desk), [], "what is switched off hears nothing");
  assert.equal((await stripe.webhookEndpoints.update(id, { disabled: false })).status, "enabled");
  const { id: charge } = await chargeOf(desk);
  await stripe.refunds.create({ charge });
  assert.deepEqual((await send(desk)).map(({ post }) => [heard(desk, post, secret).type, post.url]), [["charge.refunded", "https://example.com/other"]]);
  assert.deepEqual({ ...(await stripe.webhookEndpoints.del(id)) }, { id, object: "webhook_endpoint", deleted: true });
  for (const gone of [stripe.webhookEndpoints.retrieve(id), stripe.webhookEndpoints.update(id, { description: "x" }), stripe.webhookEndpoints.del(id)]) assert.deepEqual(await refused(gone), none(id));
  assert.deepEqual((await stripe.webhookEndpoints.list()).data, []);
  for (const named of ["we_x", "cus_1"]) assert.deepEqual(await refused(stripe.webhookEndpoints.retrieve(named)), none(named));
});

test("endpoints are listed newest first, page by page, and there are sixteen at most", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 16; i++) ids.unshift((await made()).id);
  const { data, has_more } = await desk.stripe.webhookEndpoints.list({ limit: 5, starting_after: ids[0] ?? "" });
  assert.deepEqual([data.map(({ id }) => id), has_more], [ids.slice(1, 6), true]);
  assert.deepEqual(await refused(made()), said("You can have at most 16 webhook endpoints. Delete one that you no longer need."));
  await desk.stripe.webhookEndpoints.del(ids[3] ?? "");
  assert.equal((await made({}, { idempotencyKey: "the last" })).object, "webhook_endpoint");
  assert.equal((await made({}, { idempotencyKey: "the last" })).object, "webhook_endpoint", "a retry is answered as before");
  assert.deepEqual(await refused(desk.stripe.webhookEndpoints.list({ starting_after: "we_x" })), said("No such webhook endpoint: 'we_x'", { code: "resource_missing", param: "starting_after" }));
});

test("what cannot be an endpoint is refused in Stripe's words", async () => {
  for (const [url, why] of [["nowhere", "it is not a valid URL"], ["ftp://example.com", "it is neither https nor http"], ["https://10.0.0.1/", "its address is not a public one"], ["https://a:b@example.com/", "it holds a user name or a password"]] as const) {
    assert.deepEqual(await refused(made({ url })), said(`Invalid URL: ${why}.`, { code: "url_invalid", param: "url" }));
  }
  const create = async (form: Readonly<Record<string, string>>) => {
    const { json, status } = await desk.post("/v1/webhook_endpoints", form);
    return [status, member(json, "error", "code"), member(json, "error", "param"), textMember(json, "error", "message").slice(0, 60)];
  };
  assert.deepEqual(await create({ url: URL }), [400, "parameter_missing", "enabled_events", "Missing required param: enabled_events."]);
  assert.deepEqual(await create({ "enabled_events[]": "*" }), [400, "parameter_missing", "url", "Missing required param: url."]);
  assert.deepEqual(await create({ "url": URL, "enabled_events[]": "charge.wat" }), [400, undefined, "enabled_events[0]", "Invalid enabled_events[0]: must be one of *, account.applica"]);
  assert.deepEqual(await create({ "url": URL, "enabled_events": "*" }), [400, undefined, "enabled_events", "Invalid array"]);
  assert.deepEqual(await create({ "url": URL, "enabled_events[]": "*", "api_version": "x" }), [400, undefined, "api_version", "Invalid Stripe API version: x"]);
  const { id } = await made();
  assert.deepEqual(await refused(desk.stripe.webhookEndpoints.update(id, { url: "nowhere" })), said("Invalid URL: it is not a valid URL.", { code: "url_invalid", param: "url" }));
});

test("what is sent verifies with the SDK's own helper, and nothing else does", async () => {
  const [one, other] = [await made(), await made()];
  const { id } = await recordOf(desk);
  await desk.stripe.paymentRecords.reportRefund(id, refundReport("ref_1"));
  const sent = await send(desk);
  assert.equal(sent.length, 2);
  for (const { post } of sent) {
    const { headers, body } = post;
    assert.deepEqual([headers["content-type"], headers["user-agent"]], ["application/json; charset=utf-8", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"]);
    const event = [one, other].flatMap(({ secret }) => verified(() => heard(desk, post, secret)));
    assert.deepEqual(event.map(({ type, pending_webhooks, api_version }) => [type, pending_webhooks, api_version]), [["refund.created", 2, "2025-10-29.clover"]], "by one secret of the two");
    const secret = [one, other].map((endpoint) => endpoint.secret).find((known) => verified(() => heard(desk, post, known)).length === 1);
    const at = body.indexOf("refund.created");
    const flipped = body.slice(0, at) + String.fromCharCode(body.charCodeAt(at) ^ 1) + body.slice(at + 1);
    assert.throws(() => heard(desk, { ...post, body: flipped }, secret), /No signatures found matching/);
    const t = Number(/t=(\d+)/.exec(present(headers["stripe-signature"], "a signature"))?.[1]) * 1_000;
    assert.equal(heard(desk, post, secret, t + 300_000).type, "refund.created");
    assert.throws(() => heard(desk, post, secret, t + 301_000), /Timestamp outside the tolerance zone/);
    assert.throws(() => heard(desk, post, "whsec_another"), /No signatures found matching/);
  }
});

function verified(check: () => Stripe.Event): Stripe.Event[] {
  try {
    return [check()];
  } catch {
    return [];
  }
}

test("what is sent is what is listed, the same bytes each time, in the version that the endpoint asks for", async () => {
  const { secret, id } = await made({ api_version: "2026-10-28.endive" });
  const { id: charge } = await chargeOf(desk);
  await desk.stripe.refunds.create({ charge, amount: 300 });
  const sent = await send(desk);
  const listed = await eventsOf(desk);
  assert.deepEqual(listed.map(({ type }) => type), ["charge.succeeded", "refund.created", "charge.refunded"]);
  assert.deepEqual(listed.map(({ pending_webhooks }) => pending_webhooks), [1, 1, 1]);
  assert.deepEqual(sent.map(({ post }) => ({ ...heard(desk, post, secret) })), listed.map((event) => ({ ...event, api_version: "2026-10-28.endive" })));
  await desk.stripe.refunds.create({ charge });
  const endpoint = await endpointRow(id);
  for (const { delivery, post } of sent) {
    const [told] = await store.told([{ merchant: delivery.book, id: delivery.event }], teller.refunds);
    const again = teller.post(endpoint, { told: present(told, "an event"), delivery, lastProblem: "timeout", now: Date.now() + 5_000 });
    assert.equal(again?.body, post.body);
    assert.notEqual(again?.headers["stripe-signature"], post.headers["stripe-signature"]);
  }
});

async function endpointRow(id: string) {
  const page = { order: "newest", after: null, from: null, until: null, limit: 16 } as const;
  const found = await store.listProfiles(await merchantOf(desk), { page, of: "endpoints", dialect: "stripe" });
  return present(found.find((one) => id.endsWith(one.id)), "the endpoint");
}

test("while a secret is rolled both sign, and then the new one alone", async () => {
  const [old, fresh] = [await made(), await made()];
  const { id } = await chargeOf(desk);
  await desk.stripe.refunds.create({ charge: id });
  const { delivery } = (await send(desk))[0] ?? assert.fail();
  const [told] = await store.told([{ merchant: delivery.book, id: delivery.event }], 0);
  const row = await endpointRow(old.id);
  const until = Date.now() + 60_000;
  const patch = rolled(row, sealedSecretOf(await endpointRow(fresh.id)), until);
  const set = Object.entries(patch.set ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const rolling = { ...row, notes: { ...row.notes, ...Object.fromEntries(set) } };
  const post = (now: number) => present(teller.post(rolling, { told: present(told, "an event"), delivery, lastProblem: null, now }), "what is sent");
  const during = post(Date.now());
  assert.match(during.headers["stripe-signature"] ?? "", /^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
  for (const { secret } of [old, fresh]) assert.equal(heard(desk, during, secret).type, "charge.succeeded");
  const then = post(until);
  assert.equal(heard(desk, then, fresh.secret, until).type, "charge.succeeded");
  assert.throws(() => heard(desk, then, old.secret, until), /No signatures found matching/);
});

test("an endpoint of a platform hears its accounts where it asks to, and an account's own hears itself", async () => {
  const { stripe } = desk;
  const { id: account } = await stripe.accounts.create({});
  const on = { stripeAccount: account };
  const [own, connect] = [await made({ enabled_events: ["*"] }), await made({ connect: true, enabled_events: ["charge.refunded", "refund.created"] })];
  const direct = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", application_fee_amount: 100 }, on);
  await stripe.refunds.create({ charge: direct.id }, on);
  const destination = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", transfer_data: { destination: account }, application_fee_amount: 100 });
  await stripe.refunds.create({ charge: destination.id, reverse_transfer: true });
  const sent = await send(desk);
  const by = (endpoint: Stripe.WebhookEndpoint) => sent.flatMap(({ post }) => verified(() => heard(desk, post, endpoint.secret))).map((event) => `${event.type} ${event.account ?? "own"}`);
  assert.deepEqual(by(connect), ["refund.created", "charge.refunded", "refund.created", "charge.refunded"].map((type) => `${type} ${account}`));
  const platform = ["application_fee.created", "charge.succeeded", "transfer.created", "application_fee.created", "refund.created", "charge.refunded", "transfer.reversed"];
  assert.deepEqual(by(own).toSorted(), platform.map((type) => `${type} own`).toSorted());
  assert.equal(new Set(sent.map(({ delivery: { endpoint, event, part } }) => `${endpoint}/${event}/${part}`)).size, sent.length, "no two deliveries are one");
  const self = await made({}, on);
  assert.deepEqual(await refused(stripe.webhookEndpoints.retrieve(self.id)), none(self.id));
  assert.equal((await stripe.webhookEndpoints.retrieve(self.id, {}, on)).id, self.id);
});

test("events are found by whether they were heard, and one is sent once more", async () => {
  const { stripe } = desk;
  const { id } = await made({ enabled_events: ["charge.refunded"] });
  const { id: charge } = await chargeOf(desk);
  await stripe.refunds.create({ charge });
  const [{ delivery } = assert.fail()] = await send(desk);
  const types = async (delivery_success: boolean) => (await stripe.events.list({ delivery_success })).data.map(({ type }) => type);
  assert.deepEqual([await types(true), await types(false)], [["refund.created", "charge.succeeded"], ["charge.refunded"]]);
  const settle = (number: number, state: "delivered" | "given_up") =>
    store.outbox.record([{ try: { merchant: delivery.merchant, endpoint: delivery.endpoint, event: delivery.event, part: delivery.part, number, at: Date.now(), took: 1, status: 200, problem: null, answer: "" }, state, due: null }]);
  await settle(1, "given_up");
  const [failed] = (await stripe.events.list({ delivery_success: false })).data;
  assert.deepEqual([failed?.type, failed?.pending_webhooks], ["charge.refunded", 0]);
  const retried = await desk.post(`/v1/events/${failed?.id ?? ""}/retry`, { webhook_endpoint: id, for_stripecli: "true" });
  assert.deepEqual([retried.status, member(retried.json, "id"), member(retried.json, "pending_webhooks")], [200, failed?.id, 1]);
  assert.deepEqual((await store.outbox.due(delivery.merchant, { endpoint: delivery.endpoint, by: Date.now() + 1_000, limit: 10 })).map(({ event }) => event), [delivery.event]);
  await settle(2, "delivered");
  assert.deepEqual(await types(false), []);
  const [unasked] = (await stripe.events.list({ type: "refund.created" })).data;
  const refusal = async (event: string | undefined, form: Readonly<Record<string, string>>) => {
    const { status, json } = await desk.post(`/v1/events/${event ?? ""}/retry`, form);
    return [status, member(json, "error", "param"), member(json, "error", "message")];
  };
  assert.deepEqual(await refusal(unasked?.id, { webhook_endpoint: id }), [400, "webhook_endpoint", `The event ${unasked?.id ?? ""} was never sent to the webhook endpoint ${id}: it did not ask for it when it happened.`]);
  assert.deepEqual(await refusal(unasked?.id, { webhook_endpoint: "we_x" }), [404, "webhook_endpoint", "No such webhook endpoint: 'we_x'"]);
  assert.deepEqual(await refusal("evt_x", { webhook_endpoint: id }), [404, "id", "No such event: 'evt_x'"]);
  assert.deepEqual(await refusal(failed?.id, { webhook_endpoint: id, account: "acct_x" }), [404, "account", "No such account: 'acct_x'"]);
});

test("an account's event is sent once more to the platform's endpoint", async () => {
  const { id: account } = await desk.stripe.accounts.create({});
  const { id } = await made({ connect: true });
  await desk.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" }, { stripeAccount: account });
  const [{ delivery, post } = assert.fail()] = await send(desk);
  const event = textMember(JSON.parse(post.body), "id");
  const retried = await desk.post(`/v1/events/${event}/retry`, { webhook_endpoint: id, account });
  assert.deepEqual([retried.status, member(retried.json, "id"), member(retried.json, "account"), member(retried.json, "pending_webhooks"), delivery.account === null], [200, event, account, 1, false]);
});

test("tries go on for three days in live mode, and are three in test mode", () => {
  const HOUR = 3_600_000;
  const live = teller.waits("live");
  assert.deepEqual(live.slice(0, 6), [HOUR / 12, HOUR / 2, 2 * HOUR, 5 * HOUR, 10 * HOUR, 12 * HOUR]);
  const whole = live.reduce((sum, wait) => sum + wait, 0);
  assert.ok(whole <= 72 * HOUR && whole > 60 * HOUR);
  assert.deepEqual([teller.waits("test"), teller.patience], [[HOUR / 2, 2 * HOUR], 30_000]);
});
