/** A customer's cash: it grows by what comes in, goes back as any payment does, and its proof sees each way in which it could be wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditPayment, type Dossier } from "../../src/domain/audit.ts";
import type { FundCashBalance } from "../../src/domain/command.ts";
import { cashIdOf, cashOf } from "../../src/domain/connected.ts";
import { entryHash, JOURNAL_START } from "../../src/domain/journal.ts";
import { fundCash, type FoundCash } from "../../src/domain/fund-cash.ts";
import { profileId } from "../../src/domain/id.ts";
import { AMOUNT_MAX } from "../../src/domain/money.ts";
import type { Accepted, Outcome } from "../../src/domain/outcome.ts";
import { leftToRefund } from "../../src/domain/payment.ts";
import type { Profile } from "../../src/domain/profile.ts";
import { refundPayment } from "../../src/domain/refund-payment.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { MERCHANT, moments, money, refundOf, USD } from "./life.ts";

const CUSTOMER: Profile = {
  merchant: MERCHANT, id: profileId("C".repeat(24)), kind: "customer", createdAt: 0, updatedAt: 0, version: 1, state: "active", owner: null, preferred: null, email: null, instrument: null, token: null, dialect: null, notes: {},
};

function funding(amount: bigint, reference: string | null = null): FundCashBalance {
  return { kind: "fund_cash_balance", connect: { role: "cash", platform: MERCHANT, account: CUSTOMER.id, transfer: null, fee: 0n, of: null, group: null }, money: { amount, currency: USD }, reference };
}

/** One customer's dollars, and all that became of them. */
class Cash {
  readonly #moments = moments();
  #kept: Dossier | null = null;

  fund(amount: bigint, { reference = null, customer = CUSTOMER }: { readonly reference?: string | null; readonly customer?: Profile | null } = {}): Outcome {
    return this.#keep(fundCash(funding(amount, reference), this.#found(), { find: () => customer, moment: this.#moments() }));
  }

  refund(amount: bigint): Outcome {
    const found = this.#found();
    assert.ok(found !== null);
    const command = { ...refundOf({ amount }), target: { by: "payment", id: found.payment.id, as: "any" } as const };
    return this.#keep(refundPayment(command, found, { moment: this.#moments() }));
  }

  get dossier(): Dossier {
    assert.ok(this.#kept !== null);
    return this.#kept;
  }

  #found(): FoundCash | null {
    return this.#kept === null ? null : { payment: this.#kept.payment, attempt: this.#kept.attempts[0] ?? null };
  }

  #keep(outcome: Outcome): Outcome {
    if (!outcome.accepted) return outcome;
    const { payment, attempt, refund, entry, event } = outcome;
    const before = this.#kept ?? { refunds: [], disputes: [], entries: [], events: [] };
    this.#kept = {
      payment, attempts: attempt === null ? [] : [attempt], disputes: [], refunds: [...before.refunds, ...(refund === null ? [] : [refund])],
      entries: [...before.entries, ...(entry === null ? [] : [entry])], events: [...before.events, event],
    };
    return outcome;
  }
}

function done(outcome: Outcome): Accepted {
  assert.ok(outcome.accepted, outcome.accepted ? "" : outcome.refusal.code);
  return outcome;
}

function refusal(outcome: Outcome): string {
  assert.ok(!outcome.accepted);
  return outcome.refusal.code;
}

function used(): Cash {
  const cash = new Cash();
  done(cash.fund(700n, { reference: "rent" }));
  done(cash.refund(400n));
  done(cash.fund(300n));
  return cash;
}

test("cash has a name that follows from the customer and the currency, in a book that follows from the merchant", () => {
  const { payment, attempt, event } = done(new Cash().fund(1n));
  assert.deepEqual([payment.merchant, payment.id, String(attempt?.id)], [cashOf(MERCHANT), cashIdOf(CUSTOMER.id, USD), String(payment.id)]);
  assert.notEqual(event.id, String(payment.id));
  assert.equal(new Set([USD, money("EUR")].flatMap((code) => [cashIdOf(CUSTOMER.id, code), cashIdOf(profileId("D".repeat(24)), code)])).size, 4);
});

