/** Disputes weigh beside refunds: what a bank took back is gone, until it is won, and never goes back a second time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { auditPayment } from "../../src/domain/audit.ts";
import { EVIDENCE_LENGTH_MAX } from "../../src/domain/dispute.ts";
import type { DisputeStart } from "../../src/domain/command.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import { leftToRefund } from "../../src/domain/payment.ts";
import { DISPUTE_STANDING, DISPUTE_STEPS } from "../../src/domain/states.ts";
import { CHARGEBACK, done, factsOf, INQUIRY, Life, no } from "./life.ts";

function disputed(start: DisputeStart = CHARGEBACK): Life {
  const life = new Life();
  done(life.dispute(start));
  return life;
}

const moved = ({ entries }: Life) => entries.at(-1)?.postings.map(({ debit, credit, amount }) => `${debit}>${credit}:${amount}`);
const sound = (life: Life) => assert.deepEqual(auditPayment(life.dossier()), []);

test("a chargeback takes the money and a fee, and bars refunds", () => {
  const life = new Life();
  const { dispute, entry, event, payment } = done(life.dispute(CHARGEBACK));
  assert.deepEqual([dispute?.state, dispute?.amount, dispute?.fee, dispute?.entryId], ["needs_response", 1000n, 1500n, entry?.id]);
  assert.deepEqual([String(event.id), event.kind, event.after.disputed], [String(dispute?.id), "dispute.needs_response", 1000n]);
  assert.deepEqual([entry?.kind, entry?.refundId, moved(life)], ["chargeback", null, ["disputes>clearing:1000", "dispute_fees>clearing:1500"]]);
  assert.deepEqual([payment.dispute, payment.disputed, payment.disputeId, leftToRefund(payment)], ["chargeback", 1000n, dispute?.id, 0n]);
  assert.deepEqual(factsOf(life.refund()), { code: "disputed" });
  sound(life);
});

test("an inquiry takes nothing and bars nothing, and becomes a chargeback of what is left by then", () => {
  const life = disputed(INQUIRY);
  assert.deepEqual([life.payment.dispute, life.payment.disputed, life.entries.length], ["inquiry", 0n, 1]);
  done(life.refund({ amount: 300n }));
  assert.equal(done(life.respond()).dispute?.state, "warning_under_review");
  const { dispute, payment } = done(life.judge(CHARGEBACK));
  assert.deepEqual([dispute?.state, dispute?.amount, payment.disputed, payment.refunded], ["needs_response", 700n, 700n, 300n]);
  assert.equal(no(life.refund({ amount: 1n })).code, "disputed");
  sound(life);
});

test("an inquiry of which nothing is left to charge back is closed", () => {
  const life = disputed(INQUIRY);
  done(life.refund());
  assert.deepEqual([done(life.judge(CHARGEBACK)).dispute?.state, life.payment.dispute, life.entries.length], ["warning_closed", "none", 2]);
  assert.equal(no(life.refund()).code, "already_refunded");
  sound(life);
});

test("a chargeback that was won brings the money back without the fee, and it may be refunded once", () => {
  const life = disputed();
  const reviewed = done(life.respond()).dispute;
  assert.deepEqual([reviewed?.state, reviewed?.submissions, reviewed?.evidence], ["under_review", 1, { said: "it was sent" }]);
  assert.equal(no(life.refund()).code, "disputed");
  const { dispute, entry, payment } = done(life.judge({ state: "won" }));
  assert.deepEqual([dispute?.state, dispute?.reversalEntryId, dispute?.due, payment.dispute, payment.disputed], ["won", entry?.id, null, "none", 0n]);
  assert.deepEqual([entry?.kind, moved(life)], ["chargeback_reversal", ["clearing>disputes:1000"]]);
  done(life.refund());
  assert.equal(no(life.refund()).code, "already_refunded");
  sound(life);
});

test("a chargeback that was lost, or given up, bars refunds for ever", () => {
  const judged = disputed();
  done(judged.respond());
  done(judged.judge({ state: "lost" }));
  const closed = disputed();
  done(closed.close());
  const late = disputed();
  done(late.judge({ state: "lost" }));
  for (const life of [judged, closed, late]) {
    assert.deepEqual([life.disputed.dispute.state, life.payment.dispute, life.payment.disputed, life.entries.length], ["lost", "chargeback", 1000n, 2]);
    assert.equal(no(life.refund({ amount: 1n })).code, "disputed");
    assert.equal(no(life.close()).code, "dispute_state_forbids");
    sound(life);
  }
});

test("an inquiry is closed by giving up, or by its processor, and asks no more", () => {
  const closed = disputed(INQUIRY);
  done(closed.close());
  const silent = disputed(INQUIRY);
  done(silent.judge({ state: "warning_closed" }));
  for (const life of [closed, silent]) {
    assert.deepEqual([life.disputed.dispute.state, life.payment.dispute], ["warning_closed", "none"]);
    done(life.refund());
    sound(life);
  }
});

test("evidence is kept until it is handed in, is handed in once, and has a limit in all", () => {
  const life = disputed();
  const kept = done(life.respond({ evidence: { one: "1", two: "2" }, submit: false, notes: { set: { why: "later" } } })).dispute;
  assert.deepEqual([kept?.state, kept?.submissions, kept?.evidence, kept?.notes], ["needs_response", 0, { one: "1", two: "2" }, { why: "later" }]);
  const { code, length, max } = factsOf(life.respond({ evidence: { one: "x".repeat(EVIDENCE_LENGTH_MAX) } }));
  assert.deepEqual([code, length, max], ["evidence_too_long", EVIDENCE_LENGTH_MAX + 1, EVIDENCE_LENGTH_MAX]);
  const handed = done(life.respond({ evidence: { one: null } })).dispute;
  assert.deepEqual([handed?.state, handed?.submissions, handed?.evidence], ["under_review", 1, { two: "2" }]);
  assert.equal(no(life.respond()).code, "dispute_state_forbids");
  assert.equal(no(life.respond({ evidence: {} })).code, "dispute_state_forbids");
  assert.equal(done(life.respond({ evidence: {}, submit: false, notes: { set: { why: null } } })).event.kind, "dispute.described");
  const empty = disputed();
  assert.equal(done(empty.respond({ evidence: {} })).dispute?.state, "needs_response", "nothing cannot be handed in");
  assert.equal(no(empty.respond({ notes: { set: { a: "1" }, limit: { prefix: "a", max: 0 } } })).code, "notes_full");
  sound(life);
});

test("nothing is judged before its time, nor where nobody knows when", () => {
  const later = disputed({ ...CHARGEBACK, due: Number.MAX_SAFE_INTEGER });
  assert.equal(no(later.judge({ state: "lost" })).code, "dispute_not_due");
  const open = disputed();
  done(open.respond({}, null));
  assert.equal(no(open.judge({ state: "won" })).code, "dispute_not_due");
});

test("a refund under way when the money is charged back is left to it, and one that fails then frees nothing", () => {
  const life = disputed(INQUIRY);
  done(life.refund({ amount: 400n }, life.found, { state: "pending", due: null }));
  const { payment } = done(life.judge(CHARGEBACK));
  assert.deepEqual([payment.pending, payment.disputed, leftToRefund(payment)], [400n, 600n, 0n]);
  const freed = { ...life.found, payment: { ...payment, pending: 0n } };
  assert.equal(no(life.refund({ amount: 1n }, freed)).code, "disputed");
});

const act: fc.Arbitrary<(life: Life) => Outcome> = fc.oneof(
  fc.bigInt({ min: 1n, max: 1100n }).map((amount) => (life: Life) => life.refund({ amount })),
  fc.boolean().map((submit) => (life: Life) => life.respond({ submit })),
  fc.constant((life: Life) => life.close()),
  fc.constant((life: Life) => life.judge(verdictFor(life))),
);

/** What a processor may say of it as it stands. */
function verdictFor({ disputed: { dispute }, payment }: Life): Parameters<Life["judge"]>[0] {
  const may = DISPUTE_STEPS[dispute.state];
  if (may.includes("needs_response")) return payment.refunded % 2n === 0n ? CHARGEBACK : { state: "warning_closed" };
  return { state: may.includes("won") && payment.version % 2 === 0 ? "won" : "lost" };
}

test("whatever is asked of it, a dispute goes along its graph, and refunds and what is charged back never exceed what was captured", () => {
  fc.assert(
    fc.property(fc.constantFrom(CHARGEBACK, INQUIRY), fc.bigInt({ min: 0n, max: 900n }), fc.array(act, { maxLength: 10 }), (start, first, acts) => {
      const life = new Life();
      if (first > 0n) done(life.refund({ amount: first }));
      assert.equal(done(life.dispute(start)).dispute?.amount, 1000n - first);
      for (const one of acts) {
        const before = life.disputed.dispute.state;
        const { payment } = life;
        const outcome = one(life);
        const after = life.disputed.dispute;
        assert.ok(after.state === before || DISPUTE_STEPS[before].includes(after.state), `${before} to ${after.state}`);
        assert.equal(life.payment.dispute, DISPUTE_STANDING[after.state]);
        assert.ok(life.payment.refunded + life.payment.disputed <= 1000n);
        if (outcome.accepted && outcome.refund !== null) assert.notEqual(payment.dispute, "chargeback");
        sound(life);
      }
    }),
    { numRuns: 400 },
  );
});
