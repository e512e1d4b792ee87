/** Whatever is asked of a payment, in whatever order: it goes along the state graph, and its book stays sound. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { auditPayment } from "../../src/domain/audit.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import { PAYMENT_STEPS, REFUND_STEPS, REFUND_WEIGHT, type PaymentState, type RefundState } from "../../src/domain/states.ts";
import { approved, byReport, byToken, declined, done, Life, needsAction, no, type Taking } from "./life.ts";

const takings: readonly Taking[] = [
  {},
  { tender: byToken(false) },
  { authorization: declined },
  { tender: null, intent: true },
  { intent: true },
  { intent: true, tender: byToken(false) },
  { intent: true, authorization: declined },
  { intent: true, authorization: needsAction },
  { tender: byReport("initiated") },
  { tender: byReport("captured") },
  { tender: byReport("failed") },
  { tender: byReport("canceled") },
];

type Move = (life: Life) => Outcome;
const amount = fc.bigInt({ min: 1n, max: 1200n });
const authorization = fc.constantFrom(approved(), approved(), declined, needsAction);
const move: fc.Arbitrary<Move> = fc.oneof(
  amount.map((asked): Move => (life) => life.capture(asked)),
  fc.boolean().map((pastIntent): Move => (life) => life.capture(null, null, pastIntent)),
  amount.map((asked): Move => (life) => life.refund({ amount: asked })),
  fc.constant<Move>((life) => life.refund()),
  fc.constantFrom("canceled" as const, "failed" as const).map((outcome): Move => (life) => life.end(outcome)),
  fc.constant<Move>((life) => life.describe("said")),
  fc.tuple(fc.boolean(), authorization).map(([capture, said]): Move => (life) => (life.payment.origin === "recorded" ? life.again(byReport("initiated")) : life.again(byToken(capture), said))),
);

test("every accepted command goes along the graph, adds one version and one event, and leaves the book sound", () => {
  fc.assert(
    fc.property(fc.constantFrom(...takings), fc.array(move, { maxLength: 12 }), (taking, moves) => {
      const life = new Life({ fee: 70n, ...taking });
      for (const act of moves) {
        const before = life.dossier();
        const outcome = act(life);
        const { payment, events } = life;
        if (!outcome.accepted) {
          assert.deepEqual(life.dossier(), before, "a refusal changes nothing");
          continue;
        }
        assert.ok(payment.state === before.payment.state || PAYMENT_STEPS[before.payment.state].includes(payment.state), `${before.payment.state} to ${payment.state}`);
        assert.equal(payment.version, before.payment.version + 1);
        assert.equal(events.length, before.events.length + 1);
        assert.ok(payment.updatedAt > before.payment.updatedAt);
        assert.deepEqual(auditPayment(life.dossier()), []);
      }
    }),
    { numRuns: 600 },
  );
});

test("every state but the first can be come to", () => {
  const reached = new Set<PaymentState>(Object.values(PAYMENT_STEPS).flat());
  assert.deepEqual(Object.keys(PAYMENT_STEPS).filter((state) => ![...reached].some((known) => known === state)), ["open"]);
});

test("a refund's end has no way out, but for a success that fails later", () => {
  const final = Object.entries(REFUND_STEPS).filter(([, next]) => next.length === 0).map(([state]) => state);
  assert.deepEqual(final, ["rejected", "failed", "canceled"]);
  assert.deepEqual(REFUND_STEPS.succeeded, ["failed"]);
  const weighing = (weight: string): RefundState[] => (["pending", "requires_action", "succeeded", "rejected", "failed", "canceled"] as const).filter((state) => REFUND_WEIGHT[state] === weight);
  assert.deepEqual([weighing("refunded"), weighing("pending"), weighing("none")], [["succeeded"], ["pending", "requires_action"], ["rejected", "failed", "canceled"]]);
});

test("a captured payment is neither captured, tried, failed nor canceled again", () => {
  const life = new Life();
  assert.equal(no(life.capture()).code, "already_captured");
  assert.equal(no(life.again(byToken())).code, "state_forbids");
  assert.equal(no(life.end("canceled")).code, "state_forbids");
  assert.equal(no(life.end("failed")).code, "state_forbids");
});

test("a capture takes at most the authorization, once, and at the version that was named", () => {
  const life = new Life({ tender: byToken(false), fee: 500n });
  assert.equal(no(life.capture(1001n)).code, "capture_exceeds_authorized");
  assert.equal(no(life.capture(1n, 2)).code, "version_mismatch");
  const { payment, entry } = done(life.capture(300n, 1));
  assert.deepEqual([payment.captured, payment.authorized, payment.feeTaken, payment.capturedAt], [300n, 1000n, 300n, payment.updatedAt], "a fee is at most what was taken in");
  assert.deepEqual(entry?.postings.map(({ debit, credit, amount: posted }) => [debit, credit, posted]), [["clearing", "sales", 300n], ["sales", "application_fees", 300n]]);
  assert.equal(no(new Life({ intent: true, tender: byToken(false) }).capture(null, null, false)).code, "intent_governs");
});

test("a reported payment is tried again only when it failed or was canceled", () => {
  for (const [outcome, may] of [["initiated", false], ["captured", false], ["failed", true], ["canceled", true]] as const) {
    assert.equal(new Life({ tender: byReport(outcome) }).again(byReport("initiated")).accepted, may, outcome);
  }
});
