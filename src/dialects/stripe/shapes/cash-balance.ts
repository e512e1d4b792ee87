/** What a customer has in cash and how it came and went, as they are answered with (Stripe's API reference: Cash Balance, Cash Balance Transactions). */
import { either, flag, literal, members, nothing, nullable, oneOf, sometimes, text, whole } from "../../../base/shape.ts";
import { link, time } from "./link.ts";

/** Minor units by the currency's code, of those that anything ever came in. */
const AVAILABLE = members({ eur: sometimes(whole), gbp: sometimes(whole), jpy: sometimes(whole), mxn: sometimes(whole), usd: sometimes(whole) });

export const CASH_BALANCE = members(
  {
    object: literal("cash_balance"),
    available: nullable(AVAILABLE),
    customer: text,
    customer_account: nothing,
    livemode: flag,
    settings: members({ reconciliation_mode: literal("manual"), using_merchant_default: flag }),
  },
  "What a customer has with the merchant and has not paid with.",
);

const reference = nullable(text);

/** Of a sender no more is known than of which bank he is. */
const BANK_TRANSFER = either(
  members({ eu_bank_transfer: members({ bic: text, iban_last4: text, sender_name: nothing }), reference, type: literal("eu_bank_transfer") }),
  members({ gb_bank_transfer: members({ account_number_last4: text, sender_name: nothing, sort_code: text }), reference, type: literal("gb_bank_transfer") }),
  members({ jp_bank_transfer: members({ sender_bank: text, sender_branch: text, sender_name: nothing }), reference, type: literal("jp_bank_transfer") }),
  members({ reference, type: literal("mx_bank_transfer") }),
  members({ reference, type: literal("us_bank_transfer"), us_bank_transfer: members({ network: literal("ach"), sender_name: nothing }) }),
);

export const CASH_TRANSACTION = members(
  {
    id: text,
    object: literal("customer_cash_balance_transaction"),
    created: time,
    currency: text,
    customer: link("customer"),
    customer_account: nothing,
    ending_balance: whole,
    funded: sometimes(members({ bank_transfer: BANK_TRANSFER })),
    livemode: flag,
    net_amount: whole,
    type: oneOf(["funded", "return_initiated", "return_canceled"]),
  },
  "What came in to a customer's cash, or went out of it, or came back to it.",
);
