/** The guards that a database repeats as constraints, for the store that has none: all are asked before anything is saved. */
import { assert } from "../../base/assert.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Entry } from "../../domain/journal.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Payment } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import { profilesNamedBy } from "../../engine/named-profiles.ts";
import { DISPUTE_STEPS, REFUND_STEPS, type DisputeState } from "../../domain/states.ts";
import type { Refund } from "../../domain/refund.ts";
import type { Changes } from "../../engine/store.ts";
import { nameOfKey, type Shelf } from "./shelf.ts";

export function guard(changes: Changes, shelfOf: (merchant: MerchantId) => Shelf): void {
  const taken = new Taken();
  const added = new Set(changes.newPayments.map(({ merchant, id }) => `${merchant}/${id}`));
  const belongs = (row: { readonly merchant: MerchantId; readonly paymentId: string }): void => {
    const known = added.has(`${row.merchant}/${row.paymentId}`) || shelfOf(row.merchant).payments.get(row.paymentId) !== undefined;
    assert(known, `there is no payment ${row.paymentId} for this merchant`);
  };
  guardProfiles(changes, shelfOf, taken);
  for (const payment of changes.newPayments) {
    taken.once("payment", payment, shelfOf(payment.merchant).payments.get(payment.id) !== undefined);
    guardPayment(payment);
  }
  for (const { payment, loaded } of changes.changedPayments) {
    const version = shelfOf(payment.merchant).payments.get(payment.id)?.version;
    assert(version === loaded.version, `payment ${payment.id} is no longer at version ${loaded.version}`);
    guardPayment(payment);
  }
  for (const attempt of changes.newAttempts) {
    taken.once("attempt", attempt, shelfOf(attempt.merchant).attempts.get(attempt.id) !== undefined);
    belongs(attempt);
  }
  for (const { merchant, id } of changes.changedAttempts) {
    assert(shelfOf(merchant).attempts.get(id) !== undefined, `attempt ${id} is gone`);
  }
  guardCapturedOnce(changes, shelfOf);
  for (const refund of changes.newRefunds) {
    const shelf = shelfOf(refund.merchant);
    taken.once("refund", refund, shelf.refunds.get(refund.id) !== undefined);
    belongs(refund);
    guardRefund(refund);
    if (refund.channel !== "reported" || refund.reference === null) continue;
    const { merchant, reference } = refund;
    taken.once("reference", { merchant, id: reference }, shelf.references.has(reference));
  }
  for (const refund of changes.changedRefunds) {
    const before = shelfOf(refund.merchant).refunds.get(refund.id);
    assert(before !== undefined, `refund ${refund.id} is gone`);
    assert(before.state === refund.state || REFUND_STEPS[before.state].includes(refund.state), `refund ${refund.id} goes from ${before.state} to ${refund.state}`);
    const fixed = ({ paymentId, attemptId, amount, currency, feeReturned }: Refund) => [paymentId, attemptId, amount, currency, feeReturned].join();
    assert(fixed(before) === fixed(refund), `what refund ${refund.id} gives back, and of what, is never changed`);
    guardRefund(refund);
  }
  for (const dispute of changes.newDisputes) {
    const shelf = shelfOf(dispute.merchant);
    taken.once("dispute", dispute, shelf.disputes.get(dispute.id) !== undefined);
    taken.once("dispute of payment", { merchant: dispute.merchant, id: dispute.paymentId }, shelf.disputeOf.has(dispute.paymentId));
    belongs(dispute);
    guardDispute(dispute);
  }
  for (const dispute of changes.changedDisputes) {
    const before = shelfOf(dispute.merchant).disputes.get(dispute.id);
    assert(before !== undefined, `dispute ${dispute.id} is gone`);
    assert(before.state === dispute.state || leadsTo(before.state, dispute.state), `dispute ${dispute.id} goes from ${before.state} to ${dispute.state}`);
    const fixed = ({ paymentId, attemptId, currency, reason }: Dispute) => [paymentId, attemptId, currency, reason].join();
    const taken = ({ amount, fee, entryId }: Dispute) => [amount, fee, entryId].join();
    assert(fixed(before) === fixed(dispute) && (before.entryId === null || taken(before) === taken(dispute)), `what dispute ${dispute.id} is about, and what was taken, is never changed`);
    guardDispute(dispute);
  }
  for (const entry of changes.newEntries) {
    taken.once("entry", entry, shelfOf(entry.merchant).entries.get(entry.id) !== undefined);
    belongs(entry);
    guardEntry(entry);
  }
  for (const event of changes.newEvents) {
    taken.once("event", event, shelfOf(event.merchant).events.get(event.id) !== undefined);
    belongs(event);
  }
  for (const reply of changes.newKeys) {
    const name = nameOfKey(reply);
    taken.once("key", { merchant: reply.merchant, id: name }, shelfOf(reply.merchant).replies.has(name));
  }
}

function guardProfiles(changes: Changes, shelfOf: (merchant: MerchantId) => Shelf, taken: Taken): void {
  const { newProfiles, changedProfiles } = changes;
  for (const profile of newProfiles) {
    taken.once("profile", profile, shelfOf(profile.merchant).profiles.get(profile.id) !== undefined);
    guardProfile(profile);
  }
  for (const { profile, loaded } of changedProfiles) {
    const before = shelfOf(profile.merchant).profiles.get(profile.id);
    assert(before?.version === loaded.version, `profile ${profile.id} is no longer at version ${loaded.version}`);
    const fixed = ({ kind, instrument, token }: Profile) => JSON.stringify([kind, instrument, token]);
    assert(fixed(before) === fixed(profile), `what profile ${profile.id} is, is never changed`);
    guardProfile(profile);
  }
  const added = new Map(newProfiles.map((profile) => [`${profile.merchant}/${profile.id}`, profile]));
  for (const { merchant, id, kind } of profilesNamedBy(changes)) {
    const named = added.get(`${merchant}/${id}`) ?? shelfOf(merchant).profiles.get(id);
    assert(named?.kind === kind, `there is no ${kind} ${id} for this merchant`);
  }
}

