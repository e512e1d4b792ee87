/** The Dispute (Stripe's API reference: the Dispute object). */
import { present } from "../../../base/assert.ts";
import type { Dispute } from "../../../domain/dispute.ts";
import type { Attempt } from "../../../domain/payment.ts";
import { DISPUTE_STANDING } from "../../../domain/states.ts";
import { chargeId, disputeIdOf, intentId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { networkOf } from "./card.ts";
import { charge } from "./charge.ts";
import { note } from "./details.ts";
import { below, link, lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";
import { paymentIntent } from "./payment-intent.ts";

type DisputeAnswer = Answer<"dispute">;

export function disputeObject(rows: Rows, look: Look): DisputeAnswer {
  const { payment } = rows;
  const dispute = present(rows.dispute, "the dispute");
  const attempt = present(rows.attempt, "the attempt that is disputed");
  return {
    id: disputeIdOf(dispute.id),
    object: "dispute",
    amount: Number(dispute.amount),
    // Whole objects, whether or not they are asked for: there are two at most.
    balance_transactions: [rows.withdrawalEntry ?? [], rows.reversalEntry ?? []].flat().map((entry) => balanceTransaction(entry, rows, below(look, "balance_transactions"))),
    charge: link(look, "charge", chargeId(dispute.attemptId), (next) => charge(rows, next)),
    created: seconds(dispute.createdAt),
    currency: lower(dispute),
    enhanced_eligibility_types: [],
    evidence: evidenceOf(dispute),
    evidence_details: {
      due_by: seconds(dispute.respondBy),
      enhanced_eligibility: {},
      has_evidence: Object.keys(dispute.evidence).length > 0,
      past_due: dispute.submissions === 0 && dispute.updatedAt >= dispute.respondBy,
      submission_count: dispute.submissions,
      submission_method: dispute.submissions === 0 ? "not_submitted" : "manual",
    },
    intended_submission_method: null,
    is_charge_refundable: DISPUTE_STANDING[dispute.state] !== "chargeback",
    livemode: look.livemode,
    metadata: metadataOf(dispute),
    network_reason_code: dispute.networkReason,
    payment_intent: link(look, "payment_intent", payment.intent ? intentId(payment) : null, (next) => paymentIntent(rows, next)),
    ...method(dispute, attempt),
    reason: dispute.reason,
    status: dispute.state,
  };
}

/** Every member is there; those that were not given are null, and so are files. */
function evidenceOf({ evidence }: Dispute): DisputeAnswer["evidence"] {
  const said = (name: string) => note(evidence, name);
  return {
    access_activity_log: said("access_activity_log"),
    billing_address: said("billing_address"),
    cancellation_policy: null,
    cancellation_policy_disclosure: said("cancellation_policy_disclosure"),
    cancellation_rebuttal: said("cancellation_rebuttal"),
    customer_communication: null,
    customer_email_address: said("customer_email_address"),
    customer_name: said("customer_name"),
    customer_purchase_ip: said("customer_purchase_ip"),
    customer_signature: null,
    duplicate_charge_documentation: null,
    duplicate_charge_explanation: said("duplicate_charge_explanation"),
    duplicate_charge_id: said("duplicate_charge_id"),
    enhanced_evidence: {},
    product_description: said("product_description"),
    receipt: null,
    refund_policy: null,
    refund_policy_disclosure: said("refund_policy_disclosure"),
    refund_refusal_explanation: said("refund_refusal_explanation"),
    service_date: said("service_date"),
    service_documentation: null,
    shipping_address: said("shipping_address"),
    shipping_carrier: said("shipping_carrier"),
    shipping_date: said("shipping_date"),
    shipping_documentation: null,
    shipping_tracking_number: said("shipping_tracking_number"),
    uncategorized_file: null,
    uncategorized_text: said("uncategorized_text"),
  };
}

function method({ entryId, networkReason }: Dispute, { instrument }: Attempt): Pick<DisputeAnswer, "payment_method_details"> {
  if (instrument.kind !== "card") return {};
  const brand = networkOf(instrument);
  const card = { brand, case_type: entryId === null ? "inquiry" : "chargeback", network: brand, network_reason_code: networkReason } as const;
  return { payment_method_details: { card, type: "card" } };
}
