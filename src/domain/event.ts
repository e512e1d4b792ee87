import type { AttemptId, EventId, Millis, PaymentId, RefundId } from "./id.ts";
import type { MerchantId } from "./merchant.ts";
import type { Attempt, Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";
import type { DisputeState } from "./states.ts";

export type EventKind =
  | "payment.opened"
  | "payment.initiated"
  | "payment.authorized"
  | "payment.captured"
  | "payment.canceled"
  | "payment.failed"
  | "payment.described"
  | "payment.fee_returned"
  /** More came in to what a customer has in cash: the event shares its id with the entry. */
  | "payment.funded"
  | "refund.created"
  | "refund.described"
  | "refund.pending"
  | "refund.succeeded"
  | "refund.rejected"
  | "refund.failed"
  | "refund.canceled"
  /** A dispute has come to that state; the first of them shares its id with the dispute. */
  | `dispute.${DisputeState}`
  | "dispute.described";

/** One state change of one payment, written with it. `version` is the payment's version that it made. */
export type Event = {
  readonly merchant: MerchantId;
  readonly id: EventId;
  readonly kind: EventKind;
  readonly paymentId: PaymentId;
  readonly version: number;
  /** The attempt that was touched, or the latest. */
  readonly attemptId: AttemptId | null;
  readonly refundId: RefundId | null;
  readonly createdAt: Millis;
  /** The request that brought it about; null of what came by itself, or was asked in an API that names none. */
  readonly request: EventRequest | null;
  readonly after: Snapshot;
};

/** `key`: the caller's idempotency key. */
export type EventRequest = { readonly id: string; readonly key: string | null };

/** The payment's totals as the event left them, in minor units. */
export type Snapshot = Pick<
  Payment,
  "state" | "authorized" | "captured" | "refunded" | "pending" | "disputed" | "feeTaken" | "feeReturned"
> & {
  /** What the sender wrote on what came in with `payment.funded`, where he wrote anything. */
  readonly reference?: string;
};

export function eventOf(
  kind: EventKind,
  facts: { readonly id: EventId; readonly payment: Payment; readonly attempt: Attempt | null; readonly refund: Refund | null; readonly reference: string | null },
): Event {
  const { payment, refund, reference } = facts;
  const { state, authorized, captured, refunded, pending, disputed, feeTaken, feeReturned } = payment;
  return {
    merchant: payment.merchant,
    id: facts.id,
    kind,
    paymentId: payment.id,
    version: payment.version,
    attemptId: facts.attempt?.id ?? payment.latestAttempt,
    refundId: refund?.id ?? null,
    createdAt: payment.updatedAt,
    request: null,
    after: { state, authorized, captured, refunded, pending, disputed, feeTaken, feeReturned, ...(reference === null ? {} : { reference }) },
  };
}
