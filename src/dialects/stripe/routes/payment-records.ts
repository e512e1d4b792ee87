/** Payment Records: payments and refunds that happened elsewhere, told to us (contract stripe.md, 1, and main-job.md, 1). */
import { sha256 } from "../../../base/hash.ts";
import type { Instrument } from "../../../domain/instrument.ts";
import type { Notes, NotesPatch } from "../../../domain/notes.ts";
import type { AttemptState } from "../../../domain/states.ts";
import type { PaymentView } from "../../../engine/views.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, show, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import type { Subject } from "../errors.ts";
import { attemptOfRecord, paymentOfRecord } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { currencyCode, recordedAmount } from "../money.ts";
import { billingFields, clearableHash, customerFields, flatten, shippingFields } from "../objects/details.ts";
import { paymentAttemptRecord, paymentRecord } from "../objects/payment-record.ts";
import { answerList, forwardFields, pageFields, span } from "../pages.ts";
import { choice, clearableText, hash, optional, required, since, text, timestamp, type Decoded } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { REFUNDED_OPTIONAL } from "../versions.ts";

const SOURCE = "stripe.md 1.1";
const RECORD = { object: "payment_record", list: false } as const;

const OUTCOMES: Readonly<Record<"canceled" | "failed" | "guaranteed", AttemptState>> = {
  canceled: "canceled",
  failed: "failed",
  guaranteed: "captured",
};

const recordedMoney = (about: string) =>
  hash(about, { currency: required(currencyCode("ISO 4217, lower case.")), value: required(recordedAmount("Minor units, more than zero.")) });

const outcomeFields = {
  outcome: optional(choice("How the attempt ended; not yet at all unless told.", ["canceled", "failed", "guaranteed"])),
  canceled: optional(hash("With `outcome=canceled`.", { canceled_at: required(timestamp("When it was canceled.")) })),
  failed: optional(hash("With `outcome=failed`.", { failed_at: required(timestamp("When it failed.")) })),
  guaranteed: optional(hash("With `outcome=guaranteed`.", { guaranteed_at: required(timestamp("When the provider guaranteed it.")) })),
};

const methodDetails = hash("How it was paid.", {
  billing_details: optional(hash("Who was billed.", billingFields)),
  custom: optional(hash("The method's own name.", { display_name: optional(text("What people call it.")), type: optional(text("Your custom payment method type.")) })),
  payment_method: optional(text("Your id of the method.")),
  type: optional(choice("Only methods of your own.", ["custom"])),
});

const attemptFields = {
  initiated_at: required(timestamp("When the attempt began.")),
  ...outcomeFields,
  description: optional(text("Shown to people.")),
  metadata: optional(metadata),
};

const reportPayment = endpoint({
  method: "POST",
  path: "/v1/payment_records/report_payment",
  title: "Report a payment",
  source: SOURCE,
  params: {
    amount_requested: required(recordedMoney("What was asked for.")),
    payment_method_details: required(methodDetails),
    ...attemptFields,
    customer_details: optional(hash("Who paid.", customerFields)),
    customer_presence: optional(choice("Whether the customer was there.", ["on_session", "off_session"])),
    processor_details: optional(
      hash("Who took the payment.", {
        type: required(choice("A processor outside Stripe.", ["custom"])),
        custom: optional(hash("Details of it.", { payment_reference: required(text("The processor's own id of the payment.")) })),
      }),
    ),
    shipping_details: optional(hash("Where it is shipped to.", shippingFields)),
  },
  returns: RECORD,
  async run(call, params) {
    const bad = outcomeProblem(params);
    if (bad) return fail(call, bad);
    const { amount_requested: asked, payment_method_details: method } = params;
    const attemptNotes = notesOfAttempt(params, method);
    return write(call, {
      command: {
        kind: "take_payment",
        intent: false,
        money: { amount: asked.value, currency: asked.currency },
        tender: { by: "report", instrument: instrumentOf(method), outcome: outcomeOf(params.outcome) },
        fee: 0n,
        reference: params.processor_details?.custom?.payment_reference ?? null,
        notes: newNotes(params.metadata, {
          "stripe:description": params.description,
          "stripe:customer_presence": params.customer_presence,
          ...flatten("stripe:customer", params.customer_details),
          ...flatten("stripe:shipping", params.shipping_details),
        }),
        attemptNotes,
      },
      subject: subjectOf(""),
      encode: (done, look) => paymentRecord(done, look),
    });
  },
});

