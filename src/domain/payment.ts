import type { Connect } from "./connected.ts";
import type { Currency } from "./currency.ts";
import type { AttemptId, DisputeId, EntryId, Millis, PaymentId, ProfileId } from "./id.ts";
import type { Decline, Instrument } from "./instrument.ts";
import type { MerchantId } from "./merchant.ts";
import type { Money } from "./money.ts";
import type { Notes } from "./notes.ts";
import type { AttemptState, DisputeStanding, PaymentState } from "./states.ts";

/** What becomes of a payment by itself, and when, unless it comes to something else before. */
export type Deadline = { readonly at: Millis; readonly act: "capture" | "cancel" };

/** What a customer pays. All amounts are minor units of `currency`. */
export type Payment = {
  readonly merchant: MerchantId;
  readonly id: PaymentId;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  /** 1 at first, one more with every change; each version has exactly one event. */
  readonly version: number;
  readonly state: PaymentState;
  /** Whether one of our processors moves the money, or somebody told us that it moved. */
  readonly origin: "processed" | "recorded";
  /** Promised first and tried later, perhaps more than once. */
  readonly intent: boolean;
  readonly currency: Currency;
  readonly requested: bigint;
  readonly authorized: bigint;
  /** What of the authorization is to be captured where nothing else is said: all of it, if null. */
  readonly toCapture: bigint | null;
  readonly captured: bigint;
  /** Refunds that succeeded, refunds under way, and what the bank took back: together never more than was captured. */
  readonly refunded: bigint;
  readonly pending: bigint;
  readonly disputed: bigint;
  /** The application's fee out of this payment, and what of it was given back. */
  readonly feeTaken: bigint;
  readonly feeReturned: bigint;
  /** How its dispute stands. A payment that was charged back before disputes were kept has no dispute of its own, and bars refunds like any other. */
  readonly dispute: DisputeStanding;
  readonly disputeId: DisputeId | null;
  readonly attempts: number;
  readonly refunds: number;
  /** The journal of this payment: how many entries, and the hash of the last. */
  readonly entries: number;
  readonly journalHead: string;
  readonly latestAttempt: AttemptId | null;
  readonly captureEntry: EntryId | null;
  readonly capturedAt: Millis | null;
  /** Of an authorization that is held for a time, and of money that is on its way; null where nothing happens by itself. */
  readonly deadline: Deadline | null;
  /** What the processor, or whoever reported the payment, calls it. */
  readonly reference: string | null;
  readonly customer: ProfileId | null;
  /** The instrument on file that the latest attempt was made with. */
  readonly onFile: ProfileId | null;
  /** Null of a payment that no platform has to do with. */
  readonly connect: Connect | null;
  readonly notes: Notes;
};

/** One try at a payment. */
export type Attempt = {
  readonly merchant: MerchantId;
  readonly id: AttemptId;
  readonly paymentId: PaymentId;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  readonly state: AttemptState;
  readonly processed: boolean;
  readonly instrument: Instrument;
  readonly decline: Decline | null;
  /** Whose payment it was when it was tried, and with which instrument on file. */
  readonly customer: ProfileId | null;
  readonly onFile: ProfileId | null;
  /** What was asked for, of a payment whose amount may change after it failed. Null where it cannot, or where it was not kept yet: it is the payment's own. */
  readonly requested: Money | null;
  readonly notes: Notes;
};

/** What can still be refunded: captured, less refunded, under way and charged back. */
export function leftToRefund(payment: Payment): bigint {
  return payment.captured - payment.refunded - payment.pending - payment.disputed;
}

export function moneyOf(payment: Payment, amount: bigint): Money {
  return { amount, currency: payment.currency };
}
