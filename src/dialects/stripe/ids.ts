/** Stripe's prefixes before our id bodies. A text that cannot be such an id names nothing. */
import {
  isAttemptId, isDisputeId, isEntryId, isPaymentId, isRefundId, type AttemptId, type DisputeId, type EntryId, type PaymentId, type RefundId,
} from "../../domain/id.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";

export const chargeId = (attempt: Attempt | AttemptId): string => `ch_${typeof attempt === "string" ? attempt : attempt.id}`;
export const intentId = (payment: Payment): string => `pi_${payment.id}`;
export const recordId = (id: PaymentId): string => `pr_${id}`;
export const attemptRecordId = (id: AttemptId): string => `par_${id}`;
export const refundIdOf = (id: RefundId): string => `re_${id}`;
export const disputeIdOf = (id: DisputeId): string => `du_${id}`;
export function balanceTransactionId(id: EntryId): string;
export function balanceTransactionId(id: EntryId | null): string | null;
export function balanceTransactionId(id: EntryId | null): string | null {
  return id === null ? null : `txn_${id}`;
}
/** A direct charge is paid with a card, an intent with a payment method. */
export const methodId = (payment: Payment, attempt: AttemptId): string => `${payment.intent ? "pm" : "card"}_${attempt}`;

export function attemptOfCharge(id: string): AttemptId | null {
  return withoutPrefix(id, "ch_", isAttemptId);
}
export function attemptOfRecord(id: string): AttemptId | null {
  return withoutPrefix(id, "par_", isAttemptId);
}
export function paymentOfIntent(id: string): PaymentId | null {
  return withoutPrefix(id, "pi_", isPaymentId);
}
export function paymentOfRecord(id: string): PaymentId | null {
  return withoutPrefix(id, "pr_", isPaymentId);
}
export function refundNamed(id: string): RefundId | null {
  return withoutPrefix(id, "re_", isRefundId);
}
export function entryOf(id: string): EntryId | null {
  return withoutPrefix(id, "txn_", isEntryId);
}
export function disputeNamed(id: string): DisputeId | null {
  return withoutPrefix(id, "du_", isDisputeId);
}

function withoutPrefix<T extends string>(id: string, prefix: string, is: (body: string) => body is string & T): T | null {
  const body = id.slice(prefix.length);
  return id.startsWith(prefix) && is(body) ? body : null;
}
