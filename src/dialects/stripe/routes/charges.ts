/** Charges: create, retrieve, update, list and capture (Stripe's API reference: Charges and test cards). */
import type { Done } from "../../../engine/job.ts";
import type { PaymentView } from "../../../engine/views.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import type { Subject } from "../errors.ts";
import { attemptOfCharge, chargeId, paymentOfIntent } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { amount, currencyCode } from "../money.ts";
import { charge } from "../objects/charge.ts";
import { DECLINES } from "../objects/decline.ts";
import { clearableHash, flatten, shippingFields } from "../objects/details.ts";
import type { Look } from "../objects/encode.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { clearableText, flag, optional, required, text, unsupported } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";

const SOURCE = "Stripe's API reference: Charges";
const CONNECT = "For platforms.";

const createCharge = endpoint({
  method: "POST",
  path: "/v1/charges",
  title: "Create a charge",
  source: SOURCE,
  params: {
    amount: required(amount("How much to charge, in minor units.")),
    currency: required(currencyCode("The charge's currency.")),
    source: optional(text("A card token, such as `tok_visa`.")),
    customer: optional(text("A customer. There are none here yet, so none is found.")),
    capture: optional(flag("False only authorizes; capture follows.")),
    description: optional(clearableText("Shown to people.")),
    metadata: optional(metadata),
    receipt_email: optional(clearableText("Kept and echoed; no mail is sent.")),
    shipping: clearableHash("Kept and echoed.", shippingFields),
    statement_descriptor: optional(text("Kept and echoed.", 22)),
    statement_descriptor_suffix: optional(text("Kept and echoed.", 22)),
    transfer_group: optional(text("Kept and echoed.")),
    application_fee: unsupported(CONNECT),
    application_fee_amount: unsupported(CONNECT),
    destination: unsupported(CONNECT),
    on_behalf_of: unsupported(CONNECT),
    transfer_data: unsupported(CONNECT),
  },
  returns: { object: "charge", list: false },
  async run(call, params) {
    const { customer, source, currency } = params;
    if (customer !== undefined) return fail(call, missing("customer", customer, { param: "customer", status: 400 }));
    if (source === undefined) return fail(call, invalid("Must provide source or customer.", { code: "parameter_missing" }));
    const money = { amount: params.amount, currency };
    if (call.desk.processor.authorize(source, money) === null) {
      return fail(call, missing("token", source, { param: "source", status: 400 }));
    }
    const notes = newNotes(params.metadata, {
      "stripe:description": params.description,
      "stripe:receipt_email": params.receipt_email,
      "stripe:statement_descriptor": params.statement_descriptor,
      "stripe:statement_descriptor_suffix": params.statement_descriptor_suffix,
      "stripe:transfer_group": params.transfer_group,
      ...flatten("stripe:shipping", params.shipping),
    });
    return write(call, {
      command: {
        kind: "take_payment",
        intent: false,
        money,
        tender: { by: "token", token: source, capture: params.capture ?? true },
        fee: 0n,
        reference: null,
        notes,
        attemptNotes: notes,
      },
      subject: subjectOf(""),
      encode: chargeOrDecline,
    });
  },
});

/** A declined charge is kept, and answered as the error that says why. */
function chargeOrDecline(done: Done, look: Look): object {
  const { attempt } = done;
  if (attempt === null || attempt.decline === null) return charge(done, look);
  const { code, declineCode, message } = DECLINES[attempt.decline];
  const problem: Problem = {
    status: 402,
    type: "card_error",
    message,
    code,
    more: { charge: chargeId(attempt), ...(declineCode === null ? {} : { decline_code: declineCode }) },
  };
  return { problem };
}

