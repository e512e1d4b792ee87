/** What a review found: keys that were not bound, doors that did more than they may, and words that were dropped. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, startTestServer, type TestServer } from "../../test-server.ts";
import { member, openRecordOf, recordOf, thrown } from "../stripe/desk.ts";
import { openBoth, payBySquare, squarePayment, type TwoDoors } from "./two-doors.ts";

let server: TestServer;
let both: TwoDoors;
before(async () => {
  server = await startTestServer();
  both = openBoth(server);
});
after(() => server.stop());

const report = (reference: string, value: string) => ({
  outcome: "refunded",
  "processor_details[type]": "custom",
  "processor_details[custom][refund_reference]": reference,
  "refunded[refunded_at]": "1730253453",
  "amount[currency]": "usd",
  "amount[value]": value,
});
const keyed = (key: string) => ({ "idempotency-key": key });

test("a key that was answered by its reference never means another refund", async () => {
  const { id } = await recordOf(both);
  const path = `/v1/payment_records/${id}/report_refund`;
  const send = (key: string, reference: string, value: string) => both.post(path, report(reference, value), keyed(key));
  await send("first", "R-1", "100");
  const replayed = await send("second", "R-1", "100");
  assert.equal(replayed.headers.get("idempotent-replayed"), "true");
  const other = await send("second", "R-2", "100");
  assert.equal(member(other.json, "error", "type"), "idempotency_error");
  assert.equal((await send("second", "R-1", "100")).text, replayed.text);

  const taken = await send("third", "R-1", "50");
  assert.equal(taken.status, 400);
  assert.equal((await send("third", "R-1", "50")).text, taken.text);
  assert.equal(member((await send("third", "R-3", "50")).json, "error", "type"), "idempotency_error");
  assert.equal((await both.stripe.paymentRecords.retrieve(id)).amount_refunded.value, 100);
});

test("Square neither completes nor cancels what was only reported as begun", async () => {
  const { id } = await openRecordOf(both);
  const body = id.slice("pr_".length);
  for (const act of ["complete", "cancel"]) {
    const answer = await call(server, both.key, { method: "POST", path: `/v2/payments/${body}/${act}` });
    assert.deepEqual(answer.json, {
      errors: [{ category: "INVALID_REQUEST_ERROR", code: "BAD_REQUEST", detail: `Payment ${body} is in inflight state PENDING, which is invalid for the requested operation` }],
    });
  }
  assert.equal((await squarePayment(both, body)).status, "PENDING");
});

test("a request on behalf of a connected account is refused, and refunds nobody", async () => {
  const charge = await both.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
  const error = await thrown(both.stripe.refunds.create({ charge: charge.id }, { stripeAccount: "acct_other" }));
  assert.deepEqual([error.statusCode, error.code, error.type], [403, "account_invalid", "StripePermissionError"]);
  assert.match(error.message, /does not have access to account 'acct_other' \(or that account does not exist\)/);
  assert.equal((await both.stripe.charges.retrieve(charge.id)).amount_refunded, 0);
});

test("a body that says a member twice is refused, and refunds nothing", async () => {
  const paymentId = await payBySquare(both, 1000);
  const money = '"amount_money":{"amount":1,"currency":"USD"}';
  for (const twice of [`${money},"amount_money":{"amount":200,"currency":"USD"}`, `${money},"amount\\u005fmoney":{"amount":200,"currency":"USD"}`]) {
    const answer = await fetch(`${server.url}/v2/refunds`, {
      method: "POST",
      headers: { authorization: `Bearer ${both.key}`, "content-type": "application/json" },
      body: `{"idempotency_key":"twice","payment_id":"${paymentId}",${twice}}`,
    });
    assert.equal(answer.status, 400);
  }
  assert.equal((await squarePayment(both, paymentId)).refundedMoney, undefined);
});

test("a form of another media type is refused", async () => {
  const wrong = await both.post("/v1/charges", { amount: "100" }, { "content-type": "application/x-www-form-urlencodedfoo" });
  assert.match(String(member(wrong.json, "error", "message")), /must be application\/x-www-form-urlencoded/);
});

test("the number of a charge's refunds is told only where all of them are asked for", async () => {
  const charge = await both.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
  await both.stripe.refunds.create({ charge: charge.id, amount: 1 });
  assert.equal(member((await both.get(`/v1/refunds?charge=${charge.id}`)).json, "count"), 1);
  assert.equal(member((await both.get(`/v1/refunds?charge=${charge.id}&created[lt]=5`)).json, "count"), undefined);
});

test("a share of the fee that ends the refunds clears it, though earlier refunds returned none", async () => {
  const { payment } = await both.square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: "fee", amountMoney: { amount: 1000n, currency: "USD" }, appFeeMoney: { amount: 900n, currency: "USD" } });
  const paymentId = payment?.id ?? "";
  await both.stripe.refunds.create({ charge: `ch_${paymentId}`, amount: 950 });
  const { refund } = await both.square.refunds.refundPayment({ idempotencyKey: "rest", paymentId, amountMoney: { amount: 50n, currency: "USD" } });
  assert.equal(refund?.appFeeMoney?.amount, 900n);
});

test("an intent that is reached through its declined charge still speaks of the charge that paid it", async () => {
  const intent = await both.stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
  await thrown(both.stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa_chargeDeclined" }));
  const declined = await both.stripe.paymentIntents.retrieve(intent.id);
  const paid = await both.stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa" });
  const failed = typeof declined.latest_charge === "string" ? declined.latest_charge : "";
  const answer = await both.get(`/v1/charges/${failed}?expand[]=payment_intent.latest_charge`);
  assert.equal(member(answer.json, "status"), "failed");
  assert.equal(member(answer.json, "payment_intent", "status"), "succeeded");
  assert.equal(member(answer.json, "payment_intent", "latest_charge", "id"), paid.latest_charge);
  assert.equal(member(answer.json, "payment_intent", "payment_method"), paid.payment_method);
});
