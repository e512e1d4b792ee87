/** The balance transaction (Stripe's API reference: balance transactions), derived from a journal entry and never kept beside it. */
import type { Entry, EntryKind } from "../../../domain/journal.ts";
import type { Payment } from "../../../domain/payment.ts";
import { balanceTransactionId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { note } from "./details.ts";
import { lower, seconds } from "./encode.ts";

const SETTLES_AFTER_DAYS = 2;
const DAY_SECONDS = 24 * 3_600;

type Transaction = Answer<"balance_transaction">;

const TYPES: Readonly<Record<EntryKind, Transaction["type"]>> = { capture: "charge", refund: "refund", refund_failure: "refund_failure" };
const WORDS: Readonly<Record<Exclude<EntryKind, "capture">, string>> = { refund: "REFUND FOR CHARGE", refund_failure: "REFUND FAILURE" };

export function balanceTransaction(entry: Entry, payment: Payment, link: { readonly source: string }): Transaction {
  const taken = entry.kind !== "refund";
  const money = entry.postings.find(({ debit, credit }) => (taken ? debit : credit) !== "sales" && (taken ? credit : debit) === "sales");
  const amount = Number(money?.amount ?? 0n) * (taken ? 1 : -1);
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
    description: entry.kind === "capture" ? description : `${WORDS[entry.kind]}${description === null ? "" : ` (${description})`}`,
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: amount,
    reporting_category: TYPES[entry.kind],
    source: link.source,
    status: "pending",
    type: TYPES[entry.kind],
  };
}
