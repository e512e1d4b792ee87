import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { base62, base62Bytes, base62Value } from "../../src/base/base62.ts";

const WIDTH = 9;
const whole = fc.maxSafeNat();

test("what was written is read back", () => {
  fc.assert(fc.property(whole, (value) => assert.equal(base62Value(base62(value, WIDTH)), value)));
});

test("the order as text is the order as numbers", () => {
  fc.assert(
    fc.property(whole, whole, (one, other) => {
      assert.equal(base62(one, WIDTH) < base62(other, WIDTH), one < other);
    }),
  );
});

test("a text with another character is no number", () => {
  for (const text of ["-1", "a b", "é", "a_b"]) assert.equal(base62Value(text), null, text);
});

test("each byte is one digit, and no digit is much likelier than another", () => {
  const all = base62Bytes(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  assert.equal(all.length, 256);
  const counts = new Map<string, number>();
  for (const digit of all) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  assert.equal(counts.size, 62);
  assert.deepEqual([Math.min(...counts.values()), Math.max(...counts.values())], [4, 5]);
});
