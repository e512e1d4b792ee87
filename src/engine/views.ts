/** What is read out of the book, and the questions it is read by. Every list is keyset-paged: no page costs more than another. */
import type { AttemptId, Millis, PaymentId, ProfileId } from "../domain/id.ts";
import type { Dispute } from "../domain/dispute.ts";
import type { InstrumentKind } from "../domain/instrument.ts";
import type { Entry } from "../domain/journal.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import type { Refund } from "../domain/refund.ts";
import type { RefundState } from "../domain/states.ts";

/** What to bring along with a payment. */
export type Extras = {
  /** So many of its refunds, newest first. */
  readonly refunds: number;
  /** Its capture's entry, and a refund's own two. */
  readonly entries: boolean;
  /** With a refund: the attempt that it gives back, and the latest. A payment and an attempt are never without theirs. */
  readonly attempts: boolean;
};

export const NO_EXTRAS: Extras = { refunds: 0, entries: false, attempts: false };

export type PaymentView = {
  readonly payment: Payment;
  /** The attempt that was asked for, or else the latest. */
  readonly attempt: Attempt | null;
  /** The latest attempt, which is often the same. */
  readonly latest: Attempt | null;
  /** Newest first, at most as many as were asked for. */
  readonly refunds: readonly Refund[];
  readonly captureEntry: Entry | null;
};

/** A refund's attempts are null when they were not asked for. */
export type RefundView = PaymentView & { readonly refund: Refund; readonly refundEntry: Entry | null; readonly failureEntry: Entry | null };

/** Of the attempt that is disputed, and always with its entries: there are two at most. */
export type DisputeView = PaymentView & { readonly dispute: Dispute; readonly withdrawalEntry: Entry | null; readonly reversalEntry: Entry | null };

export type Page = {
  readonly order: "newest" | "oldest";
  /** The id body to go on after, in the given order. */
  readonly after: string | null;
  /** Created at or after this time, and before that. */
  readonly from: Millis | null;
  readonly until: Millis | null;
  readonly limit: number;
};

/** One customer's payments are only listed as intents. */
export type PaymentQuery = { readonly page: Page } & (
  | { readonly intent: boolean; readonly customer?: null }
  | { readonly intent: true; readonly customer: ProfileId | null }
);

export type AttemptQuery = {
  readonly page: Page;
  readonly paymentId: PaymentId | null;
  /** Only attempts that our processors made. */
  readonly processed: boolean;
  readonly customer?: ProfileId | null;
};

export type DisputeQuery = { readonly page: Page; readonly paymentId: PaymentId | null };

export type RefundQuery = {
  readonly page: Page;
  readonly paymentId: PaymentId | null;
  readonly attemptId: AttemptId | null;
  readonly states: readonly RefundState[] | null;
  readonly instruments: readonly InstrumentKind[] | null;
  /** Only those last changed in this span; and then perhaps in the order of change rather than of creation. */
  readonly updated: {
    readonly from: Millis | null;
    readonly until: Millis | null;
    readonly sort: boolean;
    /** With `sort`: the time of change of the row that `page.after` names. */
    readonly after: Millis | null;
  } | null;
};

/** All customers, or those of one email address to the letter; or the instruments on file for one customer, or those of one type. */
export type ProfileQuery = { readonly page: Page } & (
  | { readonly of: "customers"; readonly email: string | null }
  | { readonly of: "instruments"; readonly owner: ProfileId; readonly type: string | null }
);
