/** The part of the proof that is about disputes: what a bank took back, and whether that is what the payment says. */
import type { Check, Dossier } from "./audit.ts";
import type { Dispute } from "./dispute.ts";
import type { Event } from "./event.ts";
import { chargebackPostings, reversalPostings, type Account, type Entry, type Posting } from "./journal.ts";
import { DISPUTE_STANDING, DISPUTE_STEPS, type DisputeState } from "./states.ts";

export function checkDisputes(dossier: Dossier, check: Check): void {
  const { payment, disputes, entries } = dossier;
  const [dispute] = disputes;
  check("counted", disputes.length <= 1, `${disputes.length} disputes of one payment`);
  check("referred", payment.disputeId === (dispute?.id ?? null), `the payment names ${payment.disputeId ?? "none"} as its dispute, which is ${dispute?.id ?? "none"}`);
  const held = balanceOf(entries, "disputes");
  check("counted", held === payment.disputed, `postings charge back ${held}, the payment says ${payment.disputed}`);
  const said = disputes.reduce((sum, one) => sum + chargedBack(one), 0n);
  check("counted", said === payment.disputed, `disputes charge back ${said}, the payment says ${payment.disputed}`);
  const [fees, feesSaid] = [balanceOf(entries, "dispute_fees"), feesOf(disputes)];
  check("counted", fees === feesSaid, `postings take fees of ${fees} for disputes, those say ${feesSaid}`);
  checkEntries(dossier, check);
  checkStates(dossier, check);
}

/** What the bank holds of a dispute. */
function chargedBack({ entryId, reversalEntryId, amount }: Dispute): bigint {
  return entryId !== null && reversalEntryId === null ? amount : 0n;
}

/** What processors took for disputes. */
export function feesOf(disputes: readonly Dispute[]): bigint {
  return disputes.reduce((sum, { fee }) => sum + fee, 0n);
}

function balanceOf(entries: readonly Entry[], account: Account): bigint {
  let sum = 0n;
  for (const { postings } of entries) {
    for (const { debit, credit, amount } of postings) {
      if (debit === account) sum += amount;
      if (credit === account) sum -= amount;
    }
  }
  return sum;
}

function checkEntries({ payment, attempts, disputes, entries }: Dossier, check: Check): void {
  const named = new Map<string | null, { readonly kind: Entry["kind"]; readonly postings: readonly Posting[] }>();
  for (const dispute of disputes) {
    const { id, attemptId, currency, amount, fee, entryId, reversalEntryId } = dispute;
    check("currency", currency === payment.currency && amount > 0n, `dispute ${id} is of ${amount} ${currency}`);
    check("referred", attempts.some((attempt) => attempt.id === attemptId), `dispute ${id} is of attempt ${attemptId}, which is none of the payment's`);
    if (entryId !== null) named.set(entryId, { kind: "chargeback", postings: chargebackPostings(amount, fee) });
    if (reversalEntryId !== null) named.set(reversalEntryId, { kind: "chargeback_reversal", postings: reversalPostings(amount) });
  }
  for (const { id, kind, postings } of entries) {
    if (kind !== "chargeback" && kind !== "chargeback_reversal") continue;
    const meant = named.get(id);
    check("referred", meant?.kind === kind, `entry ${id} is a ${kind}, and no dispute names it as that`);
    check("stepped", meant === undefined || written(meant.postings) === written(postings), `entry ${id} does not move what its dispute says`);
    named.delete(id);
  }
  for (const id of named.keys()) check("referred", false, `a dispute names entry ${id ?? "none"}, which is not there`);
}

function written(postings: readonly Posting[]): string {
  return postings.map(({ debit, credit, amount }) => `${debit}>${credit}:${amount}`).join();
}

/** The states that hold the money, or have held it. */
const WITHDRAWN: readonly DisputeState[] = ["needs_response", "under_review", "won", "lost"];
const ENDS: readonly DisputeState[] = ["warning_closed", "won", "lost"];

function checkStates({ payment, disputes, events }: Dossier, check: Check): void {
  const told = events.flatMap((event) => toldState(event) ?? []);
  const [dispute] = disputes;
  if (dispute === undefined) {
    check("told", told.length === 0, `${told.length} events tell of a dispute that is not there`);
    return;
  }
  const { id, state, due, fee, entryId, reversalEntryId } = dispute;
  const [first] = told;
  check("told", first !== undefined && String(first.id) === String(id), `dispute ${id} was begun by no event of its own`);
  for (const [i, { state: next }] of told.entries()) {
    const before = told[i - 1]?.state;
    const may = before === undefined ? next === "needs_response" || next === "warning_needs_response" : DISPUTE_STEPS[before].includes(next);
    check("stepped", may, `dispute ${id} went from ${before ?? "its beginning"} to ${next}`);
  }
  check("told", told.at(-1)?.state === state, `dispute ${id} is ${state}, and the last that was told of it is ${told.at(-1)?.state ?? "nothing"}`);
  check("stepped", payment.dispute === DISPUTE_STANDING[state], `dispute ${id} is ${state}, and its payment says ${payment.dispute}`);
  check("stepped", (entryId !== null) === WITHDRAWN.includes(state), `dispute ${id} is ${state} with ${entryId === null ? "no entry" : "an entry"} that takes the money`);
  check("stepped", (reversalEntryId !== null) === (state === "won"), `dispute ${id} is ${state} with ${reversalEntryId === null ? "no entry" : "an entry"} that brings the money back`);
  check("stepped", fee >= 0n && (fee === 0n || entryId !== null), `dispute ${id} is ${state} and cost ${fee}`);
  check("stepped", due === null || !ENDS.includes(state), `dispute ${id} is ${state}, and waits for more`);
}

/** The state that an event says a dispute has come to; null where it says nothing of that. */
const TOLD_STATES: Partial<Readonly<Record<Event["kind"], DisputeState>>> = {
  "dispute.warning_needs_response": "warning_needs_response",
  "dispute.warning_under_review": "warning_under_review",
  "dispute.warning_closed": "warning_closed",
  "dispute.needs_response": "needs_response",
  "dispute.under_review": "under_review",
  "dispute.won": "won",
  "dispute.lost": "lost",
};

function toldState({ id, kind }: Event): { readonly id: Event["id"]; readonly state: DisputeState } | null {
  const state = TOLD_STATES[kind];
  return state === undefined ? null : { id, state };
}
