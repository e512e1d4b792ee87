/**
 * Proof of the book, payment by payment: every total is counted again from the rows it stands for.
 * Each finding names the invariant it breaks; an empty list is the proof.
 */
import { checkCash } from "./audit-cash.ts";
import { checkDisputes } from "./audit-disputes.ts";
import type { Dispute } from "./dispute.ts";
import { entryHash, isOutward, JOURNAL_START, type Account, type Entry } from "./journal.ts";
import { leftToRefund, moneyOf, type Attempt, type Payment } from "./payment.ts";
import type { Event, Snapshot } from "./event.ts";
import type { Refund } from "./refund.ts";
import { PAYMENT_STEPS, REFUND_STEPS, REFUND_WEIGHT, type RefundState } from "./states.ts";

/** Everything the book holds about one payment. Entries by number, events by version, refunds by id. */
export type Dossier = {
  readonly payment: Payment;
  readonly attempts: readonly Attempt[];
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
  readonly entries: readonly Entry[];
  readonly events: readonly Event[];
};

export const INVARIANTS = {
  balanced: "every entry has postings, each of more than nothing, between two accounts",
  bounded: "0 <= refunded + under way + charged back <= captured <= authorized <= requested",
  counted: "totals on the payment are the sums of its refunds, of its dispute and of its postings",
  currency: "payment, refunds and entries are of one currency, and amounts are more than zero",
  chained: "the journal is numbered without a gap and its hash chain is unbroken",
  stepped: "states follow the state graphs, and whatever moved money has exactly one entry for it",
  told: "each version of a payment has exactly one event",
  referred: "a row that one row names is there, belongs to the same payment, and is what it is named as",
} as const;

export type Invariant = keyof typeof INVARIANTS;
export type Finding = { readonly invariant: Invariant; readonly payment: string; readonly message: string };

/** So many findings of one payment are told: one with a lost entry and a hundred thousand refunds is told in a page. */
export const FINDINGS_OF_PAYMENT_MAX = 100;

export function auditPayment(dossier: Dossier): Finding[] {
  const findings: Finding[] = [];
  const check: Check = (invariant, holds, message) => {
    if (!holds && findings.length < FINDINGS_OF_PAYMENT_MAX) findings.push({ invariant, payment: dossier.payment.id, message });
  };
  checkBounds(dossier, check);
  checkJournal(dossier, check);
  checkTotals(dossier, check);
  checkRefunds(dossier, check);
  checkDisputes(dossier, check);
  checkCash(dossier, check);
  checkEvents(dossier, check);
  checkSteps(dossier, check);
  checkReferences(dossier, check);
  return findings;
}

export type Check = (invariant: Invariant, holds: boolean, message: string) => void;

function checkBounds({ payment, attempts }: Dossier, check: Check): void {
  const { requested, authorized, captured, refunded, pending, disputed, feeTaken, feeReturned } = payment;
  const held = refunded >= 0n && pending >= 0n && disputed >= 0n && leftToRefund(payment) >= 0n;
  check("bounded", held, `refunded ${refunded}, under way ${pending} and charged back ${disputed} of ${captured}`);
  check("bounded", captured <= authorized && authorized <= requested && requested > 0n, `captured ${captured}, authorized ${authorized}, requested ${requested}`);
  const { toCapture, deadline, state } = payment;
  check("bounded", toCapture === null || (toCapture > 0n && toCapture <= authorized), `${toCapture ?? 0n} is to be captured of ${authorized} authorized`);
  const waits = deadline === null || state === "authorized" || (state === "initiated" && deadline.act === "capture");
  check("stepped", waits, `the payment is ${state}, and something is to happen to it by itself`);
  check("bounded", feeReturned >= 0n && feeReturned <= feeTaken, `fee returned ${feeReturned} of ${feeTaken}`);
  check("bounded", (payment.state === "captured") === captured > 0n, `${payment.state} with ${captured} captured`);
  check("counted", attempts.length === payment.attempts, `${attempts.length} attempts where ${payment.attempts} were counted`);
  const latest = attempts.find((attempt) => attempt.id === payment.latestAttempt);
  const same = payment.state === "open" || payment.intent ? true : latest?.state === payment.state;
  check("stepped", same, `the payment is ${payment.state}, its latest attempt ${latest?.state ?? "missing"}`);
  check("stepped", attempts.filter((attempt) => attempt.state === "captured").length <= 1, "more than one attempt was captured");
}

