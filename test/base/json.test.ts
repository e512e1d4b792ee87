/** JSON in which numbers keep the digits they were written with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isJsonObject, JSON_DEPTH_MAX, JsonNumber, member, parseJson, type JsonIn } from "../../src/base/json.ts";

function parsed(text: string): JsonIn {
  const read = parseJson(text);
  assert.ok(read !== null, `not read: ${text.slice(0, 100)}`);
  return read.value;
}

/** The value as `JSON.parse` would have given it. */
function lossy(value: JsonIn): unknown {
  if (value instanceof JsonNumber) return Number(value.source);
  if (Array.isArray(value)) return value.map(lossy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, lossy(inner)]));
}

test("all JSON is read as JSON.parse reads it, but for its numbers' digits", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      assert.deepEqual(lossy(parsed(text)), JSON.parse(text));
    }),
  );
});

test("a number keeps every digit", () => {
  for (const digits of ["9007199254740993", "1000", "-0", "0.1", "1e3", "1E+400", "123456789012345678901234567890"]) {
    const body = parsed(`{"amount":${digits}}`);
    assert.ok(isJsonObject(body));
    assert.deepEqual(member(body, "amount"), new JsonNumber(digits));
  }
  fc.assert(fc.property(fc.bigInt(), (amount) => assert.deepEqual(parsed(String(amount)), new JsonNumber(String(amount)))));
});

test("what is not JSON is not read", () => {
  for (const text of ["", "{", "{]", "nul", "{'a':1}", "[1,]", "01", "1.", "NaN", "{} {}", "\"\u0001\"", "\"\\x\""]) assert.equal(parseJson(text), null, text);
});

test("depth has its limit, whatever stands in texts", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.equal(parseJson(nested(JSON_DEPTH_MAX + 1)), null);
  parsed(nested(JSON_DEPTH_MAX));
  assert.equal(parseJson(`{"a":`.repeat(100_000)), null);
  const brackets = JSON.stringify({ "[[\"[": "\\\"[".repeat(100) });
  assert.deepEqual(lossy(parsed(brackets)), JSON.parse(brackets));
  assert.equal(parseJson(`["\\"${"[".repeat(100)}", ${nested(JSON_DEPTH_MAX)}]`), null);
});

test("only an object's own members are found", () => {
  const body = parsed('{"__proto__":{"admin":true},"a":null}');
  assert.ok(isJsonObject(body));
  assert.equal(member(body, "admin"), undefined);
  assert.equal(member(body, "toString"), undefined);
  assert.equal(member(body, "a"), null);
  const own = member(body, "__proto__");
  assert.ok(isJsonObject(own));
  assert.equal(member(own, "admin"), true);
  assert.equal(Reflect.get({}, "admin"), undefined);
});

test("arrays, numbers, texts and null are not objects", () => {
  for (const text of ["[]", "1", '"a"', "null", "true"]) assert.equal(isJsonObject(parsed(text)), false, text);
});
