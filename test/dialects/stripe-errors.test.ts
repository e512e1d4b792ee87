/** Every row of the contract's error catalogue (Stripe's API reference: errors) that is verified and that our endpoints can meet. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, startTestServer, type Answer, type TestServer } from "../test-server.ts";
import { chargeOf, intentOf, linkId, openDesk, openRecordOf, thrown, type Form, type StripeDesk } from "../conformance/stripe/desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

type Type = "invalid_request_error" | "idempotency_error" | "card_error";
type Met = { readonly answer: Answer; readonly message: string | RegExp };
type Row = {
  readonly name: string;
  readonly status: number;
  readonly type?: Type;
  readonly code?: string;
  readonly param?: string;
  /** The whole intent stands in the error. */
  readonly intent?: true;
  /** Refused before it was looked at: no log is linked. */
  readonly unlogged?: true;
  readonly meet: () => Promise<Met>;
};

/** A row that needs nothing to be there before. */
const plain = (request: () => Promise<Answer>, message: string | RegExp) => async (): Promise<Met> => ({ answer: await request(), message });
const post = (path: string, form: Form, message: string | RegExp) => plain(() => desk.post(path, form), message);
const get = (path: string, message: string | RegExp) => plain(() => desk.get(path), message);
const CHARGE: Form = { amount: "1000", currency: "usd", source: "tok_visa" };

/** A refund of a fresh charge of 10.00, of which some was refunded before. */
const refundOf = (form: Form, message: (id: string) => string, before: readonly number[] = []) => async (): Promise<Met> => {
  const { id } = await chargeOf(desk);
  for (const amount of before) await desk.stripe.refunds.create({ charge: id, amount });
  return { answer: await desk.post("/v1/refunds", { charge: id, ...form }), message: message(id) };
};

const POSITIVE = "This value must be greater than or equal to 1.";
const REASON = "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer";
const HOLDS = "https://stripe.com/docs/payments/place-a-hold-on-a-payment-method";
const uncaptured = (id: string) =>
  `This uncaptured Charge was created by a PaymentIntent (${id}). You must cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more information, see ${HOLDS}`;
const unsuccessful = (id: string) => `This PaymentIntent (${id}) does not have a successful charge to refund.`;
const NO_METHOD =
  "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.";
const CANCELABLE = "requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing";

