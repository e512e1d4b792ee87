/** PaymentIntents: create, confirm, capture, cancel, retrieve and list (Stripe's API reference: PaymentIntents). */
import { TRANSFER_METHODS } from "../../../domain/instrument.ts";
import type { Notes } from "../../../domain/notes.ts";
import { moneyOf, type Payment } from "../../../domain/payment.ts";
import type { Done } from "../../../engine/job.ts";
import type { PaymentView } from "../../../engine/views.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { MISSING_METHOD, type Subject } from "../errors.ts";
import { chargeId, customerNamed, paymentOfIntent } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { CHARGE_MAX, currencyCode } from "../money.ts";
import { DECLINES } from "../objects/decline.ts";
import { billingFields, clearableHash, flatten, note, shippingFields } from "../objects/details.ts";
import type { Look } from "../objects/encode.ts";
import { METHOD, namedMethod, NEXT_METHOD, paymentIntent } from "../objects/payment-intent.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { choice, clearableText, flag, hash, list, optional, required, text, unsupported, whole, type Param } from "../params.ts";
import { invalid, Malformed, malformed, missing, type Problem } from "../problem.ts";
import { PAYING } from "../profile-errors.ts";
import { connectFields, connecting, termsFields, termsOf } from "./connect-params.ts";
import { findFilter } from "./find-customer.ts";
import { BILLING, nameMethod, tenderOf } from "./named-method.ts";

const SOURCE = "Stripe's API reference: PaymentIntents";
const CAPTURE_METHODS = ["automatic", "automatic_async", "manual"] as const;
const TOO_SMALL =
  "The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If you want to save a Payment Method for use with a future payment, use a Setup Intent instead.";

/** An intent has its own words for an amount of nothing. */
export const intentAmount: Param<bigint> = (() => {
  const plain = whole("How much to collect, in minor units.");
  const read: Param<bigint>["read"] = (raw, path) => {
    const value = plain.read(raw, path);
    if (value instanceof Malformed) return value;
    if (value < 1n) return malformed(TOO_SMALL, { code: "parameter_invalid_integer", param: path });
    return value > CHARGE_MAX ? malformed("Amount must be no more than $999,999.99", { code: "amount_too_large", param: path }) : value;
  };
  return { ...plain, told: { ...plain.told, limits: { min: 1n, max: CHARGE_MAX } }, read };
})();

const automaticMethods = hash("Whether payment methods are chosen for you.", {
  enabled: required(flag("True.")),
  allow_redirects: optional(choice("Whether the customer may be sent elsewhere.", ["always", "never"])),
});

export const confirmFields = {
  payment_method: optional(text("Such as `pm_card_visa`.")),
  return_url: optional(text("Taken without effect: nobody is redirected here.")),
  off_session: optional(flag("Whether the customer is away. Taken without effect: an intent that needs its customer waits for them all the same.")),
  error_on_requires_action: optional(flag("Whether to decline a payment that needs its customer. Taken without effect: it waits all the same.")),
  receipt_email: optional(clearableText("Kept and echoed; no mail is sent.")),
  setup_future_usage: optional(choice("Kept and echoed.", ["on_session", "off_session"])),
  shipping: clearableHash("Kept and echoed.", shippingFields),
  payment_method_types: optional(list("Kept and echoed.", text("A type, such as `card`.", 50))),
  capture_method: optional(choice("When the money is taken.", CAPTURE_METHODS)),
  payment_method_data: optional(hash("A method by which money comes from a bank or a till. Cards are named by `payment_method`.", {
    type: required(choice("Which.", TRANSFER_METHODS)),
    billing_details: optional(hash("Whose it is.", billingFields)),
  })),
  payment_method_options: unsupported("Cards need none here."),
  confirmation_token: unsupported("Name a payment method instead."),
  mandate_data: unsupported("Cards need none."),
};

