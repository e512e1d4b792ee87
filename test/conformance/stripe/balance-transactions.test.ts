/** GET /v1/balance_transactions, one and many, and their old name (Stripe's API reference: balance transactions). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, expanded, intentOf, linkId, member, openDesk, recordOf, refundReport, refused, said, type StripeDesk } from "./desk.ts";

const DAY_SECONDS = 24 * 3_600;
const WAIT_MS_MAX = 5_000;

let server: TestServer;
/** Where what goes on later does so at once. */
let quick: TestServer;
let desk: StripeDesk;
/** Of the shared desk, newest first: twelve charges of 10.00 usd with a refund each, and between them one of 500 jpy. */
let newestFirst: string[];
let yen: string;
before(async () => {
  server = await startTestServer();
  quick = await startTestServer({ flags: { sandboxDelay: "0" } });
  desk = openDesk(server);
  newestFirst = [];
  for (let i = 0; i < 12; i++) {
    const charge = await chargeOf(desk);
    const refund = await desk.stripe.refunds.create({ charge: charge.id, amount: i + 1 });
    newestFirst.unshift(linkId(refund.balance_transaction), linkId(charge.balance_transaction));
    if (i === 5) {
      yen = linkId((await chargeOf(desk, 500, { currency: "jpy" })).balance_transaction);
      newestFirst.unshift(yen);
    }
  }
});
after(async () => {
  await server.stop();
  await quick.stop();
});

const idsOf = (list: { readonly data: readonly { readonly id: string }[] }) => list.data.map(({ id }) => id);
const list = (params: Stripe.BalanceTransactionListParams = {}, own = desk) => own.stripe.balanceTransactions.list(params);
const retrieve = (id: string | Stripe.BalanceTransaction | null, own = desk) => own.stripe.balanceTransactions.retrieve(linkId(id));
const shown = ({ type, reporting_category: category, amount, fee, net, description, source }: Stripe.BalanceTransaction) => [type, category, amount, fee, net, description, source];

/** What is read again and again until it has that status. */
async function becomes<T extends { readonly status: string | null }>(read: () => Promise<T>, status: string): Promise<T> {
  const until = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await read();
    if (found.status === status) return found;
    assert.ok(Date.now() < until, `it is still ${found.status}`);
    await delay(5);
  }
}

const midnightAfter = (created: number, days: number) => (Math.floor(created / DAY_SECONDS) + days) * DAY_SECONDS;

test("a charge's transaction shows what was taken in, and when it can be paid out", async () => {
  const own = openDesk(server);
  const charge = await chargeOf(own, 4400, { description: "a book" });
  const { id, created, lastResponse: _, ...rest } = await retrieve(charge.balance_transaction, own);
  assert.equal(id, charge.balance_transaction);
  assert.deepEqual(rest, {
    object: "balance_transaction",
    amount: 4400,
    available_on: midnightAfter(created, 2),
    balance_type: "payments",
    currency: "usd",
    description: "a book",
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: 4400,
    reporting_category: "charge",
    source: charge.id,
    status: "pending",
    type: "charge",
  });
  assert.equal(created, charge.created);
});

test("a refund's transaction takes away what was given back, and names the charge by its description", async () => {
  const own = openDesk(server);
  const charge = await chargeOf(own, 4400, { description: "a book" });
  const refund = await own.stripe.refunds.create({ charge: charge.id, amount: 1400 });
  const { id, created, lastResponse: _, ...rest } = await retrieve(refund.balance_transaction, own);
  assert.equal(id, refund.balance_transaction);
  assert.deepEqual(rest, {
    object: "balance_transaction",
    amount: -1400,
    available_on: midnightAfter(created, 2),
    balance_type: "payments",
    currency: "usd",
    description: "REFUND FOR CHARGE (a book)",
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: -1400,
    reporting_category: "refund",
    source: refund.id,
    status: "pending",
    type: "refund",
  });
  const nameless = await chargeOf(own);
  const other = await own.stripe.refunds.create({ charge: nameless.id, expand: ["balance_transaction"] });
  assert.equal(expanded(other.balance_transaction).description, "REFUND FOR CHARGE");
  await own.stripe.charges.update(charge.id, { description: "another book" });
  assert.equal((await retrieve(charge.balance_transaction, own)).description, "a book", "as it was when the money moved");
});

