import { flag, list, literal, members, named, nothing, nullable, oneOf, sometimes, text, texts, whole } from "../../../base/shape.ts";
import { BRAND } from "./details.ts";
import { link, time } from "./link.ts";

const maybe = nullable(text);

/** Every member is there; those that were not given are null. */
const EVIDENCE = members({
  access_activity_log: maybe,
  billing_address: maybe,
  cancellation_policy: nothing,
  cancellation_policy_disclosure: maybe,
  cancellation_rebuttal: maybe,
  customer_communication: nothing,
  customer_email_address: maybe,
  customer_name: maybe,
  customer_purchase_ip: maybe,
  customer_signature: nothing,
  duplicate_charge_documentation: nothing,
  duplicate_charge_explanation: maybe,
  duplicate_charge_id: maybe,
  enhanced_evidence: members({}),
  product_description: maybe,
  receipt: nothing,
  refund_policy: nothing,
  refund_policy_disclosure: maybe,
  refund_refusal_explanation: maybe,
  service_date: maybe,
  service_documentation: nothing,
  shipping_address: maybe,
  shipping_carrier: maybe,
  shipping_date: maybe,
  shipping_documentation: nothing,
  shipping_tracking_number: maybe,
  uncategorized_file: nothing,
  uncategorized_text: maybe,
});

const DETAILS = members({
  due_by: time,
  enhanced_eligibility: members({}),
  has_evidence: flag,
  past_due: flag,
  submission_count: whole,
  submission_method: oneOf(["not_submitted", "manual"]),
});

/** (Stripe's API reference: the Dispute object.) */
export const DISPUTE = members(
  {
    id: text,
    object: literal("dispute"),
    amount: whole,
    balance_transactions: list(named("balance_transaction")),
    charge: link("charge"),
    created: time,
    currency: text,
    enhanced_eligibility_types: list(text),
    evidence: EVIDENCE,
    evidence_details: DETAILS,
    intended_submission_method: nothing,
    is_charge_refundable: flag,
    livemode: flag,
    metadata: texts,
    network_reason_code: maybe,
    payment_intent: nullable(link("payment_intent")),
    payment_method_details: sometimes(
      members({ card: members({ brand: BRAND, case_type: oneOf(["inquiry", "chargeback"]), network: BRAND, network_reason_code: maybe }), type: literal("card") }),
    ),
    reason: text,
    status: oneOf(["needs_response", "under_review", "won", "lost", "warning_needs_response", "warning_under_review", "warning_closed"]),
  },
  "A payment that its customer's bank questions or has taken back.",
);
