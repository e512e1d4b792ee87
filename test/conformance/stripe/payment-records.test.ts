/** Payments that happened elsewhere, and their attempts (Stripe's API reference: Payment Records). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { NOW, openDesk, openRecordOf, recordOf, refundReport, refused, said, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

const usd = (value: number) => ({ currency: "usd", value });
const address = { city: "Paris", country: "FR", line1: "1 rue A", postal_code: "75001" };

test("a payment is reported with all that its reference can say", async () => {
  const before = Math.floor(Date.now() / 1000);
  const made = await desk.stripe.paymentRecords.reportPayment({
    amount_requested: usd(1234),
    initiated_at: NOW,
    outcome: "guaranteed",
    guaranteed: { guaranteed_at: NOW },
    customer_details: { customer: "cus_1", email: "a@example.com", name: "Ada é", phone: "+33 1" },
    customer_presence: "off_session",
    description: "computer software",
    metadata: { order: "6735" },
    payment_method_details: { type: "custom", payment_method: "pm_1", billing_details: { email: "b@example.com", address }, custom: { display_name: "newpay", type: "cpmt_1" } },
    processor_details: { type: "custom", custom: { payment_reference: "npp_1" } },
    shipping_details: { name: "Ada", phone: "+33 2", address },
  });
  const { id, created, latest_payment_attempt_record, ...rest } = made;
  const nullAddress = { ...address, line2: null, state: null };
  assert.match(id, /^pr_[0-9A-Za-z]{24}$/);
  assert.match(latest_payment_attempt_record ?? "", /^par_[0-9A-Za-z]{24}$/);
  assert.ok(created >= before && created <= before + 60);
  assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
    object: "payment_record",
    amount: usd(1234),
    amount_authorized: usd(0),
    amount_canceled: usd(0),
    amount_failed: usd(0),
    amount_guaranteed: usd(1234),
    amount_refunded: usd(0),
    amount_requested: usd(1234),
    application: null,
    customer_details: { customer: "cus_1", email: "a@example.com", name: "Ada é", phone: "+33 1" },
    customer_presence: "off_session",
    description: "computer software",
    livemode: false,
    metadata: { order: "6735" },
    payment_method_details: {
      billing_details: { address: nullAddress, email: "b@example.com", name: null, phone: null },
      custom: { display_name: "newpay", type: "cpmt_1" },
      payment_method: "pm_1",
      type: "custom",
    },
    processor_details: { custom: { payment_reference: "npp_1" }, type: "custom" },
    reported_by: "self",
    shipping_details: { address: nullAddress, name: "Ada", phone: "+33 2" },
  });
  assert.deepEqual(await desk.stripe.paymentRecords.retrieve(id), made);
});

test("an outcome comes with the time of its own name", async () => {
  const report = (more: object) => desk.stripe.paymentRecords.reportPayment({ amount_requested: usd(1), initiated_at: NOW, payment_method_details: { type: "custom" }, ...more });
  for (const name of ["canceled", "failed", "guaranteed"]) {
    assert.deepEqual(await refused(report({ outcome: name })), said(`Missing required param: ${name}.`, { code: "parameter_missing", param: name }));
    assert.deepEqual(await refused(report({ [name]: { [`${name}_at`]: NOW } })), said(`You may only pass '${name}' when 'outcome' is ${name}.`, { param: name }));
    assert.deepEqual(await refused(report({ outcome: name, [name]: { at: NOW } })), said(`Received unknown parameter: ${name}[at]`, { code: "parameter_unknown", param: `${name}[at]` }));
  }
});

test("a payment needs an amount, a beginning and its method", async () => {
  const whole = { "amount_requested[currency]": "usd", "amount_requested[value]": "1", initiated_at: "1", "payment_method_details[type]": "custom" };
  for (const name of ["amount_requested[currency]", "amount_requested[value]", "initiated_at"]) {
    const form = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name));
    const { status, text } = await desk.post("/v1/payment_records/report_payment", form);
    assert.equal(status, 400);
    assert.match(text, new RegExp(`Missing required param: ${name.replaceAll(/[[\]]/g, "\\$&")}\\.`));
  }
  const { "payment_method_details[type]": _, ...without } = whole;
  assert.match((await desk.post("/v1/payment_records/report_payment", without)).text, /Missing required param: payment_method_details\./);
  assert.equal((await desk.post("/v1/payment_records/report_payment", whole)).status, 200);
});

test("each end of an attempt shows in the amounts of the record and of the attempt", async () => {
  const record = await openRecordOf(desk, 700);
  const none = { amount_authorized: usd(0), amount_canceled: usd(0), amount_failed: usd(0), amount_guaranteed: usd(0), amount_refunded: usd(0) };
  const { stripe } = desk;
  const cases = [
    { end: (id: string) => stripe.paymentRecords.reportPaymentAttemptCanceled(id, { canceled_at: NOW }), shown: { ...none, amount_canceled: usd(700) } },
    { end: (id: string) => stripe.paymentRecords.reportPaymentAttemptFailed(id, { failed_at: NOW }), shown: { ...none, amount_failed: usd(700) } },
    { end: (id: string) => stripe.paymentRecords.reportPaymentAttemptGuaranteed(id, { guaranteed_at: NOW }), shown: { ...none, amount_guaranteed: usd(700) } },
  ];
  assert.deepEqual(pickAmounts(record), none);
  for (const { end, shown } of cases) {
    const { id } = await openRecordOf(desk, 700);
    const ended = await end(id);
    assert.deepEqual(pickAmounts(ended), shown);
    assert.deepEqual(pickAmounts(await stripe.paymentAttemptRecords.retrieve(String(ended.latest_payment_attempt_record))), shown);
    assert.deepEqual([ended.amount, ended.amount_requested], [usd(700), usd(700)]);
  }
});

type Amounts = "amount_authorized" | "amount_canceled" | "amount_failed" | "amount_guaranteed" | "amount_refunded";
function pickAmounts<M>({ amount_authorized, amount_canceled, amount_failed, amount_guaranteed, amount_refunded }: Record<Amounts, M>) {
  return { amount_authorized, amount_canceled, amount_failed, amount_guaranteed, amount_refunded };
}

test("what has ended does not end again", async () => {
  const { paymentRecords } = desk.stripe;
  const ends = [
    { word: "guaranteed", end: (id: string) => paymentRecords.reportPaymentAttemptGuaranteed(id, { guaranteed_at: NOW }) },
    { word: "failed", end: (id: string) => paymentRecords.reportPaymentAttemptFailed(id, { failed_at: NOW }) },
    { word: "canceled", end: (id: string) => paymentRecords.reportPaymentAttemptCanceled(id, { canceled_at: NOW }) },
  ];
  for (const first of ends) {
    const { id } = await openRecordOf(desk);
    const ended = await first.end(id);
    for (const second of ends) {
      const { status, message } = await refused(second.end(id));
      assert.equal(status, 400, `${first.word}, then ${second.word}`);
      assert.ok(message.startsWith(`The latest Payment Attempt Record of ${id} is already ${first.word}, so it cannot be reported as `), message);
    }
    assert.deepEqual(await paymentRecords.retrieve(id), ended);
  }
});

test("a new attempt is reported only when the one before it failed or was canceled", async () => {
  const { paymentRecords } = desk.stripe;
  const { id } = await openRecordOf(desk);
  const again = (word: string) => said(`The latest Payment Attempt Record of ${id} is already ${word}, so a new attempt cannot be reported.`);
  assert.deepEqual(await refused(paymentRecords.reportPaymentAttempt(id, { initiated_at: NOW })), again("initiated"));
  const failed = await paymentRecords.reportPaymentAttemptFailed(id, { failed_at: NOW });
  const second = await paymentRecords.reportPaymentAttempt(id, { initiated_at: NOW, outcome: "canceled", canceled: { canceled_at: NOW } });
  assert.notEqual(second.latest_payment_attempt_record, failed.latest_payment_attempt_record);
  assert.deepEqual([second.amount_failed, second.amount_canceled], [usd(0), usd(1000)]);
  const third = await paymentRecords.reportPaymentAttempt(id, { initiated_at: NOW, payment_method_details: { type: "custom", custom: { display_name: "other", type: "cpmt_2" } } });
  assert.deepEqual(third.payment_method_details?.custom, { display_name: "other", type: "cpmt_2" });
  const won = await paymentRecords.reportPaymentAttemptGuaranteed(id, { guaranteed_at: NOW });
  assert.equal(won.latest_payment_attempt_record, third.latest_payment_attempt_record);
  assert.deepEqual(await refused(paymentRecords.reportPaymentAttempt(id, { initiated_at: NOW })), again("guaranteed"));
  const refunded = await paymentRecords.reportRefund(id, refundReport("third attempt"));
  assert.deepEqual([refunded.amount_refunded, refunded.amount_guaranteed], [usd(1000), usd(0)]);
  const attempts = await desk.stripe.paymentAttemptRecords.list({ payment_record: id });
  assert.deepEqual(attempts.data.map(({ amount_failed, amount_canceled, amount_refunded }) => [amount_failed.value, amount_canceled.value, amount_refunded.value]), [[0, 0, 1000], [0, 1000, 0], [1000, 0, 0]]);
});

test("an attempt says of itself what it was told, and of its record the rest", async () => {
  const record = await openRecordOf(desk, 900, { description: "first", metadata: { a: "1" }, customer_presence: "on_session" });
  await desk.stripe.paymentRecords.reportPaymentAttemptFailed(record.id, { failed_at: NOW });
  const tried = await desk.stripe.paymentRecords.reportPaymentAttempt(record.id, { initiated_at: NOW, description: "second", metadata: { b: "2" } });
  const attempt = await desk.stripe.paymentAttemptRecords.retrieve(String(tried.latest_payment_attempt_record));
  assert.deepEqual([attempt.object, attempt.payment_record, attempt.description, attempt.metadata, attempt.customer_presence, attempt.reported_by], ["payment_attempt_record", record.id, "second", { b: "2" }, "on_session", "self"]);
  assert.deepEqual(attempt.payment_method_details?.custom, { display_name: "newpay", type: "cpmt_1" });
  assert.ok(!("latest_payment_attempt_record" in attempt));
});

test("a new attempt ends at once as it is told, and has a method and an address of its own", async () => {
  const { paymentRecords } = desk.stripe;
  const { id } = await openRecordOf(desk);
  await paymentRecords.reportPaymentAttemptCanceled(id, { canceled_at: NOW, metadata: { why: "late" } });
  const failed = await paymentRecords.reportPaymentAttempt(id, { initiated_at: NOW, outcome: "failed", failed: { failed_at: NOW } });
  assert.deepEqual([failed.amount_failed, failed.metadata], [usd(1000), { why: "late" }]);
  const whole = { ...address, line2: "2nd floor", state: "IdF" };
  const billing_details = { address: whole, email: "b@example.com", name: "Ada", phone: "+33 1" };
  const won = await paymentRecords.reportPaymentAttempt(id, {
    initiated_at: NOW,
    outcome: "guaranteed",
    guaranteed: { guaranteed_at: NOW },
    payment_method_details: { type: "custom", payment_method: "pm_2", billing_details, custom: { display_name: "other", type: "cpmt_2" } },
    shipping_details: { name: "Ada", phone: "+33 2", address: whole },
  });
  assert.deepEqual(won.amount_guaranteed, usd(1000));
  assert.deepEqual(JSON.parse(JSON.stringify(won.payment_method_details)), { billing_details, custom: { display_name: "other", type: "cpmt_2" }, payment_method: "pm_2", type: "custom" });
  assert.deepEqual(JSON.parse(JSON.stringify(won.shipping_details)), { address: whole, name: "Ada", phone: "+33 2" });
  const told = await paymentRecords.reportPaymentAttemptInformational(id, { customer_details: { customer: "cus_1", name: "Ada", phone: "+33 3" }, shipping_details: { phone: "+33 4", address: whole } });
  assert.deepEqual(JSON.parse(JSON.stringify([told.customer_details, told.shipping_details])), [{ customer: "cus_1", email: null, name: "Ada", phone: "+33 3" }, { address: whole, name: null, phone: "+33 4" }]);
});

test("metadata is merged, a key is unset by an empty value, and all by an empty hash", async () => {
  const { id } = await recordOf(desk, 1000, { metadata: { keep: "1", change: "1", lose: "1" } });
  const { paymentRecords } = desk.stripe;
  const merged = await paymentRecords.reportPaymentAttemptInformational(id, { metadata: { change: "2", lose: "", more: "3" } });
  assert.deepEqual(merged.metadata, { keep: "1", change: "2", more: "3" });
  const untouched = await paymentRecords.reportPaymentAttemptInformational(id, { description: "only this" });
  assert.deepEqual(untouched.metadata, merged.metadata);
  const cleared = await paymentRecords.reportPaymentAttemptInformational(id, { metadata: "" });
  assert.deepEqual(cleared.metadata, {});
});

test("metadata has at most 50 keys, however they came together", async () => {
  const keys = (from: number, count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`key ${from + i}`, "1"]));
  const { id } = await recordOf(desk, 1000, { metadata: keys(0, 50) });
  const { paymentRecords } = desk.stripe;
  const full = said("You can only set up to 50 metadata keys on an object.", { param: "metadata" });
  assert.deepEqual(await refused(paymentRecords.reportPaymentAttemptInformational(id, { metadata: keys(50, 1) })), full);
  assert.deepEqual(await refused(recordOf(desk, 1000, { metadata: keys(0, 51) })), full);
  const swapped = await paymentRecords.reportPaymentAttemptInformational(id, { metadata: { ...keys(50, 1), "key 0": "" } });
  assert.equal(Object.keys(swapped.metadata).length, 50);
});

test("metadata keys of any name are kept as they are", async () => {
  const odd = { constructor: "1", "a key with spaces": "2", "ключ": "3", toString: "4", "x.y": "5" };
  const { id } = await recordOf(desk, 1000, { metadata: odd });
  assert.deepEqual((await desk.stripe.paymentRecords.retrieve(id)).metadata, odd);
  const { status, text } = await desk.post(`/v1/payment_records/${id}/report_payment_attempt_informational`, { "metadata[__proto__]": "6" });
  assert.equal(status, 200);
  assert.match(text, /"__proto__": "6"/);
});

test("informational updates describe the record, and an empty value clears", async () => {
  const { paymentRecords } = desk.stripe;
  const { id } = await recordOf(desk, 1000, { description: "old", shipping_details: { name: "Ada", address } });
  const told = await paymentRecords.reportPaymentAttemptInformational(id, { customer_details: { email: "a@example.com" }, description: "new", shipping_details: { name: "Bea" } });
  assert.deepEqual(told.customer_details, { customer: null, email: "a@example.com", name: null, phone: null });
  assert.equal(told.description, "new");
  assert.equal(told.shipping_details?.name, "Bea");
  assert.equal(told.shipping_details?.address.city, null, "a hash replaces the one before it");
  const cleared = await paymentRecords.reportPaymentAttemptInformational(id, { description: "", shipping_details: "" });
  assert.deepEqual([cleared.description, cleared.shipping_details], [null, null]);
  assert.deepEqual(cleared.customer_details, told.customer_details);
});

test("every payment of the book is a Payment Record, a charge too, but only what was reported is reported on", async () => {
  const charge = await desk.stripe.charges.create({ amount: 500, currency: "usd", source: "tok_visa" });
  const id = charge.id.replace("ch_", "pr_");
  const record = await desk.stripe.paymentRecords.retrieve(id);
  assert.deepEqual([record.reported_by, record.amount_guaranteed, record.processor_details.custom?.payment_reference], ["stripe", usd(500), charge.id.slice(3)]);
  const gone = said(`No such payment_record: '${id}'`, { status: 404, code: "resource_missing", param: "id" });
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportPaymentAttempt(id, { initiated_at: NOW })), gone);
  assert.deepEqual(await refused(desk.stripe.paymentRecords.reportPaymentAttemptFailed(id, { failed_at: NOW })), gone);
  const refunded = await desk.stripe.paymentRecords.reportRefund(id, refundReport("of a charge", 200));
  assert.equal(refunded.amount_refunded.value, 200);
  assert.equal((await desk.stripe.charges.retrieve(charge.id)).amount_refunded, 200);
});

test("amounts keep every digit up to 2^53 - 1, and one more is refused", async () => {
  const record = await recordOf(desk, Number.MAX_SAFE_INTEGER);
  assert.equal(record.amount_guaranteed.value, Number.MAX_SAFE_INTEGER);
  const form = { "amount_requested[currency]": "usd", "amount_requested[value]": "9007199254740992", initiated_at: "1", "payment_method_details[type]": "custom" };
  assert.equal((await desk.post("/v1/payment_records/report_payment", form)).status, 400);
});
