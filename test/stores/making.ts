/** Rows for the stores' tests, made by the kernel itself so that they are what a store will really be given. */
import { present } from "../../src/base/assert.ts";
import { currency, type Currency } from "../../src/domain/currency.ts";
import { isMerchantId, type MerchantId } from "../../src/domain/merchant.ts";
import type { Moment } from "../../src/domain/moment.ts";
import type { Accepted, Outcome } from "../../src/domain/outcome.ts";
import type { Instrument } from "../../src/domain/instrument.ts";
import type { Attempt, Payment } from "../../src/domain/payment.ts";
import type { AdjustPayment, DisputeStart, DisputeVerdict, RefundPayment, RefundStart, RefundVerdict, TakePayment, Tender } from "../../src/domain/command.ts";
import { adjustPayment } from "../../src/domain/adjust-payment.ts";
import { advancePayment } from "../../src/domain/advance-payment.ts";
import { refundPayment } from "../../src/domain/refund-payment.ts";
import { advanceRefund, endRefund } from "../../src/domain/settle-refund.ts";
import { advanceDispute, openDispute, respondToDispute } from "../../src/domain/settle-dispute.ts";
import { takePayment } from "../../src/domain/take-payment.ts";
import { tryPayment } from "../../src/domain/change-payment.ts";
import { NOBODY, NOBODY_KNOWN } from "../../src/domain/whose.ts";
import { makeMoments, type Sources } from "../../src/engine/moments.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import type { Changes, Needs, StoredReply } from "../../src/engine/store.ts";

export const USD = present(currency("USD"), "the dollar");
export const START = 1_790_000_000_000;

export function merchant(letter: string): MerchantId {
  const id = `test_${letter.repeat(22)}`;
  if (!isMerchantId(id)) throw new Error(id);
  return id;
}

export const ACME = merchant("A");
export const OTHER = merchant("B");

export const NO_NEEDS: Needs = { payments: [], profiles: [], keys: [] };

export const NO_CHANGES: Changes = {
  newPayments: [], changedPayments: [], newAttempts: [], changedAttempts: [], newRefunds: [], changedRefunds: [], newDisputes: [], changedDisputes: [], newEntries: [], newEvents: [], newPasts: [], newNotices: [], newProfiles: [], changedProfiles: [], newKeys: [],
};

/** Time and chance of a test: the same ids in every run. */
export class TestSources implements Sources {
  at = START;
  #count = 0;

  now(): number {
    return this.at;
  }

  chance(length: number): string {
    this.#count += 1;
    return String(this.#count).padStart(length, "0");
  }
}

export const MONEY = { amount: 1_000n, currency: USD };
const CARD: Tender = { by: "token", token: "tok_visa", capture: true };

/** Makes rows by the kernel's own rules, without a store. */
export class Maker {
  readonly sources = new TestSources();
  readonly #draw = makeMoments(this.sources);

  moment(): Moment {
    return this.#draw();
  }

  /** A payment of 10.00, captured unless told otherwise. */
  take(more: { readonly merchant?: MerchantId; readonly tender?: Tender | null; readonly intent?: boolean; readonly fee?: bigint; readonly currency?: Currency; readonly hold?: TakePayment["hold"]; readonly takesPart?: boolean } = {}): Accepted {
    const tender = more.tender === undefined ? CARD : more.tender;
    return accepted(
      takePayment(
        {
          kind: "take_payment", intent: more.intent ?? false, money: { ...MONEY, currency: more.currency ?? USD }, tender, whose: NOBODY, fee: more.fee ?? 100n, reference: null,
          notes: { "test.name": "a payment" }, attemptNotes: {}, hold: more.hold ?? null, takesPart: more.takesPart ?? false,
        },
        { merchant: more.merchant ?? ACME, authorization: authorization(tender), known: NOBODY_KNOWN, moment: this.moment() },
      ),
    );
  }

  /** An authorization that is held so many milliseconds, and what becomes of it then. */
  hold(act: "capture" | "cancel", millis: number, more: { readonly merchant?: MerchantId } = {}): Accepted {
    return this.take({ ...more, tender: { by: "token", token: "tok_visa", capture: false }, hold: { for: millis, act } });
  }

  /** Other terms of what is held. */
  adjust({ payment, attempt }: Accepted, more: Partial<Pick<AdjustPayment, "amount" | "tip" | "act" | "fee">>): Accepted {
    const command: AdjustPayment = {
      kind: "adjust_payment", target: { by: "payment", id: payment.id, as: "any" }, amount: null, tip: null, tipNote: "test.tip", currency: null, fee: null, feePercentMax: 90n, act: null, notes: {}, expectedVersion: null, ...more,
    };
    return accepted(adjustPayment(command, { payment, attempt }, { extend: () => true, moment: this.moment() }));
  }

  /** Lets what becomes of a payment by itself happen now. */
  fallDue({ payment, attempt }: Accepted): Accepted {
    return accepted(advancePayment({ kind: "advance_payment", target: { by: "payment", id: payment.id, as: "any" } }, { payment, attempt }, this.moment()));
  }

  report(instrument: Instrument, more: { readonly currency?: Currency } = {}): Accepted {
    return this.take({ ...more, tender: { by: "report", instrument, outcome: "captured" } });
  }

  retry(payment: Payment, attempt: Attempt | null, tender: Tender = CARD): Accepted {
    const target = { by: "payment", id: payment.id, as: "any" } as const;
    const facts = { authorization: authorization(tender), onFile: null, moment: this.moment() };
    return accepted(tryPayment({ kind: "try_payment", target, tender, whose: NOBODY, notes: {}, attemptNotes: {} }, { payment, attempt }, facts));
  }

