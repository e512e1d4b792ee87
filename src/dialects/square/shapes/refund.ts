/** The PaymentRefund, as it is answered with (Square's API reference: the PaymentRefund object). */
import { list, literal, members, oneOf, sometimes, text, whole, yes } from "../../../base/shape.ts";
import { MONEY, time } from "./money.ts";

/** A gift card has a brand and digits alone. */
const CARD = members({
  card_brand: text,
  last_4: text,
  exp_month: sometimes(whole),
  exp_year: sometimes(whole),
  fingerprint: sometimes(text),
  card_type: sometimes(text),
  prepaid_type: sometimes(text),
  bin: sometimes(text),
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
