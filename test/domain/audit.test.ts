/** The proof of the book can fail: each invariant is broken on purpose, and the finding is seen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditPayment, FINDINGS_OF_PAYMENT_MAX, INVARIANTS, type Dossier, type Invariant } from "../../src/domain/audit.ts";
import { entryHash, JOURNAL_START, type Entry, type Posting } from "../../src/domain/journal.ts";
import { attemptId, profileId } from "../../src/domain/id.ts";
import type { Attempt, Payment } from "../../src/domain/payment.ts";
import type { Refund } from "../../src/domain/refund.ts";
import type { Event } from "../../src/domain/event.ts";
import { ASKED, byReport, byToken, declined, done, Life, money, share } from "./life.ts";

/** A payment with all that can become of one: declined, tried again, captured in part, refunded twice, described. */
function life(): Life {
  const one = new Life({ fee: 100n, intent: true, tender: byToken(false), authorization: declined });
  done(one.again(byToken(false)));
  done(one.capture(800n));
  done(one.refund({ amount: 300n, fee: share }));
  done(one.refund({ amount: 200n, fee: share }));
  done(one.describe("note"));
  return one;
}

type Break = readonly [name: string, plant: (sound: Dossier) => Dossier];

const onPayment = (more: (payment: Payment) => Partial<Payment>) => (sound: Dossier): Dossier => ({ ...sound, payment: { ...sound.payment, ...more(sound.payment) } });
const onRefund = (more: (refund: Refund) => Partial<Refund>) => (sound: Dossier): Dossier => ({ ...sound, refunds: sound.refunds.map((refund, i) => (i === 0 ? { ...refund, ...more(refund) } : refund)) });
const onEvent = (place: number, more: (event: Event) => Partial<Event>) => (sound: Dossier): Dossier => ({ ...sound, events: sound.events.map((event, i) => (i === place ? { ...event, ...more(event) } : event)) });
const onAttempt = (place: number, more: Partial<Attempt>) => (sound: Dossier): Dossier => ({ ...sound, attempts: sound.attempts.map((attempt, i) => (i === place ? { ...attempt, ...more } : attempt)) });
const onEntry = (place: number, more: (entry: Entry) => Partial<Entry>) => (sound: Dossier): Dossier => ({ ...sound, entries: sound.entries.map((entry, i) => (i === place ? { ...entry, ...more(entry) } : entry)) });

/** As somebody would do it who knows the hash: the chain is made anew over what was changed. */
const resealed = (plant: Break[1]) => (sound: Dossier): Dossier => {
  const broken = plant(sound);
  const entries: Entry[] = [];
  for (const entry of broken.entries) entries.push({ ...entry, hash: entryHash(entries.at(-1)?.hash ?? JOURNAL_START, entry) });
  return { ...broken, entries, payment: { ...broken.payment, journalHead: entries.at(-1)?.hash ?? JOURNAL_START } };
};
const onPosting = (place: number, more: (posting: Posting) => Partial<Posting>) =>
  resealed(onEntry(place, ({ postings }) => ({ postings: postings.map((posting, i) => (i === 0 ? { ...posting, ...more(posting) } : posting)) })));

const elsewhere = attemptId("e".repeat(24));

