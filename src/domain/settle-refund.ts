/**
 * What becomes of a refund after it was made: described, ended while it waits for its customer, or moved on by its processor.
 * Its weight on the payment moves with its state, and money that moved has an entry each time.
 */
import { assert } from "../base/assert.ts";
import { accept } from "./accept.ts";
import { notesFull, type Found } from "./change-payment.ts";
import type { DescribeRefund, EndRefund, RefundVerdict } from "./command.ts";
import type { EventKind } from "./event.ts";
import { entryId } from "./id.ts";
import { failurePostings, refundPostings, writeEntry, type Entry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import { patchNotes } from "./notes.ts";
import { refuse, type Accepted, type Outcome } from "./outcome.ts";
import { leftToRefund, type Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";
import { REFUND_STEPS, REFUND_WEIGHT, type RefundState } from "./states.ts";

export type FoundRefund = Found & { readonly refund: Refund };

export function describeRefund(command: DescribeRefund, found: FoundRefund, moment: Moment): Outcome {
  const notes = patchNotes(found.refund.notes, command.notes);
  if (notes === null) return notesFull(command.notes, found);
  const refund = { ...found.refund, notes, updatedAt: moment.now };
  return accept("refund.described", { payment: found.payment, attempt: found.attempt, refund, body: moment.id(), moment });
}

export function endRefund({ outcome }: EndRefund, found: FoundRefund, moment: Moment): Outcome {
  if (found.refund.state !== "requires_action") {
    return refuse({ code: "refund_state_forbids", act: outcome === "canceled" ? "cancel" : "fail", ...found });
  }
  return settle(found, outcome === "canceled" ? { state: outcome, due: null } : { state: outcome, failure: "expired", due: null }, moment);
}

/** `verdict` is asked for only when the refund's time has come. */
export function advanceRefund(found: FoundRefund, { verdict, moment }: { readonly verdict: () => RefundVerdict; readonly moment: Moment }): Outcome {
  const { due } = found.refund;
  if (due === null || due > moment.now) return refuse({ code: "not_due", ...found });
  return settle(found, verdict(), moment);
}

/** A fee comes back by a refund of its own in another book, and is settled as the refund is that it came back with. */
export function settleAlong(found: FoundRefund, { state, failure }: Pick<Refund, "state" | "failure">, moment: Moment): Accepted | null {
  if (state === "pending" || state === "requires_action" || state === found.refund.state) return null;
  const outcome = settle(found, state === "failed" ? { state, failure: failure ?? "expired", due: null } : { state, due: null }, moment);
  assert(outcome.accepted, `a fee is settled as the refund ${found.refund.id} is`);
  return outcome;
}

type Settlement = RefundVerdict | { readonly state: "canceled"; readonly due: null };

const TOLD: Readonly<Record<Settlement["state"], EventKind>> = {
  pending: "refund.pending",
  succeeded: "refund.succeeded",
  rejected: "refund.rejected",
  failed: "refund.failed",
  canceled: "refund.canceled",
};

function settle({ payment, attempt, refund }: FoundRefund, to: Settlement, moment: Moment): Outcome {
  assert(refund.kind === "refund" && refund.channel === "executed", `only what a processor does goes on, and refund ${refund.id} is a ${refund.kind} that was ${refund.channel}`);
  assert(REFUND_STEPS[refund.state].includes(to.state), `a refund goes from ${refund.state} to ${to.state}`);
  const body = moment.id();
  const moved: Refund = { ...refund, state: to.state, due: to.due, failure: to.state === "failed" ? to.failure : null, updatedAt: moment.now };
  const weighed = weigh(payment, refund, to.state);
  const draft = { id: entryId(body), refundId: refund.id, createdAt: moment.now };
  const tell = (now: Payment, settled: Refund, entry?: Entry) => accept(TOLD[to.state], { payment: now, attempt, refund: settled, entry: entry ?? null, body, moment });
  if (to.state === "succeeded") {
    const written = writeEntry(weighed, { ...draft, kind: "refund", postings: refundPostings(payment, refund.amount, refund.feeReturned) });
    return tell(written.payment, { ...moved, entryId: written.entry.id }, written.entry);
  }
  if (refund.state === "succeeded") {
    const written = writeEntry(weighed, { ...draft, kind: "refund_failure", postings: failurePostings(payment, refund.amount, refund.feeReturned) });
    return tell(written.payment, { ...moved, failureEntryId: written.entry.id }, written.entry);
  }
  return tell(weighed, moved);
}

/** The payment with the refund taken out of where it weighed and put to where it weighs now. The fee that went with it is the application's again when it weighs nothing. */
function weigh(payment: Payment, { amount, feeReturned, state }: Refund, to: RefundState): Payment {
  const [from, onto] = [REFUND_WEIGHT[state], REFUND_WEIGHT[to]];
  const share = (weight: "refunded" | "pending") => (onto === weight ? amount : 0n) - (from === weight ? amount : 0n);
  const weighed: Payment = {
    ...payment,
    refunded: payment.refunded + share("refunded"),
    pending: payment.pending + share("pending"),
    feeReturned: onto === "none" ? payment.feeReturned - feeReturned : payment.feeReturned,
  };
  assert(weighed.refunded >= 0n && weighed.pending >= 0n && weighed.feeReturned >= 0n, "never takes back more than was given");
  assert(leftToRefund(weighed) >= 0n, "never refunds beyond what was captured");
  return weighed;
}
