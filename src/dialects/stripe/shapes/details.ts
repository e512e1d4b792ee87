/** Hashes that several objects have: people, addresses, money and cards. */
import { flag, list, literal, members, nothing, nullable, oneOf, sometimes, text, whole } from "../../../base/shape.ts";
import { BANK_DEBIT, TRANSFER_METHODS } from "../../../domain/instrument.ts";
import { time } from "./link.ts";

const maybe = nullable(text);

export const ADDRESS = members({ city: maybe, country: maybe, line1: maybe, line2: maybe, postal_code: maybe, state: maybe });

export const BILLING = members({ address: ADDRESS, email: maybe, name: maybe, phone: maybe });

/** Of charges and payment methods. */
export const CHARGED_BILLING = members({ address: ADDRESS, email: maybe, name: maybe, phone: maybe, tax_id: nothing });
/** Of charges and intents, and of payment records. */
export const SHIPPING = members({ address: ADDRESS, carrier: nothing, name: sometimes(text), phone: maybe, tracking_number: nothing });
export const SHIPPING_DETAILS = members({ address: ADDRESS, name: maybe, phone: maybe });
export const CUSTOMER = members({ customer: maybe, email: maybe, name: maybe, phone: maybe });

/** Minor units of a currency in lower case. */
export const MONEY = members({ currency: text, value: whole });

/** A gift card of another house is of no brand that is known here. */
export const BRAND = oneOf(["visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay", "unknown"]);
const FUNDING = oneOf(["credit", "debit", "prepaid"]);
const CHECKS = members({ address_line1_check: nothing, address_postal_code_check: nothing, cvc_check: text });
const CARD = { brand: BRAND, checks: CHECKS, country: text, exp_month: whole, exp_year: whole, fingerprint: text, funding: FUNDING, last4: text, wallet: nothing };

/** A card that an attempt was made with. */
const USED_CARD = {
  ...CARD,
  authorization_code: maybe,
  capture_before: sometimes(time),
  installments: nothing,
  network: BRAND,
  network_token: members({ used: flag }),
  network_transaction_id: nothing,
  three_d_secure: nothing,
};

const UNAVAILABLE = literal("unavailable");

/** As a charge shows it. */
const CHARGED_CARD = members({
  ...USED_CARD,
  amount_authorized: whole,
  electronic_commerce_indicator: nothing,
  extended_authorization: members({ status: literal("disabled") }),
  incremental_authorization: members({ status: UNAVAILABLE }),
  mandate: nothing,
  multicapture: members({ status: UNAVAILABLE }),
  overcapture: members({ maximum_amount_capturable: whole, status: UNAVAILABLE }),
  regulated_status: nothing,
  transaction_link_id: nothing,
});

/** As a payment record shows it. */
const RECORDED_CARD = members({ ...USED_CARD, network_advice_code: nothing, network_decline_code: nothing });

/** What was paid elsewhere, or in cash through another door, has no hash of its own. */
const METHOD_TYPE = oneOf(["card", "cash", "custom", BANK_DEBIT, ...TRANSFER_METHODS]);

/** Whose the account is, and at which bank, the door that it came in by tells. */
const BANK_ACCOUNT = { account_holder_type: nothing, account_type: nothing, bank_name: nothing, fingerprint: nothing, last4: nothing, routing_number: nothing };

/** Money came from a bank or a till: there is nothing to tell of it. */
const CHARGED_TRANSFERS = {
  customer_balance: sometimes(members({})),
  konbini: sometimes(members({ store: nothing })),
  multibanco: sometimes(members({ entity: nothing, reference: nothing })),
  oxxo: sometimes(members({ number: nothing })),
  promptpay: sometimes(members({ reference: nothing })),
  [BANK_DEBIT]: sometimes(members({ ...BANK_ACCOUNT, payment_reference: nothing })),
};
const TRANSFERS = {
  customer_balance: sometimes(members({})),
  konbini: sometimes(members({})),
  multibanco: sometimes(members({})),
  oxxo: sometimes(members({})),
  promptpay: sometimes(members({})),
  [BANK_DEBIT]: sometimes(members({ ...BANK_ACCOUNT, financial_connections_account: nothing, networks: nothing, status_details: nothing })),
};

/** What an account received of its platform was paid with no method of a customer's. */
export const CHARGED_METHOD = members({
  card: sometimes(CHARGED_CARD),
  ...CHARGED_TRANSFERS,
  stripe_account: sometimes(members({})),
  type: oneOf(["card", "cash", "custom", "stripe_account", BANK_DEBIT, ...TRANSFER_METHODS]),
});

export const RECORDED_METHOD = members({
  billing_details: nullable(BILLING),
  card: sometimes(RECORDED_CARD),
  custom: sometimes(members({ display_name: text, type: maybe })),
  payment_method: maybe,
  type: METHOD_TYPE,
});

export const METHOD_HASH = {
  card: sometimes(
    members({
      ...CARD,
      display_brand: text,
      generated_from: nothing,
      networks: members({ available: list(text), preferred: nothing }),
      regulated_status: nothing,
      three_d_secure_usage: members({ supported: flag }),
    }),
  ),
  ...TRANSFERS,
  type: METHOD_TYPE,
};
