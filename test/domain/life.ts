/** One payment and all that became of it, decided by the kernel alone: no engine, no store, no chance. */
import assert from "node:assert/strict";
import { adjustPayment } from "../../src/domain/adjust-payment.ts";
import { advancePayment } from "../../src/domain/advance-payment.ts";
import { amendPayment } from "../../src/domain/amend-payment.ts";
import type { Dossier } from "../../src/domain/audit.ts";
import { capturePayment, describePayment, endPayment, tryPayment, type Found } from "../../src/domain/change-payment.ts";
import type {
  AdjustPayment, Authorization, DisputeStart, DisputeVerdict, FeeReturn, RefundPayment, RefundStart, RefundVerdict, RespondToDispute, TakePayment, Tender,
} from "../../src/domain/command.ts";
import { currency, type Currency } from "../../src/domain/currency.ts";
import type { Event } from "../../src/domain/event.ts";
import { CHANCE_WIDTH, idBody, type Millis } from "../../src/domain/id.ts";
import type { Card } from "../../src/domain/instrument.ts";
import type { Entry } from "../../src/domain/journal.ts";
import { isMerchantId, type MerchantId } from "../../src/domain/merchant.ts";
import type { Moment } from "../../src/domain/moment.ts";
import type { Accepted, Outcome } from "../../src/domain/outcome.ts";
import type { Dispute } from "../../src/domain/dispute.ts";
import type { Attempt, Payment } from "../../src/domain/payment.ts";
import { refundPayment } from "../../src/domain/refund-payment.ts";
import type { Refund } from "../../src/domain/refund.ts";
import type { Refusal } from "../../src/domain/refusal.ts";
import { advanceDispute, closeDispute, openDispute, respondToDispute, type FoundDispute } from "../../src/domain/settle-dispute.ts";
import { advanceRefund, describeRefund, endRefund, type FoundRefund } from "../../src/domain/settle-refund.ts";
import { takePayment } from "../../src/domain/take-payment.ts";
import { NOBODY, NOBODY_KNOWN } from "../../src/domain/whose.ts";

export const START = 1_760_000_000_000;
const SECOND = 1_000;

export const CARD: Card = { kind: "card", brand: "visa", last4: "4242", bin: "424242", expMonth: 12, expYear: 2034, funding: "credit", country: "US", fingerprint: "f" };
export const approved = (): Authorization => ({ verdict: "approved", instrument: CARD });
export const declined: Authorization = { verdict: "declined", instrument: CARD, decline: "generic_decline" };
export const needsAction: Authorization = { verdict: "needs_action", instrument: CARD };

export function money(code: string): Currency {
  const known = currency(code);
  assert.ok(known !== null, code);
  return known;
}

function merchant(name: string): MerchantId {
  assert.ok(isMerchantId(name));
  return name;
}
export const MERCHANT = merchant(`test_${"M".repeat(22)}`);
export const USD = money("USD");

/** Moments a second apart, with ids that count up. */
export function moments(start = START): () => Moment {
  let now = start;
  let count = 0;
  return () => {
    now += SECOND;
    return { now, id: () => idBody(now, count++, "0".repeat(CHANCE_WIDTH)) };
  };
}

export type Taking = {
  readonly amount?: bigint;
  readonly currency?: Currency;
  readonly hold?: TakePayment["hold"];
  readonly takesPart?: boolean;
  readonly fee?: bigint;
  readonly intent?: boolean;
  readonly tender?: Tender | null;
  readonly authorization?: Authorization;
};

export const byToken = (capture = true): Tender => ({ by: "token", token: "tok", capture });
export const byReport = (outcome: Attempt["state"] = "captured"): Tender => ({ by: "report", instrument: null, outcome });

export function refundOf(more: Partial<Omit<RefundPayment, "kind" | "money">> & { readonly amount?: bigint; readonly currency?: Currency } = {}): Omit<RefundPayment, "target"> {
  const { amount, currency: named = null, ...rest } = more;
  return {
    kind: "refund_payment",
    within: null,
    money: amount === undefined ? null : { amount, currency: named },
    fee: { kind: "none" },
    channel: "executed",
    reference: null,
    release: true,
    askAt: null,
    expectedVersion: null,
    refundsMax: null,
    ageMax: null,
    notes: {},
    paymentNotes: {},
    ...rest,
  };
}

