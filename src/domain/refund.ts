import type { Currency } from "./currency.ts";
import type { AttemptId, EntryId, Millis, PaymentId, RefundId } from "./id.ts";
import type { InstrumentKind } from "./instrument.ts";
import type { MerchantId } from "./merchant.ts";
import type { Notes } from "./notes.ts";
import type { RefundFailure, RefundState } from "./states.ts";

/** So long a customer has to say where the money should go. */
export const INSTRUCTIONS_MS: Millis = 45 * 86_400_000;

/** Money back after capture; or, as a `release`, the whole of an authorization given up before capture. */
export type Refund = {
  readonly merchant: MerchantId;
  readonly id: RefundId;
  readonly paymentId: PaymentId;
  readonly attemptId: AttemptId;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  readonly state: RefundState;
  readonly kind: "refund" | "release";
  /** Whether our processor gave the money back, or somebody told us that it was given back. */
  readonly channel: "executed" | "reported";
  /** What the payment was made with, and so where the money goes back to. */
  readonly instrument: InstrumentKind;
  readonly currency: Currency;
  /** Minor units, more than zero. */
  readonly amount: bigint;
  /** What of the application's fee went back with it. */
  readonly feeReturned: bigint;
  /** What came back with it of the transfer that the payment went on by; null where nothing did. */
  readonly reversed: bigint | null;
  /** The reporter's own name of the refund, unique per merchant; of what came back of a transfer, the refund that it came back with. */
  readonly reference: string | null;
  /** The journal entry that moved the money; a release moves none, and what is under way has not moved any yet. */
  readonly entryId: EntryId | null;
  /** When the processor has more to tell; null where the last word is said. */
  readonly due: Millis | null;
  readonly failure: RefundFailure | null;
  /** The entry that undid the refund's own, of one that failed after it had succeeded. */
  readonly failureEntryId: EntryId | null;
  readonly notes: Notes;
};
