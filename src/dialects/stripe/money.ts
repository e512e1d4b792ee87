/** Amounts in Stripe's messages: `$25.00`, `¥300`, `KWD 1.000`. */
import { currencies, currency, exponentOf, type Currency } from "../../domain/currency.ts";
import { decimal, type Money } from "../../domain/money.ts";
import { malformed, Malformed } from "./problem.ts";
import { text, whole, type Param } from "./params.ts";

/** Stripe charges have up to eight digits. */
export const CHARGE_MAX = 99_999_999n;
const SAFE_MAX = 9_007_199_254_740_991n;

const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ["AUD", "$"],
  ["BRL", "R$"],
  ["CAD", "$"],
  ["CNY", "¥"],
  ["EUR", "€"],
  ["GBP", "£"],
  ["HKD", "$"],
  ["INR", "₹"],
  ["JPY", "¥"],
  ["KRW", "₩"],
  ["MXN", "$"],
  ["NZD", "$"],
  ["SGD", "$"],
  ["USD", "$"],
]);

export function spokenMoney(money: Money): string {
  const figure = decimal(money.amount, exponentOf(money.currency));
  return (SYMBOLS.get(money.currency) ?? `${money.currency} `) + figure;
}

/** Minor units of a currency that is named elsewhere, or not at all: a refund's is its charge's. */
export function amount(about: string): Param<bigint> {
  const least = whole(about, { min: 1n });
  return {
    ...least,
    told: { ...least.told, limits: { min: 1n, max: CHARGE_MAX } },
    read(raw, path) {
      const value = least.read(raw, path);
      if (value instanceof Malformed || value <= CHARGE_MAX) return value;
      return malformed("Amount must be no more than $999,999.99", { code: "amount_too_large", param: path });
    },
  };
}

/** An amount of a payment record, which another processor took: any whole number of minor units that JSON can carry. */
export function recordedAmount(about: string): Param<bigint> {
  return whole(about, { min: 1n, max: SAFE_MAX });
}

export function currencyCode(about: string): Param<Currency> {
  const code = text(about);
  return {
    ...code,
    told: { ...code.told, limits: { pattern: "^[A-Za-z]{3}$" } },
    read(raw, path) {
      const value = code.read(raw, path);
      if (value instanceof Malformed) return value;
      const known = currency(value.toUpperCase());
      return known ?? malformed(`Invalid currency: ${value.slice(0, 20)}. Stripe currently supports these currencies: ${SUPPORTED}`, { param: path });
    },
  };
}

/** Stripe's message lists usd first and then the alphabet. */
const SUPPORTED = ["usd", ...currencies().filter((code) => code !== "USD").map((code) => code.toLowerCase()).toSorted()].join(", ");
