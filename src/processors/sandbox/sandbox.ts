/** The processor for tests: decides purely, by magic tokens and amounts, and moves no money. What happens later happens after a delay that is set. */
import { assert, unreachable } from "../../base/assert.ts";
import { sha256 } from "../../base/hash.ts";
import type { Authorization, DisputeStart, DisputeVerdict, RefundStart, RefundVerdict } from "../../domain/command.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Millis } from "../../domain/id.ts";
import { BANK_DEBIT, isBankTransfer, type Instrument } from "../../domain/instrument.ts";
import type { Money } from "../../domain/money.ts";
import type { Keeping } from "../../domain/profile-command.ts";
import { INSTRUCTIONS_MS, type Refund } from "../../domain/refund.ts";
import type { Processor, RefundAsked } from "../../engine/processor.ts";
import { CARD_TOKENS, disputeFateOf, refundFateOf, riskOf, tokenOfNumber, type RefundFate } from "./card-tokens.ts";

export const SANDBOX_DELAY_MS = 1_000;
/** The customer at such an address answers at once. */
const ANSWERS = /^[^@]*\+answers@/;
const REFERENCE_DIGITS = 16;
/** The longest that a refund of Square's is under way (Square's API reference: refund statuses). */
const LONGEST_MS: Millis = 14 * 86_400_000;
/** Minor units that a chargeback costs, and how long evidence is heard (Stripe's API reference: balance transactions and disputes). */
const CHARGEBACK_FEE = 1_500n;
const EVIDENCE_MS: Millis = 9 * 86_400_000;
/** The text that decides a dispute by what it says (Stripe's documentation: testing disputes). */
const DECISIVE_TEXT = "uncategorized_text";
const DECISIVE = ["winning_evidence", "losing_evidence", "escalate_inquiry_evidence"];

/** `delay`: how long what happens later takes, in milliseconds. */
export function makeSandbox(delay: Millis = SANDBOX_DELAY_MS): Processor {
  return {
    name: "sandbox",
    authorize: (token, money) => authorize(token, money, delay),
    // Of a gift card no more is to be had than there was.
    extend: (instrument) => instrument.kind === "card" && instrument.brand !== "gift",
    keep,
    tokenOf: tokenOfNumber,
    refund: (instrument, asked) => begin(instrument, { ...asked, delay }),
    answersLate: ({ amount }, instrument) => refundFateOf(instrument, amount) === "late",
    advance: (refund, instrument, now) => advance(refund, instrument, now + delay),
    dispute,
    reviewedBy: (evidence, now) => (DECISIVE.includes(evidence[DECISIVE_TEXT] ?? "") ? now + delay : null),
    judge,
    acquirerReference: (refund, now) => (hasReference(refund) && now > refund.createdAt + delay ? referenceOf(refund) : null),
  };
}

function authorize(token: string, { amount }: Money, delay: Millis): Authorization | null {
  const known = CARD_TOKENS.get(token);
  if (known === undefined) return null;
  const { instrument, behaviour } = known;
  switch (behaviour.verdict) {
    case "half":
      return { instrument, verdict: "approved_in_part", amount: amount / 2n };
    case "under_way":
      return { instrument, verdict: "under_way", for: delay };
    case "approved":
    case "needs_action":
    case "declined": {
      const risk = riskOf(instrument, amount);
      return { instrument, ...behaviour, ...(risk === null ? {} : { risk }) };
    }
  }
}

/** What the bank would say to a payment it says to keeping the card too, but for the one that only payments fail with. */
function keep(token: string): Keeping | null {
  const known = CARD_TOKENS.get(token);
  if (known === undefined) return null;
  const { instrument, behaviour, isKept } = known;
  return { instrument, decline: behaviour.verdict === "declined" && isKept !== true ? behaviour.decline : null };
}

