/** The Payment Record and its attempts, as they are answered with (Stripe's API reference: Payment Records). */
import { flag, literal, members, nothing, nullable, oneOf, text, texts } from "../../../base/shape.ts";
import { CUSTOMER, MONEY, RECORDED_METHOD, SHIPPING_DETAILS } from "./details.ts";
import { time } from "./link.ts";

const maybe = nullable(text);

/** Where each unit of the amount stands. */
const AMOUNTS = {
  amount: MONEY,
  amount_authorized: MONEY,
  amount_canceled: MONEY,
  amount_failed: MONEY,
  amount_guaranteed: MONEY,
  amount_refunded: MONEY,
  amount_requested: MONEY,
};

const SHARED = {
  ...AMOUNTS,
  application: nothing,
  created: time,
  customer_details: nullable(CUSTOMER),
  customer_presence: maybe,
  description: maybe,
  livemode: flag,
  metadata: texts,
  processor_details: members({ custom: members({ payment_reference: text }), type: literal("custom") }),
  reported_by: oneOf(["self", "stripe"]),
  shipping_details: nullable(SHIPPING_DETAILS),
};

export const PAYMENT_RECORD = members(
  {
    id: text,
    object: literal("payment_record"),
    ...SHARED,
    latest_payment_attempt_record: maybe,
    payment_method_details: nullable(RECORDED_METHOD),
  },
  "A payment of the book, whoever took it.",
);

export const PAYMENT_ATTEMPT_RECORD = members(
  {
    id: text,
    object: literal("payment_attempt_record"),
    ...SHARED,
    payment_method_details: RECORDED_METHOD,
    payment_record: text,
  },
  "One attempt at a payment of the book.",
);