test("what was partly captured, or taken through an intent, is a charge like others", async () => {
  const own = openDesk(server);
  const { id } = await chargeOf(own, 1000, { capture: false });
  assert.deepEqual(idsOf(await list({}, own)), [], "an authorization moves nothing");
  const captured = await own.stripe.charges.capture(id, { amount: 400 });
  const one = await retrieve(captured.balance_transaction, own);
  assert.deepEqual([one.amount, one.source, one.created >= captured.created], [400, id, true]);
  const intent = await intentOf(own, 700, { description: "two books" });
  const [newest] = (await list({ limit: 1 }, own)).data;
  assert.deepEqual([newest?.amount, newest?.source, newest?.description], [700, linkId(intent.latest_charge), "two books"]);
});

test("what moved no money here has no transaction", async () => {
  const own = openDesk(server);
  const released = await chargeOf(own, 1000, { capture: false });
  assert.equal((await own.stripe.refunds.create({ charge: released.id })).balance_transaction, null);
  const record = await recordOf(own);
  await own.stripe.paymentRecords.reportRefund(record.id, refundReport("told", 300));
  const [told] = (await own.stripe.refunds.list({ limit: 1 })).data;
  assert.deepEqual([told?.amount, told?.balance_transaction], [300, null]);
  assert.deepEqual((await list({}, own)).data, []);
  // The entry is there, and shares its id with the refund.
  const hidden = `txn_${told?.id.slice("re_".length) ?? ""}`;
  assert.deepEqual(await refused(retrieve(hidden, own)), said(`No such balance transaction: '${hidden}'`, { status: 404, code: "resource_missing", param: "id" }));
  assert.deepEqual(await refused(list({ starting_after: hidden }, own)), said(`No such balance transaction: '${hidden}'`, { code: "resource_missing", param: "starting_after" }));
  assert.deepEqual((await list({ source: told?.id ?? "" }, own)).data, []);
});

test("a refund that was only reported, of a charge that our processor took, moved that processor's money", async () => {
  const own = openDesk(server);
  const charge = await chargeOf(own);
  await own.stripe.paymentRecords.reportRefund(charge.id.replace("ch_", "pr_"), refundReport("in the dashboard", 300));
  assert.deepEqual((await list({}, own)).data.map(({ amount, type }) => [amount, type]), [[-300, "refund"], [1000, "charge"]]);
});

test("all are listed newest first, and auto-pagination walks both ways", async () => {
  assert.deepEqual(idsOf(await list({ limit: 100 })), newestFirst);
  const forwards = await list({ limit: 4 }).autoPagingToArray({ limit: 1000 });
  assert.deepEqual(forwards.map(({ id }) => id), newestFirst);
  const backwards = await list({ limit: 4, ending_before: newestFirst.at(-1) ?? "" }).autoPagingToArray({ limit: 1000 });
  assert.deepEqual(backwards.map(({ id }) => id), newestFirst.slice(0, -1).toReversed());
});

test("pages begin after a cursor and end before one, newest first either way", async () => {
  const after = await list({ starting_after: newestFirst[9] ?? "", limit: 5 });
  assert.deepEqual([idsOf(after), after.has_more], [newestFirst.slice(10, 15), true]);
  const before = await list({ ending_before: newestFirst[9] ?? "", limit: 5 });
  assert.deepEqual([idsOf(before), before.has_more], [newestFirst.slice(4, 9), true]);
  const last = await list({ starting_after: newestFirst.at(-4) ?? "", limit: 5 });
  assert.deepEqual([idsOf(last), last.has_more], [newestFirst.slice(-3), false]);
});