/** Disputes of which more can be told at once. */
export const CHARGEBACK: DisputeStart & DisputeVerdict = { state: "needs_response", reason: "fraudulent", networkReason: "10.4", fee: 1500n, respondBy: START + 86_400_000, due: START };
export const INQUIRY: DisputeStart = { state: "warning_needs_response", reason: "fraudulent", networkReason: "10.4", respondBy: START + 86_400_000, due: START };

export const ASKED = { given: "a@example.com", orFrom: "test.email", keptAs: "test.asked" };
export const share: FeeReturn = { kind: "share" };

export class Life {
  payment: Payment;
  attempts: Attempt[] = [];
  refunds: Refund[] = [];
  disputes: Dispute[] = [];
  entries: Entry[] = [];
  events: Event[] = [];
  readonly #moments: () => Moment;

  constructor(taking: Taking = {}, next = moments()) {
    this.#moments = next;
    const { amount = 1000n, currency: of = USD, fee = 0n, intent = false, tender = byToken(), authorization = approved(), hold = null, takesPart = false } = taking;
    const command: TakePayment = { kind: "take_payment", intent, money: { amount, currency: of }, tender, whose: NOBODY, fee, hold, takesPart, reference: null, notes: {}, attemptNotes: {} };
    const outcome = takePayment(command, { merchant: MERCHANT, authorization: tender?.by === "token" ? authorization : null, known: NOBODY_KNOWN, moment: next() });
    assert.ok(outcome.accepted);
    this.payment = outcome.payment;
    this.#keep(outcome);
  }

  get found(): Found {
    return { payment: this.payment, attempt: this.attempts.find(({ id }) => id === this.payment.latestAttempt) ?? null };
  }

