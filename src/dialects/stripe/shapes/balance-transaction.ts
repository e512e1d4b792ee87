/** The balance transaction, as it is answered with (Stripe's API reference: balance transactions). */
import { either, list, literal, members, named, nothing, nullable, oneOf, text, whole } from "../../../base/shape.ts";
import { time } from "./link.ts";

const TYPE = oneOf(["charge", "refund", "refund_failure", "adjustment", "payment", "payment_refund", "transfer", "transfer_refund", "application_fee", "application_fee_refund"]);
const CATEGORY = oneOf(["charge", "refund", "refund_failure", "dispute", "dispute_reversal", "fee", "transfer", "transfer_reversal", "platform_earning", "platform_earning_refund"]);

export const BALANCE_TRANSACTION = members(
  {
    id: text,
    object: literal("balance_transaction"),
    amount: whole,
    available_on: time,
    balance_type: literal("payments"),
    created: time,
    currency: text,
    description: nullable(text),
    exchange_rate: nothing,
    fee: whole,
    fee_details: list(members({ amount: whole, application: nullable(text), currency: text, description: text, type: oneOf(["application_fee", "stripe_fee"]) })),
    net: whole,
    reporting_category: CATEGORY,
    source: either(text, named("charge"), named("refund"), named("dispute"), named("application_fee"), named("fee_refund"), named("transfer"), named("transfer_reversal")),
    status: oneOf(["available", "pending"]),
    type: TYPE,
  },
  "What a capture, a refund or its failure, a dispute, a transfer or a fee moved.",
);
