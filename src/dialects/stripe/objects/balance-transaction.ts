/** The balance transaction (Stripe's API reference: balance transactions), derived from a journal entry and never kept beside it. */
import type { Entry } from "../../../domain/journal.ts";
import type { Payment } from "../../../domain/payment.ts";
import { balanceTransactionId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { note } from "./details.ts";
import { lower, seconds } from "./encode.ts";

const SETTLES_AFTER_DAYS = 2;
const DAY_SECONDS = 24 * 3_600;

export function balanceTransaction(entry: Entry, payment: Payment, link: { readonly source: string }): Answer<"balance_transaction"> {
  const capture = entry.kind === "capture";
  const money = entry.postings.find(({ debit, credit }) => (capture ? debit : credit) !== "sales" && (capture ? credit : debit) === "sales");
  const amount = Number(money?.amount ?? 0n) * (capture ? 1 : -1);
  const description = note(payment.notes, "stripe:description");
  const created = seconds(entry.createdAt);
  return {
    id: balanceTransactionId(entry.id),
    object: "balance_transaction",
    amount,
    available_on: (Math.floor(created / DAY_SECONDS) + SETTLES_AFTER_DAYS) * DAY_SECONDS,
    balance_type: "payments",
    created,
    currency: lower(payment),
    description: capture ? description : `REFUND FOR CHARGE${description === null ? "" : ` (${description})`}`,
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: amount,
    reporting_category: entry.kind === "capture" ? "charge" : "refund",
    source: link.source,
    status: "pending",
    type: entry.kind === "capture" ? "charge" : "refund",
  };
}
