/** The Dispute (Stripe's API reference: the Dispute object). */
import { present } from "../../../base/assert.ts";
import type { Dispute } from "../../../domain/dispute.ts";
import type { Attempt } from "../../../domain/payment.ts";
import { DISPUTE_STANDING } from "../../../domain/states.ts";
import { evidenceFields } from "../evidence.ts";
import { chargeId, disputeIdOf, intentId } from "../ids.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { charge } from "./charge.ts";
import { note } from "./details.ts";
import { link, lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";
import { paymentIntent } from "./payment-intent.ts";

export function disputeObject(rows: Rows, look: Look): Record<string, unknown> {
  const { payment } = rows;
  const dispute = present(rows.dispute, "the dispute");
  const attempt = present(rows.attempt, "the attempt that is disputed");
  const id = disputeIdOf(dispute.id);
  return {
    id,
    object: "dispute",
    amount: Number(dispute.amount),
    // Whole objects, whether or not they are asked for: there are two at most.
    balance_transactions: [rows.withdrawalEntry ?? [], rows.reversalEntry ?? []].flat().map((entry) => balanceTransaction(entry, payment, { source: id })),
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

/** Every member is there; those that were not given are null. */
function evidenceOf({ evidence }: Dispute): Record<string, unknown> {
  const texts = Object.keys(evidenceFields).map((name): [string, unknown] => [name, name === "enhanced_evidence" ? {} : note(evidence, name)]);
  return Object.fromEntries(texts);
}

function method({ entryId, networkReason }: Dispute, { instrument }: Attempt) {
  if (instrument.kind !== "card") return {};
  const card = { brand: instrument.brand, case_type: entryId === null ? "inquiry" : "chargeback", network_reason_code: networkReason };
  return { payment_method_details: { card, type: "card" } };
}