function checkJournal({ payment, entries }: Dossier, check: Check): void {
  let before = JOURNAL_START;
  for (const [i, entry] of entries.entries()) {
    check("chained", entry.number === i + 1, `entry ${entry.number} stands at place ${i + 1}`);
    check("chained", entry.hash === entryHash(before, entry), `entry ${entry.number} was changed`);
    check("currency", entry.currency === payment.currency, `entry ${entry.number} is in ${entry.currency}`);
    check("balanced", entry.postings.length > 0, `entry ${entry.number} has no posting`);
    for (const { debit, credit, amount } of entry.postings) {
      check("balanced", amount > 0n && debit !== credit, `entry ${entry.number} posts ${amount} from ${debit} to ${credit}`);
    }
    before = entry.hash;
  }
  check("chained", entries.length === payment.entries, `${entries.length} entries where ${payment.entries} were written`);
  check("chained", before === payment.journalHead, "the last entry is not the one that the payment holds");
}

function checkTotals({ payment, entries, refunds }: Dossier, check: Check): void {
  const money: readonly Account[] = ["clearing", "outside"];
  let [takenIn, givenBack, feeOut, feeBack, feeBackAlone] = [0n, 0n, 0n, 0n, 0n];
  for (const { kind, postings } of entries) {
    // What a bank took back, and brought again, was neither taken in nor given back: the dispute answers for it.
    if (kind === "chargeback" || kind === "chargeback_reversal") continue;
    for (const posting of postings) {
      const { amount } = posting;
      // A transfer goes out where others come in.
      const { debit, credit } = isOutward(payment) ? { debit: posting.credit, credit: posting.debit } : posting;
      if (kind === "fee_return") {
        // The processor keeps what comes back, and nothing of the payment itself is given back.
        if (debit === "application_fees") feeBackAlone += amount;
        continue;
      }
      if (kind === "refund_failure") {
        // The opposite of a refund: what it takes in was never given back.
        if (money.includes(debit)) givenBack -= amount;
        if (credit === "application_fees") feeBack -= amount;
        continue;
      }
      if (money.includes(debit)) takenIn += amount;
      if (money.includes(credit)) givenBack += amount;
      if (credit === "application_fees") feeOut += amount;
      if (debit === "application_fees") feeBack += amount;
    }
  }
  check("counted", takenIn === payment.captured, `postings take in ${takenIn}, the payment says ${payment.captured}`);
  check("counted", givenBack === payment.refunded, `postings give back ${givenBack}, the payment says ${payment.refunded}`);
  if (payment.state === "captured") {
    check("counted", feeOut === payment.feeTaken, `postings take a fee of ${feeOut}, the payment says ${payment.feeTaken}`);
  }

  const counted = refunds.filter((refund) => refund.kind === "refund");
  const sum = (weight: "refunded" | "pending") =>
    counted.reduce((total, refund) => total + (REFUND_WEIGHT[refund.state] === weight ? refund.amount : 0n), 0n);
  check("counted", sum("refunded") === payment.refunded, `refunds sum to ${sum("refunded")}, the payment says ${payment.refunded}`);
  check("counted", sum("pending") === payment.pending, `refunds under way sum to ${sum("pending")}, the payment says ${payment.pending}`);
  const [returned, promised] = [feeOf(counted, "refunded"), feeOf(counted, "pending")];
  check("counted", feeBack === returned, `postings return a fee of ${feeBack}, the refunds say ${returned}`);
  check("counted", returned + promised + feeBackAlone === payment.feeReturned, `refunds return a fee of ${returned} and promise ${promised}, ${feeBackAlone} came back alone, the payment says ${payment.feeReturned}`);
  check("counted", refunds.length === payment.refunds, `${refunds.length} refunds where ${payment.refunds} were counted`);
}

/** What of the application's fee goes back with the refunds that weigh so. */
export function feeOf(refunds: readonly Refund[], weight: "refunded" | "pending"): bigint {
  return refunds.reduce((total, refund) => total + (REFUND_WEIGHT[refund.state] === weight ? refund.feeReturned : 0n), 0n);
}

