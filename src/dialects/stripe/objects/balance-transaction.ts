/** The balance transaction (Stripe's API reference: balance transactions), derived from a journal entry and never kept beside it. */
import { present } from "../../../base/assert.ts";
import type { Account, Entry, EntryKind } from "../../../domain/journal.ts";
import type { Payment } from "../../../domain/payment.ts";
import { balanceTransactionId, chargeId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { note } from "./details.ts";
import { lower, seconds } from "./encode.ts";

const SETTLES_AFTER_DAYS = 2;
const DAY_SECONDS = 24 * 3_600;

type Transaction = Answer<"balance_transaction">;

const TYPES: Readonly<Record<EntryKind, Transaction["type"]>> = {
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

export function balanceTransaction(entry: Entry, payment: Payment, link: { readonly source: string }): Transaction {
  const { amount, fee } = moved(entry);
  const created = seconds(entry.createdAt);
  return {
    id: balanceTransactionId(entry.id),
    object: "balance_transaction",
    amount,
    available_on: (Math.floor(created / DAY_SECONDS) + SETTLES_AFTER_DAYS) * DAY_SECONDS,
    balance_type: "payments",
    created,
    currency: lower(payment),
    description: descriptionOf(entry, payment),
    exchange_rate: null,
    fee,
    fee_details: fee === 0 ? [] : [{ amount: fee, application: null, currency: lower(payment), description: "Dispute fee", type: "stripe_fee" }],
    net: amount - fee,
    reporting_category: CATEGORIES[entry.kind],
    source: link.source,
    status: "pending",
    type: TYPES[entry.kind],
  };
}

/** What the merchant's balance has more or less by it, before what it costs. */
function moved(entry: Entry): { readonly amount: number; readonly fee: number } {
  switch (entry.kind) {
    case "capture":
    case "refund":
    case "refund_failure":
      return { amount: into("sales", entry), fee: 0 };
    case "chargeback":
    case "chargeback_reversal":
      return { amount: into("disputes", entry), fee: -into("dispute_fees", entry) };
  }
}

/** The money that came in against that account, less what went out. The application's share of a sale is no money of a processor. */
function into(account: Account, { postings }: Entry): number {
  let sum = 0n;
  for (const { debit, credit, amount } of postings) {
    if (credit === account && debit !== "application_fees") sum += amount;
    if (debit === account && credit !== "application_fees") sum -= amount;
  }
  return Number(sum);
}

function descriptionOf({ kind }: Entry, payment: Payment): string | null {
  const description = note(payment.notes, "stripe:description");
  const aside = description === null ? "" : ` (${description})`;
  switch (kind) {
    case "capture":
      return description;
    case "refund":
      return `REFUND FOR CHARGE${aside}`;
    case "refund_failure":
      return `REFUND FAILURE${aside}`;
    case "chargeback":
      return `Chargeback withdrawal for ${disputedCharge(payment)}`;
    case "chargeback_reversal":
      return `Chargeback reversal for ${disputedCharge(payment)}`;
  }
}

/** What was captured is the latest attempt: nothing is tried after it. */
function disputedCharge({ latestAttempt }: Payment): string {
  return chargeId(present(latestAttempt, "the attempt that was captured"));
}
