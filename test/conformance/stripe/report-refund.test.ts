/** POST /v1/payment_records/{id}/report_refund: Stripe's API reference: report a refund. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { member, NOW, openDesk, openRecordOf, recordOf, refundReport, refused, said, shapeOf, thrown, type Form, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const REFERENCE = "processor_details[custom][refund_reference]";
const documented = {
  id: "pr_5RV730PrHyAEi",
  object: "payment_record",
  amount_canceled: { currency: "usd", value: 0 },
  amount_failed: { currency: "usd", value: 0 },
  amount_guaranteed: { currency: "usd", value: 0 },
  amount_refunded: { currency: "usd", value: 1000 },
  amount_requested: { currency: "usd", value: 1000 },
  created: 1730211363,
  customer_details: null,
  customer_presence: "on_session",
  description: "computer software",
  latest_payment_attempt_record: "par_1ArV730PrHyQuG",
  livemode: true,
  metadata: {},
  payment_method_details: { billing_details: null, custom: { display_name: "newpay", type: "cpmt_125kjj3hn3sdf" }, payment_method: "pm_5j23kjksibjlks", type: "custom" },
  processor_details: { type: "custom", custom: { payment_reference: "npp2358872734k" } },
  shipping_details: null,
};

/** The form of the documented curl. */
const reported = (reference: string, value = "1000"): Form => ({
  "processor_details[type]": "custom",
  [REFERENCE]: reference,
  outcome: "refunded",
  "refunded[refunded_at]": "1730253453",
  "amount[currency]": "usd",
  "amount[value]": value,
  initiated_at: "1730253450",
});

function documentedPayment(at: StripeDesk) {
  return at.stripe.paymentRecords.reportPayment({
    amount_requested: { currency: "usd", value: 1000 },
    initiated_at: 1730211360,
    customer_presence: "on_session",
    description: "computer software",
    payment_method_details: { type: "custom", payment_method: "pm_5j23kjksibjlks", custom: { display_name: "newpay", type: "cpmt_125kjj3hn3sdf" } },
    processor_details: { type: "custom", custom: { payment_reference: "npp2358872734k" } },
    outcome: "guaranteed",
    guaranteed: { guaranteed_at: 1730211363 },
  });
}

test("the documented request has the documented answer", async () => {
  const { id } = await documentedPayment(desk);
  const basic = `Basic ${Buffer.from(`${desk.key}:`).toString("base64")}`;
  const answer = await desk.post(`/v1/payment_records/${id}/report_refund`, reported("refund_12345"), { authorization: basic });
  assert.equal(answer.status, 200);
  const shape = shapeOf(answer.json);
  assert.deepEqual([...shapeOf(documented)].filter((path) => !shape.has(path)), []);
  for (const [name, value] of Object.entries(documented)) {
    if (["id", "created", "latest_payment_attempt_record", "livemode"].includes(name)) continue;
    assert.deepEqual(member(answer.json, name), value, name);
  }
  assert.equal(member(answer.json, "id"), id);
  assert.equal(member(answer.json, "livemode"), false);
  assert.match(String(member(answer.json, "latest_payment_attempt_record")), /^par_[0-9A-Za-z]{24}$/);
  assert.deepEqual(await desk.stripe.paymentRecords.retrieve(id).then((record) => record.amount_refunded), { currency: "usd", value: 1000 });
});

test("newer members are sent to every version", async () => {
  const { id } = await recordOf(desk, 1000);
  const answer = await desk.post(`/v1/payment_records/${id}/report_refund`, reported("newer", "400"), { "stripe-version": "2025-10-29.clover" });
  const money = (value: number) => ({ currency: "usd", value });
  const { amount, amount_authorized, application, reported_by } = await desk.stripe.paymentRecords.retrieve(id);
  assert.deepEqual([amount, amount_authorized, application, reported_by], [money(1000), money(0), null, "self"]);
  for (const name of ["amount", "amount_authorized", "application", "reported_by"]) assert.notEqual(member(answer.json, name), undefined, name);
});

test("the same report again, without a key, changes nothing and answers the same bytes", async () => {
  const { id } = await recordOf(desk);
  const path = `/v1/payment_records/${id}/report_refund`;
  const first = await desk.post(path, reported("again", "300"));
  const other = await desk.post(path, reported("in between", "100"));
  const second = await desk.post(path, reported("again", "300"));
  assert.equal(first.status, 200);
  assert.equal(second.text, first.text);
  assert.equal(second.status, 200);
  assert.equal(second.headers.get("idempotent-replayed"), "true");
  assert.notEqual(other.text, first.text);
  const record = await desk.stripe.paymentRecords.retrieve(id);
  assert.equal(record.amount_refunded.value, 400);
});

test("the same report again under another key changes nothing either", async () => {
  const { id } = await recordOf(desk);
  const one = await desk.stripe.paymentRecords.reportRefund(id, refundReport("two keys", 300), { idempotencyKey: "key one" });
  const two = await desk.stripe.paymentRecords.reportRefund(id, refundReport("two keys", 300), { idempotencyKey: "key two" });
  assert.deepEqual(two, one);
  assert.equal((await desk.stripe.paymentRecords.retrieve(id)).amount_refunded.value, 300);
});

