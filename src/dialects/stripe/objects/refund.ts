/** The Refund (Stripe's API reference: the Refund object). Members that do not apply are left out, not null. */
import { present } from "../../../base/assert.ts";
import { transfersOf, type Connect } from "../../../domain/connected.ts";
import type { RefundId } from "../../../domain/id.ts";
import type { Currency } from "../../../domain/currency.ts";
import type { Payment } from "../../../domain/payment.ts";
import { INSTRUCTIONS_MS, type Refund } from "../../../domain/refund.ts";
import type { RefundFailure, RefundState } from "../../../domain/states.ts";
import { bankTransferIn } from "../bank-transfers.ts";
import { balanceTransactionId, cashRefundIdOf, chargeIdOf, intentId, methodId, receivedRefundIdOf, refundIdOf, reversalIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { paymentMethod } from "./card.ts";
import { charge } from "./charge.ts";
import { customerLink } from "./customer.ts";
import { note } from "./details.ts";
import { link, lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";
import { linkTo } from "./linked.ts";
import { paymentIntent } from "./payment-intent.ts";
import { transferReversal } from "./transfer.ts";

type RefundAnswer = Answer<"refund">;
type FailureReason = NonNullable<RefundAnswer["failure_reason"]>;

/** Stripe has one word for every end without money. */
const STATUS: Readonly<Record<RefundState, RefundAnswer["status"]>> = {
  pending: "pending",
  requires_action: "requires_action",
  succeeded: "succeeded",
  rejected: "failed",
  failed: "failed",
  canceled: "canceled",
};

const FAILURE: Readonly<Record<RefundFailure, FailureReason>> = { expired_or_canceled_card: "expired_or_canceled_card", expired: "unknown" };
/** Of an end that is its own reason. */
const REASON: Partial<Record<RefundState, FailureReason>> = { canceled: "merchant_request", rejected: "declined" };

export function refundObject(rows: Rows, look: Look): RefundAnswer {
  const { payment, attempt } = rows;
  const refund = present(rows.refund, "the refund");
  // A payment that was only reported to us has no charge, so its refunds lead to none.
  const { connect } = payment;
  const isCash = connect?.role === "cash";
  // Nor has a customer's cash, of which nothing is in the merchant's balance.
  const charged = payment.origin === "processed" && !isCash;
  const isReceived = connect?.role === "received";
  const method = charged && !isReceived ? methodId(payment, refund.attemptId) : null;
  return {
    id: isReceived ? receivedRefundIdOf(refund.id) : isCash ? cashRefundIdOf(refund.id) : refundIdOf(refund.id),
    object: "refund",
    amount: Number(refund.amount),
    balance_transaction: link(look, "balance_transaction", balanceTransactionId(charged ? refund.entryId : null, payment), (next) =>
      balanceTransaction(present(rows.refundEntry, "the entry of a refund"), rows, next),
    ),
    charge: link(look, "charge", charged ? chargeIdOf(payment, refund.attemptId) : null, (next) => charge(rows, next)),
    created: seconds(refund.createdAt),
    currency: lower(payment),
    customer: customerLink(look, isCash ? connect.account : payment.customer),
    customer_account: null,
    ...destination(refund, payment, look),
    ...failed(rows, look),
    metadata: metadataOf(refund),
    payment_intent: link(look, "payment_intent", payment.intent ? intentId(payment) : null, (next) => paymentIntent(rows, next)),
    payment_method: link(look, "payment_method", method, (next) => paymentMethod(payment, present(attempt, "an attempt"), next)),
    reason: note(refund.notes, "stripe:reason"),
    receipt_number: null,
    source_transfer_reversal: isReceived ? reversalLink(look, "source_transfer_reversal", { connect, id: refund.id }) : null,
    status: STATUS[refund.state],
    transfer_reversal: refund.reversed === null || connect === null ? null : reversalLink(look, "transfer_reversal", { connect, id: refund.id }),
    ...waiting(refund),
  };
}

/** What came back of the transfer shares the refund's id, in the platform's book of transfers. */
function reversalLink(look: Look, name: string, { connect, id }: { readonly connect: Connect; readonly id: RefundId }): Answer<"transfer_reversal"> | string {
  return linkTo(look, name, { id: reversalIdOf(id), place: { merchant: transfersOf(connect.platform), by: "refund", id } }, transferReversal);
}

/** Why it came to nothing, and the balance transaction that took the refund's own back. */
function failed(rows: Rows, look: Look): Pick<RefundAnswer, "failure_balance_transaction" | "failure_reason"> {
  const { state, failure, failureEntryId } = present(rows.refund, "the refund");
  const { payment } = rows;
  const transaction = link(look, "failure_balance_transaction", balanceTransactionId(payment.connect?.role === "cash" ? null : failureEntryId, payment), (next) =>
    balanceTransaction(present(rows.failureEntry, "the entry of a refund that failed"), rows, next),
  );
  const reason = REASON[state] ?? (failure === null ? null : FAILURE[failure]);
  return { ...(transaction === null ? {} : { failure_balance_transaction: transaction }), ...(reason === null ? {} : { failure_reason: reason }) };
}

/** What a refund under way waits for. */
function waiting({ state, createdAt, notes }: Refund): Pick<RefundAnswer, "instructions_email" | "next_action" | "pending_reason"> {
  const email = note(notes, "stripe:instructions_email");
  const asked = email === null ? {} : { instructions_email: email };
  if (state === "pending") return { ...asked, pending_reason: "processing" };
  if (state !== "requires_action") return asked;
  const sent = { email_sent_at: seconds(createdAt), email_sent_to: present(email, "the address of a customer who is asked") };
  return { ...asked, next_action: { display_details: { email_sent: sent, expires_at: seconds(createdAt + INSTRUCTIONS_MS) }, type: "display_details" } };
}

function destination(refund: Refund, payment: Payment, { acquirerReference }: Look): Pick<RefundAnswer, "destination_details"> {
  if (payment.connect?.role === "cash") return { destination_details: toBank(payment.currency, bankReference(refund, acquirerReference(refund))) };
  if (refund.instrument !== "card") return {};
  if (refund.kind === "release") return { destination_details: { card: { type: "reversal" }, type: "card" } };
  if (refund.state === "pending") return { destination_details: { card: { type: "pending" }, type: "card" } };
  const reference = acquirerReference(refund);
  // What failed will never have one.
  if (refund.state === "failed" || refund.state === "rejected") return { destination_details: { card: { reference_status: "unavailable", reference_type: "acquirer_reference_number", type: "refund" }, type: "card" } };
  const known = { reference_type: "acquirer_reference_number", type: "refund" } as const;
  const card = reference === null ? ({ reference_status: "pending", ...known } as const) : ({ reference, reference_status: "available", ...known } as const);
  return { destination_details: { card, type: "card" } };
}

type Sent = { readonly reference: string | null; readonly reference_status: "pending" | "available" | "unavailable" };

/** What never arrives has no number at a bank. */
function bankReference({ state }: Refund, reference: string | null): Sent {
  if (state === "failed" || state === "canceled" || state === "rejected") return { reference: null, reference_status: "unavailable" };
  return { reference, reference_status: reference === null ? "pending" : "available" };
}

function toBank(currency: Currency, sent: Sent): NonNullable<RefundAnswer["destination_details"]> {
  const type = present(bankTransferIn(currency), "how cash comes in its currency");
  switch (type) {
    case "eu_bank_transfer":
      return { eu_bank_transfer: sent, type };
    case "gb_bank_transfer":
      return { gb_bank_transfer: sent, type };
    case "jp_bank_transfer":
      return { jp_bank_transfer: sent, type };
    case "mx_bank_transfer":
      return { mx_bank_transfer: sent, type };
    case "us_bank_transfer":
      return { type, us_bank_transfer: sent };
  }
}
