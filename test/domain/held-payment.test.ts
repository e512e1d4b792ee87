/** An authorization between its making and its capture: other terms, and an end that comes by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditPayment } from "../../src/domain/audit.ts";
import { AMOUNT_MAX } from "../../src/domain/money.ts";
import { BANK_DEBIT } from "../../src/domain/instrument.ts";
import type { Authorization } from "../../src/domain/command.ts";
import { byToken, CARD, done, Life, money, no, START } from "./life.ts";

const SECOND = 1_000;
const held = (more: ConstructorParameters<typeof Life>[0] = {}) => new Life({ tender: byToken(false), hold: { for: 5 * SECOND, act: "cancel" }, ...more });

function totals({ payment }: Life): readonly (bigint | null)[] {
  return [payment.requested, payment.authorized, payment.toCapture, payment.captured];
}

test("what is to be captured goes down and up within what was authorized, and nobody is asked", () => {
  const one = held();
  done(one.adjust({ amount: 400n, tip: 50n }, false));
  assert.deepEqual(totals(one), [1000n, 1000n, 450n, 0n]);
  done(one.adjust({ tip: 0n }, false));
  assert.deepEqual(totals(one), [1000n, 1000n, 400n, 0n]);
  done(one.adjust({ amount: 1000n }, false));
  assert.deepEqual(totals(one), [1000n, 1000n, 1000n, 0n]);
  assert.equal(no(one.adjust({ amount: 1001n }, false)).code, "capture_exceeds_authorized");
  done(one.adjust({ amount: 700n }));
  done(one.capture());
  assert.deepEqual(totals(one), [1000n, 1000n, 700n, 700n]);
  assert.deepEqual(auditPayment(one.dossier()), []);
});

test("more than was authorized is authorized as a whole, or not at all", () => {
  const one = held();
  done(one.adjust({ amount: 1500n, tip: 150n }));
  assert.deepEqual(totals(one), [1650n, 1650n, null, 0n]);
  assert.equal(no(one.adjust({ amount: AMOUNT_MAX, tip: 1n })).code, "capture_exceeds_authorized");
  const intent = held({ intent: true });
  assert.equal(no(intent.adjust({ amount: 1001n })).code, "capture_exceeds_authorized");
  done(one.capture());
  assert.deepEqual(totals(one), [1650n, 1650n, null, 1650n]);
  assert.deepEqual(auditPayment(one.dossier()), []);
});

test("a tip that is named stays when the amount alone changes", () => {
  const one = held();
  done(one.adjust({ amount: 500n, tip: 100n }));
  done(one.adjust({ amount: 300n }));
  assert.deepEqual([one.payment.toCapture, one.payment.notes["tip"]], [400n, "100"]);
  done(one.adjust({ tip: 0n }));
  assert.deepEqual([one.payment.toCapture, one.payment.notes["tip"]], [300n, undefined]);
});

test("terms are changed of nothing but an authorization, in its currency and at its version", () => {
  const one = held();
  assert.equal(no(one.adjust({ amount: 1n, expectedVersion: 7 })).code, "version_mismatch");
  assert.equal(no(one.adjust({ amount: 1n, currency: money("EUR") })).code, "currency_differs");
  assert.equal(no(one.adjust({ fee: 901n })).code, "terms_exceed_payment");
  done(one.adjust({ fee: 900n }));
  assert.equal(no(one.adjust({ amount: 999n })).code, "terms_exceed_payment");
  done(one.capture());
  assert.equal(no(one.adjust({ amount: 1n })).code, "state_forbids");
  assert.equal(no(new Life().adjust({ amount: 1n })).code, "state_forbids");
});

test("an authorization is given up or captured when its time is over, and not before", () => {
  for (const act of ["cancel", "capture"] as const) {
    const one = held({ hold: { for: 5 * SECOND, act } });
    assert.deepEqual(one.payment.deadline, { at: START + 6 * SECOND, act });
    done(one.adjust({ amount: 600n }));
    // Each step of a life takes a second.
    for (let i = 0; i < 3; i++) assert.equal(no(one.fallDue()).code, "payment_not_due");
    done(one.fallDue());
    assert.deepEqual([one.payment.state, one.payment.captured, one.payment.deadline], act === "cancel" ? ["canceled", 0n, null] : ["captured", 600n, null]);
    assert.equal(no(one.fallDue()).code, "payment_not_due");
    assert.deepEqual(auditPayment(one.dossier()), []);
  }
});

test("what came to something before its time waits for nothing any more", () => {
  const ends = [(one: Life) => one.capture(), (one: Life) => one.end("canceled"), (one: Life) => one.end("failed"), (one: Life) => one.refund({ release: true })];
  for (const end of ends) {
    const one = held();
    done(end(one));
    assert.equal(one.payment.deadline, null);
    for (let i = 0; i < 10; i++) assert.equal(no(one.fallDue()).code, "payment_not_due");
    assert.deepEqual(auditPayment(one.dossier()), []);
  }
});

test("what becomes of it may be changed, but not when; and nothing becomes of what is held for ever", () => {
  const one = held();
  const at = one.payment.deadline?.at;
  done(one.adjust({ act: "capture" }));
  assert.deepEqual(one.payment.deadline, { at, act: "capture" });
  const forEver = held({ hold: null });
  done(forEver.adjust({ act: "capture" }));
  assert.equal(forEver.payment.deadline, null);
});

test("less than was asked for is authorized where that may do, and captured as the whole", () => {
  const half: Authorization = { verdict: "approved_in_part", amount: 400n, instrument: CARD };
  const one = held({ authorization: half, takesPart: true });
  assert.deepEqual(totals(one), [1000n, 400n, null, 0n]);
  done(one.capture());
  assert.deepEqual(totals(one), [1000n, 400n, null, 400n]);
  assert.deepEqual(auditPayment(one.dossier()), []);
  for (const wrong of [held({ authorization: half }), new Life({ authorization: half, takesPart: true }), held({ authorization: { ...half, amount: 0n }, takesPart: true })]) {
    assert.deepEqual([wrong.payment.state, wrong.attempts[0]?.decline, wrong.payment.authorized, wrong.payment.deadline], ["failed", "insufficient_funds", 0n, null]);
    assert.deepEqual(auditPayment(wrong.dossier()), []);
  }
});

test("what money is on its way for is not changed any more", () => {
  const one = new Life({ intent: true, authorization: { verdict: "under_way", for: 3 * SECOND, instrument: { kind: "transfer", method: BANK_DEBIT } } });
  assert.equal(no(one.amend(2000n)).code, "amendment_forbidden");
  assert.equal(no(one.fallDue()).code, "payment_not_due");
  done(one.fallDue());
  assert.deepEqual(totals(one), [1000n, 1000n, null, 1000n]);
  assert.deepEqual(auditPayment(one.dossier()), []);
});

test("money that is on its way has come when its time is over", () => {
  const one = new Life({ authorization: { verdict: "under_way", for: 3 * SECOND, instrument: { kind: "transfer", method: BANK_DEBIT } } });
  assert.deepEqual([one.payment.state, one.payment.deadline], ["initiated", { at: START + 4 * SECOND, act: "capture" }]);
  assert.equal(no(one.capture()).code, "state_forbids");
  assert.equal(no(one.refund({ amount: 1n })).code, "nothing_captured");
  done(one.fallDue());
  assert.deepEqual([one.payment.state, ...totals(one), one.attempts[0]?.state], ["captured", 1000n, 1000n, null, 1000n, "captured"]);
  assert.deepEqual(auditPayment(one.dossier()), []);
});
