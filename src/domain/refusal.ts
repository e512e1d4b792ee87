/**
 * The kernel's no: read, understood, and not done. A refusal carries facts, never words; each dialect words every code.
 * Where several hold, the first that the deciding function meets is given; each reads from the top down.
 */
import type { Amendment } from "./amend-payment.ts";
import type { Decline } from "./instrument.ts";
import type { Attempt, Payment } from "./payment.ts";
import type { Money } from "./money.ts";
import type { ProfileRefusal } from "./profile-refusal.ts";
import type { Refund } from "./refund.ts";
import type { Dispute } from "./dispute.ts";

type On = { readonly payment: Payment; readonly attempt: Attempt | null };

export type Refusal =
  /** No such payment for this merchant, or not one of the kind that was asked for. */
  | { readonly code: "payment_not_found" }
  /** The charge that was named does not belong to the payment that was named. */
  | ({ readonly code: "payment_differs" } & On)
  | ({ readonly code: "version_mismatch" } & On)
  | ({ readonly code: "currency_differs"; readonly asked: Money } & On)
  /** The payment's state does not allow it. `act` says what was asked. */
  | ({ readonly code: "state_forbids"; readonly act: "try" | "capture" | "cancel" | "fail" | "adjust" } & On)
  /** The payment's state holds fast what was to be changed. */
  | ({ readonly code: "amendment_forbidden"; readonly what: Amendment } & On)
  /** Whose the payment is, or what it is paid with, cannot be as it was named. */
  | { readonly code: "profile_refused"; readonly why: ProfileRefusal }
  /** The payment could be tried, and nothing was named to pay with. */
  | ({ readonly code: "nothing_to_try" } & On)
  | ({ readonly code: "already_captured" } & On)
  /** The attempt belongs to an intent and may only be captured through it. */
  | ({ readonly code: "intent_governs" } & On)
  | ({ readonly code: "capture_exceeds_authorized"; readonly asked: Money; readonly authorized: Money } & On)
  | ({ readonly code: "already_refunded" } & On)
  /** Nothing was captured, so nothing can be given back. */
  | ({ readonly code: "nothing_captured" } & On)
  | ({ readonly code: "disputed" } & On)
  | ({ readonly code: "amount_exceeds_left"; readonly asked: Money; readonly left: Money } & On)
  | ({ readonly code: "release_in_part" } & On)
  | ({ readonly code: "too_old" } & On)
  | ({ readonly code: "too_many_refunds"; readonly max: number } & On)
  | ({ readonly code: "fee_exceeds_left"; readonly asked: Money; readonly left: Money } & On)
  /** A fee was to come back of a payment of which none was taken. */
  | ({ readonly code: "no_fee" } & On)
  /** A transfer was to come back of a payment that did not go on by one. */
  | ({ readonly code: "no_transfer" } & On)
  /** A fee, or a share that goes on, of a payment on which no platform acts. */
  | ({ readonly code: "no_platform"; readonly what: "fee" | "transfer" } & On)
  /** More is to be taken of a payment, or to go on, than it is. */
  | { readonly code: "terms_exceed_payment"; readonly what: "fee" | "transfer"; readonly asked: Money; readonly most: Money }
  /** More than `max` cannot be held of one customer's cash in one currency, counting all that ever came in. */
  | { readonly code: "cash_exceeds_most"; readonly asked: Money; readonly most: Money }
  /** Whoever was to take the money back has declined it: with the reason where a card has one of its own. */
  | { readonly code: "refund_declined"; readonly decline: Decline | null }
  /** What the payment was made with takes no money back, and nobody was named who could tell another way. */
  | ({ readonly code: "instructions_missing" } & On)
  /** No such refund for this merchant, or not of the attempt that was named. */
  | { readonly code: "refund_not_found" }
  /** The refund's state does not allow it. `act` says what was asked. */
  | ({ readonly code: "refund_state_forbids"; readonly act: "cancel" | "fail"; readonly refund: Refund } & On)
  /** The processor has nothing to tell of it, or not yet. */
  | ({ readonly code: "not_due"; readonly refund: Refund } & On)
  /** Nothing happens to the payment by itself, or not yet. */
  | ({ readonly code: "payment_not_due" } & On)
  /** No such dispute for this merchant. */
  | { readonly code: "dispute_not_found" }
  /** The dispute's state does not allow it. `act` says what was asked. */
  | ({ readonly code: "dispute_state_forbids"; readonly act: "respond" | "close"; readonly dispute: Dispute } & On)
  | ({ readonly code: "evidence_too_long"; readonly length: number; readonly max: number } & On)
  /** The processor has nothing to tell of it, or not yet. */
  | ({ readonly code: "dispute_not_due"; readonly dispute: Dispute } & On)
  | ({ readonly code: "notes_full"; readonly max: number } & On);

export type RefusalCode = Refusal["code"];