test("fifty calls of one report at the same time refund once", async () => {
  const { id } = await recordOf(desk);
  const path = `/v1/payment_records/${id}/report_refund`;
  const answers = await Promise.all(Array.from({ length: 50 }, () => desk.post(path, reported("fifty", "20"))));
  assert.deepEqual([...new Set(answers.map(({ status, text }) => `${status} ${text}`))], [`200 ${answers[0]?.text}`]);
  assert.equal((await desk.stripe.paymentRecords.retrieve(id)).amount_refunded.value, 20);
});

test("a reference that was used for another refund is refused", async () => {
  const [one, two] = [await recordOf(desk), await recordOf(desk)];
  await desk.stripe.paymentRecords.reportRefund(one.id, refundReport("taken", 300));
  const taken = said("The refund reference 'taken' was already used for another refund. References must be unique across all refunds.", { param: REFERENCE });
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportRefund(one.id, refundReport("taken", 400))), taken);
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportRefund(one.id, refundReport("taken"))), taken);
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportRefund(two.id, refundReport("taken", 300))), taken);
  assert.equal((await thrown(desk.stripe.paymentRecords.reportRefund(two.id, refundReport("taken", 300)))).rawType, "invalid_request_error");
  assert.equal((await desk.stripe.paymentRecords.retrieve(one.id)).amount_refunded.value, 300);
  assert.equal((await desk.stripe.paymentRecords.retrieve(two.id)).amount_refunded.value, 0);
});

test("the same report is the same in any order of its metadata, and another with other metadata", async () => {
  const { id } = await recordOf(desk);
  const report = (metadata: Record<string, string>) => desk.stripe.paymentRecords.reportRefund(id, { ...refundReport("with metadata", 100), metadata });
  const first = await report({ a: "b,c", d: "1" });
  assert.deepEqual(await report({ d: "1", a: "b,c" }), first);
  for (const other of [{ "a,b": "c", d: "1" }, { a: "b,c" }, { a: "b,c", d: "2" }]) assert.equal((await refused(report(other))).param, REFERENCE);
  assert.equal((await desk.stripe.paymentRecords.retrieve(id)).amount_refunded.value, 100);
});

test("another merchant may use the same reference", async () => {
  const other = openDesk(server);
  const [mine, theirs] = [await recordOf(desk), await recordOf(other)];
  await desk.stripe.paymentRecords.reportRefund(mine.id, refundReport("everybody's", 300));
  const record = await other.stripe.paymentRecords.reportRefund(theirs.id, refundReport("everybody's", 400));
  assert.equal(record.amount_refunded.value, 400);
});

test("a refused report does not use up its reference", async () => {
  const { id } = await recordOf(desk);
  assert.deepEqual(
    await refused(desk.stripe.paymentRecords.reportRefund(id, refundReport("spared", 1001))),
    said("Refund amount ($10.01) is greater than unrefunded amount on payment record ($10.00)", { param: "amount[value]" }),
  );
  const record = await desk.stripe.paymentRecords.reportRefund(id, refundReport("spared", 1000));
  assert.equal(record.amount_refunded.value, 1000);
});

test("reports in parts move the amount from guaranteed to refunded until nothing is left", async () => {
  const { id } = await recordOf(desk);
  const steps: [number | undefined, number, number][] = [[300, 700, 300], [400, 300, 700], [undefined, 0, 1000]];
  for (const [value, guaranteed, refunded] of steps) {
    const record = await desk.stripe.paymentRecords.reportRefund(id, refundReport(`part ${refunded}`, value));
    assert.deepEqual([record.amount_guaranteed.value, record.amount_refunded.value, record.amount_requested.value], [guaranteed, refunded, 1000]);
  }
  const over = said(`Payment Record ${id} has already been refunded.`, { code: "charge_already_refunded" });
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportRefund(id, refundReport("one more", 1))), over);
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportRefund(id, refundReport("one more"))), over);
});

test("reports that race never refund beyond what was guaranteed", async () => {
  const { id } = await recordOf(desk);
  const path = `/v1/payment_records/${id}/report_refund`;
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => desk.post(path, reported(`race ${i}`, "150"))));
  assert.equal(answers.filter(({ status }) => status === 200).length, 6);
  assert.equal((await desk.stripe.paymentRecords.retrieve(id)).amount_refunded.value, 900);
});

test("a report in another currency is refused", async () => {
  const { id } = await recordOf(desk);
  const report = { ...refundReport("euros"), amount: { currency: "eur", value: 100 } };
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportRefund(id, report)), said("The refund's currency (eur) is not the payment's currency (usd).", { param: "amount[currency]" }));
});

