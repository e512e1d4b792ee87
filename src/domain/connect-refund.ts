/**
 * What a refund brings to other books: the application's fee, and the transfer by which the charge had gone on, each in proportion. A share is what all
 * refunds so far have a claim to, rounded down, less what came back before: so shares never drift, and the last refund clears them to zero.
 */
import { assert, BrokenInvariant, present } from "../base/assert.ts";
import { accept } from "./accept.ts";
import type { Found } from "./change-payment.ts";
import type { RefundBegun, RefundPayment } from "./command.ts";
import { counterpartsOf, type Counterpart } from "./counterparts.ts";
import { entryId, type PaymentId, type RefundId } from "./id.ts";
import { feeReturnPostings, writeEntry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import { NO_NOTES } from "./notes.ts";
import type { Accepted, Outcome } from "./outcome.ts";
import type { Payment } from "./payment.ts";
import { refundPayment } from "./refund-payment.ts";
import type { Refund } from "./refund.ts";

export type Facts = { readonly find: (counterpart: Counterpart) => Found | null; readonly moment: Moment };

/** The refund with all that came back with it. */
export function withCounterparts(command: RefundPayment, done: Accepted, facts: Facts): Accepted {
  const { payment, refund } = done;
  const { connect } = payment;
  if (connect === null || refund === null || refund.kind === "release") return done;
  const counterparts = counterpartsOf(payment).map((one) => present(facts.find(one), `the ${connect.role}'s counterpart ${one.id}`));
  switch (connect.role) {
    case "charge":
      return refund.feeReturned === 0n ? done : { ...done, elsewhere: counterparts.map((fee) => giveBack(fee, { amount: refund.feeReturned, as: refund, moment: facts.moment })) };
    case "destination":
      return ofDestination(command, done, { counterparts, refund, moment: facts.moment });
    case "transfer":
      return ofTransfer(command, done, { counterparts, refund, moment: facts.moment });
    case "fee":
      return { ...done, elsewhere: counterparts.map((charged) => returnFee(charged, { amount: refund.amount, body: refund.id, moment: facts.moment })) };
    case "cash":
    case "unlinked":
      return done;
    case "received":
      throw new BrokenInvariant(`what was received by transfer ${payment.id} goes back by that alone`);
  }
}

type Around = { readonly counterparts: readonly Found[]; readonly refund: Refund; readonly moment: Moment };

function ofDestination(command: RefundPayment, done: Accepted, { counterparts, refund, moment }: Around): Accepted {
  const [transfer, received, fee] = counterparts;
  assert(transfer !== undefined && received !== undefined, "a destination has a transfer");
  const { payment } = done;
  const back = command.reversesTransfer === true ? share(transfer.payment.captured, payment, transfer.payment.refunded + transfer.payment.pending) : 0n;
  const sides = back === 0n ? [] : [giveBack(transfer, { amount: back, as: refund, of: refund.id, moment }), giveBack(received, { amount: back, as: refund, of: refund.id, moment })];
  // The fee is the account's, and none of the payment's own: it comes back only to who asks for it by its name.
  const fees = command.fee.kind === "share" && command.fee.required === true ? feeShare({ received, fee }, payment, { after: sides[1], moment }) : [];
  return { ...done, refund: { ...refund, reversed: back === 0n ? null : back }, elsewhere: [...sides, ...fees] };
}

function ofTransfer(command: RefundPayment, done: Accepted, { counterparts, refund, moment }: Around): Accepted {
  const [received, fee] = counterparts;
  assert(received !== undefined, "a transfer has been received");
  const side = giveBack(received, { amount: refund.amount, as: refund, moment });
  const fees = command.fee.kind === "share" ? feeShare({ received, fee }, done.payment, { after: side, moment }) : [];
  return { ...done, elsewhere: [side, ...fees] };
}

/** What of the fee goes back to whoever received, by what of the charge or of the transfer has come back so far. */
function feeShare({ received, fee }: { readonly received: Found; readonly fee: Found | undefined }, whole: Payment, { after, moment }: { readonly after: Accepted | undefined; readonly moment: Moment }): Accepted[] {
  const charged: Found = after ?? received;
  const { feeTaken, feeReturned } = charged.payment;
  const back = share(feeTaken, whole, feeReturned);
  if (fee === undefined || back === 0n) return [];
  const body = moment.id();
  const given = sideRefund(fee, { amount: back, reference: null, start: DONE, moment: { now: moment.now, id: () => body } });
  return [given, returnFee(charged, { amount: back, body, moment })];
}

/** `refunded` and what is under way, of all that was captured: so much of the total, less what came back before. */
function share(total: bigint, { refunded, pending, captured }: Payment, before: bigint): bigint {
  const back = (total * (refunded + pending)) / captured - before;
  return back < 0n ? 0n : back;
}

const DONE: RefundBegun = { state: "succeeded", due: null };

type Giving = { readonly amount: bigint; /** The refund whose id it shares, and how that begins. */ readonly as: Refund; readonly of?: RefundId; readonly moment: Moment };

/** The same refund in another book, under the same id. A fee follows the refund that it came back with; a transfer comes back at once. */
function giveBack(found: Found, { amount, as, of, moment }: Giving): Accepted {
  const isDone = as.state === "succeeded" || found.payment.connect?.role !== "fee";
  const start: RefundBegun = isDone ? DONE : { state: "pending", due: null };
  return sideRefund(found, { amount, reference: of ?? null, start, moment: { now: moment.now, id: () => as.id } });
}

type Side = { readonly amount: bigint; readonly reference: string | null; readonly start: RefundBegun; readonly moment: Moment };

function sideRefund(found: Found, { amount, reference, start, moment }: Side): Accepted {
  return accepted(refundPayment(refundOf(found.payment.id, amount, reference), found, { moment, start }));
}

function refundOf(id: PaymentId, amount: bigint, reference: string | null): RefundPayment {
  return {
    kind: "refund_payment", target: { by: "payment", id, as: "any" }, within: null, money: { amount, currency: null }, fee: { kind: "none" }, channel: "executed", reference, release: false,
    askAt: null, expectedVersion: null, refundsMax: null, ageMax: null, notes: NO_NOTES, paymentNotes: {},
  };
}

/** The charge that a fee was taken of has it back, without a refund of its own. */
function returnFee({ payment, attempt }: Found, { amount, body, moment }: { readonly amount: bigint; readonly body: string; readonly moment: Moment }): Accepted {
  const feeReturned = payment.feeReturned + amount;
  assert(feeReturned <= payment.feeTaken, "never returns more fee than was taken");
  const written = writeEntry({ ...payment, feeReturned }, { id: entryId(body), kind: "fee_return", refundId: null, createdAt: moment.now, postings: feeReturnPostings(payment, amount) });
  return accept("payment.fee_returned", { payment: written.payment, attempt, entry: written.entry, body, moment });
}

/** What stands in one book may go back in the other: both are captured, refunded and limited alike. */
function accepted(outcome: Outcome): Accepted {
  assert(outcome.accepted, `a counterpart refuses what its payment allows: ${outcome.accepted ? "" : outcome.refusal.code}`);
  return outcome;
}