const reportAttempt = endpoint({
  method: "POST",
  path: "/v1/payment_records/:id/report_payment_attempt",
  title: "Report a payment attempt",
  source: SOURCE,
  params: {
    ...attemptFields,
    payment_method_details: optional(methodDetails),
    shipping_details: optional(hash("Where it is shipped to.", shippingFields)),
  },
  returns: RECORD,
  async run(call, params) {
    const bad = outcomeProblem(params);
    if (bad) return fail(call, bad);
    const method = params.payment_method_details;
    return onRecord(call, (target) => ({
      kind: "try_payment",
      target,
      tender: { by: "report", instrument: method === undefined ? null : instrumentOf(method), outcome: outcomeOf(params.outcome) },
      notes: { set: flatten("stripe:shipping", params.shipping_details) },
      attemptNotes: notesOfAttempt(params, method),
    }));
  },
});

type Details = Decoded<typeof outcomeFields> & {
  readonly initiated_at: bigint;
  readonly description: string | undefined;
  readonly metadata: Parameters<typeof newNotes>[0];
};

function notesOfAttempt(params: Details, method: MethodDetails | undefined): Notes {
  return newNotes(params.metadata, {
    "stripe:description": params.description,
    "stripe:initiated_at": String(params.initiated_at),
    "stripe:payment_method": method?.payment_method,
    ...flatten("stripe:billing", method?.billing_details),
  });
}

type MethodDetails = Exclude<ReturnType<typeof methodDetails.read>, { readonly problem: Problem }>;

function instrumentOf(method: MethodDetails): Instrument {
  return { kind: "external", label: method.custom?.display_name ?? "custom", type: method.custom?.type ?? null };
}

function outcomeOf(outcome: "canceled" | "failed" | "guaranteed" | undefined): AttemptState {
  return outcome === undefined ? "initiated" : OUTCOMES[outcome];
}

/** An outcome comes with the hash of its own name, and with no other. */
function outcomeProblem(params: Decoded<typeof outcomeFields>): Problem | null {
  for (const name of ["canceled", "failed", "guaranteed"] as const) {
    if (params.outcome === name && params[name] === undefined) {
      return invalid(`Missing required param: ${name}.`, { code: "parameter_missing", param: name });
    }
    if (params.outcome !== name && params[name] !== undefined) {
      return invalid(`You may only pass '${name}' when 'outcome' is ${name}.`, { param: name }); // OURS
    }
  }
  return null;
}

const reportCanceled = endpoint({
  method: "POST",
  path: "/v1/payment_records/:id/report_payment_attempt_canceled",
  title: "Report a payment attempt as canceled",
  source: SOURCE,
  params: { canceled_at: required(timestamp("When it was canceled.")), metadata: optional(metadata) },
  returns: RECORD,
  run: (call, params) => endAttempt(call, "canceled", { at: params.canceled_at, patch: metadataPatch(params.metadata) }),
});

const reportFailed = endpoint({
  method: "POST",
  path: "/v1/payment_records/:id/report_payment_attempt_failed",
  title: "Report a payment attempt as failed",
  source: SOURCE,
  params: { failed_at: required(timestamp("When it failed.")), metadata: optional(metadata) },
  returns: RECORD,
  run: (call, params) => endAttempt(call, "failed", { at: params.failed_at, patch: metadataPatch(params.metadata) }),
});

function endAttempt(call: Call, outcome: "canceled" | "failed", { at, patch }: { readonly at: bigint; readonly patch: NotesPatch }): Promise<WireReply> {
  return onRecord(call, (target) => ({
    kind: "end_payment",
    target,
    outcome,
    expectedVersion: null,
    notes: patch,
    attemptNotes: { set: { [`stripe:${outcome}_at`]: String(at) } },
  }));
}

