/** Amounts in words, and the currencies that have them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { currencies, currency, exponentOf } from "../../src/domain/currency.ts";
import { AMOUNT_MAX, decimal } from "../../src/domain/money.ts";
import { money } from "./life.ts";

test("minor units are spoken with their point and their thousands", () => {
  const cases: [bigint, number, string][] = [
    [0n, 2, "0.00"],
    [5n, 2, "0.05"],
    [99n, 2, "0.99"],
    [100n, 2, "1.00"],
    [123_456_789n, 2, "1,234,567.89"],
    [100_000n, 2, "1,000.00"],
    [300n, 0, "300"],
    [1_234_567n, 0, "1,234,567"],
    [1_000n, 3, "1.000"],
    [7n, 3, "0.007"],
    [12_345n, 4, "1.2345"],
    [-5n, 2, "-0.05"],
    [-123_456n, 2, "-1,234.56"],
    [AMOUNT_MAX, 2, "90,071,992,547,409.91"],
  ];
  for (const [amount, exponent, text] of cases) assert.equal(decimal(amount, exponent), text);
});

test("no digit is lost or added, whatever the amount and the exponent", () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.integer({ min: 0, max: 4 }), (amount, exponent) => {
      const text = decimal(amount, exponent);
      assert.equal(BigInt(text.replaceAll(/[,.]/g, "")), amount);
      assert.match(text, exponent === 0 ? /^-?\d{1,3}(?:,\d{3})*$/ : new RegExp(`^-?\\d{1,3}(?:,\\d{3})*\\.\\d{${exponent}}$`));
    }),
  );
});

test("exponents are those of ISO 4217", () => {
  for (const [code, exponent] of [["USD", 2], ["EUR", 2], ["JPY", 0], ["KRW", 0], ["VND", 0], ["BHD", 3], ["KWD", 3], ["TND", 3], ["CLF", 4], ["HUF", 2], ["TWD", 2], ["IDR", 2]] as const) {
    assert.equal(exponentOf(money(code)), exponent, code);
  }
});

test("a currency is a code in capitals that is in the table", () => {
  for (const code of ["usd", "Usd", "", "US", "USDX", "XXX", "BTC", "ISK", "MGA", "UGX", "__proto__", "constructor"]) assert.equal(currency(code), null, code);
  const all = currencies();
  assert.equal(new Set(all).size, all.length);
  for (const code of all) {
    assert.match(code, /^[A-Z]{3}$/);
    assert.equal(currency(code), code);
  }
});
