/** The Refund, as it is answered with (Stripe's API reference: the Refund object). */
import { either, literal, members, nothing, nullable, oneOf, sometimes, text, texts, whole } from "../../../base/shape.ts";
import { CUSTOMER_LINK } from "./customer.ts";
import { link, time } from "./link.ts";

export const REFUND = members(
  {
    id: text,
    object: literal("refund"),
    amount: whole,
    balance_transaction: nullable(link("balance_transaction")),
    charge: nullable(link("charge")),
    created: time,
    currency: text,
    customer: CUSTOMER_LINK,
    customer_account: nothing,
    destination_details: sometimes(
      members({
        card: either(
          members({ type: literal("reversal") }),
          members({ type: literal("pending") }),
          members({ reference_status: literal("pending"), reference_type: literal("acquirer_reference_number"), type: literal("refund") }),
          members({ reference_status: literal("unavailable"), reference_type: literal("acquirer_reference_number"), type: literal("refund") }),
          members({ reference: text, reference_status: literal("available"), reference_type: literal("acquirer_reference_number"), type: literal("refund") }),
        ),
        type: literal("card"),
      }),
    ),
    failure_balance_transaction: sometimes(link("balance_transaction")),
    failure_reason: sometimes(oneOf(["expired_or_canceled_card", "merchant_request", "unknown"])),
    instructions_email: sometimes(text),
    metadata: texts,
    next_action: sometimes(
      members({
        display_details: members({ email_sent: members({ email_sent_at: time, email_sent_to: text }), expires_at: time }),
        type: literal("display_details"),
      }),
    ),
    payment_intent: nullable(link("payment_intent")),
    payment_method: nullable(link("payment_method")),
    pending_reason: sometimes(literal("processing")),
    reason: nullable(text),
    receipt_number: nothing,
    source_transfer_reversal: nullable(link("transfer_reversal")),
    status: oneOf(["pending", "requires_action", "succeeded", "failed", "canceled"]),
    transfer_reversal: nullable(link("transfer_reversal")),
  },
  "Money back after capture, or an authorization given up.",
);
