/**
 * What can be asked of a payment. Where the wire APIs' rules differ, the difference is a policy that the command carries
 * as data. All amounts are minor units of the payment's currency.
 */
import type { Currency } from "./currency.ts";
import type { Connect } from "./connected.ts";
import type { DisputeReason } from "./dispute.ts";
import type { AttemptId, DisputeId, Millis, PaymentId, RefundId } from "./id.ts";
import type { Decline, Instrument } from "./instrument.ts";
import type { Money } from "./money.ts";
import type { Notes, NotesPatch } from "./notes.ts";
import type { Deadline } from "./payment.ts";
import type { AttemptState, DisputeState, RefundFailure, RefundState } from "./states.ts";
import type { Whose } from "./whose.ts";

/** Which payment, and as what it must be known: one that is not that is not found. */
export type Target = (
  | { readonly by: "payment"; readonly id: PaymentId }
  | { readonly by: "attempt"; readonly id: AttemptId }
) & { readonly as: "any" | "processed" | "intent" | "recorded" };

/**
 * How a payment is tried: by a processor's token, by the instrument on file that the command names, or as it was reported to us. The
 * notes of that instrument whose names begin with `inherits` are the attempt's too.
 */
export type Tender =
  | { readonly by: "token"; readonly token: string; readonly capture: boolean }
  | { readonly by: "on_file"; readonly capture: boolean; readonly inherits: string }
  | { readonly by: "report"; readonly instrument: Instrument | null; readonly outcome: AttemptState };

/** What a processor says at once to a token and an amount. */
export type Authorization = { readonly instrument: Instrument; readonly risk?: "moderate" | "high" } & (
  | { readonly verdict: "approved" }
  /** No more than that is there: less than was asked for, in minor units. */
  | { readonly verdict: "approved_in_part"; readonly amount: bigint }
  /** The money is on its way, and will have come after so many milliseconds. */
  | { readonly verdict: "under_way"; readonly for: Millis }
  | { readonly verdict: "needs_action" }
  | { readonly verdict: "declined"; readonly decline: Decline }
);

export type TakePayment = {
  readonly kind: "take_payment";
  readonly intent: boolean;
  readonly money: Money;
  /** None while an intent is not yet confirmed. */
  readonly tender: Tender | null;
  readonly whose: Whose;
  readonly fee: bigint;
  /** Where a platform has to do with it. */
  readonly connect?: Connect | null;
  /** How long an authorization is held, in milliseconds, and what becomes of it then. For ever, if there is none. */
  readonly hold?: { readonly for: Millis; readonly act: Deadline["act"] } | null;
  /** Whether less may be authorized than was asked for. */
  readonly takesPart?: boolean;
  readonly reference: string | null;
  readonly notes: Notes;
  readonly attemptNotes: Notes;
};

/** What a platform wants of a payment that is not captured yet: undefined leaves it as it is. Minor units. */
export type Terms = { readonly fee: bigint | undefined; readonly transfer: bigint | undefined; readonly group?: string | null | undefined };

export type TryPayment = {
  readonly kind: "try_payment";
  readonly target: Target;
  /** None where the caller named nothing to pay with: then it is refused, in the place that the payment's state leaves it. */
  readonly tender: Tender | null;
  readonly whose: Whose;
  readonly notes: NotesPatch;
  readonly attemptNotes: Notes;
};

export type CapturePayment = {
  readonly kind: "capture_payment";
  readonly target: Target;
  /** Null captures the whole authorization. */
  readonly amount: bigint | null;
  readonly expectedVersion: number | null;
  /** May a charge that was made for an intent be captured past its intent? */
  readonly pastIntent: boolean;
  /** Whether nothing but an authorization may be captured: not what was only reported as begun. */
  readonly onlyAuthorized: boolean;
  readonly terms?: Terms;
  readonly notes: NotesPatch;
  readonly attemptNotes: NotesPatch;
};