const reportGuaranteed = endpoint({
  method: "POST",
  path: "/v1/payment_records/:id/report_payment_attempt_guaranteed",
  title: "Report a payment attempt as guaranteed",
  source: SOURCE,
  params: { guaranteed_at: required(timestamp("When the provider guaranteed it.")), metadata: optional(metadata) },
  returns: RECORD,
  run: (call, params) =>
    onRecord(call, (target) => ({
      kind: "capture_payment",
      target,
      amount: null,
      expectedVersion: null,
      pastIntent: false,
      notes: metadataPatch(params.metadata),
      attemptNotes: { set: { "stripe:guaranteed_at": String(params.guaranteed_at) } },
    })),
});

const reportInformational = endpoint({
  method: "POST",
  path: "/v1/payment_records/:id/report_payment_attempt_informational",
  title: "Report informational updates",
  source: SOURCE,
  params: {
    customer_details: optional(hash("Who paid.", customerFields)),
    description: optional(clearableText("Shown to people.")),
    metadata: optional(metadata),
    shipping_details: clearableHash("Where it is shipped to.", shippingFields),
  },
  returns: RECORD,
  run: (call, params) => {
    const { description, customer_details: customer, shipping_details: shipping } = params;
    const patch = metadataPatch(params.metadata, {
      ...(description === undefined ? {} : { "stripe:description": description }),
      ...flatten("stripe:customer", customer),
      ...flatten("stripe:shipping", shipping),
    });
    const drop = [...(patch.drop ?? []), ...(customer ? ["stripe:customer"] : []), ...(shipping === undefined ? [] : ["stripe:shipping"])];
    return onRecord(call, (target) => ({ kind: "describe_payment", target, notes: { ...patch, drop }, attemptNotes: {} }), "any");
  },
});

const reportRefund = endpoint({
  method: "POST",
  path: "/v1/payment_records/:id/report_refund",
  title: "Report a refund",
  source: "main-job.md 1",
  params: {
    outcome: required(choice("How it ended.", ["refunded"])),
    processor_details: required(
      hash("Who made the refund.", {
        type: required(choice("A processor outside Stripe.", ["custom"])),
        custom: required(hash("Details of it.", { refund_reference: required(text("The refund's own id there: unique across all refunds.")) })),
      }),
    ),
    refunded: optional(since(REFUNDED_OPTIONAL, hash("When it was done: required before the version named here.", { refunded_at: required(timestamp("When the refund completed.")) }))),
    amount: optional(recordedMoney("How much: all that is left unless told.")),
    initiated_at: optional(timestamp("When the refund was started.")),
    metadata: optional(metadata),
  },
  returns: RECORD,
  async run(call, params) {
    if (params.refunded === undefined && call.version < REFUNDED_OPTIONAL) {
      return fail(call, invalid("Missing required param: refunded.", { code: "parameter_missing", param: "refunded" }));
    }
    const named = call.ids["id"] ?? "";
    const id = paymentOfRecord(named);
    if (id === null) return fail(call, noRecord(named));
    const { amount, refunded, initiated_at: initiatedAt } = params;
    const reference = params.processor_details.custom.refund_reference;
    const said = [named, amount?.value, amount?.currency, refunded?.refunded_at, initiatedAt, params.metadata?.clear, ...(params.metadata?.set ?? [])];
    return write(call, {
      command: {
        kind: "refund_payment",
        target: { by: "payment", id, as: "any" },
        within: null,
        money: amount === undefined ? null : { amount: amount.value, currency: amount.currency },
        fee: { kind: "none" },
        channel: "reported",
        reference,
        release: false,
        expectedVersion: null,
        refundsMax: null,
        ageMax: null,
        notes: newNotes(params.metadata, {
          "stripe:refunded_at": refunded === undefined ? null : String(refunded.refunded_at),
          "stripe:initiated_at": initiatedAt === undefined ? null : String(initiatedAt),
        }),
        paymentNotes: metadataPatch(params.metadata),
      },
      // A workflow engine retries without an idempotency key: the reference itself makes the second call the first.
      claims: [{ scope: "stripe:refund_reference", key: reference, path: call.path, fingerprint: sha256(JSON.stringify(said.map(String))), binds: "when_done" }],
      subject: subjectOf(named),
      encode: (done, look) => paymentRecord(done, look),
    });
  },
});

type RecordCommand = Parameters<typeof write>[1]["command"];
type RecordTarget = Extract<RecordCommand, { kind: "describe_payment" }>["target"];

