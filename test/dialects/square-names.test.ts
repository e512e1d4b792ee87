import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANCE_WIDTH, idBody, paymentId } from "../../src/domain/id.ts";
import { makeCursor, readCursor } from "../../src/dialects/square/pages.ts";
import { paymentNamed, versionOf, versionToken } from "../../src/dialects/square/ids.ts";
import { parseDuration, parseTime, wireDuration, wireTime } from "../../src/dialects/square/times.ts";
import { present } from "../../src/base/assert.ts";
import { isMerchantId } from "../../src/domain/merchant.ts";

const id = paymentId(idBody(1_700_000_000_000, 0, "a".repeat(CHANCE_WIDTH)));
const other = paymentId(idBody(1_700_000_000_000, 1, "a".repeat(CHANCE_WIDTH)));

test("a version token tells its payment's version, and nobody else's", () => {
  for (const version of [1, 2, 61, 62, 63, 4_000, 2 ** 31]) {
    const token = versionToken({ id, version });
    assert.match(token, /^[0-9A-Za-z]{43}6o$/);
    assert.equal(versionOf(id, token), version);
    assert.equal(versionOf(other, token), -1);
    assert.equal(versionOf(id, token.toLowerCase()), -1);
    assert.equal(versionOf(id, ` ${token}`), -1);
  }
  for (const token of ["", "6o", "0".repeat(45), "é".repeat(45)]) assert.equal(versionOf(id, token), -1);
});

test("an id that cannot be one stands for a payment that was never made", () => {
  assert.equal(paymentNamed(id), id);
  for (const text of ["", "x", `${id}x`, "é".repeat(24)]) assert.equal(paymentNamed(text), "0".repeat(24));
});

test("a cursor is read back for its own query only", () => {
  const name = `test_${"a".repeat(22)}`;
  const owner = present(isMerchantId(name) ? name : null, "a merchant");
  const mark = { id, updatedAt: 1_700_000_000_123 };
  const now = 1_700_000_000_500;
  const asking = { merchant: owner, query: "refunds []", now };
  const cursor = makeCursor(asking, mark);
  assert.deepEqual(readCursor(asking, cursor), { after: mark });
  assert.deepEqual(readCursor(asking, null), { after: null });
  for (const wrong of ["", cursor.slice(1), `${cursor}0`, cursor.toUpperCase()]) {
    assert.ok("error" in readCursor(asking, wrong));
  }
  assert.ok("error" in readCursor({ ...asking, query: "refunds [1]" }, cursor));
  assert.deepEqual(readCursor({ ...asking, now: now + 15 * 60_000 }, cursor), { after: mark });
  assert.ok("error" in readCursor({ ...asking, now: now + 15 * 60_000 + 1 }, cursor));
});

test("times are RFC 3339, and days that are not in the calendar are none", () => {
  for (const [text, at] of [
    ["2026-11-21T09:17:55Z", "2026-11-21T09:17:55.000Z"],
    ["2026-11-21t09:17:55.5z", "2026-11-21T09:17:55.500Z"],
    ["2026-11-21T09:17:55.123456+02:00", "2026-11-21T07:17:55.123Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ] as const) {
    assert.equal(wireTime(parseTime(text) ?? 0), at);
  }
  const wrong = ["2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21", "2026-11-21T24:00:00Z", "2026-11-21 09:17:55Z", "2026-11-21T09:17:55", "1700000000"];
  for (const text of wrong) assert.equal(parseTime(text), null, text);
});

test("durations are ISO 8601, and are written in the greatest unit that leaves no rest", () => {
  const pairs = [["P7D", "PT168H"], ["P1W", "PT168H"], ["PT36H", "PT36H"], ["PT90M", "PT90M"], ["PT1H30M", "PT90M"], ["PT61S", "PT61S"]] as const;
  for (const [text, written] of pairs) assert.equal(wireDuration(parseDuration(text) ?? 0), written);
  for (const text of ["P", "PT", "7D", "P1Y", "P1M", "PT1.5H", "P-1D", ""]) assert.equal(parseDuration(text), null, text);
});
