/** The Charge, as it is answered with (Stripe's API reference: Charges). */
import { flag, list, literal, members, named, nothing, nullable, oneOf, sometimes, text, texts, whole } from "../../../base/shape.ts";
import { CUSTOMER_LINK } from "./customer.ts";
import { CHARGED_METHOD, SHIPPING, CHARGED_BILLING } from "./details.ts";
import { link, time } from "./link.ts";

const maybe = nullable(text);

/** The card of a charge that was made with a token. */
const CARD_SOURCE = members({
  id: text,
  object: literal("card"),
  address_city: nothing,
  address_country: nothing,
  address_line1: nothing,
  address_line1_check: nothing,
  address_line2: nothing,
  address_state: nothing,
  address_zip: nothing,
  address_zip_check: nothing,
  brand: text,
  country: text,
  customer: nothing,
  cvc_check: text,
  dynamic_last4: nothing,
  exp_month: whole,
  exp_year: whole,
  fingerprint: text,
  funding: oneOf(["credit", "debit", "prepaid"]),
  last4: text,
  metadata: members({}),
  name: nothing,
  regulated_status: nothing,
  tokenization_method: nothing,
});

const OUTCOME = members({
  advice_code: nothing,
  network_advice_code: nothing,
  network_decline_code: nothing,
  network_status: oneOf(["approved_by_network", "declined_by_network"]),
  reason: maybe,
  risk_level: literal("normal"),
  risk_score: whole,
  seller_message: text,
  type: oneOf(["authorized", "issuer_declined"]),
});

const REFUNDS = members({ object: literal("list"), data: list(named("refund")), has_more: flag, total_count: whole, url: text });

export const CHARGE = members(
  {
    id: text,
    object: literal("charge"),
    amount: whole,
    amount_captured: whole,
    amount_refunded: whole,
    application: maybe,
    application_fee: nullable(link("application_fee")),
    application_fee_amount: nullable(whole),
    balance_transaction: nullable(link("balance_transaction")),
    billing_details: CHARGED_BILLING,
    calculated_statement_descriptor: maybe,
    captured: flag,
    created: time,
    currency: text,
    customer: CUSTOMER_LINK,
    description: maybe,
    destination: maybe,
    dispute: maybe,
    disputed: flag,
    failure_balance_transaction: nothing,
    failure_code: maybe,
    failure_message: maybe,
    fraud_details: members({}),
    livemode: flag,
    metadata: texts,
    on_behalf_of: maybe,
    order: nothing,
    outcome: OUTCOME,
    paid: flag,
    payment_intent: nullable(link("payment_intent")),
    /** What was received by transfer was paid with none. */
    payment_method: maybe,
    payment_method_details: CHARGED_METHOD,
    radar_options: members({}),
    receipt_email: maybe,
    receipt_number: nothing,
    receipt_url: maybe,
    refunded: flag,
    /** Only where the caller asked for them with `expand[]`. */
    refunds: sometimes(REFUNDS),
    review: nothing,
    shipping: nullable(SHIPPING),
    source: nullable(CARD_SOURCE),
    source_transfer: nullable(link("transfer")),
    statement_descriptor: maybe,
    statement_descriptor_suffix: maybe,
    status: oneOf(["succeeded", "pending", "failed"]),
    /** Only of a charge that goes on to an account, once it is captured. */
    transfer: sometimes(link("transfer")),
    transfer_data: nullable(members({ amount: nullable(whole), destination: text })),
    transfer_group: maybe,
  },
  "One attempt at a payment that a processor made.",
);
