/** Stripe's prefixes before our id bodies. A text that cannot be such an id names nothing. */
import {
  isAttemptId, isDisputeId, isEntryId, isEventId, isPaymentId, isProfileId, isRefundId, type AttemptId, type DisputeId, type EntryId, type EventId, type PaymentId, type ProfileId, type RefundId,
} from "../../domain/id.ts";
import { base62, base62Value } from "../../base/base62.ts";
import { nameFrom } from "../../base/hash.ts";
import type { ConnectRole } from "../../domain/connected.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";

export const chargeId = (attempt: Attempt | AttemptId): string => `ch_${typeof attempt === "string" ? attempt : attempt.id}`;
export const intentId = (payment: Payment): string => `pi_${payment.id}`;
export const recordId = (id: PaymentId): string => `pr_${id}`;
export const attemptRecordId = (id: AttemptId): string => `par_${id}`;
/** A charge as its payment has it: received by transfer, or made. */
export const chargeIdOf = ({ connect, id }: Pick<Payment, "connect" | "id">, attempt: Attempt | AttemptId): string => (connect?.role === "received" ? receivedIdOf(id) : chargeId(attempt));
export const refundIdOf = (id: RefundId): string => `re_${id}`;
export const disputeIdOf = (id: DisputeId): string => `du_${id}`;
type Booked = Pick<Payment, "connect">;
/** Of a platform's books, of which one id body may be in several: a mark tells them apart. */
const BOOK_MARKS: Readonly<Record<ConnectRole, string>> = { charge: "", destination: "", fee: "f", transfer: "t", received: "p", cash: "c", unlinked: "" };
export const markOf = ({ connect }: Booked): string => (connect === null ? "" : BOOK_MARKS[connect.role]);
export function balanceTransactionId(id: EntryId, of: Booked): string;
export function balanceTransactionId(id: EntryId | null, of: Booked): string | null;
export function balanceTransactionId(id: EntryId | null, of: Booked): string | null {
  return id === null ? null : `txn_${markOf(of)}${id}`;
}
/** What an account received by a transfer goes by the payment's own body: it is tried once. */
export const receivedIdOf = (id: PaymentId): string => `py_${id}`;
/** A refund of a customer's cash has the mark of the book that it stands in, so that whoever names it needs not be told where it is. */
export const cashRefundIdOf = (id: RefundId): string => `re_${BOOK_MARKS.cash}${id}`;
export const cashTransactionIdOf = (id: EventId): string => `ccsbtxn_${id}`;
export const receivedRefundIdOf = (id: RefundId): string => `pyr_${id}`;
export const transferIdOf = (id: PaymentId): string => `tr_${id}`;
export const reversalIdOf = (id: RefundId): string => `trr_${id}`;
export const feeIdOf = (id: PaymentId): string => `fee_${id}`;
export const feeRefundIdOf = (id: RefundId): string => `fr_${id}`;
/** A platform is one application, which is named after it. */
export const applicationIdOf = (platform: MerchantId): string => `ca_${nameFrom(`the application of ${platform}`, 32)}`;
export const customerIdOf = (id: ProfileId): string => `cus_${id}`;
/** Of one event of the book several may be told, and events of one id may stand in several books: the part, one digit, tells them apart. */
export const eventIdOf = (id: EventId, part: number): string => `evt_${id}${base62(part, 1)}`;
export const endpointIdOf = (id: ProfileId): string => `we_${id}`;
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
export function entryOf(id: string): { readonly mark: string; readonly id: EntryId } | null {
  for (const mark of new Set(Object.values(BOOK_MARKS))) {
    const body = withoutPrefix(id, `txn_${mark}`, isEntryId);
    if (body !== null) return { mark, id: body };
  }
  return null;
}
export function receivedNamed(id: string): PaymentId | null {
  return withoutPrefix(id, "py_", isPaymentId);
}
export function receivedRefundNamed(id: string): RefundId | null {
  return withoutPrefix(id, "pyr_", isRefundId);
}
export function cashRefundNamed(id: string): RefundId | null {
  return withoutPrefix(id, `re_${BOOK_MARKS.cash}`, isRefundId);
}
export function cashTransactionNamed(id: string): EventId | null {
  return withoutPrefix(id, "ccsbtxn_", isEventId);
}
export function transferNamed(id: string): PaymentId | null {
  return withoutPrefix(id, "tr_", isPaymentId);
}
export function reversalNamed(id: string): RefundId | null {
  return withoutPrefix(id, "trr_", isRefundId);
}
export function feeNamed(id: string): PaymentId | null {
  return withoutPrefix(id, "fee_", isPaymentId);
}
export function feeRefundNamed(id: string): RefundId | null {
  return withoutPrefix(id, "fr_", isRefundId);
}
export function disputeNamed(id: string): DisputeId | null {
  return withoutPrefix(id, "du_", isDisputeId);
}

export function customerNamed(id: string): ProfileId | null {
  return withoutPrefix(id, "cus_", isProfileId);
}
export function eventNamed(id: string): { readonly id: EventId; readonly part: number } | null {
  const [body, part] = [withoutPrefix(id.slice(0, -1), "evt_", isEventId), base62Value(id.slice(-1))];
  return body === null || part === null ? null : { id: body, part };
}
export function endpointNamed(id: string): ProfileId | null {
  return withoutPrefix(id, "we_", isProfileId);
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
