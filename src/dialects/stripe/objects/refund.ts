/** The Refund (Stripe's API reference: the Refund object). Members that do not apply are left out, not null. */
import { present } from "../../../base/assert.ts";
import type { Refund } from "../../../domain/refund.ts";
import type { RefundState } from "../../../domain/states.ts";
import { balanceTransactionId, chargeId, intentId, methodId, refundIdOf } from "../ids.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { paymentMethod } from "./card.ts";
import { charge } from "./charge.ts";
import { note } from "./details.ts";
import { link, lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";
import { paymentIntent } from "./payment-intent.ts";

/** Stripe has one word for every end without money. */
const STATUS: Readonly<Record<RefundState, string>> = {
  pending: "pending",
  requires_action: "requires_action",
  succeeded: "succeeded",
  rejected: "failed",
  failed: "failed",
  canceled: "canceled",
};

export function refundObject(rows: Rows, look: Look): Record<string, unknown> {
  const { payment, attempt } = rows;
  const refund = present(rows.refund, "the refund");
  // A payment that was only reported to us has no charge, so its refunds lead to none.
  const charged = payment.origin === "processed";
  const method = charged ? methodId(payment, refund.attemptId) : null;
  return {
    id: refundIdOf(refund.id),
    object: "refund",
    amount: Number(refund.amount),
    balance_transaction: link(look, "balance_transaction", balanceTransactionId(charged ? refund.entryId : null), (next) =>
      balanceTransaction(present(rows.refundEntry, "the entry of a refund"), rows, next),
    ),
    charge: link(look, "charge", charged ? chargeId(refund.attemptId) : null, (next) => charge(rows, next)),
    created: seconds(refund.createdAt),
    currency: lower(payment),
    customer: null,
    customer_account: null,
    ...destination(refund),
    metadata: metadataOf(refund),
    payment_intent: link(look, "payment_intent", payment.intent ? intentId(payment) : null, (next) => paymentIntent(rows, next)),
    payment_method: link(look, "payment_method", method, () => paymentMethod(payment, present(attempt, "an attempt"), look.livemode)),
    reason: note(refund.notes, "stripe:reason"),
    receipt_number: null,
    source_transfer_reversal: null,
    status: STATUS[refund.state],
    transfer_reversal: null,
    ...(note(refund.notes, "stripe:instructions_email") === null ? {} : { instructions_email: note(refund.notes, "stripe:instructions_email") }),
  };
}

function destination(refund: Refund) {
  if (refund.instrument !== "card") return {};
  const type = refund.kind === "release" ? "reversal" : "refund";
  const card = refund.kind === "release" ? { type } : { reference_status: "pending", reference_type: "acquirer_reference_number", type };
  return { destination_details: { card, type: "card" } };
}
