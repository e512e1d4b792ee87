/** The transfer and its reversal, as they are answered with (Stripe's API reference: Transfers). */
import { flag, list, literal, members, named, nullable, text, texts, whole } from "../../../base/shape.ts";
import { link, time } from "./link.ts";

const maybe = nullable(text);

export const TRANSFER_REVERSAL = members(
  {
    id: text,
    object: literal("transfer_reversal"),
    amount: whole,
    balance_transaction: link("balance_transaction"),
    created: time,
    currency: text,
    destination_payment_refund: link("refund"),
    metadata: texts,
    source_refund: nullable(link("refund")),
    transfer: link("transfer"),
  },
  "What came back of a transfer.",
);

export const TRANSFER = members(
  {
    id: text,
    object: literal("transfer"),
    amount: whole,
    amount_reversed: whole,
    balance_transaction: link("balance_transaction"),
    created: time,
    currency: text,
    description: maybe,
    destination: link("account"),
    destination_payment: link("charge"),
    livemode: flag,
    metadata: texts,
    reversals: members({ object: literal("list"), data: list(named("transfer_reversal")), has_more: flag, url: text }),
    reversed: flag,
    source_transaction: nullable(link("charge")),
    source_type: literal("card"),
    transfer_group: maybe,
  },
  "Money that went from a platform to one of its accounts.",
);
