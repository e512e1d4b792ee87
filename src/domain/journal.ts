/**
 * Double entry. An entry belongs to a payment, is numbered from 1 without a gap, and carries the hash of the one before
 * it; the payment holds the last hash. A posting balances by its shape: one amount leaves an account and enters another.
 */
import { sha256 } from "../base/hash.ts";
import type { Currency } from "./currency.ts";
import type { EntryId, Millis, PaymentId, RefundId } from "./id.ts";
import type { MerchantId } from "./merchant.ts";
import type { Payment } from "./payment.ts";

/**
 * Ledger accounts. `clearing` is money at a processor, `outside` money that moved elsewhere and was reported. `disputes` is what banks
 * took back and did not bring again, `dispute_fees` what processors took for that. `transfers` is what a platform passed on to its accounts, `fee_income` its fees.
 * `cash_balances` is what a merchant holds for its customers, and owes them.
 */
export type Account = "clearing" | "outside" | "sales" | "application_fees" | "disputes" | "dispute_fees" | "transfers" | "fee_income" | "cash_balances";

/**
 * `refund_failure` is the equal and opposite of a refund's entry: the money that could not be given back is the merchant's again.
 * `chargeback_reversal` brings back what a `chargeback` took, and not its fee. `fee_return` gives a fee back without a refund.
 */
export type EntryKind = "capture" | "refund" | "refund_failure" | "chargeback" | "chargeback_reversal" | "fee_return";

export type Posting = { readonly debit: Account; readonly credit: Account; readonly amount: bigint };

export type Entry = {
  readonly merchant: MerchantId;
  readonly id: EntryId;
  readonly paymentId: PaymentId;
  readonly number: number;
  readonly kind: EntryKind;
  readonly refundId: RefundId | null;
  readonly createdAt: Millis;
  readonly currency: Currency;
  readonly postings: readonly Posting[];
  readonly hash: string;
};

/** The hash that stands before a payment's first entry. */
export const JOURNAL_START = "";

/** What is taken in, and the fee that leaves the merchant for the application. */
export function capturePostings(payment: Payment, amount: bigint, fee: bigint): readonly Posting[] {
  const income = incomeAccount(payment);
  return withoutZero([
    isOutward(payment) ? { debit: income, credit: moneyAccount(payment), amount } : { debit: moneyAccount(payment), credit: income, amount },
    { debit: income, credit: "application_fees", amount: fee },
  ]);
}

/** What is given back, and what of the fee returns to the merchant. */
export function refundPostings(payment: Payment, amount: bigint, fee: bigint): readonly Posting[] {
  const income = incomeAccount(payment);
  return withoutZero([
    isOutward(payment) ? { debit: moneyAccount(payment), credit: income, amount } : { debit: income, credit: moneyAccount(payment), amount },
    { debit: "application_fees", credit: income, amount: fee },
  ]);
}

/** What undoes a refund: every posting the other way. */
export function failurePostings(payment: Payment, amount: bigint, fee: bigint): readonly Posting[] {
  return refundPostings(payment, amount, fee).map(({ debit, credit, amount: moved }) => ({ debit: credit, credit: debit, amount: moved }));
}

/** What of the fee comes back alone: by the processor, who keeps it for the application. */
export function feeReturnPostings(payment: Payment, fee: bigint): readonly Posting[] {
  return [
    { debit: "application_fees", credit: moneyAccount(payment), amount: fee },
    { debit: moneyAccount(payment), credit: incomeAccount(payment), amount: fee },
  ];
}

/** What the bank takes back, and what the processor takes for it. */
export function chargebackPostings(amount: bigint, fee: bigint): readonly Posting[] {
  return withoutZero([
    { debit: "disputes", credit: "clearing", amount },
    { debit: "dispute_fees", credit: "clearing", amount: fee },
  ]);
}

/** What comes back of a chargeback that was won: the fee does not. */
export function reversalPostings(amount: bigint): readonly Posting[] {
  return [{ debit: "clearing", credit: "disputes", amount }];
}

/** Whether its money goes out of the merchant's book: a transfer is captured by being paid, and refunded by coming back. */
export function isOutward({ connect }: Pick<Payment, "connect">): boolean {
  return connect?.role === "transfer";
}

function incomeAccount({ connect }: Payment): Account {
  switch (connect?.role) {
    case "transfer":
      return "transfers";
    case "fee":
      return "fee_income";
    case "cash":
      return "cash_balances";
    default:
      return "sales";
  }
}

function moneyAccount(payment: Payment): Account {
  return payment.origin === "processed" ? "clearing" : "outside";
}

function withoutZero(postings: readonly Posting[]): readonly Posting[] {
  return postings.filter((posting) => posting.amount !== 0n);
}

/** The payment's next entry, and the payment that has it. */
export function writeEntry(
  payment: Payment,
  draft: Pick<Entry, "id" | "kind" | "refundId" | "createdAt" | "postings">,
): { readonly entry: Entry; readonly payment: Payment } {
  const unsealed = {
    ...draft,
    merchant: payment.merchant,
    paymentId: payment.id,
    number: payment.entries + 1,
    currency: payment.currency,
  };
  const entry = { ...unsealed, hash: entryHash(payment.journalHead, unsealed) };
  return { entry, payment: { ...payment, entries: entry.number, journalHead: entry.hash } };
}

/** SHA-256 over the hash before it and every field of the entry. */
export function entryHash(before: string, entry: Omit<Entry, "hash">): string {
  const postings = entry.postings.map(({ debit, credit, amount }) => `${debit}>${credit}:${amount}`).join(",");
  const { merchant, paymentId, number, id, kind, refundId, createdAt, currency } = entry;
  return sha256([before, merchant, paymentId, number, id, kind, refundId ?? "", createdAt, currency, postings].join("|"));
}