const createIntent = endpoint({
  method: "POST",
  path: "/v1/payment_intents",
  title: "Create a PaymentIntent",
  source: SOURCE,
  params: {
    amount: required(intentAmount),
    currency: required(currencyCode("The payment's currency.")),
    confirm: optional(flag("Try the payment at once.")),
    automatic_payment_methods: optional(automaticMethods),
    confirmation_method: optional(choice("Kept and echoed.", ["automatic", "manual"])),
    description: optional(text("Shown to people.")),
    metadata: optional(metadata),
    statement_descriptor: optional(text("Kept and echoed.", 22)),
    statement_descriptor_suffix: optional(text("Kept and echoed.", 22)),
    customer: optional(text("Whose payment it is.")),
    ...confirmFields,
    ...connectFields,
  },
  returns: { object: "payment_intent", list: false },
  async run(call, params) {
    if (namesTwo(params)) return fail(call, TWO_METHODS);
    const { currency, confirm } = params;
    const customer = params.customer === undefined ? null : customerNamed(params.customer);
    if (params.customer !== undefined && customer === null) return fail(call, missing("customer", params.customer, PAYING.customer));
    const money = { amount: params.amount, currency };
    const method = await nameMethod(call, methodOf(params), money);
    if (method !== null && "message" in method) return fail(call, method);
    if (confirm === true && method === null) return fail(call, invalid(MISSING_METHOD, { code: "payment_intent_unexpected_state" }));
    const connected = await connecting(call, params, { intent: true });
    if ("message" in connected) return fail(call, connected);
    const capture = params.capture_method !== "manual";
    const said = newNotes(params.metadata, {
      ...describing(params),
      "stripe:description": params.description,
      "stripe:confirmation_method": params.confirmation_method,
      "stripe:statement_descriptor": params.statement_descriptor,
      "stripe:statement_descriptor_suffix": params.statement_descriptor_suffix,
      "stripe:transfer_group": params.transfer_group,
      "stripe:on_behalf_of": params.on_behalf_of,
      "stripe:automatic_payment_methods": automaticNote(params),
    });
    return write(call, {
      command: {
        kind: "take_payment",
        intent: true,
        money,
        tender: confirm === true ? tenderOf(method, capture) : null,
        whose: { customer, onFile: method?.onFile ?? null },
        ...connected,
        reference: null,
        notes: said,
        attemptNotes: said,
      },
      subject: subjectOf(""),
      encode: intentOrDecline,
    });
  },
});

function withoutBilling(notes: Notes): Notes {
  return Object.fromEntries(Object.entries(notes).filter(([name]) => !name.startsWith(BILLING)));
}

export type Methods = {
  readonly payment_method: string | undefined;
  readonly payment_method_data: { readonly type: string; readonly billing_details: Parameters<typeof flatten>[1] | undefined } | undefined;
};

// OURS: which of the two was meant, nobody can tell.
const TWO_METHODS = invalid("You may only specify one of these parameters: payment_method, payment_method_data.", { code: "parameters_exclusive" });

function namesTwo({ payment_method: named, payment_method_data: told }: Methods): boolean {
  return named !== undefined && told !== undefined;
}

/** The intent that the path names, for a request that may name a method too. */
export async function openIntent(call: Call, params: Methods): Promise<{ readonly asked: string; readonly payment: Payment } | Problem> {
  if (namesTwo(params)) return TWO_METHODS;
  const asked = call.ids["intent"] ?? "";
  const found = await findIntent(call, asked);
  return found === null ? noIntent(asked) : { asked, payment: found.payment };
}

/** A method that is told by its type goes by the name that the sandbox has for it. */
export function methodOf({ payment_method: named, payment_method_data: told }: Methods): string | undefined {
  return named ?? (told === undefined ? undefined : `pm_${told.type}`);
}

/** Since 2023 payment methods are chosen automatically unless types were named. */
function automaticNote(params: { readonly automatic_payment_methods?: { readonly enabled: boolean; readonly allow_redirects: string | undefined } | undefined; readonly payment_method_types?: readonly string[] | undefined }): string | null {
  const { automatic_payment_methods: automatic, payment_method_types: types } = params;
  if (automatic !== undefined) return automatic.enabled ? (automatic.allow_redirects ?? "always") : null;
  return types === undefined ? "always" : null;
}

