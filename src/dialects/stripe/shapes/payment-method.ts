/** The PaymentMethod, as it is answered with (Stripe's API reference: PaymentMethods). */
import { flag, literal, members, nothing, nullable, oneOf, text, texts } from "../../../base/shape.ts";
import { METHOD_HASH, CHARGED_BILLING } from "./details.ts";
import { link, time } from "./link.ts";

/** Who may be shown it again in a checkout: kept and echoed. */
export const REDISPLAY = ["always", "limited", "unspecified"] as const;

export const PAYMENT_METHOD = members(
  {
    id: text,
    object: literal("payment_method"),
    allow_redisplay: oneOf(REDISPLAY),
    billing_details: CHARGED_BILLING,
    ...METHOD_HASH,
    created: time,
    /** Of a customer who was deleted no more than the id is told here. */
    customer: nullable(link("customer")),
    customer_account: nothing,
    livemode: flag,
    metadata: texts,
  },
  "What is kept to be paid with, or what an attempt was made with.",
);