test("cash grows by each funding, whose entry and event share an id, and goes back up to what came in", async () => {
  const cash = used();
  const { payment, entries, events, attempts } = cash.dossier;
  assert.deepEqual([payment.requested, payment.authorized, payment.captured, payment.refunded, leftToRefund(payment)], [1000n, 1000n, 1000n, 400n, 600n]);
  assert.deepEqual([payment.version, payment.entries, attempts.length, payment.captureEntry], [3, 3, 1, entries[0]?.id]);
  assert.deepEqual(events.map(({ id, kind, after }) => [String(id), kind, after.captured, after.reference]), [
    [String(entries[0]?.id), "payment.funded", 700n, "rent"], [String(entries[1]?.id), "refund.created", 700n, undefined], [String(entries[2]?.id), "payment.funded", 1000n, undefined],
  ]);
  assert.equal(refusal(cash.refund(601n)), "amount_exceeds_left");
  done(cash.refund(600n));
  assert.equal(refusal(cash.refund(1n)), "already_refunded");
  done(cash.fund(2n));
  done(cash.refund(1n));
  assert.deepEqual(auditPayment(cash.dossier), []);
  const book = { countPayments: () => 1, dossiers: () => [cash.dossier], damage: () => [] };
  const { sound, accounts } = await verifyBook(book, () => undefined);
  assert.deepEqual([sound, accounts.find(({ account }) => account === "cash_balances")], [true, { currency: "USD", account: "cash_balances", debits: 1001n, credits: 1002n }]);
});

test("nobody's cash comes in, nor a deleted customer's, nor more than can be counted", () => {
  assert.equal(refusal(new Cash().fund(1n, { customer: null })), "profile_refused");
  assert.equal(refusal(new Cash().fund(1n, { customer: { ...CUSTOMER, state: "deleted" } })), "profile_refused");
  assert.equal(refusal(new Cash().fund(1n, { customer: { ...CUSTOMER, kind: "account" } })), "profile_refused");
  const cash = used();
  assert.equal(refusal(cash.fund(AMOUNT_MAX - 999n)), "cash_exceeds_most");
  done(cash.fund(AMOUNT_MAX - 1000n));
  assert.equal(refusal(cash.fund(1n)), "cash_exceeds_most");
  assert.deepEqual(auditPayment(cash.dossier), []);
});

const sealed = (broken: Dossier): Dossier => {
  let before = JOURNAL_START;
  const entries = broken.entries.map((entry) => {
    const hash = entryHash(before, entry);
    before = hash;
    return { ...entry, hash };
  });
  return { ...broken, entries, payment: { ...broken.payment, journalHead: before } };
};

const BREAKS: readonly (readonly [name: string, invariant: string, plant: (sound: Dossier) => Dossier])[] = [
  ["under another customer's name", "referred", (sound) => ({ ...sound, payment: { ...sound.payment, connect: { ...funding(1n).connect, account: profileId("D".repeat(24)) } } })],
  ["in another merchant's book", "referred", (sound) => ({ ...sound, payment: { ...sound.payment, merchant: MERCHANT } })],
  ["with a fee taken of it", "bounded", (sound) => ({ ...sound, payment: { ...sound.payment, feeTaken: 1n } })],
  ["with a funding that no entry is of", "stepped", (sound) => ({ ...sound, entries: sound.entries.slice(0, 2) })],
  ["with a funding that no event tells", "told", (sound) => ({ ...sound, events: sound.events.map((event) => (event.kind === "payment.funded" ? { ...event, kind: "payment.described" } : event)) })],
  ["with a funding of less than its event tells", "stepped", (sound) => sealed({ ...sound, entries: sound.entries.map((entry, i) => (i === 2 ? { ...entry, postings: entry.postings.map((posting) => ({ ...posting, amount: 299n })) } : entry)) })],
  ["with more captured than came in", "counted", (sound) => ({ ...sound, payment: { ...sound.payment, captured: 1001n } })],
  ["without any funding", "referred", (sound) => sealed({ ...sound, entries: sound.entries.filter(({ kind }) => kind !== "capture") })],
  ["as what is no cash at all", "told", (sound) => ({ ...sound, payment: { ...sound.payment, connect: null } })],
];

for (const [name, invariant, plant] of BREAKS) {
  test(`the proof sees cash ${name}`, () => {
    const findings = auditPayment(plant(used().dossier));
    assert.ok(findings.some((finding) => finding.invariant === invariant), JSON.stringify(findings));
  });
}