function checkRefunds({ payment, entries, refunds }: Dossier, check: Check): void {
  const moved = new Map(entries.map((entry) => [entry.id, entry]));
  for (const refund of refunds) {
    check("currency", refund.currency === payment.currency, `refund ${refund.id} is in ${refund.currency}`);
    check("currency", refund.amount > 0n, `refund ${refund.id} is of ${refund.amount}`);
    if (refund.kind === "release") continue;
    const entry = refund.entryId === null ? undefined : moved.get(refund.entryId);
    const mine = entry?.refundId === refund.id;
    check("stepped", REFUND_WEIGHT[refund.state] !== "refunded" || mine, `refund ${refund.id} succeeded without an entry of its own`);
    // A fee that comes back waits for no word of its own, but for that of the refund that it comes back with.
    const waits = refund.due !== null || payment.connect?.role === "fee";
    check("stepped", waits || (refund.state !== "pending" && refund.state !== "requires_action"), `refund ${refund.id} is ${refund.state}, and nobody will ever tell more`);
    checkFailure(refund, { entry, undone: refund.failureEntryId === null ? undefined : moved.get(refund.failureEntryId) }, check);
  }
  const refundEntries = entries.filter((entry) => entry.kind === "refund");
  check("stepped", refundEntries.length === new Set(refundEntries.map((entry) => entry.refundId)).size, "a refund has two entries");
}

/** What failed after it had succeeded was undone, posting by posting, and nothing else was. */
function checkFailure(refund: Refund, { entry, undone }: { readonly entry: Entry | undefined; readonly undone: Entry | undefined }, check: Check): void {
  const { id, state, due, failure, entryId, failureEntryId } = refund;
  check("stepped", (failureEntryId !== null) === (state === "failed" && entryId !== null), `refund ${id} is ${state} with ${entryId === null ? "no entry" : "an entry"} and ${failureEntryId === null ? "none" : "one"} that undoes it`);
  check("stepped", failure === null || state === "failed", `refund ${id} is ${state}, and says why it failed`);
  check("stepped", due === null || ["pending", "requires_action", "succeeded"].includes(state), `refund ${id} is ${state}, and waits for more`);
  if (failureEntryId === null || entry === undefined) return;
  const back = undone?.postings.map(({ debit, credit, amount }) => `${credit}>${debit}:${amount}`).join();
  const there = entry.postings.map(({ debit, credit, amount }) => `${debit}>${credit}:${amount}`).join();
  check("stepped", undone?.kind === "refund_failure" && undone.refundId === id && back === there, `refund ${id} failed, and its entry is not undone by an equal and opposite one`);
}

/** The state that an event says a refund has come to; null where it says nothing of that. */
const TOLD_STATES: Partial<Readonly<Record<Event["kind"], RefundState>>> = {
  "refund.pending": "pending",
  "refund.succeeded": "succeeded",
  "refund.rejected": "rejected",
  "refund.failed": "failed",
  "refund.canceled": "canceled",
};

function checkSteps({ events, refunds }: Dossier, check: Check): void {
  const last = new Map<string, RefundState>();
  for (const { kind, refundId } of events) {
    const next = TOLD_STATES[kind];
    if (next === undefined || refundId === null) continue;
    const before = last.get(refundId);
    check("stepped", before === undefined || REFUND_STEPS[before].includes(next), `refund ${refundId} went from ${before ?? "its beginning"} to ${next}`);
    last.set(refundId, next);
  }
  for (const { id, state } of refunds) {
    const told = last.get(id);
    const stands = told === undefined ? ["pending", "requires_action", "succeeded", "rejected"].includes(state) : told === state;
    check("told", stands, `refund ${id} is ${state}, and the last that was told of it is ${told ?? "its beginning"}`);
  }
}

function checkEvents({ payment, events, refunds }: Dossier, check: Check): void {
  check("told", events.length === payment.version, `${events.length} events for version ${payment.version}`);
  let state: Payment["state"] = "open";
  for (const [i, event] of events.entries()) {
    check("told", event.version === i + 1, `event of version ${event.version} stands at place ${i + 1}`);
    const own = event.kind !== "refund.created" || String(event.refundId) === String(event.id);
    check("told", own, `event ${event.id} tells of refund ${event.refundId ?? "none"}, and not of the one that shares its id`);
    const next = event.after.state;
    // Only those who report may try again after they canceled.
    const ended = state === "canceled" && next !== state && payment.origin === "processed";
    check("stepped", !ended && (next === state || PAYMENT_STEPS[state].includes(next)), `went from ${state} to ${next}`);
    state = next;
  }
  const last = events.at(-1)?.after;
  check("told", last !== undefined && isSnapshotOf(last, payment), "the last event does not leave the totals that the payment has");
  const told = events.filter((event) => event.kind === "refund.created").map((event) => event.refundId);
  check("told", told.length === refunds.length && new Set(told).size === told.length, `${told.length} refunds told of ${refunds.length}`);
}