  get #target() {
    return { by: "payment", id: this.payment.id, as: "any" } as const;
  }

  refund(more: Parameters<typeof refundOf>[0] = {}, found = this.found, start?: RefundStart): Outcome {
    return this.#apply(refundPayment({ ...refundOf(more), target: this.#target }, found, { moment: this.#moments(), start }));
  }

  capture(amount: bigint | null = null, expectedVersion: number | null = null, pastIntent = true): Outcome {
    return this.#apply(capturePayment({ kind: "capture_payment", target: this.#target, amount, expectedVersion, pastIntent, onlyAuthorized: false, notes: {}, attemptNotes: {} }, this.found, this.#moments()));
  }

  end(outcome: "canceled" | "failed"): Outcome {
    return this.#apply(endPayment({ kind: "end_payment", target: this.#target, outcome, expectedVersion: null, onlyAuthorized: false, notes: {}, attemptNotes: {} }, this.found, this.#moments()));
  }

  /** `gives`: whether the processor authorizes more where more is asked for. */
  adjust(more: Partial<Omit<AdjustPayment, "kind" | "target">>, gives = true): Outcome {
    const command: AdjustPayment = { kind: "adjust_payment", target: this.#target, amount: null, tip: null, tipNote: "tip", currency: null, fee: null, feePercentMax: 90n, act: null, notes: {}, expectedVersion: null, ...more };
    return this.#apply(adjustPayment(command, this.found, { extend: () => gives, moment: this.#moments() }));
  }

  /** What becomes of it by itself, if its time has come. */
  fallDue(): Outcome {
    return this.#apply(advancePayment({ kind: "advance_payment", target: this.#target }, this.found, this.#moments()));
  }

  describe(note: string): Outcome {
    return this.#apply(describePayment({ kind: "describe_payment", target: this.#target, notes: { set: { note } }, attemptNotes: {} }, this.found, this.#moments()));
  }

  amend(amount: bigint): Outcome {
    const asked = { amount, currency: null, whose: NOBODY, tendered: false, onlyFirstCustomer: false, notes: {}, attemptNotes: {} };
    return this.#apply(amendPayment({ kind: "amend_payment", target: this.#target, ...asked }, this.found, this.#moments()));
  }

  again(tender: Tender, authorization = approved()): Outcome {
    const said = tender.by === "token" ? authorization : null;
    return this.#apply(tryPayment({ kind: "try_payment", target: this.#target, tender, whose: NOBODY, notes: {}, attemptNotes: {} }, this.found, { authorization: said, onFile: null, moment: this.#moments() }));
  }

  /** What the processor says of the refund at that place, which is due. */
  goOn(place: number, verdict: RefundVerdict): Outcome {
    return this.#apply(advanceRefund(this.#foundRefund(place), { verdict: () => verdict, moment: this.#moments() }));
  }

  endRefund(place: number, outcome: "canceled" | "failed"): Outcome {
    const found = this.#foundRefund(place);
    return this.#apply(endRefund({ kind: "end_refund", refund: found.refund.id, of: null, outcome }, found, this.#moments()));
  }

  describeRefund(place: number, note: string): Outcome {
    const found = this.#foundRefund(place);
    return this.#apply(describeRefund({ kind: "describe_refund", refund: found.refund.id, of: null, notes: { set: { note } } }, found, this.#moments()));
  }

  #foundRefund(place: number): FoundRefund {
    const refund = this.refunds[place];
    assert.ok(refund !== undefined);
    return { ...this.found, refund };
  }

  get disputed(): FoundDispute {
    const [dispute] = this.disputes;
    assert.ok(dispute !== undefined, "there is a dispute");
    return { ...this.found, dispute };
  }

  /** What its customer's bank brings upon it; `INQUIRY` and `CHARGEBACK` are two. */
  dispute(start: DisputeStart): Outcome {
    return this.#apply(openDispute(this.found, start, this.#moments()));
  }

  respond(more: Partial<Omit<RespondToDispute, "kind" | "dispute">> = {}, reviewedBy: Millis | null = 0): Outcome {
    const command: RespondToDispute = { kind: "respond_to_dispute", dispute: this.disputed.dispute.id, evidence: { said: "it was sent" }, submit: true, notes: {}, ...more };
    return this.#apply(respondToDispute(command, this.disputed, { reviewedBy: () => reviewedBy, moment: this.#moments() }));
  }

  close(): Outcome {
    return this.#apply(closeDispute({ kind: "close_dispute", dispute: this.disputed.dispute.id }, this.disputed, this.#moments()));
  }

  judge(verdict: DisputeVerdict): Outcome {
    return this.#apply(advanceDispute(this.disputed, { verdict: () => verdict, moment: this.#moments() }));
  }

  dossier(): Dossier {
    const { payment, attempts, refunds, disputes, entries, events } = this;
    return { payment, attempts: [...attempts], refunds: [...refunds], disputes: [...disputes], entries: [...entries], events: [...events] };
  }

  #apply(outcome: Outcome): Outcome {
    if (outcome.accepted) this.#keep(outcome);
    return outcome;
  }

  #keep({ payment, attempt, refund, dispute, entry, event }: Accepted): void {
    this.payment = payment;
    if (attempt) this.attempts = [...this.attempts.filter(({ id }) => id !== attempt.id), attempt];
    if (refund) {
      const place = this.refunds.findIndex(({ id }) => id === refund.id);
      if (place < 0) this.refunds.push(refund);
      else this.refunds[place] = refund;
    }
    if (dispute) this.disputes = [dispute];
    if (entry) this.entries.push(entry);
    this.events.push(event);
  }
}

export function done(outcome: Outcome): Accepted {
  assert.ok(outcome.accepted, outcome.accepted ? "" : outcome.refusal.code);
  return outcome;
}

export function no(outcome: Outcome): Refusal {
  assert.ok(!outcome.accepted, "it was accepted");
  return outcome.refusal;
}

/** A refusal's code and the facts beside the rows it is about. */
export function factsOf(outcome: Outcome): Record<string, unknown> {
  return Object.fromEntries(Object.entries(no(outcome)).filter(([name]) => name !== "payment" && name !== "attempt"));
}