/** What creating and confirming may both say of an intent. */
export function describing(params: Methods & {
  readonly receipt_email: string | null | undefined;
  readonly setup_future_usage: string | undefined;
  readonly shipping: Parameters<typeof flatten>[1];
  readonly payment_method_types: readonly string[] | undefined;
  readonly capture_method: string | undefined;
}): Record<string, string | null | undefined> {
  return {
    [METHOD]: methodOf(params),
    "stripe:receipt_email": params.receipt_email,
    "stripe:setup_future_usage": params.setup_future_usage,
    "stripe:payment_method_types": params.payment_method_types?.join(",") ?? params.payment_method_data?.type,
    "stripe:capture_method": params.capture_method,
    ...flatten("stripe:shipping", params.shipping),
    ...flatten(BILLING, params.payment_method_data?.billing_details),
  };
}

const confirmIntent = endpoint({
  method: "POST",
  path: "/v1/payment_intents/:intent/confirm",
  title: "Confirm a PaymentIntent",
  source: SOURCE,
  params: confirmFields,
  returns: { object: "payment_intent", list: false },
  async run(call, params) {
    const on = await openIntent(call, params);
    if ("message" in on) return fail(call, on);
    const { asked, payment } = on;
    const named = methodOf(params) ?? namedMethod(payment) ?? undefined;
    const method = await nameMethod(call, named, moneyOf(payment, payment.requested));
    if (method !== null && "message" in method) return fail(call, method);
    const capture = (params.capture_method ?? note(payment.notes, "stripe:capture_method")) !== "manual";
    return write(call, {
      command: {
        kind: "try_payment",
        target: { by: "payment", id: payment.id, as: "intent" },
        // None, perhaps because this very request was already done: its key may still answer as it did then.
        tender: tenderOf(method, capture),
        whose: { customer: null, onFile: method?.onFile ?? null },
        // Whose the method before was says nothing of this one.
        notes: {
          drop: methodOf(params) === undefined ? [] : [BILLING],
          set: { ...saidOf(describing(params)), ...(named === undefined ? {} : { [METHOD]: named }), [NEXT_METHOD]: null },
        },
        attemptNotes: { ...(methodOf(params) === undefined ? payment.notes : withoutBilling(payment.notes)), ...flatten(BILLING, params.payment_method_data?.billing_details) },
      },
      subject: subjectOf(asked),
      encode: intentOrDecline,
    });
  },
});

/** What was said at all. */
export function saidOf(notes: Readonly<Record<string, string | null | undefined>>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(notes).filter((pair): pair is [string, string | null] => pair[1] !== undefined));
}

/** A decline leaves the intent waiting for another method; the error carries it whole. */
function intentOrDecline(done: Done, look: Look): object {
  const { attempt, payment } = done;
  if (payment.state !== "failed" || attempt === null || attempt.decline === null) return paymentIntent(done, look);
  const { code, declineCode, message } = DECLINES[attempt.decline];
  const problem: Problem = {
    status: 402,
    type: "card_error",
    message,
    code,
    more: {
      charge: chargeId(attempt),
      ...(declineCode === null ? {} : { decline_code: declineCode }),
      payment_intent: paymentIntent(done, look),
    },
  };
  return { problem };
}