function guardProfile({ id, kind, version, owner, preferred, email, instrument, token }: Profile): void {
  assert(version >= 1, `profile ${id} has no version`);
  const isInstrument = kind === "instrument";
  assert(isInstrument === (instrument !== null) && isInstrument === (token !== null), `profile ${id} is a ${kind} and does not say so`);
  assert(isInstrument || owner === null, `profile ${id} is a ${kind} and has an owner`);
  assert(kind === "customer" || (preferred === null && email === null), `profile ${id} is a ${kind} and has what only a customer may have`);
}

function guardPayment(payment: Payment): void {
  const { id, state, requested, authorized, toCapture, captured, refunded, pending, disputed, feeTaken, feeReturned, deadline } = payment;
  assert(requested > 0n && authorized <= requested && captured <= authorized, `payment ${id} takes more than it may`);
  assert(toCapture === null || (toCapture > 0n && toCapture <= authorized), `payment ${id} is to take more than was authorized`);
  assert(deadline === null || state === "authorized" || (state === "initiated" && deadline.act === "capture"), `payment ${id} is ${state}, and something is to happen to it by itself`);
  assert(refunded >= 0n && pending >= 0n, `payment ${id} has less than nothing refunded`);
  assert(disputed >= 0n && refunded + pending + disputed <= captured, `payment ${id} is refunded and charged back beyond what was captured`);
  assert(disputed === 0n || (payment.dispute === "chargeback" && payment.disputeId !== null), `payment ${id} has ${disputed} charged back and is not in dispute`);
  assert(feeReturned >= 0n && feeReturned <= feeTaken, `payment ${id} returns more fee than was taken`);
  assert((payment.state === "captured") === captured > 0n, `payment ${id} is ${payment.state} with ${captured} captured`);
  assert(payment.version >= 1, `payment ${id} has no version`);
}

function guardRefund({ id, kind, state, amount, feeReturned, entryId, failure, failureEntryId }: Refund): void {
  assert(amount > 0n, `refund ${id} is of ${amount}`);
  assert(feeReturned >= 0n, `refund ${id} returns less than no fee`);
  assert(kind === "release" || state !== "succeeded" || entryId !== null, `refund ${id} succeeded without an entry`);
  assert(failure === null || state === "failed", `refund ${id} is ${state} and says why it failed`);
  assert((failureEntryId !== null) === (state === "failed" && entryId !== null), `refund ${id} is ${state} with entries ${entryId ?? "none"} and ${failureEntryId ?? "none"}`);
}

/** A batch saves what a dispute has come to by its end, perhaps by several steps. The graph has no way back, so this ends. */
function leadsTo(from: DisputeState, to: DisputeState): boolean {
  return DISPUTE_STEPS[from].some((next) => next === to || leadsTo(next, to));
}

const WITHDRAWN: readonly DisputeState[] = ["needs_response", "under_review", "won", "lost"];

function guardDispute({ id, state, amount, fee, submissions, entryId, reversalEntryId }: Dispute): void {
  assert(amount > 0n && fee >= 0n && submissions >= 0, `dispute ${id} is of ${amount} with a fee of ${fee}`);
  assert((entryId !== null) === WITHDRAWN.includes(state), `dispute ${id} is ${state} and its withdrawal is ${entryId ?? "none"}`);
  assert((reversalEntryId !== null) === (state === "won"), `dispute ${id} is ${state} and its reversal is ${reversalEntryId ?? "none"}`);
  assert(fee === 0n || entryId !== null, `dispute ${id} cost ${fee} and took nothing`);
}

function guardEntry({ id, number, kind, refundId, postings }: Entry): void {
  assert(number >= 1, `entry ${id} has no number`);
  assert(postings.length > 0, `entry ${id} has no posting`);
  assert((kind === "refund" || kind === "refund_failure") === (refundId !== null), `entry ${id} is of a ${kind} and of refund ${refundId ?? "none"}`);
  for (const { debit, credit, amount } of postings) {
    assert(amount > 0n && debit !== credit, `entry ${id} posts ${amount} from ${debit} to ${credit}`);
  }
}

function guardCapturedOnce(changes: Changes, shelfOf: (merchant: MerchantId) => Shelf): void {
  for (const attempt of [...changes.newAttempts, ...changes.changedAttempts]) {
    if (attempt.state !== "captured") continue;
    const { attempts, attemptsOf } = shelfOf(attempt.merchant);
    const changed = (id: string) => changes.changedAttempts.find((other) => other.merchant === attempt.merchant && other.id === id) ?? attempts.get(id);
    const old = attemptsOf.of(attempt.paymentId).map(changed);
    const all = [...old, ...changes.newAttempts.filter((other) => other.merchant === attempt.merchant && other.paymentId === attempt.paymentId)];
    assert(all.filter((other) => other?.state === "captured").length <= 1, `payment ${attempt.paymentId} is captured twice`);
  }
}

/** Names within one batch and in the book: each is given once. */
class Taken {
  readonly #names = new Set<string>();

  once(what: string, { merchant, id }: { readonly merchant: MerchantId; readonly id: string }, inBook: boolean): void {
    const name = `${what}/${merchant}/${id}`;
    assert(!inBook && !this.#names.has(name), `${what} ${id} is already there`);
    this.#names.add(name);
  }
}
