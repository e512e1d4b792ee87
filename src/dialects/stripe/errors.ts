/**
 * The kernel's refusals and the door's troubles in Stripe's words: Stripe's API reference: errors. Rows marked OURS word what
 * the contract does not tell; `docs/choices.md` lists them.
 */
import { modeOf } from "../../domain/merchant.ts";
import type { Amendment } from "../../domain/amend-payment.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import type { Refusal, RefusalCode } from "../../domain/refusal.ts";
import type { DisputeState } from "../../domain/states.ts";
import { chargeId, intentId, recordId } from "./ids.ts";
import { tooManyKeys } from "./metadata.ts";
import { spokenMoney } from "./money.ts";
import { intentStatus, paymentIntent } from "./objects/payment-intent.ts";
import { NO_EXPAND } from "./expand.ts";
import { invalid, missing, type Problem } from "./problem.ts";
import { PAYING, wordProfileRefusal } from "./profile-errors.ts";

/** What the request was about, as it named it, and the parameter that an error points at. */
export type Subject = {
  readonly kind: "charge" | "payment_intent" | "payment_record" | "refund" | "dispute" | "application fee" | "transfer" | "cash balance";
  readonly id: string;
  /** The parameter that named it. */
  readonly param: string;
  /** The parameter that holds the amount. */
  readonly amountParam: string;
};

type Facts<Code extends RefusalCode> = Extract<Refusal, { code: Code }>;
type Words = { readonly [Code in RefusalCode]: (refusal: Facts<Code>, subject: Subject) => Problem };

export function wordRefusal(refusal: Refusal, subject: Subject): Problem {
  return word(refusal, subject);
}

/** Picks the row of the refusal's own code, so that each row is given the facts that it words. */
function word<Code extends RefusalCode>(refusal: Facts<Code> & { readonly code: Code }, subject: Subject): Problem {
  return WORDS[refusal.code](refusal, subject);
}

export const MISSING_METHOD =
  "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.";
const HOLDS = "https://stripe.com/docs/payments/place-a-hold-on-a-payment-method";
const DISPUTE_ENDS: readonly DisputeState[] = ["won", "lost", "warning_closed"];
const CANCELABLE = "requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing";

