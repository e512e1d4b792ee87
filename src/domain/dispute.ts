import type { Currency } from "./currency.ts";
import type { AttemptId, DisputeId, EntryId, Millis, PaymentId } from "./id.ts";
import type { MerchantId } from "./merchant.ts";
import type { Notes } from "./notes.ts";
import type { DisputeState } from "./states.ts";

/** Why a customer's bank asks for the money back. */
export type DisputeReason = "fraudulent" | "product_not_received" | "general";

/** All evidence of one dispute has at most so many characters (Stripe's API reference: update a dispute). */
export const EVIDENCE_LENGTH_MAX = 150_000;

/** A customer's bank questions a payment, or has taken its money back. A payment has one at most. */
export type Dispute = {
  readonly merchant: MerchantId;
  readonly id: DisputeId;
  readonly paymentId: PaymentId;
  readonly attemptId: AttemptId;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  readonly state: DisputeState;
  readonly reason: DisputeReason;
  /** The card network's own code of the reason. */
  readonly networkReason: string | null;
  readonly currency: Currency;
  /** Minor units, more than zero: what is asked about, and once it is charged back what was taken. */
  readonly amount: bigint;
  /** What the processor took for the chargeback; an inquiry costs nothing. */
  readonly fee: bigint;
  /** Until when evidence is taken. */
  readonly respondBy: Millis;
  /** How often evidence was handed to the bank. */
  readonly submissions: number;
  /** When the processor has more to tell; null where the last word is said, or nobody knows when it will be. */
  readonly due: Millis | null;
  /** The entry that took the money, and the one that brought it back. */
  readonly entryId: EntryId | null;
  readonly reversalEntryId: EntryId | null;
  /** Texts by their names. */
  readonly evidence: Notes;
  readonly notes: Notes;
};