const rows: readonly Row[] = [
  { name: "already fully refunded", status: 400, code: "charge_already_refunded", meet: refundOf({}, (id) => `Charge ${id} has already been refunded.`, [1000]) },
  { name: "already fully refunded, and too much", status: 400, code: "charge_already_refunded", meet: refundOf({ amount: "5000" }, (id) => `Charge ${id} has already been refunded.`, [400, 600]) },
  { name: "more than what is left", status: 400, param: "amount", meet: refundOf({ amount: "3000" }, () => "Refund amount ($30.00) is greater than unrefunded amount on charge ($7.50)", [250]) },
  { name: "more than an untouched charge", status: 400, param: "amount", meet: refundOf({ amount: "1001" }, () => "Refund amount ($10.01) is greater than unrefunded amount on charge ($10.00)") },
  { name: "neither charge nor intent", status: 400, meet: post("/v1/refunds", { amount: "1" }, "One of the following params should be provided for this request: payment_intent or charge.") },
  { name: "unknown charge in a body", status: 404, code: "resource_missing", param: "id", meet: post("/v1/refunds", { charge: "ch_x" }, "No such charge: 'ch_x'") },
  { name: "unknown charge of the right form in a body", status: 404, code: "resource_missing", param: "id", meet: post("/v1/refunds", { charge: `ch_${"0".repeat(24)}` }, `No such charge: 'ch_${"0".repeat(24)}'`) },
  { name: "unknown charge in a path", status: 404, code: "resource_missing", param: "id", meet: get("/v1/charges/ch_x", "No such charge: 'ch_x'") },
  { name: "unknown charge in a path, expanded", status: 404, code: "resource_missing", param: "id", meet: get("/v1/charges/ch_x?expand[]=refunds", "No such charge: 'ch_x'") },
  { name: "unknown intent, retrieved", status: 404, code: "resource_missing", param: "intent", meet: get("/v1/payment_intents/pi_x", "No such payment_intent: 'pi_x'") },
  { name: "unknown intent, confirmed", status: 404, code: "resource_missing", param: "intent", meet: post("/v1/payment_intents/pi_x/confirm", {}, "No such payment_intent: 'pi_x'") },
  { name: "unknown intent in a refund", status: 404, code: "resource_missing", param: "payment_intent", meet: post("/v1/refunds", { payment_intent: "pi_x" }, "No such payment_intent: 'pi_x'") },
  { name: "unknown refund", status: 404, code: "resource_missing", param: "refund", meet: get("/v1/refunds/re_x", "No such refund: 're_x'") },
  { name: "unknown balance transaction", status: 404, code: "resource_missing", param: "id", meet: get("/v1/balance_transactions/txn_x", "No such balance transaction: 'txn_x'") },
  { name: "unknown balance transaction under its old name", status: 404, code: "resource_missing", param: "id", meet: get("/v1/balance/history/txn_x", "No such balance transaction: 'txn_x'") },
  { name: "unknown payout in a filter", status: 400, code: "resource_missing", param: "payout", meet: get("/v1/balance_transactions?payout=po_nope", "No such payout: 'po_nope'") },
  { name: "amount of nothing", status: 400, code: "parameter_invalid_integer", param: "amount", meet: refundOf({ amount: "0" }, () => POSITIVE) },
  { name: "amount below nothing", status: 400, code: "parameter_invalid_integer", param: "amount", meet: refundOf({ amount: "-1" }, () => POSITIVE) },
  { name: "charge of nothing", status: 400, code: "parameter_invalid_integer", param: "amount", meet: post("/v1/charges", { ...CHARGE, amount: "0" }, POSITIVE) },
  { name: "amount that is no number", status: 400, code: "parameter_invalid_integer", param: "amount", meet: refundOf({ amount: "abc" }, () => "Invalid integer: abc") },
  { name: "amount with a point", status: 400, code: "parameter_invalid_integer", param: "amount", meet: refundOf({ amount: "10.00" }, () => "Invalid integer: 10.00") },
  { name: "limit that is no number", status: 400, code: "parameter_invalid_integer", param: "limit", meet: get("/v1/refunds?limit=abc", "Invalid integer: abc") },
  { name: "amount that is huge", status: 400, code: "amount_too_large", param: "amount", meet: post("/v1/charges", { ...CHARGE, amount: "100000000" }, "Amount must be no more than $999,999.99") },
  { name: "reason that is none", status: 400, param: "reason", meet: refundOf({ reason: "because" }, () => REASON) },
  { name: "reason that only Stripe may give", status: 400, param: "reason", meet: refundOf({ reason: "expired_uncaptured_charge" }, () => REASON) },
  {
    name: "charge of an uncaptured intent",
    status: 400,
    async meet() {
      const intent = await intentOf(desk, 1000, { capture_method: "manual" });
      return { answer: await desk.post("/v1/refunds", { charge: linkId(intent.latest_charge) }), message: uncaptured(intent.id) };
    },
  },
  {
    name: "partial refund of an uncaptured charge",
    status: 400,
    param: "amount",
    async meet() {
      const { id } = await chargeOf(desk, 1000, { capture: false });
      return { answer: await desk.post("/v1/refunds", { charge: id, amount: "1" }), message: "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount" };
    },
  },
  {
    name: "intent that failed",
    status: 400,
    async meet() {
      const { payment_intent } = await thrown(intentOf(desk, 1000, { payment_method: "pm_card_visa_chargeDeclined" }));
      const id = String(payment_intent?.id);
      return { answer: await desk.post("/v1/refunds", { payment_intent: id }), message: unsuccessful(id) };
    },
  },
  {
    name: "failed charge of an intent",
    status: 400,
    async meet() {
      const { payment_intent, charge } = await thrown(intentOf(desk, 1000, { payment_method: "pm_card_visa_chargeDeclined" }));
      return { answer: await desk.post("/v1/refunds", { charge: String(charge) }), message: unsuccessful(String(payment_intent?.id)) };
    },
  },
  {
    name: "charge of an intent that was canceled",
    status: 400,
    async meet() {
      const intent = await intentOf(desk, 1000, { capture_method: "manual" });
      await desk.stripe.paymentIntents.cancel(intent.id);
      return { answer: await desk.post("/v1/refunds", { charge: linkId(intent.latest_charge) }), message: unsuccessful(intent.id) };
    },
  },
  {
    name: "charge that was charged back",
    status: 400,
    code: "charge_disputed",
    async meet() {
      const { id } = await chargeOf(desk, 1000, { source: "tok_createDispute" });
      return { answer: await desk.post("/v1/refunds", { charge: id }), message: `Charge ${id} has been charged back; cannot issue a refund.` };
    },
  },
  { name: "unknown parameter", status: 400, code: "parameter_unknown", param: "wat", meet: post("/v1/refunds", { charge: "ch_x", wat: "1" }, "Received unknown parameter: wat") },
  { name: "unknown parameter of a GET", status: 400, code: "parameter_unknown", param: "wat", meet: get("/v1/refunds?wat=1", "Received unknown parameter: wat") },
  { name: "unknown parameter inside a hash", status: 400, code: "parameter_unknown", param: "shipping[nope]", meet: post("/v1/charges", { ...CHARGE, "shipping[nope]": "1" }, "Received unknown parameter: shipping[nope]") },
  { name: "missing parameter", status: 400, code: "parameter_missing", param: "amount", meet: post("/v1/charges", { currency: "usd", source: "tok_visa" }, "Missing required param: amount.") },
  {
    name: "missing parameter inside a hash",
    status: 400,
    code: "parameter_missing",
    param: "amount_requested[currency]",
    meet: post("/v1/payment_records/report_payment", { "amount_requested[value]": "1", initiated_at: "1", "payment_method_details[type]": "custom" }, "Missing required param: amount_requested[currency]."),
  },
  {
    name: "missing parameter of a report",
    status: 400,
    code: "parameter_missing",
    param: "canceled_at",
    async meet() {
      const { id } = await openRecordOf(desk);
      return { answer: await desk.post(`/v1/payment_records/${id}/report_payment_attempt_canceled`), message: "Missing required param: canceled_at." };
    },
  },
  { name: "empty text", status: 400, code: "parameter_invalid_empty", param: "charge", meet: post("/v1/refunds", { charge: "" }, /^You passed an empty string for 'charge'\. We assume empty values are an attempt to unset a parameter; however 'charge' cannot be unset\./) },
  { name: "text for an array", status: 400, param: "expand", meet: post("/v1/charges", { ...CHARGE, expand: "refunds" }, "Invalid array") },
  { name: "text for an object", status: 400, param: "metadata", meet: post("/v1/charges", { ...CHARGE, metadata: "x" }, "Invalid object") },
  { name: "bad cursor of charges", status: 400, code: "resource_missing", param: "starting_after", meet: get("/v1/charges?starting_after=ch_aaa", "No such charge: 'ch_aaa'") },
  { name: "bad cursor of intents", status: 400, code: "resource_missing", param: "ending_before", meet: get("/v1/payment_intents?ending_before=pi_aaa", "No such payment_intent: 'pi_aaa'") },
  {
    name: "both cursors",
    status: 400,
    async meet() {
      const { id } = await chargeOf(desk);
      return { answer: await desk.get(`/v1/charges?starting_after=${id}&ending_before=${id}`), message: "Received both starting_after and ending_before parameters. Please pass in only one." };
    },
  },
  { name: "expansion of what is no link", status: 400, meet: get("/v1/payment_records/pr_x?expand[]=application", "This property cannot be expanded (application).") },
  { name: "expansion on a list without its prefix", status: 400, meet: get("/v1/payment_records?expand[]=application", "This property cannot be expanded (application). You may want to try expanding 'data.application' instead.") },
  { name: "expansion of what is not there", status: 400, meet: get("/v1/payment_records/pr_x?expand[]=payment_intent", "This property cannot be expanded because it doesn't exist: payment_intent.") },
  {
    name: "long metadata value",
    status: 400,
    param: "metadata[note]",
    meet: post("/v1/charges", { ...CHARGE, "metadata[note]": "v".repeat(589) }, /^Metadata values can have up to 500 characters, but you passed in a value that is 589 characters\. Invalid value: v+/),
  },
  { name: "long metadata key", status: 400, param: "metadata", meet: post("/v1/charges", { ...CHARGE, [`metadata[${"k".repeat(41)}]`]: "1" }, /^Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters\. Invalid key: k+/) },
  {
    name: "no key",
    status: 401,
    unlogged: true,
    meet: plain(
      () => call(server, null, { path: "/v1/charges" }),
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    ),
  },
  { name: "bad key", status: 401, unlogged: true, meet: plain(() => call(server, "sk_live_abc12345678wxyz", { path: "/v1/charges" }), "Invalid API Key provided: sk_live_abc********wxyz") },
  { name: "unknown address", status: 404, meet: get("/v1/x", /^Unrecognized request URL \(GET: \/v1\/x\)\./) },
  {
    name: "a key with other parameters",
    status: 400,
    type: "idempotency_error",
    async meet() {
      const { id } = await chargeOf(desk);
      await desk.post("/v1/refunds", { charge: id, amount: "1" }, { "idempotency-key": "KEY 1" });
      return {
        answer: await desk.post("/v1/refunds", { charge: id, amount: "2" }, { "idempotency-key": "KEY 1" }),
        message: "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'KEY 1' if you meant to execute a different request.",
      };
    },
  },
  {
    name: "a key at another address",
    status: 400,
    type: "idempotency_error",
    async meet() {
      const { id } = await chargeOf(desk);
      await desk.post("/v1/refunds", { charge: id, amount: "1" }, { "idempotency-key": "KEY 2" });
      return {
        answer: await desk.post(`/v1/charges/${id}/refund`, { amount: "1" }, { "idempotency-key": "KEY 2" }),
        message: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('/v1/charges/${id}/refund' vs '/v1/refunds'). Try using a key other than 'KEY 2' if you meant to execute a different request.`,
      };
    },
  },
  {
    name: "capture of an intent's charge",
    status: 400,
    async meet() {
      const intent = await intentOf(desk, 1000, { capture_method: "manual" });
      return { answer: await desk.post(`/v1/charges/${linkId(intent.latest_charge)}/capture`), message: new RegExp(`^This uncaptured Charge was created by a PaymentIntent \\(${intent.id}\\)\\. You must capture the PaymentIntent instead`) };
    },
  },
  {
    name: "capture again",
    status: 400,
    code: "charge_already_captured",
    async meet() {
      const { id } = await chargeOf(desk);
      return { answer: await desk.post(`/v1/charges/${id}/capture`), message: `Charge ${id} has already been captured.` };
    },
  },
  {
    name: "capture of an intent that was canceled",
    status: 400,
    code: "payment_intent_unexpected_state",
    intent: true,
    async meet() {
      const { id } = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
      await desk.stripe.paymentIntents.cancel(id);
      return {
        answer: await desk.post(`/v1/payment_intents/${id}/capture`),
        message: "This PaymentIntent could not be captured because it has a status of canceled. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.",
      };
    },
  },
  {
    name: "cancellation of an intent that succeeded",
    status: 400,
    code: "payment_intent_unexpected_state",
    intent: true,
    async meet() {
      const { id } = await intentOf(desk);
      return {
        answer: await desk.post(`/v1/payment_intents/${id}/cancel`),
        message: `You cannot cancel this PaymentIntent because it has a status of succeeded. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE}.`,
      };
    },
  },
  {
    name: "confirmation without a method",
    status: 400,
    code: "payment_intent_unexpected_state",
    intent: true,
    async meet() {
      const { id } = await desk.stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
      return { answer: await desk.post(`/v1/payment_intents/${id}/confirm`), message: NO_METHOD };
    },
  },
  { name: "unknown id in a list's filter", status: 400, code: "resource_missing", param: "charge", meet: get("/v1/refunds?charge=ch_nope", "No such charge: 'ch_nope'") },
  {
    name: "intent of nothing",
    status: 400,
    code: "parameter_invalid_integer",
    param: "amount",
    meet: post(
      "/v1/payment_intents",
      { amount: "0", currency: "usd" },
      /^The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency set \(https:\/\/docs\.stripe\.com\/currencies#minimum-and-maximum-charge-amounts\)\. {2}If you want to save a Payment Method /,
    ),
  },
  { name: "charge without a source", status: 400, code: "parameter_missing", meet: post("/v1/charges", { amount: "1000", currency: "usd" }, "Must provide source or customer.") },
  { name: "bad version", status: 400, unlogged: true, meet: plain(() => desk.get("/v1/charges", { "stripe-version": "not-a-real-version" }), "Invalid Stripe API version: not-a-real-version") },
  { name: "bad currency", status: 400, param: "currency", meet: post("/v1/charges", { ...CHARGE, currency: "xyz" }, /^Invalid currency: xyz\. Stripe currently supports these currencies: usd, aed, /) },
  { name: "dispute before the amount", status: 400, code: "charge_disputed", async meet() {
    const { id } = await chargeOf(desk, 1000, { source: "tok_createDispute" });
    return { answer: await desk.post("/v1/refunds", { charge: id, amount: "2000" }), message: `Charge ${id} has been charged back; cannot issue a refund.` };
  } },
  { name: "amount's form before the charge", status: 400, code: "parameter_invalid_integer", param: "amount", meet: post("/v1/refunds", { charge: "ch_x", amount: "abc" }, "Invalid integer: abc") },
];

for (const { name, status, type = "invalid_request_error", code, param, intent, unlogged, meet } of rows) {
  test(`${name} is answered in the catalogue's words`, async () => {
    const { answer, message } = await meet();
    assert.ok(typeof answer.json === "object" && answer.json !== null && "error" in answer.json);
    const { error } = answer.json;
    assert.ok(typeof error === "object" && error !== null && "message" in error && typeof error.message === "string");
    const { message: said, ...rest } = error;
    if (typeof message === "string") assert.equal(said, message);
    else assert.match(said, message);
    const told = new Map<string, unknown>(Object.entries(rest));
    assert.equal(told.delete("payment_intent"), intent === true);
    const log = told.get("request_log_url");
    assert.equal(told.delete("request_log_url"), unlogged !== true);
    if (unlogged !== true) assert.match(String(log), new RegExp(`^https://dashboard\\.stripe\\.com/test/logs/${answer.headers.get("request-id")}\\?t=\\d{10}$`));
    assert.equal(answer.status, status);
    assert.deepEqual(Object.fromEntries(told), {
      type,
      ...(code === undefined ? {} : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` }),
      ...(param === undefined ? {} : { param }),
    });
  });
}