test("lists are filtered by type, also page by page", async () => {
  const all = (await list({ limit: 100 })).data;
  for (const type of ["charge", "refund"]) {
    const expected = all.filter((one) => one.type === type).map(({ id }) => id);
    assert.ok(expected.length >= 12);
    assert.deepEqual((await list({ type, limit: 5 }).autoPagingToArray({ limit: 1000 })).map(({ id }) => id), expected);
    const back = await list({ type, limit: 5, ending_before: expected.at(-1) ?? "" }).autoPagingToArray({ limit: 1000 });
    assert.deepEqual(back.map(({ id }) => id), expected.slice(0, -1).toReversed());
  }
  assert.deepEqual(idsOf(await list({ type: "refund", starting_after: yen, limit: 2 })), all.slice(all.findIndex(({ id }) => id === yen)).filter((one) => one.type === "refund").slice(0, 2).map(({ id }) => id), "a cursor of another type is a place in the same order");
});

test("lists are filtered by currency, however rare it is", async () => {
  assert.deepEqual(idsOf(await list({ currency: "jpy" })), [yen]);
  assert.deepEqual(idsOf(await list({ currency: "JPY", type: "charge" })), [yen]);
  assert.deepEqual(idsOf(await list({ currency: "jpy", type: "refund" })), []);
  assert.deepEqual(idsOf(await list({ currency: "usd", limit: 100 })), newestFirst.filter((id) => id !== yen));
});

test("lists are filtered by source", async () => {
  const own = openDesk(server);
  const charge = await chargeOf(own);
  const refund = await own.stripe.refunds.create({ charge: charge.id, amount: 100 });
  const open = await chargeOf(own, 1000, { capture: false });
  assert.deepEqual(idsOf(await list({ source: charge.id }, own)), [charge.balance_transaction]);
  assert.deepEqual(idsOf(await list({ source: refund.id }, own)), [refund.balance_transaction]);
  for (const params of [{ source: refund.id, type: "charge" }, { source: charge.id, currency: "eur" }, { source: charge.id, created: { gt: charge.created + 60 } }, { source: open.id }]) {
    assert.deepEqual(idsOf(await list(params, own)), [], JSON.stringify(params));
  }
  assert.deepEqual(idsOf(await list({ source: charge.id })), [], "another's");
});

test("a refund that failed has a second transaction, which brings its money back", async () => {
  const own = openDesk(quick);
  const charge = await chargeOf(own, 1000, { source: "tok_refundFail", description: "a book" });
  const { id } = await own.stripe.refunds.create({ charge: charge.id, amount: 300 });
  const failed = await becomes(() => own.stripe.refunds.retrieve(id), "failed");
  const { data } = await list({ type: "refund_failure" }, own);
  assert.deepEqual(data.map(shown), [["refund_failure", "refund_failure", 300, 0, 300, "REFUND FAILURE (a book)", id]]);
  assert.deepEqual(idsOf({ data }), [failed.failure_balance_transaction]);
  assert.deepEqual(idsOf(await list({ source: id }, own)), [failed.failure_balance_transaction, failed.balance_transaction]);
  const { source } = await own.stripe.balanceTransactions.retrieve(linkId(failed.failure_balance_transaction), { expand: ["source.failure_balance_transaction", "source.balance_transaction"] });
  assert.deepEqual([member(source, "failure_balance_transaction", "amount"), member(source, "balance_transaction", "amount")], [300, -300]);
  const { failure_balance_transaction: followed } = await own.stripe.refunds.retrieve(id, { expand: ["failure_balance_transaction.source"] });
  assert.equal(member(expanded(followed).source, "status"), "failed");
});

