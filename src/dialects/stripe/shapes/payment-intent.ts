/** The PaymentIntent, as it is answered with (Stripe's API reference: PaymentIntents). */
import { flag, list, literal, members, named, nothing, nullable, oneOf, sometimes, text, texts, whole } from "../../../base/shape.ts";
import { CUSTOMER_LINK } from "./customer.ts";
import { SHIPPING } from "./details.ts";
import { link, time } from "./link.ts";

const maybe = nullable(text);

/** Why the latest attempt was declined. */
const LAST_ERROR = members({
  charge: text,
  code: text,
  decline_code: sometimes(text),
  doc_url: text,
  message: text,
  payment_method: named("payment_method"),
  type: literal("card_error"),
});

const CARD_OPTIONS = members({ installments: nothing, mandate_options: nothing, network: nothing, request_three_d_secure: literal("automatic") });

export const PAYMENT_INTENT = members(
  {
    id: text,
    object: literal("payment_intent"),
    allowed_payment_method_types: nothing,
    amount: whole,
    amount_capturable: whole,
    amount_details: members({ tip: members({}) }),
    amount_received: whole,
    application: maybe,
    application_fee_amount: nullable(whole),
    automatic_payment_methods: nullable(members({ allow_redirects: text, enabled: flag })),
    canceled_at: nullable(time),
    cancellation_reason: maybe,
    capture_method: text,
    client_secret: text,
    confirmation_method: text,
    created: time,
    currency: text,
    customer: CUSTOMER_LINK,
    customer_account: nothing,
    description: maybe,
    excluded_payment_method_types: nothing,
    last_payment_error: nullable(LAST_ERROR),
    latest_charge: nullable(link("charge")),
    livemode: flag,
    managed_payments: members({ enabled: flag }),
    metadata: texts,
    next_action: nullable(members({ type: literal("use_stripe_sdk"), use_stripe_sdk: members({ type: literal("three_d_secure_redirect") }) })),
    on_behalf_of: maybe,
    payment_method: nullable(link("payment_method")),
    payment_method_configuration_details: nothing,
    payment_method_options: members({ card: sometimes(CARD_OPTIONS) }),
    payment_method_types: list(text),
    payment_record: nothing,
    processing: nothing,
    receipt_email: maybe,
    review: nothing,
    setup_future_usage: maybe,
    shared_payment_granted_token: nothing,
    shipping: nullable(SHIPPING),
    source: nothing,
    statement_descriptor: maybe,
    statement_descriptor_suffix: maybe,
    status: oneOf(["requires_payment_method", "requires_confirmation", "requires_action", "processing", "requires_capture", "succeeded", "canceled"]),
    transfer_data: nullable(members({ amount: sometimes(whole), destination: text })),
    transfer_group: maybe,
  },
  "A payment that was promised first and is tried later.",
);
