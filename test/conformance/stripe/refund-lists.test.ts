/** GET /v1/refunds and GET /v1/refunds/{id} (Stripe's API reference: Refunds, 2.3 and 4). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, linkId, member, openDesk, recordOf, refundReport, refused, said, type StripeDesk } from "./desk.ts";

const MANY = 120;
let server: TestServer;
let desk: StripeDesk;
let charge: string;
let newestFirst: string[];
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
  charge = (await chargeOf(desk, 10_000)).id;
  newestFirst = [];
  for (let i = 1; i <= MANY; i++) newestFirst.unshift((await desk.stripe.refunds.create({ charge, amount: i <= MANY / 2 ? 1 : 2 })).id);
});
after(() => server.stop());

const idsOf = (list: { readonly data: readonly { readonly id: string }[] }) => list.data.map(({ id }) => id);

test("auto-pagination walks more than a hundred refunds, each once, newest first", async () => {
  const seen: string[] = [];
  for await (const { id } of desk.stripe.refunds.list({ limit: 50 })) seen.push(id);
  assert.deepEqual(seen, newestFirst);
  const byDefault = await desk.stripe.refunds.list({ charge }).autoPagingToArray({ limit: 1000 });
  assert.deepEqual(byDefault.map(({ id }) => id), newestFirst);
});

test("auto-pagination walks backwards from the oldest", async () => {
  const oldest = newestFirst.at(-1) ?? "";
  const seen = await desk.stripe.refunds.list({ ending_before: oldest, limit: 37 }).autoPagingToArray({ limit: 1000 });
  assert.deepEqual(seen.map(({ id }) => id), newestFirst.slice(0, -1).toReversed());
});

test("a page before a cursor is the page just before it, still newest first", async () => {
  const page = await desk.stripe.refunds.list({ ending_before: newestFirst[50] ?? "", limit: 10 });
  assert.deepEqual([idsOf(page), page.has_more], [newestFirst.slice(40, 50), true]);
  const first = await desk.stripe.refunds.list({ ending_before: newestFirst[3] ?? "", limit: 10 });
  assert.deepEqual([idsOf(first), first.has_more], [newestFirst.slice(0, 3), false]);
});

test("limits are clamped to 1 and 100 without a word", async () => {
  for (const [limit, count] of [["0", 1], ["-5", 1], ["1", 1], ["100", 100], ["101", 100], ["100000", 100]] as const) {
    const { status, json } = await desk.get(`/v1/refunds?limit=${limit}`);
    const data = member(json, "data");
    assert.ok(Array.isArray(data));
    assert.deepEqual([status, data.length, member(json, "has_more")], [200, count, true], limit);
  }
  assert.equal((await desk.stripe.refunds.list()).data.length, 10);
  const { status, json } = await desk.get("/v1/refunds?limit=abc");
  assert.deepEqual([status, member(json, "error", "message"), member(json, "error", "code"), member(json, "error", "param")], [400, "Invalid integer: abc", "parameter_invalid_integer", "limit"]);
});

test("the last page says that there is no more", async () => {
  const page = await desk.stripe.refunds.list({ starting_after: newestFirst.at(-11) ?? "", limit: 10 });
  assert.deepEqual([idsOf(page), page.has_more], [newestFirst.slice(-10), false]);
});

test("unknown cursors are refused, and come before two cursors at once", async () => {
  const { refunds } = desk.stripe;
  const missing = (id: string, param: string) => said(`No such refund: '${id}'`, { code: "resource_missing", param });
  assert.deepEqual(await refused(refunds.list({ starting_after: "re_nope" })), missing("re_nope", "starting_after"));
  assert.deepEqual(await refused(refunds.list({ ending_before: "re_nope" })), missing("re_nope", "ending_before"));
  const foreign = await chargeOf(openDesk(server));
  assert.deepEqual(await refused(refunds.list({ starting_after: foreign.id })), missing(foreign.id, "starting_after"));
  const [known] = newestFirst;
  const both = { starting_after: known ?? "", ending_before: "re_nope" };
  assert.deepEqual(await refused(refunds.list(both)), missing("re_nope", "ending_before"));
  assert.deepEqual(await refused(refunds.list({ ...both, ending_before: known ?? "" })), said("Received both starting_after and ending_before parameters. Please pass in only one."));
});

test("refunds are listed by charge and by intent, and by charge they are counted", async () => {
  const own = openDesk(server);
  const intent = await intentOf(own);
  const byItself = linkId(intent.latest_charge);
  const other = await chargeOf(own);
  const one = await own.stripe.refunds.create({ payment_intent: intent.id, amount: 1 });
  const two = await own.stripe.refunds.create({ charge: other.id, amount: 2 });
  const { refunds } = own.stripe;
  assert.deepEqual(idsOf(await refunds.list()), [two.id, one.id]);
  assert.deepEqual(idsOf(await refunds.list({ charge: other.id })), [two.id]);
  assert.deepEqual(idsOf(await refunds.list({ charge: byItself })), [one.id]);
  assert.deepEqual(idsOf(await refunds.list({ payment_intent: intent.id })), [one.id]);
  assert.deepEqual(idsOf(await refunds.list({ charge: byItself, payment_intent: intent.id })), [one.id]);
  const counted = await own.get(`/v1/refunds?charge=${other.id}&limit=1`);
  assert.equal(member(counted.json, "count"), 1);
  assert.equal(member((await own.get("/v1/refunds")).json, "count"), undefined);
  assert.equal(member((await own.get(`/v1/refunds?payment_intent=${intent.id}`)).json, "count"), undefined);
  assert.equal(member((await desk.get(`/v1/refunds?charge=${charge}&limit=1`)).json, "count"), MANY);
});

test("refunds are listed by the time they were created", async () => {
  const own = openDesk(server);
  const { id } = await chargeOf(own);
  const made = await own.stripe.refunds.create({ charge: id, amount: 1 });
  const at = made.created;
  const hits = [{ created: at }, { created: { gte: at, lte: at } }, { created: { gt: at - 1, lt: at + 1 } }, { created: { gte: at } }, { created: { lte: at } }];
  for (const filter of hits) assert.deepEqual(idsOf(await own.stripe.refunds.list(filter)), [made.id], JSON.stringify(filter));
  const misses = [{ created: at - 1 }, { created: at + 1 }, { created: { gt: at } }, { created: { lt: at } }, { created: { gte: at + 1, lte: at - 1 } }];
  for (const filter of misses) assert.deepEqual(idsOf(await own.stripe.refunds.list(filter)), [], JSON.stringify(filter));
  const { status, json } = await own.get("/v1/refunds?created[since]=1");
  assert.deepEqual([status, member(json, "error", "message")], [400, "Received unknown parameter: created[since]"]);
});

test("unknown ids in a filter are refused by the filter's name", async () => {
  const { refunds } = desk.stripe;
  assert.deepEqual(await refused(refunds.list({ charge: "ch_nope" })), said("No such charge: 'ch_nope'", { code: "resource_missing", param: "charge" }));
  assert.deepEqual(await refused(refunds.list({ payment_intent: "pi_nope" })), said("No such payment_intent: 'pi_nope'", { code: "resource_missing", param: "payment_intent" }));
});

test("a refund is retrieved as it was made", async () => {
  const { id } = await chargeOf(desk);
  const made = await desk.stripe.refunds.create({ charge: id, amount: 5, metadata: { a: "b" } });
  assert.deepEqual(await desk.stripe.refunds.retrieve(made.id), made);
  assert.deepEqual((await desk.stripe.refunds.list({ charge: id })).data, [made]);
  assert.deepEqual(await refused(desk.stripe.refunds.retrieve("re_nope")), said("No such refund: 're_nope'", { status: 404, code: "resource_missing", param: "refund" }));
});

test("a reported refund is a Refund without a charge", async () => {
  const own = openDesk(server);
  const record = await recordOf(own);
  await own.stripe.paymentRecords.reportRefund(record.id, refundReport("listed", 300));
  const { data } = await own.stripe.refunds.list();
  assert.deepEqual(data.map(({ amount, charge, payment_intent, payment_method, status }) => [amount, charge, payment_intent, payment_method, status]), [[300, null, null, null, "succeeded"]]);
  const [refund] = data;
  assert.deepEqual(await own.stripe.refunds.retrieve(refund?.id ?? ""), refund);
});

test("lists answer with the address they were asked at, and nothing but lists know", async () => {
  const { json } = await desk.get(`/v1/refunds?limit=1&charge=${charge}`);
  assert.deepEqual([member(json, "object"), member(json, "url")], ["list", "/v1/refunds"]);
  const { status, json: strange } = await desk.get("/v1/refunds?offset=10");
  assert.deepEqual([status, member(strange, "error", "message")], [400, "Received unknown parameter: offset"]);
});
