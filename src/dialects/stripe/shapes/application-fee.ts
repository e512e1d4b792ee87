/** The application fee and its refund, as they are answered with (Stripe's API reference: Application Fees). */
import { flag, list, literal, members, named, nullable, text, texts, whole } from "../../../base/shape.ts";
import { link, time } from "./link.ts";

export const FEE_REFUND = members(
  {
    id: text,
    object: literal("fee_refund"),
    amount: whole,
    balance_transaction: nullable(link("balance_transaction")),
    created: time,
    currency: text,
    fee: link("application_fee"),
    metadata: texts,
  },
  "What of an application's fee went back to whom it was taken from.",
);

export const APPLICATION_FEE = members(
  {
    id: text,
    object: literal("application_fee"),
    account: link("account"),
    amount: whole,
    amount_refunded: whole,
    application: text,
    balance_transaction: link("balance_transaction"),
    charge: link("charge"),
    created: time,
    currency: text,
    fee_source: members({ charge: text, type: literal("charge") }),
    livemode: flag,
    originating_transaction: nullable(link("charge")),
    refunded: flag,
    refunds: members({ object: literal("list"), data: list(named("fee_refund")), has_more: flag, url: text }),
  },
  "What a platform took of a charge.",
);