const BREAKS: Readonly<Record<Invariant, readonly Break[]>> = {
  balanced: [
    ["an entry without postings", resealed(onEntry(1, () => ({ postings: [] })))],
    ["a posting of nothing", onPosting(1, () => ({ amount: 0n }))],
    ["a posting of less than nothing", onPosting(1, ({ amount }) => ({ amount: -amount }))],
    ["a posting from an account to itself", onPosting(1, ({ credit }) => ({ debit: credit }))],
  ],
  bounded: [
    ["refunded beyond what was captured", onPayment(({ captured }) => ({ refunded: captured + 1n }))],
    ["under way beyond what is left", onPayment(({ captured }) => ({ pending: captured }))],
    ["refunded below nothing", onPayment(() => ({ refunded: -1n }))],
    ["captured beyond what was authorized", onPayment(({ captured }) => ({ authorized: captured - 1n }))],
    ["authorized beyond what was asked for", onPayment(({ authorized }) => ({ requested: authorized - 1n }))],
    ["more to be captured than was authorized", onPayment(({ authorized }) => ({ toCapture: authorized + 1n }))],
    ["nothing to be captured", onPayment(() => ({ toCapture: 0n }))],
    ["a payment of nothing", onPayment(() => ({ requested: 0n }))],
    ["more fee returned than was taken", onPayment(({ feeTaken }) => ({ feeReturned: feeTaken + 1n }))],
    ["captured, with nothing in it", onPayment(() => ({ captured: 0n }))],
  ],
  counted: [
    ["a refund that is gone", (sound) => ({ ...sound, refunds: sound.refunds.slice(1) })],
    ["a refund of another amount", onRefund(({ amount }) => ({ amount: amount + 1n }))],
    ["a refund that failed after all", onRefund(() => ({ state: "failed" }))],
    ["a refund that is under way again", onRefund(() => ({ state: "pending" }))],
    ["a total that is too low", onPayment(({ refunded }) => ({ refunded: refunded - 1n }))],
    ["a capture that is too low", onPayment(({ captured }) => ({ captured: captured - 1n }))],
    ["a fee that was not taken", onPayment(({ feeTaken }) => ({ feeTaken: feeTaken + 1n }))],
    ["a refund that says it returned more fee", onRefund(({ feeReturned }) => ({ feeReturned: feeReturned + 1n }))],
    ["a fee that was not returned", onPayment(({ feeReturned }) => ({ feeReturned: feeReturned + 1n }))],
    ["a capture's entry of another amount", onPosting(0, ({ amount }) => ({ amount: amount + 1n }))],
    ["a refund's entry of another amount", onPosting(1, ({ amount }) => ({ amount: amount - 1n }))],
    ["an attempt that was for another amount", onAttempt(1, { requested: { amount: 999n, currency: money("USD") } })],
    ["an attempt that is gone", (sound) => ({ ...sound, attempts: sound.attempts.slice(1) })],
    ["a number of refunds that is wrong", onPayment(({ refunds }) => ({ refunds: refunds + 1 }))],
  ],
  currency: [
    ["a refund in another currency", onRefund(() => ({ currency: money("EUR") }))],
    ["an entry in another currency", resealed(onEntry(1, () => ({ currency: money("EUR") })))],
    ["a refund of nothing", onRefund(() => ({ amount: 0n }))],
    ["a refund of less than nothing", onRefund(({ amount }) => ({ amount: -amount }))],
  ],
  chained: [
    ["an entry's amount", onEntry(1, ({ postings }) => ({ postings: postings.map((posting) => ({ ...posting, amount: posting.amount + 1n })) }))],
    ["an entry's time", onEntry(0, ({ createdAt }) => ({ createdAt: createdAt + 1 }))],
    ["an entry's refund", onEntry(1, () => ({ refundId: null }))],
    ["an entry's hash", onEntry(2, () => ({ hash: "0".repeat(64) }))],
    ["an entry's number", resealed(onEntry(2, ({ number }) => ({ number: number + 1 })))],
    ["the first entry is gone", (sound) => ({ ...sound, entries: sound.entries.slice(1) })],
    ["the last entry is gone", (sound) => ({ ...sound, entries: sound.entries.slice(0, -1) })],
    ["the last entry is gone, and the chain is made anew", resealed((sound) => ({ ...sound, entries: sound.entries.slice(0, -1) }))],
    ["two entries have changed places", (sound) => ({ ...sound, entries: sound.entries.toReversed() })],
    ["another head", onPayment(() => ({ journalHead: JOURNAL_START }))],
  ],
  stepped: [
    ["something is to happen by itself to what was captured", onPayment(({ updatedAt }) => ({ deadline: { at: updatedAt, act: "cancel" } }))],
    ["a refund without an entry", onRefund(() => ({ entryId: null }))],
    ["a refund with another refund's entry", (sound) => onRefund(() => ({ entryId: sound.refunds[1]?.entryId ?? null }))(sound)],
    ["two entries of one refund", (sound) => resealed(onEntry(2, () => ({ refundId: sound.refunds[0]?.id ?? null })))(sound)],
    ["two attempts captured", onAttempt(0, { state: "captured" })],
    ["a step out of a final state", onEvent(4, ({ after }) => ({ after: { ...after, state: "authorized" } }))],
    ["a processed payment that lives again after it was canceled", onEvent(1, ({ after }) => ({ after: { ...after, state: "canceled" } }))],
    ["a step back", onEvent(2, ({ after }) => ({ after: { ...after, state: "open" } }))],
  ],
  referred: [
    ["a capture without its entry", onPayment(() => ({ captureEntry: null }))],
    ["a capture with the entry of a refund", (sound) => onPayment(() => ({ captureEntry: sound.entries[1]?.id ?? null }))(sound)],
    ["a capture without its time", onPayment(() => ({ capturedAt: null }))],
    ["a capture at another time", onPayment(({ capturedAt }) => ({ capturedAt: (capturedAt ?? 0) + 1 }))],
    ["a payment of somebody who did not pay it", onPayment(() => ({ customer: profileId("c".repeat(24)) }))],
    ["a payment with an instrument that it was not made with", onPayment(() => ({ onFile: profileId("f".repeat(24)) }))],
    ["a latest attempt that is none", onPayment(() => ({ latestAttempt: null }))],
    ["a refund of an attempt elsewhere", onRefund(() => ({ attemptId: elsewhere }))],
    ["a payment that was recorded, with money at a processor", onPayment(() => ({ origin: "recorded" }))],
    ["a release that moved money", onRefund(() => ({ kind: "release" }))],
    ["an entry of a refund that names another", (sound) => onRefund(() => ({ entryId: sound.entries[2]?.id ?? null }))(sound)],
    ["an event of an attempt elsewhere", onEvent(1, () => ({ attemptId: elsewhere }))],
  ],
  told: [
    ["an event that is gone", (sound) => ({ ...sound, events: sound.events.toSpliced(2, 1) })],
    ["the last event is gone", (sound) => ({ ...sound, events: sound.events.slice(0, -1) })],
    ["an event of another version", onEvent(1, ({ version }) => ({ version: version + 1 }))],
    ["a refund that no event tells", onEvent(3, () => ({ kind: "payment.described" }))],
    ["a refund that two events tell", (sound) => onEvent(4, () => ({ refundId: sound.events[3]?.refundId ?? null }))(sound)],
    ["a last event that leaves other totals", onEvent(5, ({ after }) => ({ after: { ...after, refunded: after.refunded - 1n } }))],
    ["an event that tells of another refund than its own", (sound) => onEvent(3, () => ({ refundId: sound.refunds[1]?.id ?? null }))(sound)],
    ["an event that leaves another state", onEvent(5, ({ after }) => ({ after: { ...after, state: "failed" } }))],
    ["a version without an event", onPayment(({ version }) => ({ version: version + 1 }))],
  ],
};

