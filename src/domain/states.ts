/** The state graphs, as data: `docs/states.md` draws them, and the audit of the book holds each payment's events against the first. */

export type PaymentState = "open" | "initiated" | "authorized" | "captured" | "canceled" | "failed";
export type AttemptState = Exclude<PaymentState, "open">;
/** Why a refund failed: the card is no more, or the customer never told where the money should go. */
export type RefundFailure = "expired_or_canceled_card" | "expired";
export type DisputeState =
  | "warning_needs_response"
  | "warning_under_review"
  | "warning_closed"
  | "needs_response"
  | "under_review"
  | "won"
  | "lost";
/** What a dispute means for its payment: an inquiry only asks, a chargeback has taken the money and bars refunds. */
export type DisputeStanding = "none" | "inquiry" | "chargeback";
export type RefundState = "pending" | "requires_action" | "succeeded" | "rejected" | "failed" | "canceled";

/** Where a payment may go. From `failed`, and for reported payments from `canceled`, only by a new attempt. */
export const PAYMENT_STEPS: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  open: ["initiated", "authorized", "captured", "failed", "canceled"],
  initiated: ["authorized", "captured", "failed", "canceled"],
  authorized: ["captured", "failed", "canceled"],
  captured: [],
  canceled: ["initiated", "authorized", "captured", "failed"],
  failed: ["initiated", "authorized", "captured", "failed", "canceled"],
};

/** A refund that succeeded may still fail later, by an entry that undoes its own. */
export const REFUND_STEPS: Readonly<Record<RefundState, readonly RefundState[]>> = {
  pending: ["requires_action", "succeeded", "rejected", "failed", "canceled"],
  requires_action: ["pending", "succeeded", "failed", "canceled"],
  succeeded: ["failed"],
  rejected: [],
  failed: [],
  canceled: [],
};

/** How a refund in each state weighs on its payment: refunded, under way, or not at all. */
export const REFUND_WEIGHT: Readonly<Record<RefundState, "refunded" | "pending" | "none">> = {
  pending: "pending",
  requires_action: "pending",
  succeeded: "refunded",
  rejected: "none",
  failed: "none",
  canceled: "none",
};

/** A dispute begins as an inquiry, which may become a chargeback, or as a chargeback at once. */
export const DISPUTE_STEPS: Readonly<Record<DisputeState, readonly DisputeState[]>> = {
  warning_needs_response: ["warning_under_review", "warning_closed", "needs_response"],
  warning_under_review: ["warning_closed", "needs_response"],
  warning_closed: [],
  needs_response: ["under_review", "lost"],
  under_review: ["won", "lost"],
  won: [],
  lost: [],
};

/** How a dispute in each state stands on its payment. What was lost stays with the bank, and is never given back a second time. */
export const DISPUTE_STANDING: Readonly<Record<DisputeState, DisputeStanding>> = {
  warning_needs_response: "inquiry",
  warning_under_review: "inquiry",
  warning_closed: "none",
  needs_response: "chargeback",
  under_review: "chargeback",
  won: "none",
  lost: "chargeback",
};
