/**
 * The rule that the whole house exists for: a payment is never refunded twice, and never beyond what was captured.
 * Refunds under way count against what is left, whichever dialect began them.
 */
import { assert } from "../base/assert.ts";
import { checkVersion, notesFull, type Found } from "./change-payment.ts";
import type { RefundBegun, RefundPayment, RefundStart } from "./command.ts";
import { accept } from "./accept.ts";
import { entryId, refundId } from "./id.ts";
import { refundPostings, writeEntry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import { patchNotes, type Notes } from "./notes.ts";
import { refuse, type Outcome, type Refused } from "./outcome.ts";
import { leftToRefund, moneyOf, type Attempt, type Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";

/** What nobody but the caller has to say anything to. */
const DONE: RefundBegun = { state: "succeeded", due: null };

/** `start`: what the processor says of money that goes back to the attempt's instrument; not asked where the money went elsewhere. */
export function refundPayment(command: RefundPayment, found: Found, { moment, start = DONE }: { readonly moment: Moment; readonly start?: RefundStart | undefined }): Outcome {
  const { payment, attempt } = found;
  if (command.within !== null && (command.within !== payment.id || !payment.intent)) return refuse({ code: "payment_differs", ...found });
  const unlike = checkVersion(command.expectedVersion, found) ?? checkCurrency(command, found);
  if (unlike) return unlike;
  if (attempt?.state === "authorized" && command.release) return checkConnect(command, found) ?? release(command, { payment, attempt }, moment);
  if (attempt?.state === "canceled" && payment.origin === "processed" && !payment.intent && command.release) {
    return refuse({ code: "already_refunded", ...found });
  }
  if (attempt?.state !== "captured" || payment.state !== "captured") {
    return refuse({ code: "nothing_captured", ...found });
  }
  const left = leftToRefund(payment);
  if (payment.refunded + payment.pending === payment.captured) return refuse({ code: "already_refunded", ...found });
  const no = checkAmount(command, found, left) ?? checkLimits(command, found, moment) ?? checkConnect(command, found);
  if (no) return no;
  const amount = command.money?.amount ?? left;
  const fee = feeToReturn(command, payment, amount);
  const feeLeft = payment.feeTaken - payment.feeReturned;
  const most = command.fee.kind === "share" || feeLeft < amount ? feeLeft : amount;
  if (fee > most) {
    return refuse({ code: "fee_exceeds_left", asked: moneyOf(payment, fee), left: moneyOf(payment, most), ...found });
  }
  if (start.state === "declined") return refuse({ code: "refund_declined", decline: null });
  if (start.state === "requires_action" && addressOf(command, attempt) === null) return refuse({ code: "instructions_missing", ...found });
  const notes = patchNotes(payment.notes, command.paymentNotes);
  if (notes === null) return notesFull(command.paymentNotes, found);
  const on = { payment: { ...payment, notes }, attempt };
  return start.state === "succeeded" ? give(command, on, { amount, fee, moment, start }) : begin(command, on, { amount, fee, moment, start });
}

type Part = { readonly amount: bigint; readonly fee: bigint; readonly moment: Moment; readonly start: RefundBegun };

/** The money goes back: totals, entry, refund and event together. */
function give(command: RefundPayment, { payment, attempt }: { readonly payment: Payment; readonly attempt: Attempt }, { amount, fee, moment, start }: Part): Outcome {
  const body = moment.id();
  const id = refundId(body);
  const lessened = lessen({ ...payment, refunded: payment.refunded + amount }, fee);
  const written = writeEntry(lessened, {
    id: entryId(body),
    kind: "refund",
    refundId: id,
    createdAt: moment.now,
    postings: refundPostings(payment, amount, fee),
  });
  const refund = makeRefund(command, { payment, attempt, moment }, {
    id,
    kind: "refund",
    amount,
    feeReturned: fee,
    entryId: written.entry.id,
    start,
  });
  return accept("refund.created", { payment: written.payment, attempt, refund, entry: written.entry, body, moment });
}

/** The refund is under way: it weighs on what is left as if it were done, and no money has moved. */
function begin(command: RefundPayment, { payment, attempt }: { readonly payment: Payment; readonly attempt: Attempt }, { amount, fee, moment, start }: Part): Outcome {
  const body = moment.id();
  const lessened = lessen({ ...payment, pending: payment.pending + amount }, fee);
  const refund = makeRefund(command, { payment, attempt, moment }, { id: refundId(body), kind: "refund", amount, feeReturned: fee, entryId: null, start });
  return accept("refund.created", { payment: lessened, attempt, refund, body, moment });
}

function lessen(payment: Payment, fee: bigint): Payment {
  const lessened: Payment = { ...payment, feeReturned: payment.feeReturned + fee, refunds: payment.refunds + 1 };
  assert(leftToRefund(lessened) >= 0n, "never refunds beyond what was captured");
  assert(lessened.feeReturned <= lessened.feeTaken, "never returns more fee than was taken");
  return lessened;
}

/** An authorization is given up whole: no money moved, so there is no entry and nothing counts as refunded. */
function release(
  command: RefundPayment,
  { payment, attempt }: { readonly payment: Payment; readonly attempt: Attempt },
  moment: Moment,
): Outcome {
  const found = { payment, attempt };
  if (payment.intent) return refuse({ code: "nothing_captured", ...found });
  const no = checkAmount(command, found, payment.authorized);
  if (no) return no;
  if (command.money && command.money.amount < payment.authorized) return refuse({ code: "release_in_part", ...found });
  const body = moment.id();
  const refund = makeRefund(command, { payment, attempt, moment }, {
    id: refundId(body),
    kind: "release",
    amount: payment.authorized,
    feeReturned: 0n,
    entryId: null,
    start: DONE,
  });
  return accept("refund.created", {
    payment: { ...payment, state: "canceled", deadline: null, feeTaken: 0n, refunds: payment.refunds + 1 },
    attempt: { ...attempt, state: "canceled", updatedAt: moment.now },
    refund,
    body,
    moment,
  });
}

/** Where the customer can be asked; null where nobody has told. */
export function addressOf({ askAt }: RefundPayment, attempt: Attempt): string | null {
  if (askAt === null) return null;
  return askAt.given ?? (Object.hasOwn(attempt.notes, askAt.orFrom) ? (attempt.notes[askAt.orFrom] ?? null) : null);
}

function makeRefund(
  command: RefundPayment,
  on: { readonly payment: Payment; readonly attempt: Attempt; readonly moment: Moment },
  { start, ...what }: Pick<Refund, "id" | "kind" | "amount" | "feeReturned" | "entryId"> & { readonly start: RefundBegun },
): Refund {
  return {
    ...what,
    merchant: on.payment.merchant,
    paymentId: on.payment.id,
    attemptId: on.attempt.id,
    createdAt: on.moment.now,
    updatedAt: on.moment.now,
    state: start.state,
    due: start.due,
    failure: null,
    failureEntryId: null,
    channel: command.channel,
    instrument: on.attempt.instrument.kind,
    currency: on.payment.currency,
    reversed: null,
    reference: command.reference,
    notes: start.state === "requires_action" ? withAddress(command, on.attempt) : command.notes,
  };
}

function withAddress(command: RefundPayment, attempt: Attempt): Notes {
  const address = addressOf(command, attempt);
  return command.askAt === null || address === null ? command.notes : { ...command.notes, [command.askAt.keptAs]: address };
}

function checkCurrency({ money }: RefundPayment, found: Found): Refused | null {
  const currency = money?.currency ?? found.payment.currency;
  if (money === null || currency === found.payment.currency) return null;
  return refuse({ code: "currency_differs", asked: { amount: money.amount, currency }, ...found });
}

function checkAmount(command: RefundPayment, found: Found, left: bigint): Refused | null {
  const { payment } = found;
  if (payment.dispute === "chargeback") return refuse({ code: "disputed", ...found });
  if (command.money === null) return null;
  const asked = moneyOf(payment, command.money.amount);
  assert(asked.amount > 0n, "a refund's amount is more than zero");
  if (asked.amount <= left) return null;
  return refuse({ code: "amount_exceeds_left", asked, left: moneyOf(payment, left), ...found });
}

function checkLimits(command: RefundPayment, found: Found, moment: Moment): Refused | null {
  const { payment } = found;
  if (command.ageMax !== null && moment.now - payment.createdAt > command.ageMax) {
    return refuse({ code: "too_old", ...found });
  }
  if (command.refundsMax !== null && payment.refunds >= command.refundsMax) {
    return refuse({ code: "too_many_refunds", max: command.refundsMax, ...found });
  }
  return null;
}

/** Whether there is a fee and a transfer at all, of which something is to come back. */
function checkConnect({ fee, reversesTransfer = false }: RefundPayment, found: Found): Refused | null {
  const { connect, feeTaken } = found.payment;
  if (reversesTransfer && connect?.role !== "destination") return refuse({ code: "no_transfer", ...found });
  const taken = connect?.role === "destination" || connect?.role === "transfer" ? connect.fee : feeTaken;
  return fee.kind === "share" && fee.required === true && taken === 0n ? refuse({ code: "no_fee", ...found }) : null;
}

/**
 * A proportional share is floor(fee * refunded so far / captured) less what was given back before, so that shares never
 * drift and the last refund clears the fee to zero.
 */
function feeToReturn(command: RefundPayment, payment: Payment, amount: bigint): bigint {
  switch (command.fee.kind) {
    case "none":
      return 0n;
    case "exact":
      return command.fee.amount;
    case "share": {
      const due = (payment.feeTaken * (payment.refunded + payment.pending + amount)) / payment.captured;
      const share = due - payment.feeReturned;
      return share < 0n ? 0n : share;
    }
  }
}
