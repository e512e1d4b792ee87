import type { Dispute } from "./dispute.ts";
import type { Event } from "./event.ts";
import type { Entry } from "./journal.ts";
import type { Attempt, Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";
import type { Refusal } from "./refusal.ts";

/** What a command did: the rows as they now are, and the one event that tells it. */
export type Accepted = {
  readonly accepted: true;
  readonly payment: Payment;
  /** The attempt that was touched, or the latest one. */
  readonly attempt: Attempt | null;
  readonly refund: Refund | null;
  readonly dispute: Dispute | null;
  readonly entry: Entry | null;
  readonly event: Event;
  /** What followed from it at once: a change of its own, with the next version, upon the rows as this one left them. */
  readonly next: Accepted | null;
  /** What changed with it in other books: of most, nothing. */
  readonly elsewhere: readonly Accepted[];
};

export type Refused = { readonly accepted: false; readonly refusal: Refusal };

export type Outcome = Accepted | Refused;

export function refuse(refusal: Refusal): Refused {
  return { accepted: false, refusal };
}
