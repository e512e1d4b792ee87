/**
 * Disputes: begun by a processor, answered by the merchant, judged by the bank. Money that a bank takes back counts as gone from the
 * moment on in which it is charged back until the dispute is won, and each time it moves an entry says so.
 */
import { assert, present } from "../base/assert.ts";
import { accept } from "./accept.ts";
import { notesFull, type Found } from "./change-payment.ts";
import type { CloseDispute, DisputeStart, DisputeVerdict, RespondToDispute } from "./command.ts";
import { EVIDENCE_LENGTH_MAX, type Dispute } from "./dispute.ts";
import { disputeId, entryId, type Millis } from "./id.ts";
import { chargebackPostings, reversalPostings, writeEntry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import { NO_NOTES, patchNotes } from "./notes.ts";
import { refuse, type Accepted, type Outcome } from "./outcome.ts";
import { leftToRefund, type Payment } from "./payment.ts";
import { DISPUTE_STANDING, DISPUTE_STEPS, type DisputeState } from "./states.ts";

export type FoundDispute = Found & { readonly dispute: Dispute };

/** What a processor brings upon a payment that was captured. It is about what was not refunded yet. */
export function openDispute({ payment, attempt }: Found, start: DisputeStart, moment: Moment): Accepted {
  assert(payment.disputeId === null && leftToRefund(payment) > 0n, "a payment has one dispute at most, and something that it is about");
  const body = moment.id();
  const dispute: Dispute = {
    merchant: payment.merchant,
    id: disputeId(body),
    paymentId: payment.id,
    attemptId: present(attempt, "the attempt that is disputed").id,
    createdAt: moment.now,
    updatedAt: moment.now,
    state: start.state,
    reason: start.reason,
    networkReason: start.networkReason,
    currency: payment.currency,
    amount: leftToRefund(payment),
    fee: 0n,
    respondBy: start.respondBy,
    submissions: 0,
    due: start.due,
    entryId: null,
    reversalEntryId: null,
    evidence: NO_NOTES,
    notes: NO_NOTES,
  };
  const found = { payment: { ...payment, disputeId: dispute.id }, attempt, dispute };
  return start.state === "needs_response" ? withdraw(found, start, { body, moment }) : tell(found, { body, moment });
}

/** `reviewedBy`: when the processor will have judged this evidence, if it knows; asked only where the evidence is handed in. */
export function respondToDispute(
  command: RespondToDispute,
  found: FoundDispute,
  { reviewedBy, moment }: { readonly reviewedBy: (evidence: Dispute["evidence"]) => Millis | null; readonly moment: Moment },
): Outcome {
  const { dispute } = found;
  const notes = patchNotes(dispute.notes, command.notes);
  if (notes === null) return notesFull(command.notes, found);
  const described = { ...dispute, notes, updatedAt: moment.now };
  const made = { body: moment.id(), moment };
  const responds = command.submit || Object.keys(command.evidence).length > 0;
  if (!responds) return accept("dispute.described", { ...found, dispute: described, ...made });
  const next = UNDER_REVIEW[dispute.state];
  if (next === undefined) return refuse({ code: "dispute_state_forbids", act: "respond", ...found });
  const evidence = patchNotes(dispute.evidence, { set: command.evidence }) ?? NO_NOTES;
  const length = Object.values(evidence).reduce((sum, text) => sum + text.length, 0);
  if (length > EVIDENCE_LENGTH_MAX) return refuse({ code: "evidence_too_long", length, max: EVIDENCE_LENGTH_MAX, ...found });
  // Nothing cannot be handed in.
  if (!command.submit || length === 0) return accept("dispute.described", { ...found, dispute: { ...described, evidence }, ...made });
  return move(found, { ...described, evidence, state: next, submissions: dispute.submissions + 1, due: reviewedBy(evidence) }, made);
}

/** Where evidence is still taken, and where it leads. */
const UNDER_REVIEW: Readonly<Partial<Record<DisputeState, DisputeState>>> = {
  warning_needs_response: "warning_under_review",
  needs_response: "under_review",
};

export function closeDispute(_command: CloseDispute, found: FoundDispute, moment: Moment): Outcome {
  const { dispute } = found;
  switch (dispute.state) {
    case "needs_response":
      return end(found, "lost", moment);
    case "warning_needs_response":
      return end(found, "warning_closed", moment);
    default:
      return refuse({ code: "dispute_state_forbids", act: "close", ...found });
  }
}

/** `verdict` is asked for only when the dispute's time has come. */
export function advanceDispute(found: FoundDispute, { verdict, moment }: { readonly verdict: () => DisputeVerdict; readonly moment: Moment }): Outcome {
  const { due } = found.dispute;
  if (due === null || due > moment.now) return refuse({ code: "dispute_not_due", ...found });
  const said = verdict();
  switch (said.state) {
    case "needs_response":
      // Of an inquiry whose payment was refunded meanwhile nothing is left that could be charged back.
      return leftToRefund(found.payment) === 0n ? end(found, "warning_closed", moment) : withdraw(found, said, { body: moment.id(), moment });
    case "won":
      return giveBack(found, moment);
    case "lost":
    case "warning_closed":
      return end(found, said.state, moment);
  }
}

type Made = { readonly body: string; readonly moment: Moment };

/** The bank takes back what is left of the payment, and the processor its fee. */
function withdraw(found: FoundDispute, { fee, respondBy, due }: Extract<DisputeVerdict, { state: "needs_response" }>, { body, moment }: Made): Accepted {
  const { payment, attempt, dispute } = found;
  const amount = leftToRefund(payment);
  const written = writeEntry(
    { ...payment, disputed: payment.disputed + amount },
    { id: entryId(body), kind: "chargeback", refundId: null, createdAt: moment.now, postings: chargebackPostings(amount, fee) },
  );
  const taken: Dispute = { ...dispute, state: "needs_response", amount, fee, respondBy, due, entryId: written.entry.id, updatedAt: moment.now };
  const from = { payment: written.payment, attempt, dispute };
  return dispute.state === taken.state ? tell({ ...from, dispute: taken }, { body, moment }, written.entry) : move(from, taken, { body, moment }, written.entry);
}

/** A dispute that was won: the money is the merchant's again, and may be refunded. */
function giveBack({ payment, attempt, dispute }: FoundDispute, moment: Moment): Accepted {
  const body = moment.id();
  const written = writeEntry(
    { ...payment, disputed: payment.disputed - dispute.amount },
    { id: entryId(body), kind: "chargeback_reversal", refundId: null, createdAt: moment.now, postings: reversalPostings(dispute.amount) },
  );
  const won: Dispute = { ...dispute, state: "won", due: null, reversalEntryId: written.entry.id, updatedAt: moment.now };
  return move({ payment: written.payment, attempt, dispute }, won, { body, moment }, written.entry);
}

function end(found: FoundDispute, state: "lost" | "warning_closed", moment: Moment): Accepted {
  return move(found, { ...found.dispute, state, due: null, updatedAt: moment.now }, { body: moment.id(), moment });
}

function move(from: FoundDispute, to: Dispute, made: Made, entry?: Accepted["entry"]): Accepted {
  assert(DISPUTE_STEPS[from.dispute.state].includes(to.state), `a dispute goes from ${from.dispute.state} to ${to.state}`);
  return tell({ ...from, dispute: to }, made, entry);
}

function tell({ payment, attempt, dispute }: FoundDispute, made: Made, entry: Accepted["entry"] = null): Accepted {
  const standing: Payment = { ...payment, dispute: DISPUTE_STANDING[dispute.state] };
  assert(standing.disputed >= 0n && leftToRefund(standing) >= 0n, "never takes back more than was captured and not refunded");
  return accept(`dispute.${dispute.state}`, { payment: standing, attempt, dispute, entry, ...made });
}
