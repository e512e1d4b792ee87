/** From a move to the job that a dialect would make of it: command, claims, and a reply that tells all that was answered. */
import { present } from "../../src/base/assert.ts";
import { sha256 } from "../../src/base/hash.ts";
import type { Command, RefundPayment, Target, Tender } from "../../src/domain/command.ts";
import { cashOf } from "../../src/domain/connected.ts";
import { currency, type Currency } from "../../src/domain/currency.ts";
import type { AttemptId, DisputeId, PaymentId, RefundId } from "../../src/domain/id.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import type { Profile } from "../../src/domain/profile.ts";
import { NOBODY } from "../../src/domain/whose.ts";
import type { Claim, PaymentJob, Result } from "../../src/engine/job.ts";
import { makeCustomer } from "../stores/making-profiles.ts";
import { ACME, Maker, OTHER, USD } from "../stores/making.ts";
import type { Act, DisputeAct, Move, MoveTender, Pick, RefundMove } from "./moves.ts";

const JPY = present(currency("JPY"), "the yen");
export const KEY_SCOPE = "key";
export const REFERENCE_SCOPE = "reference";

/** What callers have learned from the answers so far. */
export type Known = {
  /** Begins every key and reference, so that many scripts may follow one another on one book. */
  readonly script?: string;
  readonly payments: { readonly merchant: MerchantId; readonly id: PaymentId }[];
  readonly attempts: { readonly merchant: MerchantId; readonly id: AttemptId }[];
  readonly refunds: { readonly merchant: MerchantId; readonly id: RefundId }[];
  readonly disputes: { readonly merchant: MerchantId; readonly id: DisputeId }[];
  readonly jobs: PaymentJob[];
};

export function learn(known: Known, result: Result | null): void {
  if (result === null || !("done" in result)) return;
  const { payment, attempt, refund, dispute } = result.done;
  const { merchant } = payment;
  if (!known.payments.some(({ id }) => id === payment.id)) known.payments.push({ merchant, id: payment.id });
  if (refund !== null && !known.refunds.some(({ id }) => id === refund.id)) known.refunds.push({ merchant, id: refund.id });
  if (dispute !== null && !known.disputes.some(({ id }) => id === dispute.id)) known.disputes.push({ merchant, id: dispute.id });
  if (attempt !== null && !known.attempts.some(({ id }) => id === attempt.id)) known.attempts.push({ merchant, id: attempt.id });
}

export function merchantOf(move: Move): MerchantId {
  return move.merchant === 0 ? ACME : OTHER;
}

export function jobOf(move: Move, known: Known): PaymentJob | null {
  if (move.act.kind === "again") return turn(known.jobs.filter(({ claims }) => claims.length > 0), move.act.place) ?? null;
  const command = commandOf(move.act, { merchant: merchantOf(move), known });
  if (command === null) return null;
  const fingerprint = sha256(textOf(command));
  const claim = (scope: string, key: string, binds: Claim["binds"]): Claim => ({ scope, key, path: command.kind, fingerprint, binds });
  const claims: Claim[] = [];
  if (move.key !== null) claims.push(claim(KEY_SCOPE, `${known.script ?? ""}k${move.key}`, "always"));
  if (command.kind === "refund_payment" && command.channel === "reported" && command.reference !== null) {
    claims.push(claim(REFERENCE_SCOPE, command.reference, "when_done"));
  }
  return { merchant: merchantOf(move), requestId: "r".repeat(24), command, book: bookOf(command, merchantOf(move), known), claims, extras: move.extras, reply };
}

const maker = new Maker();
/** Those who have cash with each merchant, and for each one who was deleted. They are in the book before anything else. */
export const CUSTOMERS: readonly Profile[] = [ACME, OTHER].flatMap((merchant) => [makeCustomer(maker, { merchant }), makeCustomer(maker, { merchant }), { ...makeCustomer(maker, { merchant }), state: "deleted" as const }]);

