/** Where a refund's money goes, if it was named (Square's API reference: the PaymentRefund object: destination_details). */
import type { Card } from "../../../domain/instrument.ts";
import { nameFrom } from "../../../base/hash.ts";
import type { Refund } from "../../../domain/refund.ts";
import { giftCardNumber, isGiftCard } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireMoney } from "./money.ts";
import { readAmount } from "./notes.ts";
import { EXTERNAL_TYPES, wireCard } from "./source.ts";
import { sourceType } from "./status.ts";

type RefundAnswer = Answer<"PaymentRefund">;
type Notes = Readonly<Record<string, string>>;
/** The card that a token stands for. */
export type CardOf = (token: string) => Card | null;

export function destinationType(refund: Refund, notes: Notes): RefundAnswer["destination_type"] {
  return isGiftCard(notes["destination"] ?? "") ? "CARD" : sourceType(refund.instrument);
}

export function destinationDetails(refund: Refund, notes: Notes, cardOf: CardOf): RefundAnswer["destination_details"] {
  const { destination } = notes;
  if (destination === undefined) return undefined;
  if (isGiftCard(destination)) return { card_details: { card: { card_brand: "SQUARE_GIFT_CARD", last_4: giftCardNumber(destination).slice(-4) }, entry_method: "ON_FILE" } };
  const { amount, currency, id } = refund;
  if (destination === "CASH") {
    const supplied = readAmount(notes["seller_supplied"]);
    return { cash_details: { seller_supplied_money: wireMoney({ amount: supplied, currency }), change_back_money: wireMoney({ amount: supplied - amount, currency }) } };
  }
  if (destination === "EXTERNAL") {
    const type = EXTERNAL_TYPES.find((known) => known === notes["external_type"]) ?? "OTHER";
    return { external_details: { type, source: notes["external_source"] ?? "", source_id: notes["source_id"] } };
  }
  const card = cardOf(destination);
  if (card === null) return undefined;
  const approved = refund.state === "pending" || refund.state === "succeeded";
  return {
    card_details: {
      card: wireCard(card),
      entry_method: destination.startsWith("ccof:") ? "ON_FILE" : "KEYED",
      auth_result_code: approved ? nameFrom(`square approval ${id}`, 6) : undefined,
    },
  };
}