const captureIntent = endpoint({
  method: "POST",
  path: "/v1/payment_intents/:intent/capture",
  title: "Capture a PaymentIntent",
  source: SOURCE,
  params: {
    amount_to_capture: optional(intentAmount),
    final_capture: optional(flag("Taken without effect: there is one capture here, so it is always the last.")),
    metadata: optional(metadata),
    statement_descriptor: optional(text("Kept and echoed.", 22)),
    statement_descriptor_suffix: optional(text("Kept and echoed.", 22)),
    ...termsFields,
  },
  returns: { object: "payment_intent", list: false },
  async run(call, params) {
    const named = call.ids["intent"] ?? "";
    const id = paymentOfIntent(named);
    if (id === null) return fail(call, noIntent(named));
    const set = newNotes(undefined, {
      "stripe:statement_descriptor": params.statement_descriptor,
      "stripe:statement_descriptor_suffix": params.statement_descriptor_suffix,
    });
    return write(call, {
      command: {
        kind: "capture_payment",
        target: { by: "payment", id, as: "intent" },
        amount: params.amount_to_capture ?? null,
        expectedVersion: null,
        pastIntent: true,
        onlyAuthorized: true,
        terms: termsOf(params),
        notes: metadataPatch(params.metadata, set),
        attemptNotes: { set },
      },
      subject: { ...subjectOf(named), amountParam: "amount_to_capture" },
      encode: (done, look) => paymentIntent(done, look),
    });
  },
});

const cancelIntent = endpoint({
  method: "POST",
  path: "/v1/payment_intents/:intent/cancel",
  title: "Cancel a PaymentIntent",
  source: SOURCE,
  params: {
    cancellation_reason: optional(choice("Why.", ["abandoned", "duplicate", "fraudulent", "requested_by_customer"])),
  },
  returns: { object: "payment_intent", list: false },
  async run(call, params) {
    const named = call.ids["intent"] ?? "";
    const id = paymentOfIntent(named);
    if (id === null) return fail(call, noIntent(named));
    const reason = params.cancellation_reason;
    return write(call, {
      command: {
        kind: "end_payment",
        target: { by: "payment", id, as: "intent" },
        outcome: "canceled",
        expectedVersion: null,
        onlyAuthorized: false,
        notes: { set: reason === undefined ? {} : { "stripe:cancellation_reason": reason } },
        attemptNotes: {},
      },
      subject: subjectOf(named),
      encode: (done, look) => paymentIntent(done, look),
    });
  },
});

const retrieveIntent = endpoint({
  method: "GET",
  path: "/v1/payment_intents/:intent",
  title: "Retrieve a PaymentIntent",
  source: SOURCE,
  params: { client_secret: optional(text("Taken without effect: only pages need it.")) },
  returns: { object: "payment_intent", list: false },
  async run(call) {
    const named = call.ids["intent"] ?? "";
    const found = await findIntent(call, named);
    return found === null ? fail(call, noIntent(named)) : show(call, paymentIntent(found, call.look));
  },
});

const listIntents = endpoint({
  method: "GET",
  path: "/v1/payment_intents",
  title: "List PaymentIntents",
  source: SOURCE,
  params: { created: createdField, customer: optional(text("Only intents of this customer.")), ...pageFields },
  returns: { object: "payment_intent", list: true },
  async run(call, params) {
    const customer = await findFilter(call, params.customer);
    if (customer !== null && "message" in customer) return fail(call, customer);
    return answerList<PaymentView>(call, {
      cursors: params,
      span: params.created,
      what: "payment_intent",
      find: async (id) => (await findIntent(call, id))?.payment.id ?? null,
      rows: (page) => call.desk.read.payments(call.merchant, { page, intent: true, customer: customer?.id ?? null }, call.extras),
      encode: (row) => paymentIntent(row, call.look),
    });
  },
});

async function findIntent(call: Call, named: string): Promise<PaymentView | null> {
  const id = paymentOfIntent(named);
  const found = id === null ? null : await call.desk.read.payment(call.merchant, id, call.extras);
  return found?.payment.intent ? found : null;
}

export function subjectOf(id: string): Subject {
  return { kind: "payment_intent", id, param: "intent", amountParam: "amount" };
}

function noIntent(id: string): Problem {
  return missing("payment_intent", id, { param: "intent" });
}

export const intentEndpoints: readonly StripeEndpoint[] = [createIntent, confirmIntent, captureIntent, cancelIntent, retrieveIntent, listIntents];