test("a book that was kept by the rules has nothing to find", () => {
  assert.deepEqual(auditPayment(life().dossier()), []);
  const outside = new Life({ tender: byReport("initiated") });
  assert.deepEqual(auditPayment(outside.dossier()), []);
  done(outside.capture());
  done(outside.refund());
  assert.deepEqual(auditPayment(outside.dossier()), []);
  assert.deepEqual(auditPayment(new Life({ tender: null, intent: true }).dossier()), []);
});

for (const [invariant, breaks] of Object.entries(BREAKS)) {
  for (const [name, plant] of breaks) {
    test(`${invariant}: ${name} is found`, () => {
      const sound = life().dossier();
      const findings = auditPayment(plant(sound));
      assert.ok(findings.some((finding) => finding.invariant === invariant), `found only ${JSON.stringify(findings)}`);
      for (const { payment, message } of findings) {
        assert.equal(payment, sound.payment.id);
        assert.notEqual(message, "");
      }
    });
  }
}

/** 300 that failed after they succeeded, 200 under way, and 100 that were canceled before anything moved. */
function lateLife(): Life {
  const one = new Life({ fee: 100n });
  done(one.refund({ amount: 300n, fee: share }, one.found, { state: "succeeded", due: 0 }));
  done(one.goOn(0, { state: "failed", failure: "expired_or_canceled_card", due: null }));
  done(one.refund({ amount: 200n, fee: share }, one.found, { state: "pending", due: 0 }));
  done(one.refund({ amount: 100n, fee: share, askAt: ASKED }, one.found, { state: "requires_action", due: 0 }));
  done(one.endRefund(2, "canceled"));
  return one;
}

