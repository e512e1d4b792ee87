/** The proof of disputes can fail: each thing that it promises is broken on purpose, and the finding is seen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditPayment, type Dossier, type Invariant } from "../../src/domain/audit.ts";
import type { Dispute } from "../../src/domain/dispute.ts";
import type { Event } from "../../src/domain/event.ts";
import { attemptId, disputeId, entryId } from "../../src/domain/id.ts";
import { entryHash, JOURNAL_START, type Entry, type Posting } from "../../src/domain/journal.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { CHARGEBACK, done, INQUIRY, Life, money } from "./life.ts";

/** Refunded in part, inquired about, charged back, answered and won. */
function won(): Dossier {
  const life = new Life();
  done(life.refund({ amount: 250n }));
  done(life.dispute(INQUIRY));
  done(life.respond());
  done(life.judge(CHARGEBACK));
  done(life.respond());
  done(life.judge({ state: "won" }));
  return life.dossier();
}

function lost(): Dossier {
  const life = new Life();
  done(life.dispute(CHARGEBACK));
  done(life.close());
  return life.dossier();
}

type Plant = (sound: Dossier) => Dossier;
const onPayment = (more: Partial<Payment>): Plant => (sound) => ({ ...sound, payment: { ...sound.payment, ...more } });
const onDispute = (more: (dispute: Dispute) => Partial<Dispute>): Plant => (sound) => ({ ...sound, disputes: sound.disputes.map((dispute) => ({ ...dispute, ...more(dispute) })) });
const onEvent = (place: number, more: Partial<Event>): Plant => (sound) => ({ ...sound, events: sound.events.map((event, i) => (i === place ? { ...event, ...more } : event)) });

/** As somebody would do it who knows the hash: the chain is made anew over what was changed. */
const onEntries = (change: (entries: readonly Entry[]) => readonly Entry[]): Plant => (sound) => {
  const entries: Entry[] = [];
  for (const [i, entry] of change(sound.entries).entries()) {
    const numbered = { ...entry, number: i + 1 };
    entries.push({ ...numbered, hash: entryHash(entries.at(-1)?.hash ?? JOURNAL_START, numbered) });
  }
  return { ...sound, entries, payment: { ...sound.payment, entries: entries.length, journalHead: entries.at(-1)?.hash ?? JOURNAL_START } };
};
const onPosting = (kind: Entry["kind"], more: (posting: Posting) => Partial<Posting>): Plant =>
  onEntries((entries) => entries.map((entry) => (entry.kind === kind ? { ...entry, postings: entry.postings.map((posting, i) => (i === 0 ? { ...posting, ...more(posting) } : posting)) } : entry)));

const ELSEWHERE = entryId("e".repeat(24));

const BREAKS: readonly (readonly [name: string, invariant: Invariant, of: () => Dossier, plant: Plant])[] = [
  ["money that is still charged back after the dispute was won", "counted", won, onPayment({ disputed: 750n, dispute: "chargeback" })],
  ["money that is free though the dispute was lost", "counted", lost, onPayment({ disputed: 0n })],
  ["less than nothing charged back", "bounded", lost, onPayment({ disputed: -1n })],
  ["more charged back than is left", "bounded", lost, onPayment({ disputed: 1001n })],
  ["a withdrawal of another amount", "counted", lost, onPosting("chargeback", ({ amount }) => ({ amount: amount - 1n }))],
  ["a reversal of another amount", "stepped", won, onPosting("chargeback_reversal", ({ amount }) => ({ amount: amount - 1n }))],
  ["a reversal that brings the money to somebody else", "stepped", won, onPosting("chargeback_reversal", () => ({ debit: "sales" }))],
  ["a dispute of another amount", "counted", lost, onDispute(({ amount }) => ({ amount: amount - 1n }))],
  ["a dispute of nothing", "currency", lost, onDispute(() => ({ amount: 0n }))],
  ["a dispute in another currency", "currency", lost, onDispute(() => ({ currency: money("EUR") }))],
  ["a fee that was not taken", "counted", lost, onDispute(({ fee }) => ({ fee: fee + 1n }))],
  ["a dispute that is gone", "referred", lost, (sound) => ({ ...sound, disputes: [] })],
  ["a dispute that is gone, and that nobody names", "told", lost, (sound) => ({ ...onPayment({ disputeId: null, disputed: 0n, dispute: "none" })(sound), disputes: [] })],
  ["a second dispute", "counted", lost, (sound) => ({ ...sound, disputes: sound.disputes.flatMap((dispute) => [dispute, { ...dispute, id: disputeId("d".repeat(24)) }]) })],
  ["a dispute that the payment does not name", "referred", lost, onPayment({ disputeId: null })],
  ["a dispute of an attempt of another payment", "referred", lost, onDispute(() => ({ attemptId: attemptId("a".repeat(24)) }))],
  ["a withdrawal that no dispute names", "referred", lost, onDispute(() => ({ entryId: ELSEWHERE }))],
  ["a withdrawal that is gone", "referred", lost, onEntries((entries) => entries.filter(({ kind }) => kind !== "chargeback"))],
  ["a chargeback without its withdrawal", "stepped", lost, onDispute(() => ({ entryId: null }))],
  ["a reversal of a dispute that was not won", "stepped", lost, onDispute(() => ({ reversalEntryId: ELSEWHERE }))],
  ["a dispute that was won and brought nothing back", "stepped", won, onDispute(() => ({ reversalEntryId: null }))],
  ["a dispute that is open again", "told", lost, onDispute(() => ({ state: "under_review" }))],
  ["a dispute that was won after all", "told", lost, onDispute(() => ({ state: "won" }))],
  ["a payment that says that it is free", "stepped", lost, onPayment({ dispute: "none" })],
  ["a dispute that has ended, and waits", "stepped", lost, onDispute(() => ({ due: 1 }))],
  ["a step that the graph does not have", "stepped", won, onEvent(3, { kind: "dispute.under_review" })],
  ["a dispute that begins at its end", "stepped", lost, onEvent(1, { kind: "dispute.lost" })],
  ["a dispute whose beginning nobody told", "told", won, onEvent(2, { kind: "dispute.described" })],
];

test("a payment that was disputed by the rules has nothing to find", () => {
  assert.deepEqual([auditPayment(won()), auditPayment(lost())], [[], []]);
});

test("a payment that was charged back before disputes were kept has nothing to find, and one that has money charged back does", () => {
  const old = onPayment({ dispute: "chargeback" })(new Life().dossier());
  assert.deepEqual(auditPayment(old), []);
  assert.deepEqual(new Set(auditPayment(onPayment({ disputed: 1n })(old)).map(({ invariant }) => invariant)).has("counted"), true);
});

for (const [name, invariant, of, plant] of BREAKS) {
  test(`${invariant}: ${name} is found`, () => {
    const findings = auditPayment(plant(of()));
    assert.ok(findings.some((finding) => finding.invariant === invariant), `found only ${JSON.stringify(findings)}`);
  });
}
