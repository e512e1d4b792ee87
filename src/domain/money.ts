import type { Currency } from "./currency.ts";

/** A whole number of minor units and their currency: never a float, never a bare number. */
export type Money = { readonly amount: bigint; readonly currency: Currency };

/** The greatest amount that any dialect can carry without rounding: 2^53 - 1 minor units. */
export const AMOUNT_MAX = 9_007_199_254_740_991n;

/** `1234567` of two decimals as `12,345.67`. */
export function decimal(amount: bigint, exponent: number): string {
  const digits = String(amount < 0n ? -amount : amount).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  const sign = amount < 0n ? "-" : "";
  return exponent === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-exponent)}`;
}
