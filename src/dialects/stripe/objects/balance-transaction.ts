/** The balance transaction (Stripe's API reference: balance transactions), derived from a journal entry and never kept beside it. */
import { present } from "../../../base/assert.ts";
import type { EntryKind } from "../../../domain/journal.ts";
import { movementOf } from "../../../domain/movement.ts";
import { refundId, type RefundId } from "../../../domain/id.ts";
import { balanceTransactionId, chargeIdOf, disputeIdOf, feeIdOf, feeRefundIdOf, markOf, receivedRefundIdOf, refundIdOf, reversalIdOf, transferIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { applicationFee, feeRefund } from "./application-fee.ts";
import { charge } from "./charge.ts";
import { applicationOf } from "./connected-charge.ts";
import { note } from "./details.ts";
import { disputeObject } from "./dispute.ts";
import { link, lower, seconds, type Look, type MovedEntry, type Rows } from "./encode.ts";
import { refundObject } from "./refund.ts";
import { availableOn } from "./settlement.ts";
import { transfer, transferReversal } from "./transfer.ts";

type Transaction = Answer<"balance_transaction">;

type Words = { readonly type: Transaction["type"]; readonly category: Transaction["reporting_category"] };

/** Stripe's words for each kind of entry, in a merchant's own book. */
const OWN: Readonly<Record<EntryKind, Words>> = {
  capture: { type: "charge", category: "charge" },
  refund: { type: "refund", category: "refund" },
  refund_failure: { type: "refund_failure", category: "refund_failure" },
  chargeback: { type: "adjustment", category: "dispute" },
  chargeback_reversal: { type: "adjustment", category: "dispute_reversal" },
  fee_return: { type: "adjustment", category: "fee" },
};

/** And in those that a platform, or its account, has beside it, by their marks. */
export const WORDS: Readonly<Record<string, Partial<Readonly<Record<EntryKind, Words>>>>> = {
  "": OWN,
  f: {
    capture: { type: "application_fee", category: "platform_earning" },
    refund: { type: "application_fee_refund", category: "platform_earning_refund" },
    refund_failure: { type: "application_fee", category: "platform_earning" },
  },
  t: { capture: { type: "transfer", category: "transfer" }, refund: { type: "transfer_refund", category: "transfer_reversal" } },
  p: { capture: { type: "payment", category: "charge" }, refund: { type: "payment_refund", category: "refund" }, fee_return: { type: "adjustment", category: "fee" } },
};

/** `rows` are the entry's payment and, where the source is to be followed, what the entry was made for. */
export function balanceTransaction(entry: MovedEntry, rows: Rows, look: Look): Transaction {
  const { gross, applicationFee, disputeFee, net } = movementOf(entry);
  const currency = lower(entry);
  const { type, category } = present(WORDS[markOf(rows.payment)]?.[entry.kind], "a word for what an entry moved");
  const available_on = availableOn(entry.createdAt);
  const fees = [
    { amount: Number(applicationFee), application: applicationOf(rows.payment), currency, description: "Application fee", type: "application_fee" } as const,
    { amount: Number(disputeFee), application: null, currency, description: "Dispute fee", type: "stripe_fee" } as const,
  ];
  return {
    id: balanceTransactionId(entry.id, rows.payment),
    object: "balance_transaction",
    amount: Number(gross),
    available_on,
    balance_type: "payments",
    created: seconds(entry.createdAt),
    currency,
    description: describe(entry, rows),
    exchange_rate: null,
    fee: Number(applicationFee + disputeFee),
    fee_details: fees.filter(({ amount }) => amount !== 0),
    net: Number(net),
    reporting_category: category,
    source: source(entry, rows, look),
    status: available_on <= seconds(look.now) ? "available" : "pending",
    type,
  };
}

/** In words that name the charge as it was described when it was made. */
function describe({ kind }: MovedEntry, rows: Rows): string | null {
  const { connect, notes } = rows.payment;
  const charged = note(notes, "stripe:description");
  const aside = charged === null ? "" : ` (${charged})`;
  switch (kind) {
    case "capture":
      return connect?.role === "fee" ? "Application fee" : charged;
    case "refund":
      return connect?.role === "fee" ? "Refund of an application fee" : connect?.role === "transfer" ? `REVERSAL OF TRANSFER${aside}` : `REFUND FOR CHARGE${aside}`;
    case "refund_failure":
      return `REFUND FAILURE${aside}`;
    case "chargeback":
      return `Chargeback withdrawal for ${capturedCharge(rows)}`;
    case "chargeback_reversal":
      return `Chargeback reversal for ${capturedCharge(rows)}`;
    case "fee_return":
      return "Refund of an application fee";
  }
}

function source(entry: MovedEntry, rows: Rows, look: Look): Transaction["source"] {
  const { connect } = rows.payment;
  switch (entry.kind) {
    case "capture":
      if (connect?.role === "fee") return link(look, "source", feeIdOf(rows.payment.id), (next) => applicationFee(rows, next));
      if (connect?.role === "transfer") return link(look, "source", transferIdOf(rows.payment.id), (next) => transfer(rows, next));
      return link(look, "source", capturedCharge(rows), (next) => charge({ ...rows, attempt: rows.latest }, next));
    case "refund":
    case "refund_failure":
      return refundSource(present(entry.refundId, "the refund of an entry"), rows, look);
    case "chargeback":
    case "chargeback_reversal":
      return link(look, "source", disputeIdOf(present(rows.payment.disputeId, "the dispute of an entry")), (next) => disputeObject(rows, next));
    case "fee_return":
      // The fee's own refund, in the platform's book, shares its id.
      return feeRefundIdOf(refundId(entry.id));
  }
}

function refundSource(id: RefundId, rows: Rows, look: Look): Transaction["source"] {
  const role = rows.payment.connect?.role;
  if (role === "fee") return link(look, "source", feeRefundIdOf(id), (next) => feeRefund(rows, next));
  if (role === "transfer") return link(look, "source", reversalIdOf(id), (next) => transferReversal(rows, next));
  return link(look, "source", role === "received" ? receivedRefundIdOf(id) : refundIdOf(id), (next) => refundObject(rows, next));
}

/** What was captured is the latest attempt: nothing is tried after it. */
function capturedCharge({ payment }: Rows): string {
  return chargeIdOf(payment, present(payment.latestAttempt, "the attempt that was captured"));
}