/** Where the command is about a customer's cash, the book of that. */
function bookOf(command: Command, merchant: MerchantId, { payments, attempts, refunds }: Known): MerchantId {
  const cash = cashOf(merchant);
  const isIn = (rows: readonly { readonly merchant: MerchantId; readonly id: string }[], id: string) => rows.some((row) => row.merchant === cash && row.id === id);
  if (command.kind === "fund_cash_balance") return cash;
  if ("refund" in command) return isIn(refunds, command.refund) ? cash : merchant;
  if ("target" in command) return isIn(command.target.by === "payment" ? payments : attempts, command.target.id) ? cash : merchant;
  return merchant;
}

function isOf(merchant: MerchantId): (row: { readonly merchant: MerchantId }) => boolean {
  const cash = cashOf(merchant);
  return (row) => row.merchant === merchant || row.merchant === cash;
}

function reply(result: Result) {
  if ("done" in result) return { status: 200, body: textOf(result.done) };
  return { status: 400, body: textOf(result) };
}

/** Everything in it, members by name and amounts as text: a store may give a row's members in any order. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Null where nothing is known yet that could be named. */
function commandOf(act: Exclude<Act, { kind: "again" }>, by: { readonly merchant: MerchantId; readonly known: Known }): Command | null {
  if (act.kind === "take") {
    const { amount, yen, intent, fee, hold, takesPart } = act;
    const money = { amount, currency: currencyOf(yen) };
    // Without a tender it is a promise, and only an intent is promised.
    return {
      kind: "take_payment", intent: intent || act.tender === null, money, tender: act.tender && tenderOf(act.tender, hold !== null), fee,
      reference: null, whose: NOBODY, notes: {}, attemptNotes: {}, hold, takesPart,
    };
  }
  if (act.kind === "fund") {
    const of = turn(CUSTOMERS.filter((customer) => customer.merchant === by.merchant), act.customer);
    const account = present(of, "a customer").id;
    return {
      kind: "fund_cash_balance", connect: { role: "cash", platform: by.merchant, account, transfer: null, fee: 0n, of: null, group: null },
      money: { amount: act.amount, currency: currencyOf(act.yen) }, reference: act.reference,
    };
  }
  if (act.kind === "go_on") return goOnWith(act, by);
  if (act.kind === "dispute") return onDispute(act, by);
  const target = targetOf(act.pick, by);
  if (target === null) return null;
  switch (act.kind) {
    case "try":
      return { kind: "try_payment", target, tender: tenderOf(act.tender), whose: NOBODY, notes: {}, attemptNotes: { "test.try": "again" } };
    case "capture":
      return {
        kind: "capture_payment", target, amount: act.amount, expectedVersion: act.version, pastIntent: act.pastIntent,
        onlyAuthorized: act.onlyAuthorized, notes: {},
        attemptNotes: {},
      };
    case "end":
      return { kind: "end_payment", target, outcome: act.outcome, expectedVersion: act.version, onlyAuthorized: act.onlyAuthorized, notes: {}, attemptNotes: {} };
    case "describe":
      return {
        kind: "describe_payment", target, attemptNotes: {},
        notes: { set: { [`test.${act.note}`]: act.note }, limit: { prefix: "test.", max: act.max } },
      };
    case "adjust":
      return {
        kind: "adjust_payment", target, amount: act.amount, tip: act.tip, tipNote: "tip", currency: act.yen === null ? null : currencyOf(act.yen), fee: act.fee, feePercentMax: 90n,
        act: act.act, notes: {}, expectedVersion: act.version,
      };
    case "due":
      return { kind: "advance_payment", target };
    case "amend":
      return {
        kind: "amend_payment", target, amount: act.amount, currency: act.yen === null ? null : currencyOf(act.yen), whose: NOBODY, tendered: act.tendered,
        onlyFirstCustomer: false, notes: { set: { "test.amended": "ä" } }, attemptNotes: {},
      };
    case "refund":
      return refundOf(act, target, by.known);
  }
}