const LATE_BREAKS: readonly (readonly [Invariant, ...Break])[] = [
  ["stepped", "a failure without the entry that undoes it", onRefund(() => ({ failureEntryId: null }))],
  ["stepped", "a failure that undoes another amount", onPosting(2, ({ amount }) => ({ amount: amount - 1n }))],
  ["stepped", "a failure that takes the money from elsewhere", onPosting(2, () => ({ debit: "outside" }))],
  ["stepped", "a reason to fail of a refund that did not", onRefund(() => ({ state: "succeeded" }))],
  ["stepped", "a refund that is over and waits for more", onRefund(() => ({ due: 1 }))],
  ["stepped", "a refund that failed and was canceled then", (sound) => onEvent(3, () => ({ refundId: sound.refunds[0]?.id ?? null, kind: "refund.canceled" }))(sound)],
  ["referred", "a failure that is undone by the refund's own entry", onRefund(({ entryId }) => ({ failureEntryId: entryId }))],
  ["referred", "a failure's entry that is called a refund's", resealed(onEntry(2, () => ({ kind: "refund" })))],
  ["counted", "a failure that still counts as refunded", onPayment(() => ({ refunded: 300n }))],
  ["counted", "a refund under way that weighs nothing", onPayment(() => ({ pending: 0n }))],
  ["counted", "a promised fee that is not counted", onPayment(() => ({ feeReturned: 0n }))],
  ["told", "a failure that no event tells", onEvent(2, () => ({ kind: "refund.described" }))],
  ["told", "an event that tells another end", onEvent(5, () => ({ kind: "refund.failed" }))],
];

test("a book with refunds that failed late, are under way and were canceled has nothing to find", () => {
  const one = lateLife();
  assert.deepEqual(auditPayment(one.dossier()), []);
  assert.deepEqual([one.payment.refunded, one.payment.pending, one.payment.feeReturned], [0n, 200n, 20n]);
  done(one.describeRefund(1, "a note"));
  done(one.goOn(1, { state: "succeeded", due: null }));
  assert.deepEqual(auditPayment(one.dossier()), []);
  assert.deepEqual([one.payment.refunded, one.payment.pending, one.payment.feeReturned], [200n, 0n, 20n]);
});

for (const [invariant, name, plant] of LATE_BREAKS) {
  test(`${invariant}: ${name} is found`, () => {
    const findings = auditPayment(plant(lateLife().dossier()));
    assert.ok(findings.some((finding) => finding.invariant === invariant), `found only ${JSON.stringify(findings)}`);
  });
}

test("a payment that does not stand where its latest attempt stands is found", () => {
  const direct = new Life({ tender: byToken(false) });
  const broken = onAttempt(0, { state: "canceled" })(direct.dossier());
  assert.deepEqual(auditPayment(broken).map(({ invariant }) => invariant), ["stepped"]);
});

test("a payment of which nothing holds is told in a hundred findings", () => {
  const sound = life().dossier();
  const [refund] = sound.refunds;
  assert.ok(refund !== undefined);
  const many = auditPayment({ ...sound, refunds: Array.from({ length: 1_000 }, () => ({ ...refund, entryId: null, attemptId: elsewhere })) });
  assert.equal(many.length, FINDINGS_OF_PAYMENT_MAX);
});

test("every invariant is broken here at least twice", () => {
  for (const name of Object.keys(INVARIANTS)) {
    const [, breaks] = Object.entries(BREAKS).find(([invariant]) => invariant === name) ?? [];
    assert.ok((breaks?.length ?? 0) >= 2, name);
  }
});