function checkReferences({ payment, attempts, refunds, entries, events }: Dossier, check: Check): void {
  const { captureEntry, capturedAt, latestAttempt, origin } = payment;
  const captures = entries.filter((entry) => entry.kind === "capture");
  const [capture] = captures;
  // A customer's cash grows by one with each time that more of it comes in.
  const isCounted = payment.state === "captured" && payment.connect?.role === "cash" ? captures.length > 0 : captures.length === (payment.state === "captured" ? 1 : 0);
  check("referred", isCounted, `${payment.state} with ${captures.length} entries of a capture`);
  check("referred", captureEntry === (capture?.id ?? null), `the payment names ${captureEntry ?? "none"} as the entry of its capture, which is ${capture?.id ?? "none"}`);
  check("referred", capturedAt === (capture?.createdAt ?? null), `captured at ${capturedAt ?? "no time"}, and its entry is of ${capture?.createdAt ?? "no time"}`);
  const known = new Set(attempts.map((attempt) => attempt.id));
  check("referred", latestAttempt === null ? attempts.length === 0 : known.has(latestAttempt), `the latest attempt ${latestAttempt ?? "none"} is none of its ${attempts.length}`);
  const latest = attempts.find(({ id }) => id === latestAttempt);
  if (payment.state === "authorized" || payment.state === "captured") {
    const isWhose = latest?.customer === payment.customer && latest?.onFile === payment.onFile;
    check("referred", isWhose, `the payment is of customer ${payment.customer ?? "none"} with ${payment.onFile ?? "nothing"} on file, its latest attempt of ${latest?.customer ?? "none"} with ${latest?.onFile ?? "nothing"}`);
    const asked = latest?.requested ?? moneyOf(payment, payment.requested);
    const isFor = asked.amount === payment.requested && asked.currency === payment.currency;
    check("counted", isFor, `the payment is of ${payment.requested} ${payment.currency}, its latest attempt was for ${asked.amount} ${asked.currency}`);
  }
  const given = new Map(refunds.map((refund) => [refund.id, refund]));
  for (const { id, attemptId, kind, entryId, reversed } of refunds) {
    check("referred", reversed === null || payment.connect?.role === "destination", `refund ${id} reversed ${reversed ?? 0n} of a transfer, and its payment did not go on by one`);
    check("referred", known.has(attemptId), `refund ${id} is of attempt ${attemptId}, which is none of the payment's`);
    check("referred", kind === "refund" || entryId === null, `refund ${id} is a release, and names an entry`);
  }
  const foreign: Account = origin === "processed" ? "outside" : "clearing";
  for (const { id, kind, refundId, postings } of entries) {
    const strays = postings.some(({ debit, credit }) => debit === foreign || credit === foreign);
    check("referred", !strays, `entry ${id} moves money ${foreign}, and the payment was ${origin}`);
    const refund = refundId === null ? undefined : given.get(refundId);
    check("referred", isNamed({ id, kind, refundId }, refund), `entry ${id} is of ${refundId ?? "no refund"}, which does not name it`);
  }
  for (const { id, attemptId } of events) {
    check("referred", attemptId === null || known.has(attemptId), `event ${id} tells of attempt ${attemptId ?? "none"}, which is none of the payment's`);
  }
}

/** Whether the refund that an entry names, names it too. Those of a dispute are named by that alone. */
function isNamed({ id, kind, refundId }: Pick<Entry, "id" | "kind" | "refundId">, refund: Refund | undefined): boolean {
  switch (kind) {
    case "capture":
    case "chargeback":
    case "chargeback_reversal":
    case "fee_return":
      return refundId === null;
    case "refund":
      return id === refund?.entryId;
    case "refund_failure":
      return id === refund?.failureEntryId;
  }
}

function isSnapshotOf(after: Snapshot, payment: Payment): boolean {
  const { state, authorized, captured, refunded, pending, disputed, feeTaken, feeReturned } = payment;
  const totals = [state, authorized, captured, refunded, pending, disputed, feeTaken, feeReturned];
  const said = [after.state, after.authorized, after.captured, after.refunded, after.pending, after.disputed, after.feeTaken, after.feeReturned];
  return totals.every((total, i) => total === said[i]);
}
