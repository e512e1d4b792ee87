/** The PaymentRefund, as it is answered with (Square's API reference: the PaymentRefund object). */
import { list, literal, members, oneOf, sometimes, text, yes } from "../../../base/shape.ts";
import { CARD_FACTS } from "./card.ts";
import { MONEY, time } from "./money.ts";

/** A gift card has a brand and digits alone. */
const CARD = members({
  card_brand: CARD_FACTS.card_brand,
  last_4: CARD_FACTS.last_4,
  exp_month: sometimes(CARD_FACTS.exp_month),
  exp_year: sometimes(CARD_FACTS.exp_year),
  fingerprint: sometimes(CARD_FACTS.fingerprint),
  card_type: sometimes(CARD_FACTS.card_type),
  prepaid_type: sometimes(CARD_FACTS.prepaid_type),
  bin: sometimes(CARD_FACTS.bin),
});

/** Where the money goes, of a refund whose destination was named: one of these. */
const DESTINATION_DETAILS = members({
  card_details: sometimes(members({ card: CARD, entry_method: oneOf(["KEYED", "ON_FILE"]), auth_result_code: sometimes(text) })),
  cash_details: sometimes(members({ seller_supplied_money: MONEY, change_back_money: MONEY })),
  external_details: sometimes(members({ type: text, source: text, source_id: sometimes(text) })),
});

export const PAYMENT_REFUND = members(
  {
    id: text,
    status: oneOf(["PENDING", "COMPLETED", "REJECTED", "FAILED"]),
    location_id: text,
    unlinked: sometimes(yes),
    destination_type: oneOf(["CARD", "BANK_ACCOUNT", "CASH", "EXTERNAL"]),
    destination_details: sometimes(DESTINATION_DETAILS),
    amount_money: MONEY,
    app_fee_money: sometimes(MONEY),
    app_fee_allocations: sometimes(list(members({ location_id: sometimes(text), amount_money: MONEY }))),
    processing_fee: sometimes(list(members({ effective_at: time, type: literal("INITIAL"), amount_money: MONEY }))),
    payment_id: sometimes(text),
    order_id: text,
    reason: sometimes(text),
    created_at: time,
    updated_at: time,
    team_member_id: sometimes(text),
  },
  "Money back on a payment, or on none.",
);
