/** Payments that happened elsewhere, and their attempts, told to us as Payment Records (Stripe's API reference: Payment Records). */
import type { Instrument } from "../../../domain/instrument.ts";
import type { Notes, NotesPatch } from "../../../domain/notes.ts";
import type { AttemptState } from "../../../domain/states.ts";
import { NOBODY } from "../../../domain/whose.ts";
import type { WireReply } from "../../../engine/wire.ts";
import { fail, write, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { paymentOfRecord } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { billingFields, clearableHash, customerFields, flatten, shippingFields } from "../objects/details.ts";
import { paymentRecord } from "../objects/payment-record.ts";
import { choice, clearableText, hash, optional, required, text, timestamp, type Decoded } from "../params.ts";
import { invalid, type Problem } from "../problem.ts";
import { noRecord, RECORD, recordedMoney, SOURCE, subjectOf } from "./payment-records.ts";

const OUTCOMES: Readonly<Record<"canceled" | "failed" | "guaranteed", AttemptState>> = {
  canceled: "canceled",
  failed: "failed",
  guaranteed: "captured",
};

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
        whose: NOBODY,
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
      whose: NOBODY,
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
    onlyAuthorized: false,
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
      onlyAuthorized: false,
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

export const reportEndpoints: readonly StripeEndpoint[] = [
  reportPayment,
  reportAttempt,
  reportCanceled,
  reportFailed,
  reportGuaranteed,
  reportInformational,
];