/** Runs a command on the record that the path names. Attempts can only be reported on payments that were reported. */
async function onRecord(call: Call, commandOn: (target: RecordTarget) => RecordCommand, as: RecordTarget["as"] = "recorded"): Promise<WireReply> {
  const named = call.ids["id"] ?? "";
  const id = paymentOfRecord(named);
  if (id === null) return fail(call, noRecord(named));
  return write(call, {
    command: commandOn({ by: "payment", id, as }),
    subject: subjectOf(named),
    encode: (done, look) => paymentRecord(done, look),
  });
}

const retrieveRecord = endpoint({
  method: "GET",
  path: "/v1/payment_records/:id",
  title: "Retrieve a Payment Record",
  source: SOURCE,
  params: {},
  returns: RECORD,
  async run(call) {
    const named = call.ids["id"] ?? "";
    const found = await findRecord(call, named);
    return found === null ? fail(call, noRecord(named)) : show(call, paymentRecord(found, call.look));
  },
});

const listRecords = endpoint({
  method: "GET",
  path: "/v1/payment_records",
  title: "List Payment Records",
  source: SOURCE,
  params: {
    created_after: optional(timestamp("Only those created later.")),
    created_before: optional(timestamp("Only those created earlier.")),
    ...pageFields,
  },
  returns: { object: "payment_record", list: true },
  run: (call, params) =>
    answerList<PaymentView>(call, {
      cursors: params,
      span: span({ gt: params.created_after, gte: undefined, lt: params.created_before, lte: undefined }),
      what: "payment_record",
      find: async (id) => (await findRecord(call, id))?.payment.id ?? null,
      rows: (page) => call.desk.read.payments(call.merchant, { page, intent: false }, call.extras),
      encode: (row) => paymentRecord(row, call.look),
    }),
});

const retrieveAttempt = endpoint({
  method: "GET",
  path: "/v1/payment_attempt_records/:id",
  title: "Retrieve a Payment Attempt Record",
  source: SOURCE,
  params: {},
  returns: { object: "payment_attempt_record", list: false },
  async run(call) {
    const named = call.ids["id"] ?? "";
    const id = attemptOfRecord(named);
    const found = id === null ? null : await call.desk.read.attempt(call.merchant, id, call.extras);
    return found === null ? fail(call, missing("payment_attempt_record", named, { param: "id" })) : show(call, paymentAttemptRecord(found, call.look));
  },
});

const listAttempts = endpoint({
  method: "GET",
  path: "/v1/payment_attempt_records",
  title: "List Payment Attempt Records",
  source: SOURCE,
  params: { payment_record: required(text("Whose attempts.")), ...forwardFields },
  returns: { object: "payment_attempt_record", list: true },
  async run(call, params) {
    const record = await findRecord(call, params.payment_record);
    if (record === null) return fail(call, missing("payment_record", params.payment_record, { param: "payment_record", status: 400 }));
    const { merchant, extras, look, desk } = call;
    return answerList<PaymentView>(call, {
      cursors: params,
      span: undefined,
      what: "payment_attempt_record",
      find: async (named) => {
        const id = attemptOfRecord(named);
        return id === null ? null : ((await desk.read.attempt(merchant, id, extras))?.attempt?.id ?? null);
      },
      rows: (page) => desk.read.attempts(merchant, { page, paymentId: record.payment.id, processed: false }, extras),
      encode: (row) => paymentAttemptRecord(row, look),
    });
  },
});

async function findRecord(call: Call, named: string): Promise<PaymentView | null> {
  const id = paymentOfRecord(named);
  return id === null ? null : call.desk.read.payment(call.merchant, id, call.extras);
}

function subjectOf(id: string): Subject {
  return { kind: "payment_record", id, param: "id", amountParam: "amount[value]" };
}

function noRecord(id: string): Problem {
  return missing("payment_record", id, { param: "id" });
}

export const recordEndpoints: readonly StripeEndpoint[] = [
  reportPayment,
  retrieveRecord,
  listRecords,
  reportAttempt,
  reportCanceled,
  reportFailed,
  reportGuaranteed,
  reportInformational,
  reportRefund,
  retrieveAttempt,
  listAttempts,
];
