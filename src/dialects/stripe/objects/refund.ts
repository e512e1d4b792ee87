/** The Refund (Stripe's API reference: the Refund object). Members that do not apply are left out, not null. */
import { present } from "../../../base/assert.ts";
import type { Refund } from "../../../domain/refund.ts";
import type { RefundState } from "../../../domain/states.ts";
import { balanceTransactionId, chargeId, intentId, methodId, refundIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { paymentMethod } from "./card.ts";
import { charge } from "./charge.ts";
import { note } from "./details.ts";
import { link, lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";
import { paymentIntent } from "./payment-intent.ts";

type RefundAnswer = Answer<"refund">;

/** Stripe has one word for every end without money. */
const STATUS: Readonly<Record<RefundState, RefundAnswer["status"]>> = {
  pending: "pending",
  requires_action: "requires_action",
  succeeded: "succeeded",
  rejected: "failed",
  failed: "failed",
  canceled: "canceled",
};

export function refundObject(rows: Rows, look: Look): RefundAnswer {
  const { payment, attempt } = rows;
  const refund = present(rows.refund, "the refund");
  // A payment that was only reported to us has no charge, so its refunds lead to none.
  const charged = payment.origin === "processed";
  const method = charged ? methodId(payment, refund.attemptId) : null;
  const email = note(refund.notes, "stripe:instructions_email");
  return {
    id: refundIdOf(refund.id),
    object: "refund",
    amount: Number(refund.amount),
    balance_transaction: link(look, "balance_transaction", balanceTransactionId(refund.entryId), () =>
      balanceTransaction(present(rows.refundEntry, "the entry of a refund"), payment, { source: refundIdOf(refund.id) }),
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
    ...(email === null ? {} : { instructions_email: email }),
  };
}

function destination(refund: Refund): Pick<RefundAnswer, "destination_details"> {
  if (refund.instrument !== "card") return {};
  const reversal = { type: "reversal" } as const;
  const returned = { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" } as const;
  return { destination_details: { card: refund.kind === "release" ? reversal : returned, type: "card" } };
}
