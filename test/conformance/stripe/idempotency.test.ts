/** Idempotency keys (Stripe's API reference: conventions and errors). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, member, openDesk, recordOf, textMember, thrown, type Form, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const CALLS = 50;
const keyed = (key: string) => ({ "idempotency-key": key });

test("fifty calls at the same time under one key have one effect and one answer", async () => {
  const { id } = await chargeOf(desk);
  const answers = await Promise.all(Array.from({ length: CALLS }, () => desk.post("/v1/refunds", { charge: id, amount: "20" }, keyed("fifty"))));
  assert.equal(answers.filter(({ status }) => status === 200).length, CALLS);
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  const replayed = answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true");
  assert.equal(replayed.length, CALLS - 1);
  const first = answers.find(({ headers }) => headers.get("idempotent-replayed") === null);
  for (const { headers } of replayed) {
    assert.equal(headers.get("original-request"), first?.headers.get("request-id"));
    assert.notEqual(headers.get("request-id"), first?.headers.get("request-id"));
  }
  for (const { headers } of answers) assert.equal(headers.get("idempotency-key"), "fifty");
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 20);
});

test("the parameters' order and the spelling of brackets make no other request", async () => {
  const { id } = await chargeOf(desk);
  const headers = { ...keyed("spelling"), authorization: `Bearer ${desk.key}`, "content-type": "application/x-www-form-urlencoded" };
  const send = async (body: string) => (await fetch(`${server.url}/v1/refunds`, { method: "POST", headers, body })).text();
  const first = await send(`charge=${id}&amount=10&metadata[a]=1&expand[0]=charge`);
  assert.equal(await send(`expand%5B%5D=charge&metadata%5Ba%5D=1&amount=10&charge=${id}`), first);
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 10);
});

test("a key is bound to its parameters", async () => {
  const { id } = await chargeOf(desk);
  await desk.stripe.refunds.create({ charge: id, amount: 10 }, { idempotencyKey: "bound" });
  const error = await thrown(desk.stripe.refunds.create({ charge: id, amount: 11 }, { idempotencyKey: "bound" }));
  assert.equal(error.type, "StripeIdempotencyError");
  assert.deepEqual([error.statusCode, error.rawType, error.code, error.param], [400, "idempotency_error", undefined, undefined]);
  assert.equal(error.message, "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'bound' if you meant to execute a different request.");
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 10);
});

test("a key is bound to its address; the error names this one and then the first one", async () => {
  const { id } = await chargeOf(desk);
  await desk.post("/v1/refunds", { charge: id, amount: "10" }, keyed("elsewhere"));
  const { status, json } = await desk.post(`/v1/charges/${id}/refund`, { amount: "10" }, keyed("elsewhere"));
  assert.deepEqual([status, member(json, "error", "type")], [400, "idempotency_error"]);
  assert.equal(
    member(json, "error", "message"),
    `Keys for idempotent requests can only be used for the same endpoint they were first used for ('/v1/charges/${id}/refund' vs '/v1/refunds'). Try using a key other than 'elsewhere' if you meant to execute a different request.`,
  );
});

test("a key belongs to one merchant", async () => {
  const other = openDesk(server);
  const [mine, theirs] = [await chargeOf(desk), await chargeOf(other)];
  await desk.post("/v1/refunds", { charge: mine.id }, keyed("shared"));
  const { status, headers } = await other.post("/v1/refunds", { charge: theirs.id }, keyed("shared"));
  assert.deepEqual([status, headers.get("idempotent-replayed")], [200, null]);
});

test("without a key each call is its own", async () => {
  const { id } = await chargeOf(desk);
  for (let i = 0; i < 2; i++) assert.equal((await desk.post("/v1/refunds", { charge: id, amount: "10" })).status, 200);
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 20);
});

test("a refusal is replayed, even when the same request could be done by now", async () => {
  const held = await chargeOf(desk, 1000, { capture: false });
  const params: Form = { charge: held.id, amount: "400" };
  const refusal = await desk.post("/v1/refunds", params, keyed("refusal"));
  assert.equal(refusal.status, 400);
  await desk.stripe.charges.capture(held.id);
  const again = await desk.post("/v1/refunds", params, keyed("refusal"));
  assert.deepEqual([again.status, again.text, again.headers.get("idempotent-replayed")], [400, refusal.text, "true"]);
  assert.equal((await desk.stripe.charges.retrieve(held.id)).amount_refunded, 0);
});

test("a decline is replayed, and tries the card once", async () => {
  const own = openDesk(server);
  const params: Form = { amount: "1000", currency: "usd", source: "tok_chargeDeclined" };
  const decline = await own.post("/v1/charges", params, keyed("decline"));
  const again = await own.post("/v1/charges", params, keyed("decline"));
  assert.deepEqual([decline.status, again.status, again.text], [402, 402, decline.text]);
  assert.equal((await own.stripe.charges.list()).data.length, 1);
});

test("an unknown charge is a refusal too, and is replayed", async () => {
  const params: Form = { charge: "ch_000000000000000000000000" };
  const first = await desk.post("/v1/refunds", params, keyed("unknown"));
  const again = await desk.post("/v1/refunds", params, keyed("unknown"));
  assert.deepEqual([again.status, again.text, again.headers.get("idempotent-replayed")], [404, first.text, "true"]);
});

test("a request that could not be read does not bind its key", async () => {
  const { id } = await chargeOf(desk);
  for (const params of [{ charge: id, amount: "ten" }, { charge: id, wat: "1" }, { charge: id, reason: "because" }] satisfies Form[]) {
    assert.equal((await desk.post("/v1/refunds", params, keyed("not bound"))).status, 400);
  }
  const { status, headers } = await desk.post("/v1/refunds", { charge: id, amount: "10" }, keyed("not bound"));
  assert.deepEqual([status, headers.get("idempotent-replayed")], [200, null]);
});

test("a confirmation again under its key is the same answer, though the intent has moved on", async () => {
  const { id } = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa" });
  const first = await desk.post(`/v1/payment_intents/${id}/confirm`, {}, keyed("confirmed"));
  const again = await desk.post(`/v1/payment_intents/${id}/confirm`, {}, keyed("confirmed"));
  assert.deepEqual([first.status, again.status, again.text, again.headers.get("idempotent-replayed")], [200, 200, first.text, "true"]);
});

test("a declined confirmation again under its key is the same decline", async () => {
  const { id } = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa_chargeDeclined" });
  const first = await desk.post(`/v1/payment_intents/${id}/confirm`, {}, keyed("declined"));
  const again = await desk.post(`/v1/payment_intents/${id}/confirm`, {}, keyed("declined"));
  assert.deepEqual([first.status, again.status, again.text], [402, 402, first.text]);
  assert.equal((await desk.stripe.charges.list({ payment_intent: id })).data.length, 1);
});

test("a confirmation without a method is refused, changes nothing, and is replayed", async () => {
  const { id } = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
  const before = await desk.stripe.paymentIntents.retrieve(id);
  const first = await desk.post(`/v1/payment_intents/${id}/confirm`, {}, keyed("no method"));
  assert.deepEqual([first.status, member(first.json, "error", "code"), member(first.json, "error", "payment_intent", "id")], [400, "payment_intent_unexpected_state", id]);
  assert.deepEqual(await desk.stripe.paymentIntents.retrieve(id), before);
  const again = await desk.post(`/v1/payment_intents/${id}/confirm`, {}, keyed("no method"));
  assert.equal(again.text, first.text);
});

test("every kind of write is done once under one key", async () => {
  const held = await chargeOf(desk, 1000, { capture: false });
  const intent = await intentOf(desk, 1000, { capture_method: "manual" });
  const other = await intentOf(desk, 1000, { capture_method: "manual" });
  const charge = await chargeOf(desk);
  const record = await recordOf(desk);
  const method = { "payment_method_details[type]": "custom" };
  const writes: [string, Form][] = [
    ["/v1/charges", { amount: "100", currency: "usd", source: "tok_visa" }],
    [`/v1/charges/${charge.id}`, { description: "new" }],
    [`/v1/charges/${held.id}/capture`, { amount: "500" }],
    [`/v1/charges/${charge.id}/refund`, {}],
    ["/v1/payment_intents", { amount: "100", currency: "usd", confirm: "true", payment_method: "pm_card_visa" }],
    [`/v1/payment_intents/${intent.id}/capture`, {}],
    [`/v1/payment_intents/${other.id}/cancel`, {}],
    ["/v1/payment_records/report_payment", { "amount_requested[currency]": "usd", "amount_requested[value]": "5", initiated_at: "1", ...method }],
    [`/v1/payment_records/${record.id}/report_payment_attempt_informational`, { description: "new" }],
  ];
  for (const [path, form] of writes) {
    const [first, again] = [await desk.post(path, form, keyed(`once ${path}`)), await desk.post(path, form, keyed(`once ${path}`))];
    assert.deepEqual([first.status, again.status, again.text, again.headers.get("idempotent-replayed")], [200, 200, first.text, "true"], path);
  }
});

test("a key has at most 255 printable characters", async () => {
  const { id } = await chargeOf(desk);
  const long = await desk.post("/v1/refunds", { charge: id, amount: "1" }, keyed("k".repeat(256)));
  assert.deepEqual([long.status, textMember(long.json, "error", "type")], [400, "invalid_request_error"]);
  assert.match(textMember(long.json, "error", "message"), /256 characters and can have up to 255/);
  assert.equal((await desk.post("/v1/refunds", { charge: id, amount: "1" }, keyed("é"))).status, 400);
  assert.equal((await desk.post("/v1/refunds", { charge: id, amount: "1" }, keyed("k".repeat(255)))).status, 200);
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 1);
});

test("reads take no notice of a key", async () => {
  const { id } = await chargeOf(desk);
  const read = () => desk.get(`/v1/charges/${id}`, keyed("read"));
  const before = await read();
  await desk.stripe.refunds.create({ charge: id, amount: 10 });
  const after = await read();
  assert.deepEqual([before.status, after.status, after.headers.get("idempotent-replayed")], [200, 200, null]);
  assert.equal(member(after.json, "amount_refunded"), 10);
});

test("a retry of the SDK itself, after a lost answer, refunds once", async () => {
  const { id } = await chargeOf(desk);
  const idempotencyKey = "stripe-node-retry-1";
  const [one, two] = [await desk.stripe.refunds.create({ charge: id, amount: 10 }, { idempotencyKey }), await desk.stripe.refunds.create({ charge: id, amount: 10 }, { idempotencyKey })];
  assert.equal(two.id, one.id);
  assert.equal((await desk.stripe.refunds.list({ charge: id })).data.length, 1);
});