const WORDS: Words = {
  // OURS: the first.
  payment_not_found: (_refusal, { kind, id, param }) =>
    kind === "cash balance" ? invalid(`The customer ${id} has no cash balance in this currency.`, { param: "currency" }) : missing(kind, id, { param }),
  // OURS: the charge and the intent of one request do not belong together.
  payment_differs: ({ payment }, { param }) => invalid(`The charge does not belong to the PaymentIntent that you named; it belongs to ${payment.intent ? intentId(payment) : "none"}.`, { param }),
  // OURS: no Stripe request carries a version.
  version_mismatch: () => invalid("This object was changed since you read it. Read it again and decide anew.", { status: 409, code: "lock_timeout" }),
  // No Stripe request adjusts an authorization.
  state_forbids: ({ act, payment, attempt }, subject) => wordState(act === "adjust" ? "capture" : act, payment, attempt, subject),
  amendment_forbidden: ({ what, payment, attempt }, subject) => wordAmendment(what, { payment, attempt }, subject),
  // Whose cash it is stands in the path.
  profile_refused: ({ why }, { kind }) => wordProfileRefusal(why, kind === "cash balance" ? { ...PAYING, customer: { param: "id", status: 404 } } : PAYING),
  nothing_to_try: ({ payment, attempt }) => intentProblem(MISSING_METHOD, payment, attempt),
  already_captured({ payment, attempt }, subject) {
    if (subject.kind === "charge") return invalid(`Charge ${subject.id} has already been captured.`, { code: "charge_already_captured" });
    return wordState("capture", payment, attempt, subject);
  },
  intent_governs: ({ payment }) => invalid(`This uncaptured Charge was created by a PaymentIntent (${intentId(payment)}). You must capture the PaymentIntent instead of capturing the Charge directly.`),
  // OURS: the wording, not the code.
  capture_exceeds_authorized: ({ asked, authorized }, { amountParam }) =>
    invalid(`The amount to capture (${spokenMoney(asked)}) is greater than the authorized amount (${spokenMoney(authorized)}).`, { code: "amount_too_large", param: amountParam }),
  already_refunded({ payment, attempt }, subject) {
    // OURS: the wording of a cash balance's and of a fee's.
    if (subject.kind === "cash balance") return invalid(`The customer ${subject.id} has nothing left in his cash balance in ${payment.currency.toLowerCase()}.`, { param: subject.amountParam });
    if (subject.kind === "application fee") return invalid(`Application fee ${subject.id} has already been refunded.`);
    if (subject.kind === "transfer") return invalid(`The transfer ${subject.id} is already fully reversed.`);
    const message = subject.kind === "payment_record" ? `Payment Record ${recordId(payment.id)} has already been refunded.` : `Charge ${nameCharge(attempt, subject)} has already been refunded.`;
    return invalid(message, { code: "charge_already_refunded" });
  },
  nothing_captured: ({ payment, attempt }, subject) => wordNothing(payment, attempt, subject),
  disputed({ payment, attempt }, subject) {
    const what = subject.kind === "payment_record" ? `Payment Record ${recordId(payment.id)}` : `Charge ${nameCharge(attempt, subject)}`;
    return invalid(`${what} has been charged back; cannot issue a refund.`, { code: "charge_disputed" });
  },
  // OURS: Stripe's charges carry no currency of their own in a refund.
  currency_differs: ({ payment, asked }) =>
    invalid(`The refund's currency (${asked.currency.toLowerCase()}) is not the payment's currency (${payment.currency.toLowerCase()}).`, { param: "amount[currency]" }),
  amount_exceeds_left({ asked, left }, { kind, amountParam }) {
    if (kind === "transfer") return invalid(`Transfer reversal amount (${spokenMoney(asked)}) is greater than unreversed amount on transfer (${spokenMoney(left)})`, { param: amountParam });
    // OURS.
    if (kind === "cash balance") return invalid(`Refund amount (${spokenMoney(asked)}) is greater than the customer's available cash balance (${spokenMoney(left)})`, { param: amountParam });
    const on = kind === "payment_record" ? "payment record" : kind === "application fee" ? "fee" : "charge";
    return invalid(`Refund amount (${spokenMoney(asked)}) is greater than unrefunded amount on ${on} (${spokenMoney(left)})`, { param: amountParam });
  },
  release_in_part: (_refusal, { amountParam }) =>
    invalid("You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount", { param: amountParam }),
  // OURS: neither limit is Stripe's; a command of this dialect carries none.
  too_old: () => invalid("This payment is too old to be refunded.", { code: "charge_not_refundable" }),
  too_many_refunds: ({ max }) => invalid(`This payment already has ${max} refunds.`, { code: "charge_not_refundable" }),
  fee_exceeds_left: ({ asked, left }) => invalid(`Refund amount (${spokenMoney(asked)}) is greater than unrefunded amount on fee (${spokenMoney(left)})`),
  no_fee: ({ attempt }, subject) => invalid(`Attempting to refund_application_fee on ${subject.kind === "transfer" ? subject.id : nameCharge(attempt, subject)}, but it has no application fee`),
  no_transfer: ({ attempt }, subject) => invalid(`Cannot reverse transfer on charge ${nameCharge(attempt, subject)} because it does not have an associated transfer.`),
  // OURS: the second, as nothing goes on of a payment without a destination.
  no_platform: ({ what, payment }) => (what === "fee" ? noPlatform(payment.intent) : invalid("There is no transfer_data[destination], so no amount of this payment can be transferred.", { param: "transfer_data[amount]" })),
  // OURS: that it is refused is known, and not in which words.
  terms_exceed_payment: ({ what, asked, most }) =>
    what === "fee"
      ? invalid(`The application_fee_amount (${spokenMoney(asked)}) cannot be greater than the amount of the payment (${spokenMoney(most)}).`, { param: "application_fee_amount" })
      : invalid(`The amount to transfer (${spokenMoney(asked)}) cannot be greater than the amount of the payment (${spokenMoney(most)}).`, { param: "transfer_data[amount]" }),
  // OURS: a limit of the book, which takes a hundred million fundings.
  cash_exceeds_most: ({ asked, most }, { amountParam }) =>
    invalid(`The amount (${spokenMoney(asked)}) is greater than what this cash balance can still take (${spokenMoney(most)}).`, { code: "amount_too_large", param: amountParam }),
  // OURS: no test card of Stripe's declines a refund at once.
  refund_declined: () => ({ status: 402, type: "card_error", code: "card_declined", message: "The card's issuer declined the refund." }),
  // OURS: the contract says that an address is needed, and not how one that is missing is refused.
  instructions_missing: () => invalid("Missing required param: instructions_email.", { code: "parameter_missing", param: "instructions_email" }),
  refund_not_found: (_refusal, { id, param }) => missing("refund", id, { param }),
  // OURS: the second wording.
  refund_state_forbids: ({ act, refund }) =>
    invalid(act === "cancel" ? "Canceling this refund is unsupported." : `This refund cannot be expired, because it is ${refund.state} and not requires_action.`),
  // OURS: only the clock asks, and it is told nothing.
  payment_not_due: ({ payment }) => invalid(`Nothing happens to ${payment.id} by itself yet.`),
  not_due: ({ refund }) => invalid(`Nothing more is known of the refund ${refund.id} yet.`),
  dispute_not_found: (_refusal, { id, param }) => missing("dispute", id, { param }),
  // OURS: the contract says when evidence is heard, and not how it is refused.
  dispute_state_forbids: ({ act, dispute }) =>
    invalid(DISPUTE_ENDS.includes(dispute.state) ? "This dispute is already closed." : `This dispute is ${dispute.state}: ${act === "close" ? "it can only be closed" : "evidence is only taken"} while it needs a response.`),
  evidence_too_long: ({ length, max }) => invalid(`The evidence of a dispute can have up to ${max} characters in all, and this would be ${length}.`, { param: "evidence" }), // OURS
  // OURS: only the clock asks, and it is told nothing.
  dispute_not_due: ({ dispute }) => invalid(`Nothing more is known of the dispute ${dispute.id} yet.`),
  notes_full: () => tooManyKeys("metadata").problem,
};