function goOnWith({ place, of: other, act }: Extract<Act, { kind: "go_on" }>, { merchant, known }: { readonly merchant: MerchantId; readonly known: Known }): Command | null {
  const refund = turn(known.refunds.filter(isOf(merchant)), place)?.id;
  if (refund === undefined) return null;
  const of = other === null ? null : (turn(known.attempts, other)?.id ?? null);
  switch (act) {
    case "describe":
      return { kind: "describe_refund", refund, of, notes: { set: { "test.said": "ä" }, limit: { prefix: "test.", max: 2 } } };
    case "cancel":
    case "expire":
      return { kind: "end_refund", refund, of, outcome: act === "cancel" ? "canceled" : "failed" };
    case "advance":
      return { kind: "advance_refund", refund, of };
  }
}

function onDispute({ place, act }: { readonly place: number; readonly act: DisputeAct }, { merchant, known }: { readonly merchant: MerchantId; readonly known: Known }): Command | null {
  const dispute = turn(known.disputes.filter((row) => row.merchant === merchant), place)?.id;
  if (dispute === undefined) return null;
  const answer = (text: string | null, submit: boolean): Command => ({
    kind: "respond_to_dispute", dispute, evidence: { uncategorized_text: text }, submit, notes: { set: { "test.act": act } },
  });
  switch (act) {
    case "win":
      return answer("winning_evidence", true);
    case "lose":
      return answer("losing_evidence", true);
    case "escalate":
      return answer("escalate_inquiry_evidence", true);
    case "say":
      return answer("It was sent, 𝄞.", true);
    case "keep":
      return answer(null, false);
    case "describe":
      return { kind: "respond_to_dispute", dispute, evidence: {}, submit: false, notes: { set: { [`test.${place}`]: "ä" }, limit: { prefix: "test.", max: 2 } } };
    case "close":
      return { kind: "close_dispute", dispute };
    case "advance":
      return { kind: "advance_dispute", dispute };
  }
}

function refundOf(move: RefundMove, target: Target, known: Known): RefundPayment {
  const { amount, yen, fee, channel, reference, release, email, within, version, refundsMax, ageMax } = move;
  return {
    kind: "refund_payment",
    target,
    within: within === null ? null : (known.payments[within]?.id ?? null),
    money: amount === null ? null : { amount, currency: yen === null ? null : currencyOf(yen) },
    fee: typeof fee === "bigint" ? { kind: "exact", amount: fee } : { kind: fee },
    channel,
    reference: reference === null ? null : `${known.script ?? ""}R-${reference}`,
    release,
    askAt: email === null ? null : { given: email, orFrom: "test.email", keptAs: "test.asked" },
    expectedVersion: version,
    refundsMax,
    ageMax,
    notes: { "test.reason": "€" },
    paymentNotes: {},
  };
}

function targetOf(pick: Pick, { merchant, known }: { readonly merchant: MerchantId; readonly known: Known }): Target | null {
  const own = (row: { readonly merchant: MerchantId }) => isOf(merchant)(row) !== pick.stranger;
  const { by, as } = pick;
  if (by === "payment") {
    const payment = turn(known.payments.filter(own), pick.place);
    return payment === undefined ? null : { by, id: payment.id, as };
  }
  const attempt = turn(known.attempts.filter(own), pick.place);
  return attempt === undefined ? null : { by, id: attempt.id, as };
}

/** From the newest back, and round again. */
function turn<T>(items: readonly T[], place: number): T | undefined {
  return items.at(-1 - (place % Math.max(items.length, 1)));
}

/** What is held is not captured at once. */
function tenderOf(tender: MoveTender, isHeld = false): Tender {
  if (tender.by === "token") return isHeld ? { ...tender, capture: false } : tender;
  const { instrument, outcome } = tender;
  if (instrument === "external") return { by: "report", instrument: { kind: "external", label: "a voucher", type: null }, outcome };
  return { by: "report", instrument: instrument && { kind: instrument }, outcome };
}

function currencyOf(yen: boolean): Currency {
  return yen ? JPY : USD;
}
