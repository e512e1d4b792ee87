/** Stripe's prefixes before our id bodies. A text that cannot be such an id names nothing. */
import {
  isAttemptId, isDisputeId, isEntryId, isPaymentId, isProfileId, isRefundId, type AttemptId, type DisputeId, type EntryId, type PaymentId, type ProfileId, type RefundId,
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
export const customerIdOf = (id: ProfileId): string => `cus_${id}`;
export const accountIdOf = (id: ProfileId): string => `acct_${id}`;
export const savedMethodId = (id: ProfileId): string => `pm_${id}`;

/** One on file goes by its own name. Otherwise a direct charge is paid with a card, an intent with a payment method, and both are the attempt's. Of an attempt that is only named, the one that brought the money is meant. */
export function methodId(payment: Payment, attempt: Attempt | AttemptId): string {
  const [id, onFile] = typeof attempt === "string" ? [attempt, payment.onFile] : [attempt.id, attempt.onFile];
  return onFile === null ? `${payment.intent ? "pm" : "card"}_${id}` : savedMethodId(onFile);
}

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

export function customerNamed(id: string): ProfileId | null {
  return withoutPrefix(id, "cus_", isProfileId);
}
export function accountNamed(id: string): ProfileId | null {
  return withoutPrefix(id, "acct_", isProfileId);
}
export function methodNamed(id: string): ProfileId | null {
  return withoutPrefix(id, "pm_", isProfileId);
}
/** The attempt of an intent that was paid with a payment method of no other name. */
export function attemptOfMethod(id: string): AttemptId | null {
  return withoutPrefix(id, "pm_", isAttemptId);
}

function withoutPrefix<T extends string>(id: string, prefix: string, is: (body: string) => body is string & T): T | null {
  const body = id.slice(prefix.length);
  return id.startsWith(prefix) && is(body) ? body : null;
}