test("a dispute's transactions are adjustments, lead to the dispute, and are not found by it", async () => {
  const own = openDesk(quick);
  const charge = await chargeOf(own, 1000, { source: "tok_createDispute" });
  const [dispute] = (await own.stripe.disputes.list({ charge: charge.id })).data;
  const id = dispute?.id ?? "";
  await own.stripe.disputes.update(id, { evidence: { uncategorized_text: "winning_evidence" } });
  const won = await becomes(() => own.stripe.disputes.retrieve(id, { expand: ["balance_transactions.source"] }), "won");
  const { data } = await list({ type: "adjustment" }, own);
  assert.deepEqual(data.map(shown), [
    ["adjustment", "dispute_reversal", 1000, 0, 1000, `Chargeback reversal for ${charge.id}`, id],
    ["adjustment", "dispute", -1000, 1500, -2500, `Chargeback withdrawal for ${charge.id}`, id],
  ]);
  assert.deepEqual(data[1]?.fee_details, [{ amount: 1500, application: null, currency: "usd", description: "Dispute fee", type: "stripe_fee" }]);
  assert.deepEqual(idsOf({ data: won.balance_transactions.toReversed() }), idsOf({ data }));
  assert.deepEqual(won.balance_transactions.map(({ source }) => member(source, "id")), [id, id]);
  assert.deepEqual([idsOf(await list({ source: id }, own)), idsOf(await list({ source: charge.id }, own))], [[], [charge.balance_transaction]]);
  const followed = (await list({ type: "adjustment", limit: 1, expand: ["data.source.charge.balance_transaction"] }, own)).data[0]?.source;
  assert.deepEqual([member(followed, "object"), member(followed, "status"), member(followed, "charge", "balance_transaction", "amount")], ["dispute", "won", 1000]);
});

test("values that name nothing give an empty list and no error", async () => {
  for (const params of [{ type: "payout" }, { type: "nope" }, { currency: "xyz" }, { currency: "eur" }, { source: "ch_nope" }, { source: "re_nope" }, { source: "du_1" }, { source: `ch_${"0".repeat(24)}` }]) {
    const page = await list(params);
    assert.deepEqual([page.data, page.has_more], [[], false], JSON.stringify(params));
  }
});

test("lists are filtered by the time of the movement", async () => {
  const own = openDesk(server);
  const { created, balance_transaction } = await chargeOf(own);
  const id = linkId(balance_transaction);
  for (const filter of [created, { gte: created, lte: created }, { gt: created - 1, lt: created + 1 }]) assert.deepEqual(idsOf(await list({ created: filter }, own)), [id], JSON.stringify(filter));
  for (const filter of [created - 1, created + 1, { gt: created }, { lt: created }]) assert.deepEqual(idsOf(await list({ created: filter }, own)), [], JSON.stringify(filter));
  assert.deepEqual(idsOf(await list({ created: { lte: created }, type: "charge", currency: "usd" }, own)), [id]);
});

test("the source is followed where it is expanded, four links deep", async () => {
  const own = openDesk(server);
  const intent = await intentOf(own, 1000, { description: "a book" });
  const refund = await own.stripe.refunds.create({ payment_intent: intent.id, amount: 250 });
  const { data } = await list({ expand: ["data.source.charge.refunds", "data.source.payment_intent"] }, own);
  const [given, taken] = data.map(({ source }) => source);
  assert.deepEqual([member(given, "object"), member(given, "id"), member(given, "charge", "amount_refunded")], ["refund", refund.id, 250]);
  assert.equal(member(given, "charge", "refunds", "total_count"), 1);
  assert.deepEqual([member(taken, "object"), member(taken, "id"), member(taken, "payment_intent", "id")], ["charge", linkId(intent.latest_charge), intent.id]);
  const one = await own.stripe.balanceTransactions.retrieve(linkId(refund.balance_transaction), { expand: ["source.balance_transaction.source", "source.charge.balance_transaction"] });
  assert.deepEqual([member(one.source, "balance_transaction", "source", "id"), member(one.source, "charge", "balance_transaction", "amount")], [refund.id, 1000]);
  const made = await own.stripe.refunds.create({ payment_intent: intent.id, amount: 1, expand: ["balance_transaction.source.charge", "charge.balance_transaction.source"] });
  assert.equal(member(expanded(made.balance_transaction).source, "charge", "id"), linkId(intent.latest_charge));
  assert.equal(member(member(made.charge, "balance_transaction"), "source", "amount_refunded"), 251);
  const charges = await own.stripe.charges.list({ expand: ["data.balance_transaction.source"] });
  assert.deepEqual(charges.data.map((charge) => member(expanded(charge.balance_transaction).source, "id")), [linkId(intent.latest_charge)]);
  const tooDeep = await own.get("/v1/balance_transactions?expand[]=data.source.charge.payment_intent.latest_charge");
  assert.deepEqual([tooDeep.status, member(tooDeep.json, "error", "message")], [400, "You cannot expand more than 4 levels of a property: data.source.charge.payment_intent.latest_charge"]);
});

