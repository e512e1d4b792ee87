/**
 * The port behind which the facts are kept. There is one way to write: `transact` loads what a batch needs, under lock,
 * lets it be decided, saves all of it or nothing, and is done only when that is durable.
 */
import type { Dossier } from "../domain/audit.ts";
import type { Event } from "../domain/event.ts";
import type { Dispute } from "../domain/dispute.ts";
import type { AttemptId, DisputeId, EntryId, Millis, PaymentId, ProfileId, RefundId } from "../domain/id.ts";
import type { Entry } from "../domain/journal.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Past } from "../domain/past.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import type { Profile } from "../domain/profile.ts";
import type { Refund } from "../domain/refund.ts";
import type { Notice, Outbox } from "./outbox.ts";
import type {
  AttemptQuery, DisputeQuery, DisputeView, EntryQuery, EntrySpan, EntrySums, EntryView, EventQuery, EventRef, Extras, PaymentQuery, PaymentView, ProfileQuery, RefundQuery, RefundView, Told,
} from "./views.ts";

/** Names a stored reply: unique per merchant and scope. */
export type KeyRef = { readonly merchant: MerchantId; readonly scope: string; readonly key: string };

/** What was answered under a key, to be answered again byte for byte. */
export type StoredReply = KeyRef & {
  /** What the key was first used for. */
  readonly path: string;
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  readonly createdAt: Millis;
};

/** A refund or a dispute of which the processor has something to tell, or a payment to which something happens by itself. */
export type Due = { readonly merchant: MerchantId } & ({ readonly what: "payment"; readonly id: PaymentId } | { readonly what: "refund"; readonly id: RefundId } | { readonly what: "dispute"; readonly id: DisputeId });

export type PaymentRef = { readonly merchant: MerchantId } & (
  | { readonly by: "payment"; readonly id: PaymentId }
  | { readonly by: "attempt"; readonly id: AttemptId }
  | { readonly by: "refund"; readonly id: RefundId }
  | { readonly by: "dispute"; readonly id: DisputeId }
);

/** `change`: whether the batch may change it or what comes with it, and so must keep others from doing it meanwhile. */
export type ProfileRef = { readonly merchant: MerchantId; readonly id: ProfileId; readonly change: boolean };

export type Needs = {
  readonly payments: readonly (PaymentRef & { readonly extras: Extras })[];
  readonly profiles: readonly ProfileRef[];
  readonly keys: readonly KeyRef[];
};

/**
 * Rows found for a batch's needs, each once. A payment comes with its latest attempt, with the one that was named, and with the one of a refund that was named;
 * and one that a platform has to do with comes with those of other books that change together with it (`load-counterparts.ts`).
 */
export type LoadedRows = {
  readonly payments: readonly Payment[];
  readonly attempts: readonly Attempt[];
  /** The refunds and disputes that were named. */
  readonly namedRefunds: readonly Refund[];
  readonly namedDisputes: readonly Dispute[];
  /** Newest refunds, and capture entries, of the payments whose extras ask for them; and the entries of the refunds and disputes that were named, of disputes always. */
  readonly refunds: readonly Refund[];
  readonly entries: readonly Entry[];
  /** Those that were named, each with its owner and with what it prefers. */
  readonly profiles: readonly Profile[];
  readonly keys: readonly StoredReply[];
};

/** What a batch changed; each row stands here once, as it is at the end. */
export type Changes = {
  readonly newPayments: readonly Payment[];
  /** The row must still be at the version that was loaded, or the save is refused as a broken invariant. */
  readonly changedPayments: readonly { readonly payment: Payment; readonly loaded: Payment }[];
  readonly newAttempts: readonly Attempt[];
  readonly changedAttempts: readonly Attempt[];
  readonly newRefunds: readonly Refund[];
  readonly changedRefunds: readonly Refund[];
  readonly newDisputes: readonly Dispute[];
  readonly changedDisputes: readonly Dispute[];
  readonly newEntries: readonly Entry[];
  readonly newEvents: readonly Event[];
  /** What was overwritten, before each event. */
  readonly newPasts: readonly Past[];
  /** Of each event, whoever would hear of it. It is kept for those who have an endpoint, which the store looks up as it saves. */
  readonly newNotices: readonly Notice[];
  readonly newProfiles: readonly Profile[];
  /** As with payments: the row must still be at the version that was loaded. */
  readonly changedProfiles: readonly { readonly profile: Profile; readonly loaded: Profile }[];
  readonly newKeys: readonly StoredReply[];
};

