/** Refunds that go on: the weight moves with the state, money that moved has an entry each time, and nothing is refunded twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { auditPayment } from "../../src/domain/audit.ts";
import type { RefundVerdict } from "../../src/domain/command.ts";
import { leftToRefund } from "../../src/domain/payment.ts";
import { REFUND_STEPS, REFUND_WEIGHT } from "../../src/domain/states.ts";
import { ASKED, done, factsOf, Life, no, share } from "./life.ts";

const FAILED = { state: "failed", failure: "expired_or_canceled_card", due: null } as const;
const REJECTED = { state: "rejected", due: null } as const;
const WAITS = { state: "requires_action", due: 0 } as const;

test("a refund under way weighs on what is left and moves nothing until it succeeds", () => {
  const life = new Life({ amount: 1000n, fee: 100n });
  const begun = done(life.refund({ amount: 600n, fee: share }, life.found, { state: "pending", due: 0 }));
  assert.deepEqual([begun.entry, begun.refund?.entryId, begun.refund?.state], [null, null, "pending"]);
  assert.deepEqual([life.payment.refunded, life.payment.pending, leftToRefund(life.payment)], [0n, 600n, 400n]);
  assert.equal(no(life.refund({ amount: 401n })).code, "amount_exceeds_left");
  const settled = done(life.goOn(0, { state: "succeeded", due: null }));
  assert.deepEqual([settled.entry?.kind, settled.refund?.entryId, settled.event.kind], ["refund", settled.entry?.id, "refund.succeeded"]);
  assert.deepEqual([life.payment.refunded, life.payment.pending, leftToRefund(life.payment)], [600n, 0n, 400n]);
});

test("a refund that fails after it succeeded is undone posting by posting, fee and all, and can be made again", () => {
  const life = new Life({ amount: 1000n, fee: 100n });
  const made = done(life.refund({ fee: share }, life.found, { state: "succeeded", due: 0 }));
  const failed = done(life.goOn(0, FAILED));
  assert.deepEqual(failed.entry?.postings, made.entry?.postings.map(({ debit, credit, amount }) => ({ debit: credit, credit: debit, amount })));
  assert.deepEqual([failed.refund?.entryId, failed.refund?.failureEntryId], [made.entry?.id, failed.entry?.id]);
  assert.deepEqual([life.payment.refunded, life.payment.feeReturned, leftToRefund(life.payment)], [0n, 0n, 1000n]);
  assert.equal(done(life.refund({ fee: share })).refund?.feeReturned, 100n);
});

test("a refund that is rejected moves nothing, and its amount and its fee are free again", () => {
  const life = new Life({ amount: 1000n, fee: 100n });
  done(life.refund({ fee: share }, life.found, { state: "pending", due: 0 }));
  const rejected = done(life.goOn(0, REJECTED));
  assert.deepEqual([rejected.entry, rejected.refund?.state, rejected.refund?.failure, rejected.event.kind], [null, "rejected", null, "refund.rejected"]);
  assert.deepEqual([life.payment.pending, life.payment.feeReturned, leftToRefund(life.payment)], [0n, 0n, 1000n]);
  assert.deepEqual(auditPayment(life.dossier()), []);
  assert.equal(done(life.refund({ fee: share })).refund?.feeReturned, 100n);
});

test("a refund that is declined is none, and is refused only after all that speaks against it here", () => {
  const life = new Life({ amount: 1000n });
  assert.deepEqual(factsOf(life.refund({ amount: 400n }, life.found, { state: "declined" })), { code: "refund_declined", decline: null });
  assert.equal(no(life.refund({ amount: 1001n }, life.found, { state: "declined" })).code, "amount_exceeds_left");
  assert.deepEqual([life.refunds, life.payment.version], [[], 1]);
});

test("nobody who could tell where the money goes is a refusal, where the method cannot take it back", () => {
  const life = new Life();
  assert.deepEqual(factsOf(life.refund({}, life.found, WAITS)), { code: "instructions_missing" });
  assert.equal(done(life.refund({ askAt: ASKED }, life.found, WAITS)).refund?.state, "requires_action");
});

test("a refund is ended only while it waits for its customer", () => {
  const life = new Life();
  done(life.refund({ amount: 1n, askAt: ASKED }, life.found, WAITS));
  done(life.refund({ amount: 2n }, life.found, { state: "pending", due: 0 }));
  done(life.refund({ amount: 3n }));
  for (const place of [1, 2]) {
    for (const outcome of ["canceled", "failed"] as const) assert.equal(no(life.endRefund(place, outcome)).code, "refund_state_forbids");
  }
  const ended = done(life.endRefund(0, "canceled"));
  assert.deepEqual([ended.entry, ended.refund?.state, ended.refund?.failure, ended.event.kind], [null, "canceled", null, "refund.canceled"]);
  assert.equal(no(life.endRefund(0, "failed")).code, "refund_state_forbids");
});

test("a refund that nothing is due of, or not yet, is left as it is, and its processor is not asked", () => {
  const life = new Life();
  done(life.refund({ amount: 1n }));
  done(life.refund({ amount: 1n }, life.found, { state: "pending", due: Number.MAX_SAFE_INTEGER }));
  for (const place of [0, 1]) assert.equal(no(life.goOn(place, FAILED)).code, "not_due");
});

const START = fc.constantFrom({ state: "succeeded", due: null } as const, { state: "succeeded", due: 0 } as const, { state: "pending", due: 0 } as const, WAITS);
const VERDICT: fc.Arbitrary<RefundVerdict> = fc.constantFrom<RefundVerdict[]>(FAILED, REJECTED, { state: "succeeded", due: 0 }, { state: "succeeded", due: null }, { state: "pending", due: 0 });
const STEP = fc.oneof(
  fc.record({ kind: fc.constant("refund" as const), amount: fc.option(fc.bigInt({ min: 1n, max: 400n })), start: START }),
  fc.record({ kind: fc.constant("go_on" as const), place: fc.nat({ max: 5 }), verdict: VERDICT }),
  fc.record({ kind: fc.constant("end" as const), place: fc.nat({ max: 5 }), outcome: fc.constantFrom("canceled" as const, "failed" as const) }),
  fc.record({ kind: fc.constant("describe" as const), place: fc.nat({ max: 5 }) }),
);

test("whatever becomes of refunds, in whatever order, what is left is what was captured less what weighs, and the book is sound", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 300n }), fc.array(STEP, { maxLength: 25 }), (fee, steps) => {
      const life = new Life({ amount: 1000n, fee });
      for (const step of steps) {
        if (step.kind === "refund") {
          const fits = leftToRefund(life.payment) >= (step.amount ?? 1n);
          const more = step.amount === null ? {} : { amount: step.amount };
          assert.equal(life.refund({ ...more, fee: share, askAt: ASKED }, life.found, step.start).accepted, fits);
        } else {
          const refund = life.refunds[step.place];
          if (refund === undefined) continue;
          if (step.kind === "describe") done(life.describeRefund(step.place, "a note"));
          else if (step.kind === "end") assert.equal(life.endRefund(step.place, step.outcome).accepted, refund.state === "requires_action");
          else if (REFUND_STEPS[refund.state].includes(step.verdict.state)) assert.equal(life.goOn(step.place, step.verdict).accepted, refund.due !== null);
        }
        const weighs = life.refunds.reduce((sum, { state, amount }) => sum + (REFUND_WEIGHT[state] === "none" ? 0n : amount), 0n);
        assert.equal(leftToRefund(life.payment), 1000n - weighs);
        assert.deepEqual(auditPayment(life.dossier()), []);
      }
    }),
  );
});
