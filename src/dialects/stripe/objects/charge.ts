/** The Charge (Stripe's API reference: Charges): one attempt that our processors made. */
import { present } from "../../../base/assert.ts";
import type { Attempt, Payment } from "../../../domain/payment.ts";
import { balanceTransactionId, chargeIdOf, disputeIdOf, intentId, methodId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { cardSource, paymentMethodDetails } from "./card.ts";
import { connectedCharge } from "./connected-charge.ts";
import { customerLink } from "./customer.ts";
import { DECLINES } from "./decline.ts";
import { billingDetails, note, shipping } from "./details.ts";
import { askedFor, below, link, lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";
import { paymentIntent } from "./payment-intent.ts";
import { refundObject } from "./refund.ts";

type Charge = Answer<"charge">;

export function charge(rows: Rows, look: Look): Charge {
  const { payment } = rows;
  const attempt = present(rows.attempt, "the attempt of a charge");
  const captured = attempt.state === "captured";
  const notes = attempt.notes;
  const asked = askedFor(payment, attempt);
  return {
    id: chargeIdOf(payment, attempt),
    object: "charge",
    amount: Number(asked.amount),
    amount_captured: captured ? Number(payment.captured) : 0,
    amount_refunded: amountRefunded(payment, attempt),
    ...connectedCharge(payment, { captured, notes, look }),
    balance_transaction: captured ? captureTransaction(rows, look) : null,
    billing_details: billingDetails(notes),
    calculated_statement_descriptor: note(notes, "stripe:statement_descriptor"),
    captured,
    created: seconds(attempt.createdAt),
    currency: lower(asked),
    customer: customerLink(look, attempt.customer),
    description: note(notes, "stripe:description"),
    dispute: captured && payment.disputeId !== null ? disputeIdOf(payment.disputeId) : null,
    // Once disputed, a charge stays so, whatever came of it; one of before disputes were kept has no more than the word.
    disputed: captured && (payment.disputeId !== null || payment.dispute !== "none"),
    failure_balance_transaction: null,
    ...failure(attempt),
    fraud_details: {},
    livemode: look.livemode,
    metadata: metadataOf(attempt),
    order: null,
    outcome: outcome(attempt),
    paid: attempt.state === "captured" || attempt.state === "authorized" || isReleased(payment, attempt),
    payment_intent: link(look, "payment_intent", payment.intent ? intentId(payment) : null, (next) => paymentIntent(rows, next)),
    payment_method: payment.connect?.role === "received" ? null : methodId(payment, attempt),
    payment_method_details: paymentMethodDetails(payment, attempt),
    radar_options: {},
    receipt_email: note(notes, "stripe:receipt_email"),
    receipt_number: null,
    receipt_url: attempt.decline === null ? `https://pay.stripe.com/receipts/payment/${attempt.id}` : null,
    refunded: isReleased(payment, attempt) || (captured && payment.refunded + payment.pending === payment.captured),
    ...(look.expand.has("refunds") ? { refunds: refundsOf(rows, below(look, "refunds")) } : {}),
    review: null,
    shipping: shipping(notes),
    source: cardSource(payment, attempt),
    statement_descriptor: note(notes, "stripe:statement_descriptor"),
    statement_descriptor_suffix: note(notes, "stripe:statement_descriptor_suffix"),
    status: chargeStatus(attempt),
  };
}

/** A released authorization shows as a charge that was wholly refunded, though no money moved. */
function isReleased(payment: Payment, attempt: Attempt): boolean {
  return attempt.state === "canceled" && payment.authorized > 0n;
}

/** What is under way counts: it can only come back by failing. */
function amountRefunded(payment: Payment, attempt: Attempt): number {
  if (isReleased(payment, attempt)) return Number(payment.authorized);
  return attempt.state === "captured" ? Number(payment.refunded + payment.pending) : 0;
}

function chargeStatus(attempt: Attempt): Charge["status"] {
  switch (attempt.state) {
    case "captured":
    case "authorized":
    case "canceled":
      return "succeeded";
    case "initiated":
      return "pending";
    case "failed":
      return "failed";
  }
}

function captureTransaction(rows: Rows, look: Look): Charge["balance_transaction"] {
  return link(look, "balance_transaction", balanceTransactionId(rows.payment.captureEntry, rows.payment), (next) =>
    balanceTransaction(present(rows.captureEntry, "the entry of a capture"), rows, next),
  );
}

function failure(attempt: Attempt) {
  if (attempt.decline === null) return { failure_code: null, failure_message: null };
  const { code, message } = DECLINES[attempt.decline];
  return { failure_code: code, failure_message: message };
}

function outcome(attempt: Attempt): Charge["outcome"] {
  const same = { advice_code: null, network_advice_code: null, network_decline_code: null, risk_level: "normal", risk_score: 1 } as const;
  if (attempt.decline !== null) {
    const { declineCode } = DECLINES[attempt.decline];
    const said = "The bank did not return any further details with this decline.";
    return { ...same, network_status: "declined_by_network", reason: declineCode, seller_message: said, type: "issuer_declined" };
  }
  return { ...same, network_status: "approved_by_network", reason: null, seller_message: "Payment complete.", type: "authorized" };
}

function refundsOf(rows: Rows, look: Look): NonNullable<Charge["refunds"]> {
  const attempt = present(rows.attempt, "the attempt of a charge");
  const mine = rows.refunds.filter((refund) => refund.attemptId === attempt.id);
  const total = mine.length === 0 ? 0 : rows.payment.refunds;
  return {
    object: "list",
    data: mine.map((refund) => refundObject({ ...rows, refund, refundEntry: null, failureEntry: null }, look)),
    has_more: total > mine.length,
    total_count: total,
    url: `/v1/charges/${chargeIdOf(rows.payment, attempt)}/refunds`,
  };
}
