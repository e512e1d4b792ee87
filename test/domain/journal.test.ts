/** Double entry and the chain of hashes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { entryId, refundId } from "../../src/domain/id.ts";
import { capturePostings, entryHash, JOURNAL_START, refundPostings, type Entry } from "../../src/domain/journal.ts";
import { isMerchantId } from "../../src/domain/merchant.ts";
import { byReport, done, Life, money } from "./life.ts";

test("a capture debits where the money is, and a refund credits it; what is nothing is not posted", () => {
  const [inside, outside] = [new Life().payment, new Life({ tender: byReport() }).payment];
  assert.deepEqual(capturePostings(inside, 10n, 3n), [{ debit: "clearing", credit: "sales", amount: 10n }, { debit: "sales", credit: "application_fees", amount: 3n }]);
  assert.deepEqual(refundPostings(inside, 10n, 3n), [{ debit: "sales", credit: "clearing", amount: 10n }, { debit: "application_fees", credit: "sales", amount: 3n }]);
  assert.deepEqual(capturePostings(outside, 10n, 0n), [{ debit: "outside", credit: "sales", amount: 10n }]);
  assert.deepEqual(refundPostings(outside, 10n, 0n), [{ debit: "sales", credit: "outside", amount: 10n }]);
});

test("entries are numbered from 1, each over the hash of the one before it, and the payment holds the last", () => {
  const life = new Life();
  for (let i = 0; i < 4; i++) done(life.refund({ amount: 100n }));
  let before = JOURNAL_START;
  for (const [i, entry] of life.entries.entries()) {
    assert.equal(entry.number, i + 1);
    assert.equal(entry.hash, entryHash(before, entry));
    assert.match(entry.hash, /^[0-9a-f]{64}$/);
    before = entry.hash;
  }
  assert.deepEqual([life.payment.entries, life.payment.journalHead], [5, before]);
});

test("every field of an entry is under its hash, and so is all that came before", () => {
  const life = new Life({ fee: 10n });
  done(life.refund({ amount: 100n }));
  const entry = life.entries[1];
  assert.ok(entry !== undefined);
  const before = life.entries[0]?.hash ?? "";
  const merchant = `live_${"M".repeat(22)}`;
  assert.ok(isMerchantId(merchant));
  const [posting] = entry.postings;
  assert.ok(posting !== undefined);
  const changes: Omit<{ [Name in keyof Entry]: Entry[Name] }, "hash"> = {
    merchant,
    id: entryId("9".repeat(24)),
    paymentId: new Life({}, () => ({ now: 1, id: () => "8".repeat(24) })).payment.id,
    number: 7,
    kind: "capture",
    refundId: refundId("9".repeat(24)),
    createdAt: entry.createdAt + 1,
    currency: money("EUR"),
    postings: [{ ...posting, amount: posting.amount + 1n }],
  };
  const hashes = new Set([entry.hash, entryHash(`${before}0`, entry), entryHash(before, { ...entry, refundId: null })]);
  for (const [name, value] of Object.entries(changes)) hashes.add(entryHash(before, { ...entry, [name]: value }));
  for (const other of [{ ...posting, debit: "outside" as const }, { ...posting, credit: "outside" as const }]) hashes.add(entryHash(before, { ...entry, postings: [other] }));
  hashes.add(entryHash(before, { ...entry, postings: [posting, posting] }));
  assert.equal(hashes.size, 3 + Object.keys(changes).length + 3);
});
