/** From the book's rows to Stripe's objects, following the links that are to be expanded. */
import type { Dispute } from "../../../domain/dispute.ts";
import type { Millis } from "../../../domain/id.ts";
import type { Entry } from "../../../domain/journal.ts";
import { notesUnder } from "../../../domain/notes.ts";
import type { Money } from "../../../domain/money.ts";
import { moneyOf, type Attempt, type Payment } from "../../../domain/payment.ts";
import type { Refund } from "../../../domain/refund.ts";
import type { ProfileId } from "../../../domain/id.ts";
import type { Profile } from "../../../domain/profile.ts";
import type { PaymentView } from "../../../engine/views.ts";
import { NO_EXPAND, type Expand } from "../expand.ts";
import { METADATA } from "../metadata.ts";

/** Everything an encoder may need beside the rows. `now` is when it was asked: what is pending becomes available by the clock. */
export type Look = {
  readonly livemode: boolean;
  readonly now: Millis;
  readonly expand: Expand;
  /** The bank's number of a refund, once it is known. */
  readonly acquirerReference: (refund: Refund) => string | null;
  /** Customers and payment methods that links lead to, as far as they are to be followed. */
  readonly profiles: ReadonlyMap<ProfileId, Profile>;
  /** Rows of other books that links lead to, by their places, as far as they are to be followed. */
  readonly linked: ReadonlyMap<string, Rows>;
  /** What customers have in cash, where that is to be shown with them: one payment for each currency. */
  readonly cash: ReadonlyMap<ProfileId, readonly Payment[]>;
};

/** What is shown of an entry. */
export type MovedEntry = Pick<Entry, "id" | "kind" | "refundId" | "createdAt" | "currency" | "postings">;

/** The rows at hand, and a refund or a dispute that they were reached through, with its entries. */
export type Rows = PaymentView & { readonly refund?: Refund | null; readonly refundEntry?: Entry | null; readonly failureEntry?: Entry | null } & {
  readonly dispute?: Dispute | null;
  readonly withdrawalEntry?: MovedEntry | null;
  readonly reversalEntry?: MovedEntry | null;
};

/** The expanded object where the link is to be followed, or else its id. */
export function link<T>(look: Look, name: string, id: string, follow: (look: Look) => T): T | string;
export function link<T>(look: Look, name: string, id: string | null, follow: (look: Look) => T): T | string | null;
export function link<T>(look: Look, name: string, id: string | null, follow: (look: Look) => T): T | string | null {
  const below = look.expand.get(name);
  return id === null || below === undefined ? id : follow({ ...look, expand: below });
}

/** The newest refunds of a payment that stand in it, as the first page of a list. */
export function shownRefunds<T>({ payment, refunds }: Rows, encode: (refund: Refund) => T): { readonly data: T[]; readonly has_more: boolean } {
  const stands = refunds.filter(({ state }) => state !== "failed" && state !== "canceled");
  return { data: stands.map(encode), has_more: payment.refunds > refunds.length };
}

export function below(look: Look, name: string): Look {
  return { ...look, expand: look.expand.get(name) ?? NO_EXPAND };
}

export const seconds = (millis: number): number => Math.floor(millis / 1_000);

export const lower = (payment: Pick<Payment, "currency">): string => payment.currency.toLowerCase();

/** What an attempt was for, which the payment may no longer be. */
export function askedFor(payment: Payment, attempt: Attempt): Money {
  return attempt.requested ?? moneyOf(payment, payment.requested);
}

export function metadataOf(row: Pick<Payment | Attempt | Refund | Profile | Dispute, "notes">): Record<string, string> {
  return notesUnder(row.notes, METADATA);
}

