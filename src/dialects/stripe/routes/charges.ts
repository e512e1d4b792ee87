/** Charges: create, retrieve, update, list and capture (Stripe's API reference: Charges and test cards). */
import { present } from "../../../base/assert.ts";
import { receivedOf } from "../../../domain/connected.ts";
import type { TakePayment } from "../../../domain/command.ts";
import type { Money } from "../../../domain/money.ts";
import { NOBODY } from "../../../domain/whose.ts";
import type { Done } from "../../../engine/job.ts";
import type { Page, PaymentView } from "../../../engine/views.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import type { Subject } from "../errors.ts";
import { attemptOfCharge, chargeId, customerNamed, methodNamed, paymentOfIntent, receivedNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { amount, currencyCode } from "../money.ts";
import { charge } from "../objects/charge.ts";
import { DECLINES } from "../objects/decline.ts";
import { clearableHash, flatten, shippingFields } from "../objects/details.ts";
import type { Look } from "../objects/encode.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { clearableText, flag, optional, required, text, unsupported } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { PAYING } from "../profile-errors.ts";
import { mergePages } from "./books.ts";
import { connectFields, connecting, oldConnectFields, termsFields, termsOf } from "./connect-params.ts";
import { findFilter } from "./find-customer.ts";
import { BILLING } from "./named-method.ts";

const SOURCE = "Stripe's API reference: Charges";

const createCharge = endpoint({
  method: "POST",
  path: "/v1/charges",
  title: "Create a charge",
  source: SOURCE,
  params: {
    amount: required(amount("How much to charge, in minor units.")),
    currency: required(currencyCode("The charge's currency.")),
    source: optional(text("A card token, such as `tok_visa`.")),
    customer: optional(text("Whose charge it is. Without a source the default payment method is charged.")),
    capture: optional(flag("False only authorizes; capture follows.")),
    description: optional(clearableText("Shown to people.")),
    metadata: optional(metadata),
    receipt_email: optional(clearableText("Kept and echoed; no mail is sent.")),
    shipping: clearableHash("Kept and echoed.", shippingFields),
    statement_descriptor: optional(text("Kept and echoed.", 22)),
    statement_descriptor_suffix: optional(text("Kept and echoed.", 22)),
    ...connectFields,
    ...oldConnectFields,
  },
  returns: { object: "charge", list: false },
  async run(call, params) {
    const money = { amount: params.amount, currency: params.currency };
    const paid = readSource(call, params, money);
    if ("message" in paid) return fail(call, paid);
    const connected = await connecting(call, params, { intent: false });
    if ("message" in connected) return fail(call, connected);
    const notes = newNotes(params.metadata, {
      "stripe:description": params.description,
      "stripe:receipt_email": params.receipt_email,
      "stripe:statement_descriptor": params.statement_descriptor,
      "stripe:statement_descriptor_suffix": params.statement_descriptor_suffix,
      "stripe:transfer_group": params.transfer_group,
      "stripe:on_behalf_of": params.on_behalf_of,
      ...flatten("stripe:shipping", params.shipping),
    });
    return write(call, {
      command: {
        kind: "take_payment",
        intent: false,
        money,
        ...paid,
        ...connected,
        reference: null,
        notes,
        attemptNotes: notes,
      },
      subject: subjectOf(""),
      encode: chargeOrDecline,
    });
  },
});

/** Whose charge it is, and what it is made with: a token, the customer's own payment method, or what he has named as his default. */
function readSource(call: Call, params: { readonly customer: string | undefined; readonly source: string | undefined; readonly capture: boolean | undefined }, money: Money): Pick<TakePayment, "tender" | "whose"> | Problem {
  const { customer: named, source, capture = true } = params;
  const customer = named === undefined ? null : customerNamed(named);
  if (named !== undefined && customer === null) return missing("customer", named, PAYING.customer);
  const own = source === undefined ? null : methodNamed(source);
  if (customer !== null && (source === undefined || own !== null)) {
    return { tender: { by: "on_file", capture, inherits: BILLING }, whose: { customer, onFile: own ?? "preferred" } };
  }
  if (source === undefined) return invalid("Must provide source or customer.", { code: "parameter_missing" });
  // OURS: a token is used once, and what is used with a customer must be attached to him.
  if (named !== undefined) return invalid(`Customer ${named} does not have a linked source with ID ${source.slice(0, 100)}.`, { code: "missing", param: "source" });
  if (call.desk.processor.authorize(source, money) === null) return missing("token", source, { param: "source", status: 400 });
  return { tender: { by: "token", token: source, capture }, whose: NOBODY };
}

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
    customer: optional(text("Whose charge it is, of one that is nobody's yet.")),
    fraud_details: unsupported("Reports of fraud are not kept here."),
    shipping: unsupported("Shipping is set when the charge is made."),
    transfer_group: unsupported("It is set when the charge is made."),
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
    const customer = params.customer === undefined ? null : customerNamed(params.customer);
    if (params.customer !== undefined && customer === null) return fail(call, missing("customer", params.customer, PAYING.customer));
    const about = { target: { by: "attempt", id, as: "processed" }, notes: {}, attemptNotes: patch } as const;
    return write(call, {
      command:
        customer === null
          ? { kind: "describe_payment", ...about }
          : { kind: "amend_payment", ...about, amount: null, currency: null, whose: { customer, onFile: null }, tendered: false, onlyFirstCustomer: true },
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
    ...termsFields,
    application_fee: oldConnectFields.application_fee,
    transfer_group: unsupported("It is set when the charge is made."),
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
        terms: termsOf(params),
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
  const received = receivedNamed(named);
  if (received !== null) return call.desk.read.payment(receivedOf(call.merchant), received, call.extras);
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
    customer: optional(text("Only charges of this customer.")),
    transfer_group: unsupported("Charges are not found by it."),
    ...pageFields,
  },
  returns: { object: "charge", list: true },
  async run(call, params) {
    const named = params.payment_intent;
    const id = named === undefined ? null : paymentOfIntent(named);
    const intent = id === null ? null : await call.desk.read.payment(call.merchant, id, call.extras);
    if (named !== undefined && !intent?.payment.intent) return fail(call, missing("payment_intent", named, { param: "payment_intent", status: 400 }));
    const customer = await findFilter(call, params.customer);
    if (customer !== null && "message" in customer) return fail(call, customer);
    return answerList<PaymentView>(call, {
      cursors: params,
      span: params.created,
      what: "charge",
      find: async (cursor) => (await findCharge(call, cursor))?.attempt?.id ?? null,
      rows(asked) {
        const own = (page: Page) => call.desk.read.attempts(call.merchant, { page, paymentId: id, processed: true, customer: customer?.id ?? null }, call.extras);
        // What an account received of its platform is among its charges.
        if (call.account === null || id !== null || customer !== null) return own(asked);
        const received = (page: Page) => call.desk.read.attempts(receivedOf(call.merchant), { page, paymentId: null, processed: true }, call.extras);
        return mergePages(asked, [own, received], ({ attempt }) => present(attempt, "an attempt").id);
      },
      encode: (row) => charge(row, call.look),
    });
  },
});

function subjectOf(id: string): Subject {
  return { kind: "charge", id, param: "id", amountParam: "amount" };
}

export const chargeEndpoints: readonly StripeEndpoint[] = [createCharge, retrieveCharge, updateCharge, listCharges, captureCharge];