function begin(instrument: Instrument, { amount, email, underWayFirst, now, delay }: RefundAsked & { readonly delay: Millis }): RefundStart {
  const underWay: RefundStart = { state: "pending", due: now + delay };
  if (instrument.kind === "transfer" && instrument.method === BANK_DEBIT) return underWay;
  // The bank that a customer's cash came from is known: he is only asked for another where that is wanted.
  if (isBankTransfer(instrument) && email === null) return underWay;
  if (instrument.kind === "transfer" || isBankTransfer(instrument)) return { state: "requires_action", due: now + (email !== null && ANSWERS.test(email) ? delay : INSTRUCTIONS_MS) };
  switch (refundFateOf(instrument, amount)) {
    case "done":
    case "late":
      return underWayFirst ? underWay : { state: "succeeded", due: null };
    case "fails_late":
      return underWayFirst ? underWay : { state: "succeeded", due: now + delay };
    case "pending":
    case "rejected":
    case "fails":
      return underWay;
    case "waits":
      return { state: "pending", due: now + LONGEST_MS };
    case "declined":
      return { state: "declined" };
  }
}

function advance(refund: Refund, instrument: Instrument, next: Millis): RefundVerdict {
  const { state, createdAt, due } = refund;
  switch (state) {
    case "requires_action":
      return due !== null && due < createdAt + INSTRUCTIONS_MS ? { state: "pending", due: next } : { state: "failed", failure: "expired", due: null };
    case "pending":
      return ended(refundFateOf(instrument, refund.amount));
    case "succeeded":
      assert(refundFateOf(instrument, refund.amount) === "fails_late", `nothing happens to refund ${refund.id} any more`);
      return { state: "failed", failure: "expired_or_canceled_card", due: null };
    case "rejected":
    case "failed":
    case "canceled":
      throw new Error(`a refund that is ${state} waits for nothing`);
    default:
      return unreachable(state);
  }
}

/** What was under way has come to. A card that only Stripe's refunds succeed with first fails at once where that is not told. */
function ended(fate: RefundFate): RefundVerdict {
  switch (fate) {
    case "rejected":
      return { state: "rejected", due: null };
    case "fails":
    case "fails_late":
      return { state: "failed", failure: "expired_or_canceled_card", due: null };
    case "done":
    case "pending":
    case "waits":
    case "late":
    case "declined":
      return { state: "succeeded", due: null };
  }
}

function dispute(instrument: Instrument, { amount }: Money, now: Millis): DisputeStart | null {
  const fate = disputeFateOf(instrument, amount);
  if (fate === null) return null;
  const { state, reason, networkReason } = fate;
  const until = now + EVIDENCE_MS;
  const times = { respondBy: until, due: until };
  return state === "needs_response" ? { state, reason, networkReason, fee: CHARGEBACK_FEE, ...times } : { state, reason, networkReason, ...times };
}

/** Whoever says nothing in time loses a chargeback; of an inquiry nothing comes then. */
function judge({ id, state, evidence }: Dispute, now: Millis): DisputeVerdict {
  const text = evidence[DECISIVE_TEXT];
  switch (state) {
    case "needs_response":
      return { state: "lost" };
    case "under_review":
      return { state: text === "winning_evidence" ? "won" : "lost" };
    case "warning_needs_response":
      return { state: "warning_closed" };
    case "warning_under_review": {
      const until = now + EVIDENCE_MS;
      return text === "escalate_inquiry_evidence" ? { state: "needs_response", fee: CHARGEBACK_FEE, respondBy: until, due: until } : { state: "warning_closed" };
    }
    case "won":
    case "lost":
    case "warning_closed":
      throw new Error(`dispute ${id} is ${state} and waits for nothing`);
    default:
      return unreachable(state);
  }
}

function hasReference({ instrument, kind, channel, state }: Refund): boolean {
  return (instrument === "card" || instrument === "external") && kind === "refund" && channel === "executed" && state === "succeeded";
}

/** Digits that the refund's id gives, so that they are the same at every look. */
function referenceOf({ id }: Refund): string {
  return (BigInt(`0x${sha256(id).slice(0, REFERENCE_DIGITS)}`) % 10n ** BigInt(REFERENCE_DIGITS)).toString().padStart(REFERENCE_DIGITS, "0");
}
