/** The guards that a database repeats as constraints, for the store that has none: all are asked before anything is saved. */
import { assert } from "../../base/assert.ts";
import type { Entry } from "../../domain/journal.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Payment } from "../../domain/payment.ts";
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
  for (const entry of changes.newEntries) {
    taken.once("entry", entry, shelfOf(entry.merchant).entries.get(entry.id) !== undefined);
    belongs(entry);
    guardEntry(entry);
  }
  for (const event of changes.newEvents) {
    taken.once("event", event, shelfOf(event.merchant).events.has(event.id));
    belongs(event);
  }
  for (const reply of changes.newKeys) {
    const name = nameOfKey(reply);
    taken.once("key", { merchant: reply.merchant, id: name }, shelfOf(reply.merchant).replies.has(name));
  }
}

function guardPayment(payment: Payment): void {
  const { id, requested, authorized, captured, refunded, pending, feeTaken, feeReturned } = payment;
  assert(requested > 0n && authorized <= requested && captured <= authorized, `payment ${id} takes more than it may`);
  assert(refunded >= 0n && pending >= 0n, `payment ${id} has less than nothing refunded`);
  assert(refunded + pending <= captured, `payment ${id} is refunded beyond what was captured`);
  assert(feeReturned >= 0n && feeReturned <= feeTaken, `payment ${id} returns more fee than was taken`);
  assert((payment.state === "captured") === captured > 0n, `payment ${id} is ${payment.state} with ${captured} captured`);
  assert(payment.version >= 1, `payment ${id} has no version`);
}

function guardRefund({ id, kind, state, amount, feeReturned, entryId }: Refund): void {
  assert(amount > 0n, `refund ${id} is of ${amount}`);
  assert(feeReturned >= 0n, `refund ${id} returns less than no fee`);
  assert(kind === "release" || state !== "succeeded" || entryId !== null, `refund ${id} succeeded without an entry`);
}

function guardEntry({ id, number, kind, refundId, postings }: Entry): void {
  assert(number >= 1, `entry ${id} has no number`);
  assert(postings.length > 0, `entry ${id} has no posting`);
  assert((kind === "refund") === (refundId !== null), `entry ${id} is of a ${kind} and of refund ${refundId ?? "none"}`);
  for (const { debit, credit, amount } of postings) {
    assert(amount > 0n && debit !== credit, `entry ${id} posts ${amount} from ${debit} to ${credit}`);
  }
}

function guardCapturedOnce(changes: Changes, shelfOf: (merchant: MerchantId) => Shelf): void {
  for (const attempt of [...changes.newAttempts, ...changes.changedAttempts]) {
    if (attempt.state !== "captured") continue;
    const { attempts, attemptsOf } = shelfOf(attempt.merchant);
    const changed = (id: string) => changes.changedAttempts.find((other) => other.id === id) ?? attempts.get(id);
    const old = attemptsOf.of(attempt.paymentId).map(changed);
    const all = [...old, ...changes.newAttempts.filter((other) => other.paymentId === attempt.paymentId)];
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