test("`refunded` is required before 2026-06-24.dahlia, and optional from then on", async () => {
  const { id } = await recordOf(desk);
  const { refunded: _, ...without } = refundReport("undated", 100);
  const missing = said("Missing required param: refunded.", { code: "parameter_missing", param: "refunded" });
  for (const version of ["2025-10-29.clover", "2026-06-23.dahlia", "2024-06-20"]) {
    const form = { ...reported("undated", "100"), "refunded[refunded_at]": "" };
    const { "refunded[refunded_at]": _unset, ...bare } = form;
    const { status, json } = await desk.post(`/v1/payment_records/${id}/report_refund`, bare, { "stripe-version": version });
    assert.deepEqual([status, member(json, "error", "message"), member(json, "error", "param")], [400, missing.message, missing.param], version);
  }
  const { "refunded[refunded_at]": _none, ...bare } = reported("undated", "100");
  assert.equal((await desk.post(`/v1/payment_records/${id}/report_refund`, bare)).status, 400, "without a header the first version with Payment Records holds");
  const current = await desk.stripe.paymentRecords.reportRefund(id, without);
  assert.equal(current.amount_refunded.value, 100);
  const first = await desk.post(`/v1/payment_records/${id}/report_refund`, { ...bare, [REFERENCE]: "dahlia" }, { "stripe-version": "2026-06-24.dahlia" });
  assert.equal(first.status, 200);
});

test("each required member is asked for by its name, and a wrong one is refused", async () => {
  const { id } = await recordOf(desk);
  const whole = reported("members", "100");
  const without = (name: string): Form => Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name));
  const cases: [Form, string, string, string | null][] = [
    [without("outcome"), "outcome", "Missing required param: outcome.", "parameter_missing"],
    [without("processor_details[type]"), "processor_details[type]", "Missing required param: processor_details[type].", "parameter_missing"],
    [without(REFERENCE), "processor_details[custom]", "Missing required param: processor_details[custom].", "parameter_missing"],
    [without("amount[currency]"), "amount[currency]", "Missing required param: amount[currency].", "parameter_missing"],
    [without("amount[value]"), "amount[value]", "Missing required param: amount[value].", "parameter_missing"],
    [{ ...whole, outcome: "returned" }, "outcome", "Invalid outcome: must be refunded", null],
    [{ ...whole, "processor_details[type]": "stripe" }, "processor_details[type]", "Invalid processor_details[type]: must be custom", null],
    [{ ...whole, "amount[value]": "0" }, "amount[value]", "This value must be greater than or equal to 1.", "parameter_invalid_integer"],
    [{ ...whole, "amount[value]": "10.5" }, "amount[value]", "Invalid integer: 10.5", "parameter_invalid_integer"],
    [{ ...whole, "amount[value]": "1e2" }, "amount[value]", "Invalid integer: 1e2", "parameter_invalid_integer"],
    [{ ...whole, "refunded[refunded_at]": "yesterday" }, "refunded[refunded_at]", "Invalid integer: yesterday", "parameter_invalid_integer"],
    [{ ...whole, "amount[cents]": "1" }, "amount[cents]", "Received unknown parameter: amount[cents]", "parameter_unknown"],
    [{ ...without("amount[value]"), amount: "100" }, "amount", "Invalid request: 'amount' was sent more than once.", null],
  ];
  for (const [form, param, message, code] of cases) {
    const { status, json } = await desk.post(`/v1/payment_records/${id}/report_refund`, form);
    const error = member(json, "error");
    assert.deepEqual([status, member(error, "message"), member(error, "code") ?? null], [400, message, code]);
    if (param !== "amount") assert.equal(member(error, "param"), param);
  }
  assert.equal((await desk.stripe.paymentRecords.retrieve(id)).amount_refunded.value, 0);
});

test("the report of a refund merges its metadata into the record's", async () => {
  const { id } = await recordOf(desk, 1000, { metadata: { keep: "1", change: "1", lose: "1" } });
  const record = await desk.stripe.paymentRecords.reportRefund(id, { ...refundReport("metadata", 100), metadata: { change: "2", lose: "", more: "1" } });
  assert.deepEqual(record.metadata, { keep: "1", change: "2", more: "1" });
  const cleared = await desk.stripe.paymentRecords.reportRefund(id, { ...refundReport("no metadata", 100), metadata: "" });
  assert.deepEqual(cleared.metadata, {});
});

test("nothing can be refunded of a payment that is not guaranteed", async () => {
  const initiated = await openRecordOf(desk);
  const failed = await openRecordOf(desk, 1000, { outcome: "failed", failed: { failed_at: NOW } });
  const canceled = await openRecordOf(desk, 1000, { outcome: "canceled", canceled: { canceled_at: NOW } });
  for (const [id, state] of [[initiated.id, "initiated"], [failed.id, "failed"], [canceled.id, "canceled"]]) {
    assert.deepEqual(
      await refused(desk.stripe.paymentRecords.reportRefund(String(id), refundReport("too early"))),
      said(`The latest payment attempt of ${id} is ${state}: nothing of it is guaranteed, so nothing can be refunded.`),
    );
  }
});

test("an unknown record is not found", async () => {
  for (const id of ["pr_nope", "pr_000000000000000000000000", "ch_000000000000000000000000"]) {
    assert.deepEqual(await refused(desk.stripe.paymentRecords.reportRefund(id, refundReport("nowhere"))), said(`No such payment_record: '${id}'`, { status: 404, code: "resource_missing", param: "id" }));
  }
});
