/** The balance transaction (Stripe's API reference: balance transactions), derived from a journal entry and never kept beside it. */
import { present } from "../../../base/assert.ts";
import type { Entry, EntryKind } from "../../../domain/journal.ts";
import { movementOf } from "../../../domain/movement.ts";
import { balanceTransactionId, chargeId, disputeIdOf, refundIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { charge } from "./charge.ts";
import { note } from "./details.ts";
import { disputeObject } from "./dispute.ts";
import { link, lower, seconds, type Look, type Rows } from "./encode.ts";
import { refundObject } from "./refund.ts";
import { availableOn } from "./settlement.ts";

type Transaction = Answer<"balance_transaction">;

/** Stripe's word for each kind of entry. */
export const TYPES: Readonly<Record<EntryKind, Transaction["type"]>> = {
  capture: "charge",
  refund: "refund",
  refund_failure: "refund_failure",
  chargeback: "adjustment",
  chargeback_reversal: "adjustment",
};
const CATEGORIES: Readonly<Record<EntryKind, Transaction["reporting_category"]>> = {
  capture: "charge",
  refund: "refund",
  refund_failure: "refund_failure",
  chargeback: "dispute",
  chargeback_reversal: "dispute_reversal",
};

/** `rows` are the entry's payment and, where the source is to be followed, what the entry was made for. */
export function balanceTransaction(entry: Entry, rows: Rows, look: Look): Transaction {
  const { gross, applicationFee, disputeFee, net } = movementOf(entry);
  const currency = lower(entry);
  const available_on = availableOn(entry.createdAt);
  const fees = [
    { amount: Number(applicationFee), application: null, currency, description: "Application fee", type: "application_fee" } as const,
    { amount: Number(disputeFee), application: null, currency, description: "Dispute fee", type: "stripe_fee" } as const,
  ];
  return {
    id: balanceTransactionId(entry.id),
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
    reporting_category: CATEGORIES[entry.kind],
    source: source(entry, rows, look),
    status: available_on <= seconds(look.now) ? "available" : "pending",
    type: TYPES[entry.kind],
  };
}

/** In words that name the charge as it was described when it was made. */
function describe({ kind }: Entry, rows: Rows): string | null {
  const charged = note(rows.payment.notes, "stripe:description");
  const aside = charged === null ? "" : ` (${charged})`;
  switch (kind) {
    case "capture":
      return charged;
    case "refund":
      return `REFUND FOR CHARGE${aside}`;
    case "refund_failure":
      return `REFUND FAILURE${aside}`;
    case "chargeback":
      return `Chargeback withdrawal for ${capturedCharge(rows)}`;
    case "chargeback_reversal":
      return `Chargeback reversal for ${capturedCharge(rows)}`;
  }
}

function source(entry: Entry, rows: Rows, look: Look): Transaction["source"] {
  switch (entry.kind) {
    case "capture":
      return link(look, "source", capturedCharge(rows), (next) => charge({ ...rows, attempt: rows.latest }, next));
    case "refund":
    case "refund_failure":
      return link(look, "source", refundIdOf(present(entry.refundId, "the refund of an entry")), (next) => refundObject(rows, next));
    case "chargeback":
    case "chargeback_reversal":
      return link(look, "source", disputeIdOf(present(rows.payment.disputeId, "the dispute of an entry")), (next) => disputeObject(rows, next));
  }
}

/** What was captured is the latest attempt: nothing is tried after it. */
function capturedCharge({ payment }: Rows): string {
  return chargeId(present(payment.latestAttempt, "the attempt that was captured"));
}
