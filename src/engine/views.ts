/** What is read out of the book, and the questions it is read by. Every list is keyset-paged: no page costs more than another. */
import type { AttemptId, EntryId, EventId, Millis, PaymentId, ProfileId } from "../domain/id.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Event, EventKind } from "../domain/event.ts";
import type { Currency } from "../domain/currency.ts";
import type { Dispute } from "../domain/dispute.ts";
import type { InstrumentKind } from "../domain/instrument.ts";
import type { Entry, EntryKind } from "../domain/journal.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import type { Refund } from "../domain/refund.ts";
import type { RefundState } from "../domain/states.ts";

/** What to bring along with a payment. */
export type Extras = {
  /** So many of its refunds, newest first. */
  readonly refunds: number;
  /** Its capture's entry, and a refund's own two. */
  readonly entries: boolean;
  /** With a refund: the attempt that it gives back, and the latest. With an entry: the same, and its refund or dispute. A payment and an attempt are never without theirs. */
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

/** With what the entry was made for: a refund or a dispute, as far as it was asked for, or neither. */
export type EntryView = PaymentView & {
  readonly entry: Entry;
  readonly refund: Refund | null;
  readonly refundEntry: Entry | null;
  readonly failureEntry: Entry | null;
  readonly dispute: Dispute | null;
  readonly withdrawalEntry: Entry | null;
  readonly reversalEntry: Entry | null;
};

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

/** An event with the rows that it tells of, as they were then: no entries, and of the payment's refunds those that there were. */
export type Told = PaymentView & {
  readonly event: Event;
  readonly refund: Refund | null;
  readonly dispute: Dispute | null;
  /** What of them the event overwrote, as it was before; null of what it left, made, or did not tell of. */
  readonly before: { readonly payment: Payment | null; readonly attempt: Attempt | null; readonly refund: Refund | null; readonly dispute: Dispute | null };
};

export type EventRef = { readonly merchant: MerchantId; readonly id: EventId };

/** All customers, or those of one email address to the letter; or the instruments on file for one customer, or those of one type; or all accounts. */
export type ProfileQuery = { readonly page: Page } & (
  | { readonly of: "customers"; readonly email: string | null }
  | { readonly of: "instruments"; readonly owner: ProfileId; readonly type: string | null }
  | { readonly of: "accounts" }
  /** Endpoints that are not deleted, of one wire API or of all. */
  | { readonly of: "endpoints"; readonly dialect: string | null }
);

/** Only entries of money that moved at our processors: of what was only reported there are none in these lists. */
export type EntryQuery = {
  readonly page: Page;
  readonly kinds: readonly EntryKind[];
  readonly currency: Currency | null;
  /** Only these, which are few: the entries of one payment or refund. */
  readonly ids: readonly EntryId[] | null;
};

/** All that has happened, or what was of these kinds; or what has happened to one payment, as far as it is of these kinds, or of that only the event of that id. */
export type EventQuery = { readonly page: Page; readonly kinds?: readonly EventKind[] | null; readonly of: { readonly paymentId: PaymentId; readonly kinds: readonly EventKind[]; readonly id: EventId | null } | null };

/** Entries of one merchant between two ids, both excluded. */
export type EntrySpan = { readonly after: string; readonly below: string };

/** One page of entries, added up: what moved at our processors, and of that what is the merchant's. */
export type EntrySums = {
  readonly sums: readonly DaySum[];
  /** The last entry of the page, or null if there was none. */
  readonly last: string | null;
  /** The span may hold more behind it. */
  readonly more: boolean;
};

/** `day` counts from 1970-01-01, in UTC; `net` is in minor units. */
export type DaySum = { readonly currency: Currency; readonly day: number; readonly net: bigint };

export const DAY_MS = 86_400_000;
