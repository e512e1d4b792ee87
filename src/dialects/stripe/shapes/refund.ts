/** The Refund, as it is answered with (Stripe's API reference: the Refund object). */
import { either, literal, members, nothing, nullable, oneOf, sometimes, text, texts, whole } from "../../../base/shape.ts";
import { CUSTOMER_LINK } from "./customer.ts";
import { link, time } from "./link.ts";

const known = { reference_type: literal("acquirer_reference_number"), type: literal("refund") };
const TO_CARD = members({
  card: either(
    members({ type: literal("reversal") }),
    members({ type: literal("pending") }),
    members({ reference_status: literal("pending"), ...known }),
    members({ reference_status: literal("unavailable"), ...known }),
    members({ reference: text, reference_status: literal("available"), ...known }),
  ),
  type: literal("card"),
});

/** Of a customer's cash, to the bank that it came from. */
const SENT = members({ reference: nullable(text), reference_status: oneOf(["pending", "available", "unavailable"]) });
const TO_BANK = [
  members({ eu_bank_transfer: SENT, type: literal("eu_bank_transfer") }),
  members({ gb_bank_transfer: SENT, type: literal("gb_bank_transfer") }),
  members({ jp_bank_transfer: SENT, type: literal("jp_bank_transfer") }),
  members({ mx_bank_transfer: SENT, type: literal("mx_bank_transfer") }),
  members({ type: literal("us_bank_transfer"), us_bank_transfer: SENT }),
] as const;

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
    destination_details: sometimes(either(TO_CARD, ...TO_BANK)),
    failure_balance_transaction: sometimes(link("balance_transaction")),
    failure_reason: sometimes(oneOf(["declined", "expired_or_canceled_card", "merchant_request", "unknown"])),
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
