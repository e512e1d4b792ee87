/** What an entry did to the merchant's money, read off its postings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { capturePostings, chargebackPostings, failurePostings, refundPostings, reversalPostings } from "../../src/domain/journal.ts";
import { isProcessed, movementOf } from "../../src/domain/movement.ts";
import { byReport, Life } from "./life.ts";

const SEED = Math.floor(Math.random() * 2 ** 31);
const amount = fc.bigInt({ min: 1n, max: 2n ** 53n - 1n });
const fee = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });

test(`a capture brings its amount less the fee, a refund takes its own less the fee that comes back (seed ${SEED})`, () => {
  const { payment } = new Life();
  fc.assert(
    fc.property(amount, fee, (gross, part) => {
      assert.deepEqual(movementOf({ postings: capturePostings(payment, gross, part) }), { gross, applicationFee: part, disputeFee: 0n, net: gross - part });
      assert.deepEqual(movementOf({ postings: refundPostings(payment, gross, part) }), { gross: -gross, applicationFee: -part, disputeFee: 0n, net: part - gross });
    }),
    { seed: SEED },
  );
});

test("a refund that failed brings back what it took, and the application has its fee again", () => {
  const postings = failurePostings(new Life().payment, 10n, 3n);
  assert.deepEqual(movementOf({ postings }), { gross: 10n, applicationFee: 3n, disputeFee: 0n, net: 7n });
  assert.equal(isProcessed({ postings }), true);
});

test(`a chargeback takes its amount and a fee, and its reversal brings the amount alone (seed ${SEED})`, () => {
  fc.assert(
    fc.property(amount, fee, (gross, part) => {
      assert.deepEqual(movementOf({ postings: chargebackPostings(gross, part) }), { gross: -gross, applicationFee: 0n, disputeFee: part, net: -gross - part });
      assert.deepEqual(movementOf({ postings: reversalPostings(gross) }), { gross, applicationFee: 0n, disputeFee: 0n, net: gross });
      assert.equal(isProcessed({ postings: chargebackPostings(gross, part) }), true);
    }),
    { seed: SEED },
  );
});

test("what was only reported moved at no processor of ours", () => {
  const { payment } = new Life({ tender: byReport() });
  const postings = capturePostings(payment, 10n, 3n);
  assert.equal(isProcessed({ postings }), false);
  assert.equal(movementOf({ postings }).gross, 0n);
});
