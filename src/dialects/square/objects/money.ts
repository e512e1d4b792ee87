/** Money on Square's wire: a JSON integer of minor units, and the currency in capitals (Square's API reference: working with money). */
import { assert } from "../../../base/assert.ts";
import { AMOUNT_MAX, type Money } from "../../../domain/money.ts";

export function wireMoney({ amount, currency }: Money): { amount: number; currency: string } {
  assert(amount >= -AMOUNT_MAX && amount <= AMOUNT_MAX, `an amount of ${amount} cannot go out without being rounded`);
  return { amount: Number(amount), currency };
}