test("what cannot be expanded is refused by name", async () => {
  const messages = async (path: string) => member((await desk.get(`/v1/balance_transactions?expand[]=${path}`)).json, "error", "message");
  assert.equal(await messages("data.fee"), "This property cannot be expanded (data.fee).");
  assert.equal(await messages("data.source.wat"), "This property cannot be expanded because it doesn't exist: data.source.wat.");
  assert.equal(await messages("source"), "This property cannot be expanded (source). You may want to try expanding 'data.source' instead.");
  assert.equal(await messages("data.source.charge.refunds.balance_transaction"), "You cannot expand more than 4 levels of a property: data.source.charge.refunds.balance_transaction");
  assert.equal(member((await desk.get("/v1/balance?expand[]=available")).json, "error", "message"), "This property cannot be expanded (available).");
});

test("unknown transactions, payouts and cursors are refused in Stripe's words", async () => {
  const missing = (id: string, param: string, status = 400) => said(`No such balance transaction: '${id}'`, { status, code: "resource_missing", param });
  assert.deepEqual(await refused(retrieve("txn_x")), missing("txn_x", "id", 404));
  const [known] = newestFirst;
  assert.deepEqual(await refused(retrieve(known ?? "", openDesk(server))), missing(known ?? "", "id", 404), "another's");
  assert.deepEqual(await refused(list({ payout: "po_nope" })), said("No such payout: 'po_nope'", { code: "resource_missing", param: "payout" }));
  for (const param of ["starting_after", "ending_before"] as const) {
    assert.deepEqual(await refused(list({ [param]: "txn_nope" })), missing("txn_nope", param));
    assert.deepEqual(await refused(list({ [param]: known ?? "" }, openDesk(server))), missing(known ?? "", param));
    assert.deepEqual(await refused(list({ [param]: "txn_nope", type: "nope" })), missing("txn_nope", param), "also where nothing is listed");
  }
  const both = { starting_after: known ?? "", ending_before: known ?? "" };
  assert.deepEqual(await refused(list(both)), said("Received both starting_after and ending_before parameters. Please pass in only one."));
  const { status, json } = await desk.get("/v1/balance_transactions?limit=abc");
  assert.deepEqual([status, member(json, "error", "message"), member(json, "error", "param")], [400, "Invalid integer: abc", "limit"]);
  assert.equal(member((await desk.get("/v1/balance_transactions?wat=1")).json, "error", "message"), "Received unknown parameter: wat");
  assert.equal(member((await desk.get("/v1/balance_transactions?type[]=charge")).json, "error", "message"), "Invalid string");
});

test("the old name answers the same", async () => {
  const path = "?limit=3&type=refund";
  const [old, now] = [await desk.get(`/v1/balance/history${path}`), await desk.get(`/v1/balance_transactions${path}`)];
  assert.deepEqual(member(old.json, "data"), member(now.json, "data"));
  assert.equal(member(old.json, "url"), "/v1/balance/history");
  assert.equal((await desk.get(`/v1/balance/history/${yen}`)).text, (await desk.get(`/v1/balance_transactions/${yen}`)).text);
  assert.equal(member((await desk.get("/v1/balance/history/txn_x")).json, "error", "message"), "No such balance transaction: 'txn_x'");
});
