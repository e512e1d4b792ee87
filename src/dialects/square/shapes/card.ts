/** What is shown of a card, wherever one is (Square's API reference: the Card object). */
import { oneOf, text, whole } from "../../../base/shape.ts";

export const CARD_FACTS = {
  card_brand: oneOf(["VISA", "MASTERCARD", "AMERICAN_EXPRESS", "DISCOVER", "DISCOVER_DINERS", "JCB", "CHINA_UNIONPAY", "SQUARE_GIFT_CARD"]),
  last_4: text,
  exp_month: whole,
  exp_year: whole,
  fingerprint: text,
  card_type: oneOf(["DEBIT", "CREDIT"]),
  prepaid_type: oneOf(["PREPAID", "NOT_PREPAID"]),
  bin: text,
};