const updateCharge = endpoint({
  method: "POST",
  path: "/v1/charges/:charge",
  title: "Update a charge",
  source: SOURCE,
  params: {
    description: optional(clearableText("Shown to people.")),
    metadata: optional(metadata),
    receipt_email: optional(clearableText("Kept and echoed; no mail is sent.")),
    customer: unsupported("There are no customers here yet."),
    fraud_details: unsupported("Reports of fraud are not kept here."),
    shipping: unsupported("Shipping is set when the charge is made."),
    transfer_group: unsupported(CONNECT),
  },
  returns: { object: "charge", list: false },
  async run(call, params) {
    const named = call.ids["charge"] ?? "";
    const id = attemptOfCharge(named);
    if (id === null) return fail(call, missing("charge", named, { param: "id" }));
    const patch = metadataPatch(params.metadata, {
      ...(params.description === undefined ? {} : { "stripe:description": params.description }),
      ...(params.receipt_email === undefined ? {} : { "stripe:receipt_email": params.receipt_email }),
    });
    return write(call, {
      command: { kind: "describe_payment", target: { by: "attempt", id, as: "processed" }, notes: {}, attemptNotes: patch },
      subject: subjectOf(named),
      encode: (done, look) => charge(done, look),
    });
  },
});

const captureCharge = endpoint({
  method: "POST",
  path: "/v1/charges/:charge/capture",
  title: "Capture a charge",
  source: SOURCE,
  params: {
    amount: optional(amount("How much to capture: the whole unless told. The rest is released.")),
    receipt_email: optional(clearableText("Kept and echoed; no mail is sent.")),
    statement_descriptor: optional(text("Kept and echoed.", 22)),
    statement_descriptor_suffix: optional(text("Kept and echoed.", 22)),
    application_fee: unsupported(CONNECT),
    application_fee_amount: unsupported(CONNECT),
    transfer_data: unsupported(CONNECT),
    transfer_group: unsupported(CONNECT),
  },
  returns: { object: "charge", list: false },
  async run(call, params) {
    const named = call.ids["charge"] ?? "";
    const id = attemptOfCharge(named);
    if (id === null) return fail(call, missing("charge", named, { param: "id" }));
    const set = newNotes(undefined, {
      "stripe:receipt_email": params.receipt_email,
      "stripe:statement_descriptor": params.statement_descriptor,
      "stripe:statement_descriptor_suffix": params.statement_descriptor_suffix,
    });
    return write(call, {
      command: {
        kind: "capture_payment",
        target: { by: "attempt", id, as: "processed" },
        amount: params.amount ?? null,
        expectedVersion: null,
        pastIntent: false,
        onlyAuthorized: false,
        notes: {},
        attemptNotes: { set },
      },
      subject: subjectOf(named),
      encode: (done, look) => charge(done, look),
    });
  },
});

const retrieveCharge = endpoint({
  method: "GET",
  path: "/v1/charges/:charge",
  title: "Retrieve a charge",
  source: SOURCE,
  params: {},
  returns: { object: "charge", list: false },
  async run(call) {
    const named = call.ids["charge"] ?? "";
    const found = await findCharge(call, named);
    return found === null ? fail(call, missing("charge", named, { param: "id" })) : show(call, charge(found, call.look));
  },
});

async function findCharge(call: Call, named: string): Promise<PaymentView | null> {
  const id = attemptOfCharge(named);
  const found = id === null ? null : await call.desk.read.attempt(call.merchant, id, call.extras);
  return found?.payment.origin === "processed" ? found : null;
}

const listCharges = endpoint({
  method: "GET",
  path: "/v1/charges",
  title: "List charges",
  source: SOURCE,
  params: {
    created: createdField,
    payment_intent: optional(text("Only charges of this PaymentIntent.")),
    customer: unsupported("There are no customers here yet."),
    transfer_group: unsupported(CONNECT),
    ...pageFields,
  },
  returns: { object: "charge", list: true },
  async run(call, params) {
    const named = params.payment_intent;
    const id = named === undefined ? null : paymentOfIntent(named);
    const intent = id === null ? null : await call.desk.read.payment(call.merchant, id, call.extras);
    if (named !== undefined && !intent?.payment.intent) return fail(call, missing("payment_intent", named, { param: "payment_intent", status: 400 }));
    return answerList<PaymentView>(call, {
      cursors: params,
      span: params.created,
      what: "charge",
      find: async (cursor) => (await findCharge(call, cursor))?.attempt?.id ?? null,
      rows: (page) => call.desk.read.attempts(call.merchant, { page, paymentId: id, processed: true }, call.extras),
      encode: (row) => charge(row, call.look),
    });
  },
});

function subjectOf(id: string): Subject {
  return { kind: "charge", id, param: "id", amountParam: "amount" };
}

export const chargeEndpoints: readonly StripeEndpoint[] = [createCharge, retrieveCharge, updateCharge, listCharges, captureCharge];
