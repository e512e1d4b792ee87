/** What goes from a charge to a platform's other books and comes back from there: in proportion, never drifting, never more than went. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { feesOf, merchantOfAccount, ownAccount, receivedOf, transfersOf } from "../../src/domain/connected.ts";
import { isMerchantId, modeOf, type MerchantId } from "../../src/domain/merchant.ts";
import type { Accepted, Outcome } from "../../src/domain/outcome.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { ACCOUNT, Books, CONNECTED, connectOf, PLATFORM } from "./books.ts";
import { share } from "./life.ts";

const [FEES, TRANSFERS, RECEIVED] = [feesOf(PLATFORM), transfersOf(PLATFORM), receivedOf(CONNECTED)];

function done(outcome: Outcome): Accepted {
  assert.ok(outcome.accepted, outcome.accepted ? "" : outcome.refusal.code);
  return outcome;
}

function refusal(outcome: Outcome): string {
  assert.ok(!outcome.accepted);
  return outcome.refusal.code;
}

test("every book of a platform and its accounts has a name of its own, in the same mode", () => {
  const live = "live_0123456789012345678901";
  assert.ok(isMerchantId(live));
  const namesOf = (platform: MerchantId) => [feesOf(platform), transfersOf(platform), receivedOf(platform), merchantOfAccount(platform, ACCOUNT), receivedOf(merchantOfAccount(platform, ACCOUNT))];
  const names = [live, PLATFORM].flatMap((platform) => (isMerchantId(platform) ? [platform, ...namesOf(platform)] : []));
  assert.equal(new Set(names).size, names.length);
  assert.ok(namesOf(live).every((name) => modeOf(name) === "live") && namesOf(PLATFORM).every((name) => modeOf(name) === "test"));
  assert.notEqual(ownAccount(PLATFORM), ownAccount(live));
});

test("shares of a fee are floor(fee × refunded so far ÷ captured) less what came back before, in both books", () => {
  for (const [fee, amounts, shares] of [[101n, [333n, 333n, 334n], [33n, 34n, 34n]], [100n, [333n, 333n, 334n], [33n, 33n, 34n]], [1n, [999n, 1n], [0n, 1n]]] as const) {
    const books = new Books();
    const { payment } = done(books.charge(CONNECTED, { connect: connectOf("charge"), fee }));
    const given = amounts.map((amount) => done(books.refund(payment, { amount, fee: share })).refund);
    assert.deepEqual(given.map((refund) => refund?.feeReturned), shares);
    assert.deepEqual(given.map((refund) => (refund === null ? 0n : (books.refundIn(FEES, refund.id)?.amount ?? 0n))), shares);
    const [earned] = books.all(FEES);
    assert.deepEqual([earned?.captured, earned?.refunded], [fee, fee]);
    assert.deepEqual(books.findings(), []);
  }
});

test("a transfer comes back in its own proportion, and the fee of it in the charge's", () => {
  const books = new Books();
  const { payment } = done(books.charge(PLATFORM, { connect: connectOf("destination", { transfer: 701n }) }));
  const reversed = [100n, 233n, 333n, 334n].map((amount, i) => done(books.refund(payment, { amount, reversesTransfer: i > 0 })).refund?.reversed);
  assert.deepEqual(reversed, [null, 233n, 233n, 235n]);
  for (const merchant of [TRANSFERS, RECEIVED]) assert.deepEqual(books.all(merchant).map(({ captured, refunded }) => [captured, refunded]), [[701n, 701n]]);

  const { payment: other } = done(books.charge(PLATFORM, { connect: connectOf("destination", { fee: 101n }) }));
  for (const amount of [333n, 333n, 334n]) done(books.refund(other, { amount, reversesTransfer: true, fee: { kind: "share", required: true } }));
  assert.deepEqual(books.all(FEES).map(({ captured, refunded }) => [captured, refunded]), [[101n, 101n]]);
  assert.deepEqual(books.all(RECEIVED).map(({ feeTaken, feeReturned }) => [feeTaken, feeReturned]), [[0n, 0n], [101n, 101n]]);

  // Whoever only means the payment's own fee, as Square's callers do, does not move the account's.
  const { payment: third } = done(books.charge(PLATFORM, { connect: connectOf("destination", { fee: 101n }) }));
  done(books.refund(third, { amount: 1_000n, fee: share }));
  assert.deepEqual(books.all(RECEIVED).at(-1)?.feeReturned, 0n);
  assert.deepEqual(books.findings(), []);
});

test("what is not there does not come back, and more than a payment is not agreed upon", () => {
  const books = new Books();
  const direct = done(books.charge(CONNECTED, { connect: connectOf("charge") })).payment;
  assert.equal(refusal(books.refund(direct, { fee: { kind: "share", required: true } })), "no_fee");
  assert.equal(refusal(books.refund(direct, { reversesTransfer: true })), "no_transfer");
  const destined = done(books.charge(PLATFORM, { connect: connectOf("destination") })).payment;
  assert.equal(refusal(books.refund(destined, { fee: { kind: "share", required: true } })), "no_fee");
  assert.equal(refusal(books.charge(CONNECTED, { connect: connectOf("charge"), fee: 1001n })), "terms_exceed_payment");
  assert.equal(refusal(books.charge(PLATFORM, { connect: connectOf("destination", { transfer: 1001n }) })), "terms_exceed_payment");
  const sent = done(books.transfer(10n)).payment;
  assert.equal(refusal(books.refund(sent, { amount: 11n })), "amount_exceeds_left");
});

test("a fee under way with its refund is promised in both books, and no money has moved", () => {
  const books = new Books();
  const { payment } = done(books.charge(CONNECTED, { connect: connectOf("charge"), fee: 100n }));
  // Nobody is asked about a card; who is, has told where.
  const { elsewhere } = done(books.refund(payment, { amount: 500n, fee: share, start: { state: "pending", due: 1 } }));
  const [fee] = books.all(FEES);
  assert.deepEqual([fee?.pending, fee?.refunded, elsewhere[0]?.entry, elsewhere[0]?.refund?.state], [50n, 0n, null, "pending"]);
});

const amount = fc.option(fc.bigInt({ min: 1n, max: 1000n }), { nil: undefined });
const asked = fc.record({ of: fc.constantFrom("charge", "fee", "transfer"), amount, fee: fc.boolean(), reversesTransfer: fc.boolean() });

test("whatever comes back of a charge, its fee and its transfer, in whatever order: never more than went, and every book proves", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ role: fc.constantFrom("charge" as const, "destination" as const), fee: fc.bigInt({ min: 0n, max: 1000n }), transfer: fc.option(fc.bigInt({ min: 1n, max: 1000n })) }),
      fc.array(asked, { maxLength: 12 }),
      async ({ role, fee, transfer }, moves) => {
        const books = new Books();
        const isDirect = role === "charge";
        const connect = isDirect ? connectOf(role) : connectOf(role, { fee, transfer });
        const { payment } = done(books.charge(isDirect ? CONNECTED : PLATFORM, { connect, fee: isDirect ? fee : 0n }));
        for (const move of moves) {
          const [target] = move.of === "charge" ? [payment] : books.all(move.of === "fee" ? FEES : TRANSFERS);
          if (target === undefined) continue;
          books.refund(target, { ...(move.amount === undefined ? {} : { amount: move.amount }), ...(move.fee ? { fee: { kind: "share", required: fee > 0n } as const } : {}), reversesTransfer: move.reversesTransfer && move.of === "charge" });
        }
        const [charged, [earned], [sent], [received]] = [books.payment(payment.merchant, payment.id), books.all(FEES), books.all(TRANSFERS), books.all(RECEIVED)];
        const last = moves.at(-1);
        // The last refund clears both to zero, where it was to bring them back.
        if (last?.of === "charge" && charged.refunded === charged.captured && moves.length === 1) {
          if (last.fee && earned !== undefined) assert.equal(earned.refunded, earned.captured);
          if (last.reversesTransfer && sent !== undefined) assert.equal(sent.refunded, sent.captured);
        }
        assert.deepEqual([sent?.captured, sent?.refunded], [received?.captured, received?.refunded]);
        assert.equal((isDirect ? charged : received)?.feeReturned ?? 0n, earned?.refunded ?? 0n);
        assert.deepEqual(books.findings(), []);
        const book = { countPayments: () => books.dossiers().length, dossiers: () => books.dossiers(), damage: () => [] };
        assert.deepEqual((await verifyBook(book, () => undefined)).imbalances, []);
      },
    ),
    { numRuns: 200 },
  );
});

test("the proof of the book misses no side: a transfer that nobody received, and a fee that nobody paid", async () => {
  for (const lost of [RECEIVED, CONNECTED]) {
    const books = new Books();
    done(books.transfer(10n));
    done(books.charge(CONNECTED, { connect: connectOf("charge"), fee: 5n }));
    const dossiers = books.dossiers().filter(({ payment }) => payment.merchant !== lost);
    const { sound, imbalances } = await verifyBook({ countPayments: () => dossiers.length, dossiers: () => dossiers, damage: () => [] }, () => undefined);
    assert.deepEqual([sound, imbalances.length], [false, 1], imbalances.join());
    assert.match(imbalances[0] ?? "", lost === RECEIVED ? /transferred/ : /earned/);
  }
});