/** Reads see every write that was acknowledged before they began. */
export interface Reader {
  payment(merchant: MerchantId, id: PaymentId, extras: Extras): Promise<PaymentView | null>;
  attempt(merchant: MerchantId, id: AttemptId, extras: Extras): Promise<PaymentView | null>;
  refund(merchant: MerchantId, id: RefundId, extras: Extras): Promise<RefundView | null>;
  payments(merchant: MerchantId, query: PaymentQuery, extras: Extras): Promise<PaymentView[]>;
  attempts(merchant: MerchantId, query: AttemptQuery, extras: Extras): Promise<PaymentView[]>;
  refunds(merchant: MerchantId, query: RefundQuery, extras: Extras): Promise<RefundView[]>;
  dispute(merchant: MerchantId, id: DisputeId, extras: Extras): Promise<DisputeView | null>;
  disputes(merchant: MerchantId, query: DisputeQuery, extras: Extras): Promise<DisputeView[]>;
  /** What was answered under a key. */
  reply(ref: KeyRef): Promise<StoredReply | null>;
  /** Those of that name that there are, in any order. */
  profiles(merchant: MerchantId, ids: readonly ProfileId[]): Promise<Profile[]>;
  /** Those that are active. */
  listProfiles(merchant: MerchantId, query: ProfileQuery): Promise<Profile[]>;
  entry(merchant: MerchantId, id: EntryId, extras: Extras): Promise<EntryView | null>;
  entries(merchant: MerchantId, query: EntryQuery, extras: Extras): Promise<EntryView[]>;
  /** What happened to the merchant's payments. */
  events(merchant: MerchantId, query: EventQuery): Promise<Event[]>;
  /** The events of these names that there are, in any order, with the rows that they tell of as they were then; of the payment's refunds so many, newest first. */
  told(refs: readonly EventRef[], refunds: number): Promise<Told[]>;
  /** Adds up the first entries of the span, in the order of their ids: as many as keep nobody waiting. */
  sumEntries(merchant: MerchantId, span: EntrySpan): Promise<EntrySums>;
  /**
   * An id before which no entry can appear any more: all reads that begin later show whatever is before it.
   * Null where this process alone writes, which knows its own clock.
   */
  horizon(): Promise<string | null>;
}

export interface Store extends Reader {
  readonly outbox: Outbox;
  /** How many calls of `transact` may be under way at once. The store keeps them apart: each decides upon all that came before it. */
  readonly lanes: number;
  /**
   * Rejects with `StoreUnavailable` when nothing was done and the same may be tried again, with `OutcomeUnknown` when
   * the commit itself failed, and with `BrokenInvariant` when a guard of the store refused the changes.
   * If `decide` throws, nothing is saved and the error is passed on. Where several servers share the book it is told the time by
   * the book's own clock, before which it must not date what it makes.
   */
  transact(needs: Needs, decide: (rows: LoadedRows, notBefore?: Millis) => Changes): Promise<void>;
  /** The merchant that a provisioned key opens, by the key's SHA-256. */
  merchantOfKey(keyHash: string): Promise<MerchantId | null>;
  addKey(keyHash: string, merchant: MerchantId, createdAt: Millis): Promise<void>;
  /** Payments to which something happens by itself by then, and refunds and disputes of which the processor has something to tell, whoever's they are: at most so many, those that have waited longest first. */
  due(by: Millis, limit: number): Promise<Due[]>;
  /** Resolves if the store can be read and written now. */
  ping(): Promise<void>;
  /** What could lose acknowledged money though everything works: settings of the ground it stands on, in words. */
  dangers(): Promise<string[]>;
  close(): Promise<void>;
}

/** The whole book, to be proved: one consistent sight of it, payment by payment, in bounded memory. */
export interface Book {
  countPayments(): number | Promise<number>;
  dossiers(): Iterable<Dossier> | AsyncIterable<Dossier>;
  /** Rows that belong to no payment, and damage below the rows, in words. */
  damage(): string[] | Promise<string[]>;
  /** What could not be looked at from where it was read, in words; asked last. */
  unproved?(): readonly string[];
}

/** The book cannot be opened. The message says what happened, why, and what to do. */
export class CannotOpen extends Error {
  override readonly name = "CannotOpen";
}

/** Nothing was done. The same may be tried again. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** It was done, and whoever asked is not told in time. The same key, sent again, tells. */
export class AnswerLate extends Error {
  override readonly name = "AnswerLate";
}

/** Nothing was begun: more is asked than can be written. */
export class Overloaded extends Error {
  override readonly name = "Overloaded";
}

/** A commit failed on its way: it may or may not be durable. Only a restart, and the same key again, can tell. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
}
