/** What an entry did to the merchant's money at our processors. Read off its postings alone, whatever its kind. */
import type { Account, Entry } from "./journal.ts";

/** Minor units of the entry's currency. What came in is more than zero, what went out is less. */
export type Movement = {
  readonly gross: bigint;
  /** What of it is the application's: less than zero where a fee comes back. */
  readonly applicationFee: bigint;
  /** What the processor took for a dispute. */
  readonly disputeFee: bigint;
  /** What is the merchant's: gross less fees. */
  readonly net: bigint;
};

/** Whether money moved at a processor of ours, and not elsewhere. */
export function isProcessed({ postings }: Pick<Entry, "postings">): boolean {
  return postings.some(({ debit, credit }) => debit === "clearing" || credit === "clearing");
}

export function movementOf(entry: Pick<Entry, "postings">): Movement {
  const applicationFee = -debited(entry, "application_fees");
  const disputeFee = debited(entry, "dispute_fees");
  const net = debited(entry, "clearing") - applicationFee;
  return { gross: net + applicationFee + disputeFee, applicationFee, disputeFee, net };
}

function debited({ postings }: Pick<Entry, "postings">, account: Account): bigint {
  return postings.reduce((sum, { debit, credit, amount }) => sum + (debit === account ? amount : 0n) - (credit === account ? amount : 0n), 0n);
}