/** `fail` and `cancel` end an attempt before capture. */
export type EndPayment = {
  readonly kind: "end_payment";
  readonly target: Target;
  readonly outcome: "canceled" | "failed";
  readonly expectedVersion: number | null;
  /** Whether nothing but an authorization may be ended. */
  readonly onlyAuthorized: boolean;
  readonly notes: NotesPatch;
  readonly attemptNotes: NotesPatch;
};

export type DescribePayment = {
  readonly kind: "describe_payment";
  readonly target: Target;
  readonly notes: NotesPatch;
  readonly attemptNotes: NotesPatch;
};

/** Changes a payment that is not made yet. */
export type AmendPayment = {
  readonly kind: "amend_payment";
  readonly target: Target;
  /** Null leaves it as it is; so does a null currency. */
  readonly amount: bigint | null;
  readonly currency: Currency | null;
  readonly whose: Whose;
  /** Whether something was named to pay with: by the notes, or on file. */
  readonly tendered: boolean;
  /** Whether a customer may be named in any state, but only where there is none. */
  readonly onlyFirstCustomer: boolean;
  readonly terms?: Terms;
  readonly notes: NotesPatch;
  readonly attemptNotes: NotesPatch;
};

/**
 * Changes what is to be captured of an authorization, or what becomes of it by itself. What is null stays as it is. The tip is kept in the note of
 * that name, and the amount goes without it; both are minor units.
 */
export type AdjustPayment = {
  readonly kind: "adjust_payment";
  readonly target: Target;
  readonly amount: bigint | null;
  readonly tip: bigint | null;
  readonly tipNote: string;
  /** What the caller believes the payment's currency to be. */
  readonly currency: Currency | null;
  readonly fee: bigint | null;
  /** The application's fee is at most so many hundredths of the whole. */
  readonly feePercentMax: bigint;
  readonly act: Deadline["act"] | null;
  readonly notes: NotesPatch;
  readonly expectedVersion: number | null;
};

/** What becomes by itself of a payment whose time has come. */
export type AdvancePayment = { readonly kind: "advance_payment"; readonly target: Target };

/** How much of the application's fee goes back: nothing, its proportional share, or exactly so much. `required`: refused where no fee was taken. */
export type FeeReturn =
  | { readonly kind: "none" }
  | { readonly kind: "share"; readonly required?: boolean }
  | { readonly kind: "exact"; readonly amount: bigint };

/** An address: given, or else the attempt's note of that name. The refund keeps it among its notes, if somebody is asked. */
export type AskAt = { readonly given: string | null; readonly orFrom: string; readonly keptAs: string };

export type RefundPayment = {
  readonly kind: "refund_payment";
  readonly target: Target;
  /** Where the caller also named the payment: the target must belong to it. */
  readonly within: PaymentId | null;
  /** Null refunds all that is left; a null currency is the payment's own. */
  readonly money: { readonly amount: bigint; readonly currency: Currency | null } | null;
  readonly fee: FeeReturn;
  /** Does its share of the transfer that the payment went on by come back too? */
  readonly reversesTransfer?: boolean;
  readonly channel: "executed" | "reported";
  readonly reference: string | null;
  /** May the whole of an uncaptured payment be given up instead (a release)? */
  readonly release: boolean;
  /** Where the customer is asked for what only he knows: the account that the money goes to. */
  readonly askAt: AskAt | null;
  /** Whether its API tells of every refund that it is under way first, also of one whose money a processor gives back at once. */
  readonly underWayFirst?: boolean;
  readonly expectedVersion: number | null;
  readonly refundsMax: number | null;
  readonly ageMax: Millis | null;
  readonly notes: Notes;
  readonly paymentNotes: NotesPatch;
};

/** To where money goes that belongs to no payment: to what a token stands for, to an instrument that our processors know, or as somebody handed it over and told us. */
export type Destination =
  | { readonly by: "token"; readonly token: string }
  | { readonly by: "processor" | "report"; readonly instrument: Instrument };

