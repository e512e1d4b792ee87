/** The rule that the house exists for: never twice, and never beyond what was captured. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { auditPayment } from "../../src/domain/audit.ts";
import { paymentId } from "../../src/domain/id.ts";
import { leftToRefund } from "../../src/domain/payment.ts";
import { byReport, byToken, CHARGEBACK, declined, done, factsOf, INQUIRY, Life, money, needsAction, no, share, USD } from "./life.ts";

const usd = (amount: bigint) => ({ amount, currency: USD });
const DAY = 86_400_000;

test("a refund lessens what is left, and writes its entry, its event and its next version", () => {
  const life = new Life();
  const { payment, refund, entry, event } = done(life.refund({ amount: 300n, channel: "reported", reference: "r1", notes: { why: "broken" } }));
  assert.deepEqual([payment.refunded, leftToRefund(payment), payment.refunds, payment.version, payment.state], [300n, 700n, 1, 2, "captured"]);
  assert.deepEqual(entry?.postings, [{ debit: "sales", credit: "clearing", amount: 300n }]);
  assert.deepEqual([entry?.kind, entry?.refundId, entry?.number, entry?.hash], ["refund", refund?.id, 2, payment.journalHead]);
  assert.deepEqual([refund?.amount, refund?.currency, refund?.state, refund?.kind, refund?.channel, refund?.reference, refund?.entryId, refund?.notes], [300n, USD, "succeeded", "refund", "reported", "r1", entry?.id, { why: "broken" }]);
  assert.deepEqual([event.kind, event.version, event.refundId, event.after.refunded], ["refund.created", 2, refund?.id, 300n]);
});

test("a payment that was only reported is refunded outside", () => {
  const { entry } = done(new Life({ tender: byReport() }).refund({ amount: 1n }));
  assert.deepEqual(entry?.postings, [{ debit: "sales", credit: "outside", amount: 1n }]);
});

test("without an amount all that is left goes back", () => {
  const life = new Life();
  done(life.refund({ amount: 999n }));
  assert.equal(done(life.refund()).refund?.amount, 1n);
  assert.equal(no(life.refund()).code, "already_refunded");
});

test("each refusal stands alone, with its facts", () => {
  const another = paymentId("9".repeat(24));
  assert.deepEqual(factsOf(new Life().refund({ within: another })), { code: "payment_differs" });
  assert.deepEqual(factsOf(new Life().refund({ expectedVersion: 2 })), { code: "version_mismatch" });
  assert.deepEqual(factsOf(new Life({ tender: byToken(false) }).refund({ release: false })), { code: "nothing_captured" });
  assert.deepEqual(factsOf(new Life({ tender: null, intent: true }).refund()), { code: "nothing_captured" });
  assert.deepEqual(factsOf(new Life({ authorization: declined }).refund()), { code: "nothing_captured" });
  assert.deepEqual(factsOf(new Life({ intent: true, authorization: needsAction }).refund()), { code: "nothing_captured" });
  const life = new Life();
  done(life.dispute(CHARGEBACK));
  assert.deepEqual(factsOf(life.refund()), { code: "disputed" });
  assert.deepEqual(factsOf(new Life().refund({ amount: 1n, currency: money("EUR") })), { code: "currency_differs", asked: { amount: 1n, currency: money("EUR") } });
  assert.deepEqual(factsOf(new Life().refund({ amount: 1001n })), { code: "amount_exceeds_left", asked: usd(1001n), left: usd(1000n) });
  assert.deepEqual(factsOf(new Life({ fee: 10n }).refund({ amount: 100n, fee: { kind: "exact", amount: 11n } })), { code: "fee_exceeds_left", asked: usd(11n), left: usd(10n) });
  assert.deepEqual(factsOf(new Life({ fee: 10n }).refund({ amount: 5n, fee: { kind: "exact", amount: 6n } })), { code: "fee_exceeds_left", asked: usd(6n), left: usd(5n) });
  assert.deepEqual(factsOf(new Life().refund({ paymentNotes: { set: { a: "1" }, limit: { prefix: "a", max: 0 } } })), { code: "notes_full", max: 0 });
});

test("age and number are limited only where the command says so", () => {
  const [old, many] = [new Life(), new Life()];
  const later = { ...old.found, payment: { ...old.payment, createdAt: old.payment.createdAt - 366 * DAY } };
  assert.deepEqual(factsOf(old.refund({ ageMax: 365 * DAY }, later)), { code: "too_old" });
  done(old.refund({ ageMax: 367 * DAY, amount: 1n }, later));
  for (let i = 0; i < 3; i++) done(many.refund({ amount: 1n, refundsMax: 3 }));
  assert.deepEqual(factsOf(many.refund({ amount: 1n, refundsMax: 3 })), { code: "too_many_refunds", max: 3 });
  done(many.refund({ amount: 1n }));
});

test("where several refusals hold, the first in their order is given", () => {
  const another = paymentId("9".repeat(24));
  const disputed = new Life();
  done(disputed.dispute(CHARGEBACK));
  assert.equal(no(disputed.refund({ within: another, expectedVersion: 9 })).code, "payment_differs");
  assert.equal(no(disputed.refund({ expectedVersion: 9, amount: 5000n })).code, "version_mismatch");
  assert.equal(no(disputed.refund({ amount: 5000n, currency: money("EUR") })).code, "currency_differs");
  assert.equal(no(disputed.refund({ amount: 5000n })).code, "disputed");
  const empty = new Life();
  done(empty.refund());
  assert.equal(no(empty.refund({ amount: 5000n, currency: money("EUR") })).code, "currency_differs");
  assert.equal(no(empty.refund({ amount: 5000n })).code, "already_refunded");
  assert.equal(no(new Life().refund({ amount: 5000n, ageMax: -1 })).code, "amount_exceeds_left");
});

test("refunds under way count against what is left", () => {
  const life = new Life();
  const found = { ...life.found, payment: { ...life.payment, pending: 700n } };
  assert.deepEqual(factsOf(life.refund({ amount: 301n }, found)), { code: "amount_exceeds_left", asked: usd(301n), left: usd(300n) });
  assert.equal(done(life.refund({}, found)).refund?.amount, 300n);
  const whole = { ...life.found, payment: { ...life.payment, refunded: 0n, pending: 1000n } };
  assert.equal(no(life.refund({}, whole)).code, "already_refunded");
});

test("an authorization is released whole, without an entry, and only where the command allows it", () => {
  const life = new Life({ tender: byToken(false) });
  assert.equal(no(life.refund({ amount: 999n })).code, "release_in_part");
  assert.equal(no(life.refund({ amount: 1001n })).code, "amount_exceeds_left");
  const { payment, attempt, refund, entry } = done(life.refund({ amount: 1000n }));
  assert.deepEqual([payment.state, payment.refunded, payment.refunds, attempt?.state, refund?.kind, refund?.amount, refund?.entryId, entry], ["canceled", 0n, 1, "canceled", "release", 1000n, null, null]);
  assert.equal(no(life.refund()).code, "already_refunded");
  assert.equal(no(new Life({ tender: byToken(false), intent: true }).refund()).code, "nothing_captured");
  const before = { ...new Life({ tender: byToken(false) }).found };
  assert.equal(no(new Life().refund({}, { ...before, payment: { ...before.payment, dispute: "chargeback" } })).code, "disputed", "one of before disputes were kept");
  assert.deepEqual(auditPayment(life.dossier()), []);
});

test("an inquiry does not bar a refund", () => {
  const life = new Life();
  done(life.dispute(INQUIRY));
  assert.equal(done(life.refund()).refund?.amount, 1000n);
});

test("only the attempt that was captured is refunded", () => {
  const life = new Life({ intent: true, authorization: declined });
  const [failed] = life.attempts;
  done(life.again(byToken()));
  assert.equal(no(life.refund({}, { payment: life.payment, attempt: failed ?? null })).code, "nothing_captured");
  done(life.refund());
});

const amounts = fc.bigInt({ min: 1n, max: 10n ** 15n });

test("whatever is asked, in whatever order, refunds are exactly what fits, and the book is sound", () => {
  const asked = fc.array(fc.option(fc.bigInt({ min: 1n, max: 2_000n })), { maxLength: 15 });
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 5_000n }), fc.bigInt({ min: 1n, max: 5_000n }), asked, (authorized, most, asks) => {
      const life = new Life({ amount: authorized, tender: byToken(false) });
      const captured = most < authorized ? most : authorized;
      done(life.capture(captured));
      let left = captured;
      for (const ask of asks) {
        const outcome = life.refund(ask === null ? {} : { amount: ask });
        const fits = left > 0n && (ask ?? left) <= left;
        assert.equal(outcome.accepted, fits);
        if (fits) left -= ask ?? left;
        assert.equal(leftToRefund(life.payment), left);
      }
      assert.equal(life.refunds.reduce((sum, { amount }) => sum + amount, 0n), captured - left);
      assert.deepEqual(auditPayment(life.dossier()), []);
    }),
  );
});

test("a fee's shares are the floor of its proportion, never drift, and the last clears it", () => {
  fc.assert(
    fc.property(amounts, amounts, amounts, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (captured, most, released, parts) => {
      const fee = most < captured ? most : captured;
      const life = new Life({ amount: captured + released, fee, tender: byToken(false) });
      done(life.capture(captured));
      for (const part of parts) {
        const left = leftToRefund(life.payment);
        if (left <= 1n) break;
        const amount = BigInt(Math.floor(part * Number(left))) || 1n;
        if (amount >= left) continue;
        const { payment, refund } = done(life.refund({ amount, fee: share }));
        assert.equal(payment.feeReturned, (fee * payment.refunded) / captured);
        assert.ok(refund !== null && refund.feeReturned >= 0n && refund.feeReturned <= refund.amount);
      }
      const last = done(life.refund({ fee: share }));
      assert.equal(last.payment.feeReturned, fee);
      assert.equal(life.refunds.reduce((sum, refund) => sum + refund.feeReturned, 0n), fee);
      assert.deepEqual(auditPayment(life.dossier()), []);
    }),
  );
});

test("a refund under way, whose share is already given, does not change the next one's", () => {
  const life = new Life({ amount: 1000n, fee: 100n });
  const found = { ...life.found, payment: { ...life.payment, pending: 500n, feeReturned: 50n } };
  assert.equal(done(life.refund({ amount: 250n, fee: share }, found)).refund?.feeReturned, 25n);
});

test("shares, exact fees and none mix: never negative, never more than was taken, and a share that ends the refunds clears the fee", () => {
  const fees = fc.oneof(fc.constant(share), fc.constant({ kind: "none" } as const), fc.record({ kind: fc.constant("exact" as const), amount: fc.bigInt({ min: 0n, max: 300n }) }));
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1000n }), fc.array(fc.record({ amount: fc.bigInt({ min: 1n, max: 400n }), fee: fees }), { maxLength: 12 }), (fee, asks) => {
      const life = new Life({ fee });
      for (const ask of asks) {
        const before = life.payment;
        const outcome = life.refund(ask);
        if (!outcome.accepted) {
          assert.deepEqual(life.payment, before);
          continue;
        }
        const returned = outcome.refund?.feeReturned ?? -1n;
        assert.ok(returned >= 0n && life.payment.feeReturned <= fee);
        if (ask.fee.kind === "share" && life.payment.refunded === life.payment.captured) assert.equal(life.payment.feeReturned, fee);
        if (ask.fee.kind === "exact") assert.equal(returned, ask.fee.amount);
        if (ask.fee.kind === "none") assert.equal(returned, 0n);
      }
      assert.deepEqual(auditPayment(life.dossier()), []);
    }),
  );
});
