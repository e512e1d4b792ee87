/** Square's words for states (Square's API reference: refund statuses and the Payment object), and for what a payment was made with. */
import type { Deadline } from "../../../domain/payment.ts";
import type { InstrumentKind } from "../../../domain/instrument.ts";
import type { PaymentState, RefundState } from "../../../domain/states.ts";

export const REFUND_STATUSES = ["PENDING", "COMPLETED", "REJECTED", "FAILED"] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

const PAYMENT_STATUS = {
  open: "PENDING",
  initiated: "PENDING",
  authorized: "APPROVED",
  captured: "COMPLETED",
  canceled: "CANCELED",
  failed: "FAILED",
} as const satisfies Record<PaymentState, string>;

const REFUND_STATUS: Readonly<Record<RefundState, RefundStatus>> = {
  pending: "PENDING",
  requires_action: "PENDING",
  succeeded: "COMPLETED",
  rejected: "REJECTED",
  failed: "FAILED",
  canceled: "FAILED",
};

const SOURCE_TYPE = { card: "CARD", cash: "CASH", transfer: "BANK_ACCOUNT", external: "EXTERNAL" } as const satisfies Record<InstrumentKind, string>;

/** Every source type that Square names; we keep books of those above. */
export const SOURCE_TYPES = ["CARD", "BANK_ACCOUNT", "WALLET", "BUY_NOW_PAY_LATER", "SQUARE_ACCOUNT", "CASH", "EXTERNAL"] as const;

/** What becomes of a payment when its time is over. */
export const DELAY_ACTS = { CANCEL: "cancel", COMPLETE: "capture" } as const satisfies Record<string, Deadline["act"]>;

export function delayAction({ act }: Deadline): keyof typeof DELAY_ACTS {
  return act === "capture" ? "COMPLETE" : "CANCEL";
}

export function paymentStatus(state: PaymentState) {
  return PAYMENT_STATUS[state];
}

export function refundStatus(state: RefundState): RefundStatus {
  return REFUND_STATUS[state];
}

export function sourceType(kind: InstrumentKind) {
  return SOURCE_TYPE[kind];
}

/** The states that are shown as that status. */
export function statesOf(status: RefundStatus): RefundState[] {
  const states: readonly RefundState[] = ["pending", "requires_action", "succeeded", "rejected", "failed", "canceled"];
  return states.filter((state) => REFUND_STATUS[state] === status);
}

/** The kinds that are shown as that source type: none for those that we keep no books of. */
export function kindsOf(source: string): InstrumentKind[] {
  const kinds: readonly InstrumentKind[] = ["card", "cash", "transfer", "external"];
  return kinds.filter((kind) => SOURCE_TYPE[kind] === source);
}