/** Money that a merchant gives to somebody of whom no payment was taken here. */
export type RefundUnlinked = {
  readonly kind: "refund_unlinked";
  /** Names the merchant who gives it. */
  readonly connect: Connect & { readonly role: "unlinked" };
  readonly money: Money;
  readonly destination: Destination;
  readonly underWayFirst: boolean;
  readonly notes: Notes;
};

/** Which refund, and the attempt that it must be of where the caller named that too. */
type OfRefund = { readonly refund: RefundId; readonly of: AttemptId | null };

export type DescribeRefund = OfRefund & { readonly kind: "describe_refund"; readonly notes: NotesPatch };

/** Ends a refund that waits for its customer. */
export type EndRefund = OfRefund & { readonly kind: "end_refund"; readonly outcome: "canceled" | "failed" };

/** Asks the processor what has become of a refund whose time has come. */
export type AdvanceRefund = OfRefund & { readonly kind: "advance_refund" };

/** How a refund begins that a processor takes on, and when it will say more. */
export type RefundBegun = { readonly state: Extract<RefundState, "succeeded" | "pending" | "requires_action">; readonly due: Millis | null };

/** What a processor says of a refund that it is asked for. One that is declined is never begun. */
export type RefundStart = RefundBegun | { readonly state: "declined" };

/** What it says later. Nobody is asked for more once a refund is under way. */
export type RefundVerdict =
  | { readonly state: "succeeded" | "pending"; readonly due: Millis | null }
  | { readonly state: "rejected"; readonly due: null }
  | { readonly state: "failed"; readonly failure: RefundFailure; readonly due: null };

/** Describes a dispute, adds to its evidence, and hands that to the bank. */
export type RespondToDispute = {
  readonly kind: "respond_to_dispute";
  readonly dispute: DisputeId;
  /** A null takes the text away. */
  readonly evidence: Readonly<Record<string, string | null>>;
  readonly submit: boolean;
  readonly notes: NotesPatch;
};

/** Gives up: whoever closes a chargeback has lost it. */
export type CloseDispute = { readonly kind: "close_dispute"; readonly dispute: DisputeId };

/** Asks the processor what has become of a dispute whose time has come. */
export type AdvanceDispute = { readonly kind: "advance_dispute"; readonly dispute: DisputeId };

/** A chargeback as a processor brings it: what it takes for that, and until when it hears evidence. */
type Chargeback = { readonly state: "needs_response"; readonly fee: bigint; readonly respondBy: Millis; readonly due: Millis | null };

/** How a processor begins a dispute. */
export type DisputeStart = { readonly reason: DisputeReason; readonly networkReason: string | null } & (
  | Chargeback
  | { readonly state: "warning_needs_response"; readonly respondBy: Millis; readonly due: Millis | null }
);

/** What it says later. An inquiry can become a chargeback. */
export type DisputeVerdict = Chargeback | { readonly state: Extract<DisputeState, "warning_closed" | "won" | "lost"> };

/** Money from a platform to one of its accounts, made at once: `connect` is the transfer's own. */
export type SendTransfer = { readonly kind: "send_transfer"; readonly connect: Connect; readonly money: Money; readonly notes: Notes };

/** More money comes in to a customer's cash in its currency: `connect` names the merchant and the customer. `reference` is what the sender wrote on it. */
export type FundCashBalance = { readonly kind: "fund_cash_balance"; readonly connect: Connect & { readonly role: "cash" }; readonly money: Money; readonly reference: string | null };

export type Command =
  | TakePayment
  | SendTransfer
  | FundCashBalance
  | TryPayment
  | CapturePayment
  | EndPayment
  | DescribePayment
  | AmendPayment
  | AdjustPayment
  | AdvancePayment
  | RefundPayment
  | RefundUnlinked
  | DescribeRefund
  | EndRefund
  | AdvanceRefund
  | RespondToDispute
  | CloseDispute
  | AdvanceDispute;
