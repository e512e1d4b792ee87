/** The Payment, as it is answered with (Square's API reference: the Payment object). */
import { list, literal, members, oneOf, sometimes, text } from "../../../base/shape.ts";
import { CARD_FACTS } from "./card.ts";
import { BANK_DECLINE, CARD_DECLINE } from "./errors.ts";
import { MONEY, time } from "./money.ts";

const maybe = sometimes(text);
const maybeMoney = sometimes(MONEY);
const maybeTime = sometimes(time);

/** Whatever was said of it, and nothing else. */
const ADDRESS = members({
  address_line_1: maybe,
  address_line_2: maybe,
  address_line_3: maybe,
  locality: maybe,
  sublocality: maybe,
  sublocality_2: maybe,
  sublocality_3: maybe,
  administrative_district_level_1: maybe,
  administrative_district_level_2: maybe,
  administrative_district_level_3: maybe,
  postal_code: maybe,
  country: maybe,
  first_name: maybe,
  last_name: maybe,
});

const CARD_DETAILS = members({
  status: sometimes(oneOf(["AUTHORIZED", "CAPTURED", "VOIDED", "FAILED"])),
  card: members(CARD_FACTS),
  entry_method: text,
  cvv_status: oneOf(["CVV_ACCEPTED", "CVV_REJECTED"]),
  avs_status: oneOf(["AVS_ACCEPTED", "AVS_REJECTED"]),
  auth_result_code: maybe,
  statement_description: maybe,
  card_payment_timeline: members({ authorized_at: maybeTime, captured_at: maybeTime, voided_at: maybeTime }),
  errors: sometimes(list(CARD_DECLINE)),
});

/** Of a debit that went through Square's door; of other transfers no more is known than that they came from a bank. */
const BANK_DETAILS = members({
  bank_name: maybe,
  transfer_type: oneOf(["ACH", "UNKNOWN"]),
  account_ownership_type: sometimes(literal("INDIVIDUAL")),
  fingerprint: maybe,
  country: sometimes(literal("US")),
  statement_description: maybe,
  ach_details: sometimes(members({ routing_number: text, account_number_suffix: text, account_type: literal("CHECKING") })),
  errors: sometimes(list(BANK_DECLINE)),
});

const EXTERNAL_DETAILS = members({ type: text, source: text, source_id: maybe, source_fee_money: maybeMoney });

export const PAYMENT = members(
  {
    id: text,
    created_at: time,
    updated_at: time,
    amount_money: MONEY,
    tip_money: maybeMoney,
    total_money: MONEY,
    app_fee_money: maybeMoney,
    app_fee_allocations: sometimes(list(members({ location_id: maybe, amount_money: MONEY }))),
    approved_money: maybeMoney,
    refunded_money: maybeMoney,
    status: oneOf(["PENDING", "APPROVED", "COMPLETED", "CANCELED", "FAILED"]),
    delay_duration: maybe,
    delay_action: maybe,
    delayed_until: maybeTime,
    source_type: sometimes(oneOf(["CARD", "BANK_ACCOUNT", "CASH", "EXTERNAL"])),
    card_details: sometimes(CARD_DETAILS),
    bank_account_details: sometimes(BANK_DETAILS),
    cash_details: sometimes(members({ buyer_supplied_money: MONEY, change_back_money: MONEY })),
    external_details: sometimes(EXTERNAL_DETAILS),
    location_id: text,
    order_id: text,
    reference_id: maybe,
    customer_id: maybe,
    team_member_id: maybe,
    refund_ids: sometimes(list(text)),
    risk_evaluation: sometimes(members({ created_at: time, risk_level: oneOf(["NORMAL", "MODERATE", "HIGH"]) })),
    buyer_email_address: maybe,
    billing_address: sometimes(ADDRESS),
    shipping_address: sometimes(ADDRESS),
    note: maybe,
    statement_description_identifier: maybe,
    capabilities: sometimes(list(oneOf(["EDIT_AMOUNT_UP", "EDIT_AMOUNT_DOWN", "EDIT_TIP_AMOUNT_UP", "EDIT_TIP_AMOUNT_DOWN", "EDIT_DELAY_ACTION"]))),
    receipt_number: maybe,
    receipt_url: maybe,
    application_details: members({ square_product: literal("ECOMMERCE_API") }),
    version_token: text,
  },
  "A payment of the book, whoever took it.",
);
