/** What payments and refunds name by an id: orders, customers, cards and gift cards, as far as that is known of them (Square's API reference: Orders, Customers, Cards, Gift Cards). */
import { flag, list, literal, members, oneOf, sometimes, text, whole } from "../../../base/shape.ts";
import { CARD_FACTS } from "./card.ts";
import { MONEY, time } from "./money.ts";

const TENDER = members({
  id: text,
  location_id: text,
  transaction_id: text,
  created_at: time,
  amount_money: MONEY,
  type: oneOf(["CARD", "CASH", "BANK_ACCOUNT", "OTHER"]),
  payment_id: text,
});

export const ORDER = members(
  {
    id: text,
    location_id: text,
    state: oneOf(["OPEN", "COMPLETED", "CANCELED"]),
    version: whole,
    created_at: time,
    updated_at: time,
    total_money: MONEY,
    tenders: sometimes(list(TENDER)),
    returns: sometimes(list(members({ source_order_id: text }))),
    return_amounts: sometimes(members({ total_money: MONEY })),
  },
  "The order of a payment, or the return order of a refund: no more than those tell.",
);

export const CUSTOMER = members({ id: text, created_at: time, updated_at: time, email_address: sometimes(text), version: whole }, "A customer of the merchant's, whichever API made it.");

export const CARD = members(
  { id: text, ...CARD_FACTS, merchant_id: text, enabled: flag },
  "A card on file that the sandbox knows by its id.",
);

export const GIFT_CARD = members({ id: text, type: literal("DIGITAL"), gan_source: literal("SQUARE"), state: literal("ACTIVE"), gan: text }, "A gift card, which its id alone tells of.");