  refund(of: Accepted, amount: bigint, { start, ...more }: Partial<Pick<RefundPayment, "channel" | "reference">> & { readonly start?: RefundStart } = {}): Accepted {
    const command: RefundPayment = {
      kind: "refund_payment", target: { by: "payment", id: of.payment.id, as: "any" }, within: null,
      money: { amount, currency: of.payment.currency }, fee: { kind: "share" }, channel: "executed", reference: null, release: false, askAt: { given: "a@example.com", orFrom: "", keptAs: "test.asked" },
      expectedVersion: null, refundsMax: null, ageMax: null, notes: { "test.reason": "too small" }, paymentNotes: {}, ...more,
    };
    return accepted(refundPayment(command, { payment: of.payment, attempt: of.attempt }, { moment: this.moment(), start }));
  }

  /** Ends a refund that waits for its customer. */
  end(of: Accepted, outcome: "canceled" | "failed"): Accepted {
    const refund = present(of.refund, "a refund");
    return accepted(endRefund({ kind: "end_refund", refund: refund.id, of: null, outcome }, { payment: of.payment, attempt: of.attempt, refund }, this.moment()));
  }

  /** Lets the processor say what has become of a refund that is due by now. */
  advance(of: Accepted, verdict: RefundVerdict): Accepted {
    const refund = present(of.refund, "a refund");
    return accepted(advanceRefund({ payment: of.payment, attempt: of.attempt, refund }, { verdict: () => verdict, moment: this.moment() }));
  }

  /** What the customer's bank brings upon a captured payment; a chargeback that is due now, unless told otherwise. */
  dispute({ payment, attempt }: Accepted, start: DisputeStart = this.chargeback()): Accepted {
    return openDispute({ payment, attempt }, start, this.moment());
  }

  chargeback(): DisputeStart & DisputeVerdict {
    const { at } = this.sources;
    return { state: "needs_response", reason: "fraudulent", networkReason: "10.4", fee: 1_500n, respondBy: at + 1_000, due: at };
  }

  inquiry(): DisputeStart {
    const { at } = this.sources;
    return { state: "warning_needs_response", reason: "general", networkReason: null, respondBy: at + 1_000, due: at };
  }

  /** Hands evidence to the bank, which will have judged it at once. */
  respond({ payment, attempt, ...of }: Accepted, text: string): Accepted {
    const dispute = present(of.dispute, "a dispute");
    const command = { kind: "respond_to_dispute", dispute: dispute.id, evidence: { text }, submit: true, notes: { set: { "test.said": text } } } as const;
    return accepted(respondToDispute(command, { payment, attempt, dispute }, { reviewedBy: () => this.sources.at, moment: this.moment() }));
  }

  judge({ payment, attempt, ...of }: Accepted, verdict: DisputeVerdict): Accepted {
    const dispute = present(of.dispute, "a dispute");
    return accepted(advanceDispute({ payment, attempt, dispute }, { verdict: () => verdict, moment: this.moment() }));
  }
}

/** What saves a payment that is new in the book. */
export function adding(...made: readonly Accepted[]): Changes {
  return {
    ...NO_CHANGES,
    newPayments: made.map(({ payment }) => payment),
    newAttempts: made.flatMap(({ attempt }) => attempt ?? []),
    newEntries: made.flatMap(({ entry }) => entry ?? []),
    newEvents: made.map(({ event }) => event),
  };
}

/** What saves a refund of a payment that is in the book as `before` left it. */
export function refunding(before: Accepted, made: Accepted): Changes {
  return {
    ...NO_CHANGES,
    changedPayments: [{ payment: made.payment, loaded: before.payment }],
    newRefunds: made.refund === null ? [] : [made.refund],
    newEntries: made.entry === null ? [] : [made.entry],
    newEvents: [made.event],
  };
}

/** What saves a payment that comes to something else than `before` left it. */
export function changing(before: Accepted, made: Accepted): Changes {
  return { ...refunding(before, made), newRefunds: [], changedAttempts: made.attempt === null || made.attempt === before.attempt ? [] : [made.attempt] };
}

/** What saves a refund that goes on from where `before` left it. */
export function settling(before: Accepted, made: Accepted): Changes {
  return { ...refunding(before, made), newRefunds: [], changedRefunds: made.refund === null ? [] : [made.refund] };
}

/** What saves a dispute of a payment that is in the book as `before` left it. */
export function disputing(before: Accepted, made: Accepted): Changes {
  return { ...refunding(before, made), newRefunds: [], newDisputes: made.dispute === null ? [] : [made.dispute] };
}

/** What saves a dispute that goes on from where `before` left it. */
export function judging(before: Accepted, made: Accepted): Changes {
  return { ...disputing(before, made), newDisputes: [], changedDisputes: made.dispute === null ? [] : [made.dispute] };
}

export function reply(key: string, more: Partial<StoredReply> = {}): StoredReply {
  return {
    merchant: ACME, scope: "test", key, path: "/refunds", fingerprint: "f".repeat(64), status: 200, body: '{"é":"€ 𝄞"}',
    requestId: "r".repeat(24), createdAt: START, ...more,
  };
}

function authorization(tender: Tender | null) {
  return tender?.by === "token" ? makeSandbox().authorize(tender.token, MONEY) : null;
}

function accepted(outcome: Outcome): Accepted {
  if (!outcome.accepted) throw new Error(`refused: ${outcome.refusal.code}`);
  return outcome;
}
