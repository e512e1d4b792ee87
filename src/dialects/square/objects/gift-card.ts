/** The instrument that a gift card's id stands for. Which gift cards there are is not kept: all that is told of one follows from its id. */
import { nameFrom } from "../../../base/hash.ts";
import type { Card } from "../../../domain/instrument.ts";
import { giftCardNumber } from "../ids.ts";

/** A gift card does not expire; the kernel's cards have a date, which nobody is shown. */
const NEVER = { expMonth: 12, expYear: 9999 } as const;

export function giftCard(id: string): Card {
  const number = giftCardNumber(id);
  return { kind: "card", brand: "gift", last4: number.slice(-4), bin: number.slice(0, 6), ...NEVER, funding: "prepaid", country: "US", fingerprint: nameFrom(`card ${number}`, 16) };
}
