/** The Payment Record and its attempts (Stripe's API reference: the Payment Record object and the Payment Attempt Record object): every payment of the book is one. */
import { present } from "../../../base/assert.ts";
import type { Attempt, Payment } from "../../../domain/payment.ts";
import { attemptRecordId, methodId, recordId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { recordedMethodDetails } from "./card.ts";
import { billingDetailsSaid, customerDetails, note, shippingDetails } from "./details.ts";
import { lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";

type AttemptRecord = Answer<"payment_attempt_record">;

export function paymentRecord({ payment, attempt }: Rows, look: Look): Answer<"payment_record"> {
  return {
    id: recordId(payment.id),
    object: "payment_record",
    ...amounts(payment, payment.state),
    application: null,
    created: seconds(payment.createdAt),
    customer_details: customerDetails(payment.notes),
    customer_presence: note(payment.notes, "stripe:customer_presence"),
    description: note(payment.notes, "stripe:description"),
    latest_payment_attempt_record: payment.latestAttempt === null ? null : attemptRecordId(payment.latestAttempt),
    livemode: look.livemode,
    metadata: metadataOf(payment),
    payment_method_details: attempt === null ? null : methodDetails(payment, attempt),
    processor_details: processorDetails(payment),
    reported_by: payment.origin === "recorded" ? "self" : "stripe",
    shipping_details: shippingDetails(payment.notes),
  };
}

export function paymentAttemptRecord(rows: Rows, look: Look): AttemptRecord {
  const { payment } = rows;
  const attempt = present(rows.attempt, "the attempt");
  return {
    id: attemptRecordId(attempt.id),
    object: "payment_attempt_record",
    ...amounts(payment, attempt.state),
    application: null,
    created: seconds(attempt.createdAt),
    customer_details: customerDetails(payment.notes),
    customer_presence: note(payment.notes, "stripe:customer_presence"),
    description: note(attempt.notes, "stripe:description"),
    livemode: look.livemode,
    metadata: metadataOf(attempt),
    payment_method_details: methodDetails(payment, attempt),
    payment_record: recordId(payment.id),
    processor_details: processorDetails(payment),
    reported_by: payment.origin === "recorded" ? "self" : "stripe",
    shipping_details: shippingDetails(payment.notes),
  };
}

/** Each unit of the amount stands in one place: what was refunded is no longer guaranteed. */
function amounts(payment: Payment, state: Payment["state"]) {
  const money = (value: bigint) => ({ currency: lower(payment), value: Number(value) });
  const { requested, authorized, captured, refunded } = payment;
  const taken = state === "captured";
  return {
    amount: money(requested),
    amount_authorized: money(state === "authorized" ? authorized : 0n),
    amount_canceled: money(state === "canceled" ? requested : taken ? requested - captured : state === "authorized" ? requested - authorized : 0n),
    amount_failed: money(state === "failed" ? requested : 0n),
    amount_guaranteed: money(taken ? captured - refunded : 0n),
    amount_refunded: money(taken ? refunded : 0n),
    amount_requested: money(requested),
  };
}

function methodDetails(payment: Payment, attempt: Attempt): AttemptRecord["payment_method_details"] {
  const { instrument } = attempt;
  const billing_details = billingDetailsSaid(attempt.notes);
  if (instrument.kind === "external") {
    return {
      billing_details,
      custom: { display_name: instrument.label, type: instrument.type },
      payment_method: note(attempt.notes, "stripe:payment_method"),
      type: "custom",
    };
  }
  const payment_method = payment.origin === "processed" ? methodId(payment, attempt) : null;
  return { billing_details, ...recordedMethodDetails(attempt), payment_method };
}

function processorDetails(payment: Payment): AttemptRecord["processor_details"] {
  return { custom: { payment_reference: payment.reference ?? payment.id }, type: "custom" };
}
