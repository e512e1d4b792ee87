/** The balance (Stripe's API reference: the Balance object): what all balance transactions come to. */
import { currency, type Currency } from "../../../domain/currency.ts";
import type { Balance, Sums } from "../../../engine/balances.ts";
import type { Answer } from "../shapes/objects.ts";
import { lower, type Look } from "./encode.ts";

/** An account has a currency, and so a balance, before anything moved; of ours none is known. */
const AT_FIRST = currency("USD");

export function balanceObject({ before, since }: Balance, look: Look): Answer<"balance"> {
  const currencies = before.size === 0 && AT_FIRST !== null ? [AT_FIRST] : [...before.keys()];
  const nothing = () => currencies.map((one) => ({ amount: 0, currency: lower({ currency: one }) }));
  return {
    object: "balance",
    available: amounts(before, currencies),
    livemode: look.livemode,
    pending: amounts(since, currencies),
    refund_and_dispute_prefunding: { available: nothing(), pending: nothing() },
  };
}

/** Of a merchant's several books: those who have no platform and are none have anything in one of them alone. */
export function addUp(books: readonly Balance[]): Balance {
  const sum = (of: (book: Balance) => Sums): Sums => {
    const sums = new Map<Currency, bigint>();
    for (const book of books) for (const [one, amount] of of(book)) sums.set(one, (sums.get(one) ?? 0n) + amount);
    return new Map([...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };
  return { before: sum(({ before }) => before), since: sum(({ since }) => since) };
}

/** Only cards are taken by processors here. */
function amounts(sums: Sums, currencies: readonly Currency[]) {
  return currencies.map((one) => {
    const amount = Number(sums.get(one) ?? 0n);
    return { amount, currency: lower({ currency: one }), source_types: { card: amount } };
  });
}
