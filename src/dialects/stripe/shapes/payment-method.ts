/** The PaymentMethod, as it is answered with (Stripe's API reference: PaymentMethods). */
import { flag, literal, members, nothing, text } from "../../../base/shape.ts";
import { METHOD_HASH, CHARGED_BILLING } from "./details.ts";
import { time } from "./link.ts";

export const PAYMENT_METHOD = members(
  {
    id: text,
    object: literal("payment_method"),
    allow_redisplay: literal("unspecified"),
    billing_details: CHARGED_BILLING,
    ...METHOD_HASH,
    created: time,
    customer: nothing,
    customer_account: nothing,
    livemode: flag,
    metadata: members({}),
  },
  "What an attempt was made with. Only links lead to it.",
);