/** Nobody acts for another account, so no application takes a fee. */
export function noPlatform(intent: boolean): Problem {
  const message = intent
    ? "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
    : "Can only apply an application_fee_amount when the request is made on behalf of another account (using an OAuth key, the Stripe-Account header, or the destination parameter).";
  return invalid(message, { param: "application_fee_amount" });
}

function nameCharge(attempt: Attempt | null, subject: Subject): string {
  return attempt === null ? subject.id : chargeId(attempt);
}

function wordNothing(payment: Payment, attempt: Attempt | null, subject: Subject): Problem {
  if (subject.kind === "payment_record") {
    return invalid(`The latest payment attempt of ${recordId(payment.id)} is ${attempt?.state ?? "missing"}: nothing of it is guaranteed, so nothing can be refunded.`); // OURS
  }
  if (payment.intent && attempt?.state === "authorized") {
    return invalid(
      `This uncaptured Charge was created by a PaymentIntent (${intentId(payment)}). You must cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more information, see ${HOLDS}`,
    );
  }
  if (payment.intent) return invalid(`This PaymentIntent (${intentId(payment)}) does not have a successful charge to refund.`);
  return invalid(`Charge ${nameCharge(attempt, subject)} did not succeed, so there is nothing to refund.`, { code: "charge_not_refundable" }); // OURS
}

function wordState(act: "try" | "capture" | "cancel" | "fail", payment: Payment, attempt: Attempt | null, subject: Subject): Problem {
  if (subject.kind === "payment_intent") return wordIntentState(act, payment, attempt);
  if (subject.kind === "payment_record") {
    // OURS: the reference says that there is an error here, not which.
    const asked = act === "try" ? "a new attempt cannot be reported" : `it cannot be reported as ${act === "capture" ? "guaranteed" : `${act}ed`}`;
    return invalid(`The latest Payment Attempt Record of ${recordId(payment.id)} is already ${wordAttempt(attempt)}, so ${asked}.`);
  }
  return invalid(`Charge ${subject.id} cannot be captured, because it is ${wordAttempt(attempt)}.`, { code: "charge_not_refundable" }); // OURS
}

/** The parameter that would change it. */
const AMENDED: Readonly<Record<Amendment, string>> = { amount: "amount", currency: "currency", customer: "customer", method: "payment_method", fee: "application_fee_amount", transfer: "transfer_data[amount]" };

function wordAmendment(what: Amendment, { payment, attempt }: { readonly payment: Payment; readonly attempt: Attempt | null }, { kind, id }: Subject): Problem {
  const name = AMENDED[what];
  // OURS: the reference says that a charge's customer is set once, not how another one is refused.
  if (kind === "charge") return invalid(`The charge ${id} has a customer already, who cannot be changed.`, { param: name });
  // OURS for all but the amount; and nothing else is tried while an attempt waits for its customer's action.
  const states = what === "method" ? "requires_payment_method, requires_confirmation" : "requires_payment_method, requires_confirmation, requires_action";
  const message = `This PaymentIntent's ${name} could not be updated because it has a status of ${intentStatus(payment)}. You may only update the ${name} of a PaymentIntent with one of the following statuses: ${states}.`;
  return { ...intentProblem(message, payment, attempt), param: name };
}

function wordAttempt(attempt: Attempt | null): string {
  if (attempt === null) return "missing";
  return attempt.state === "captured" ? "guaranteed" : attempt.state;
}

function wordIntentState(act: "try" | "capture" | "cancel" | "fail", payment: Payment, attempt: Attempt | null): Problem {
  const status = intentStatus(payment);
  const message =
    act === "capture"
      ? `This PaymentIntent could not be captured because it has a status of ${status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`
      : act === "cancel"
        ? `You cannot cancel this PaymentIntent because it has a status of ${status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE}.`
        : `You cannot confirm this PaymentIntent because it has a status of ${status}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_payment_method, requires_confirmation.`;
  return intentProblem(message, payment, attempt);
}

/** Errors about an intent's state carry the whole intent. */
export function intentProblem(message: string, payment: Payment, attempt: Attempt | null): Problem {
  const rows = { payment, attempt, latest: attempt, refunds: [], captureEntry: null };
  const livemode = modeOf(payment.merchant) === "live";
  const problem = invalid(message, { code: "payment_intent_unexpected_state" });
  return { ...problem, more: { payment_intent: paymentIntent(rows, { livemode, now: payment.updatedAt, expand: NO_EXPAND, acquirerReference: () => null, profiles: new Map(), linked: new Map(), cash: new Map() }) } };
}
