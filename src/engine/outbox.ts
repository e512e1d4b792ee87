/**
 * The port behind which it is kept who is still to be told what. A notice is written with the event, in its transaction, wherever somebody hears
 * of it; it is sorted out into deliveries, one for each endpoint and each event of its API's; and every try at one is kept.
 */
import type { EventId, Millis, ProfileId } from "../domain/id.ts";
import type { MerchantId } from "../domain/merchant.ts";

/** Who hears of an event: a merchant of its own books, or a platform of an account's. */
export type Hearer = { readonly merchant: MerchantId; readonly account: ProfileId | null };

/** An event that stands in `book`, and that its hearer is to be told of. */
export type Notice = { readonly hearer: Hearer; readonly book: MerchantId; readonly event: EventId };

/** One of its API's events to one endpoint: `part` is the teller's, and tells apart what events of one id are there. */
export type DeliveryRef = { readonly merchant: MerchantId; readonly endpoint: ProfileId; readonly event: EventId; readonly part: number };

/** `given_up`: no try is left, or the endpoint is gone. */
export type DeliveryState = "waiting" | "delivered" | "given_up";

export type Delivery = DeliveryRef & {
  readonly book: MerchantId;
  readonly account: ProfileId | null;
  /** The API's own name of the event. */
  readonly type: string;
  readonly createdAt: Millis;
  /** How many endpoints of the API it was sorted out to. */
  readonly endpoints: number;
  readonly state: DeliveryState;
  readonly tries: number;
  /** When it is tried next; null once it waits for nothing. */
  readonly due: Millis | null;
};

/** Why a try failed: no whole answer in time, an answer other than 2xx, TLS, an address that is not connected to, or anything else on the way. */
export type TryProblem = "timeout" | "status" | "tls" | "address" | "connection";

export type Try = DeliveryRef & {
  /** From 1. */
  readonly number: number;
  readonly at: Millis;
  readonly took: Millis;
  /** The answer's, if there was one. */
  readonly status: number | null;
  readonly problem: TryProblem | null;
  /** The first bytes of the answer, or what went wrong, in words. */
  readonly answer: string;
};

/** What a try came to: the state of its delivery from then on. */
export type TryOutcome = { readonly try: Try; readonly state: DeliveryState; readonly due: Millis | null };

export type DeliveryQuery = {
  readonly endpoint: ProfileId;
  /** One event's, or all. */
  readonly event: EventId | null;
  readonly state: DeliveryState | null;
  /** Newest first, those before this one. */
  readonly before: { readonly event: EventId; readonly part: number } | null;
  readonly limit: number;
};

/** A process that tells, and until when nobody else does for the merchants that it has taken. */
export type Lease = { readonly node: string; readonly now: Millis; readonly until: Millis };

/** Rejects as the store does, with `StoreUnavailable` when nothing was done. */
export interface Outbox {
  /** Merchants with something to tell whom no other process has taken; and takes them: those with notices, and those for whom a delivery waits, now or later. */
  take(lease: Lease): Promise<{ readonly noticed: readonly MerchantId[]; readonly waiting: readonly MerchantId[] }>;
  /** Gives back all that the process has taken. */
  release(node: string): Promise<void>;
  /** Oldest first. */
  notices(hearer: MerchantId, limit: number): Promise<Notice[]>;
  /** Puts the deliveries in the place of their notices, together or not at all. */
  sortOut(notices: readonly Notice[], deliveries: readonly Delivery[]): Promise<void>;
  /** Deliveries that wait for a try, those that are due longest first, and those of one time in the order of their events. */
  due(merchant: MerchantId, query: { readonly endpoint: ProfileId; readonly by: Millis; readonly limit: number }): Promise<Delivery[]>;
  /** Endpoints for which some delivery waits, and until when the first of it does. */
  waiting(merchant: MerchantId): Promise<{ readonly endpoint: ProfileId; readonly due: Millis }[]>;
  /** Keeps the tries. One whose number is kept already, and one of a delivery that waits no more, change nothing of it; but what was delivered is delivered. */
  record(outcomes: readonly TryOutcome[]): Promise<void>;
  /** Deliveries, newest event first. */
  deliveries(merchant: MerchantId, query: DeliveryQuery): Promise<Delivery[]>;
  /** All deliveries of these events to these endpoints. */
  ofEvents(merchant: MerchantId, of: { readonly endpoints: readonly ProfileId[]; readonly events: readonly EventId[] }): Promise<Delivery[]>;
  /** In order. */
  tries(ref: DeliveryRef): Promise<Try[]>;
  /** Has it tried once more from then on, whatever its state; false where there is no such delivery. */
  again(ref: DeliveryRef, at: Millis): Promise<boolean>;
  /** Takes away deliveries of events before `before` that wait for nothing, with their tries, at most so many; tells how many. */
  prune(before: Millis, limit: number): Promise<number>;
}
