/** Evidence of a dispute: texts by name, and files, of which none are kept here (Stripe's API reference: the dispute evidence object). */
import { clearableText, optional, unsupported } from "./params.ts";

const LONG_MAX = 20_000;
/** As much as all evidence of a dispute together. */
const LONGEST_MAX = 150_000;
const FILE = "There are no files here; say it in `uncategorized_text`.";

const short = (about: string) => optional(clearableText(about));
const long = (about: string) => optional(clearableText(about, LONG_MAX));

export const evidenceFields = {
  access_activity_log: long("Server or activity logs that show that the customer used what was bought."),
  billing_address: short("The billing address that the customer gave."),
  cancellation_policy: unsupported(FILE),
  cancellation_policy_disclosure: long("How and when the customer was shown the cancellation policy."),
  cancellation_rebuttal: long("Why the subscription was not canceled."),
  customer_communication: unsupported(FILE),
  customer_email_address: short("The customer's email address."),
  customer_name: short("The customer's name."),
  customer_purchase_ip: short("The IP address that the customer bought from."),
  customer_signature: unsupported(FILE),
  duplicate_charge_documentation: unsupported(FILE),
  duplicate_charge_explanation: long("Why the charge and the one that it seems to repeat are two."),
  duplicate_charge_id: short("The charge that this one seems to repeat."),
  enhanced_evidence: unsupported("Programs of the card networks are not served."),
  product_description: long("What was sold."),
  receipt: unsupported(FILE),
  refund_policy: unsupported(FILE),
  refund_policy_disclosure: long("How and when the customer was shown the refund policy."),
  refund_refusal_explanation: long("Why the customer has no right to a refund."),
  service_date: short("When the service was rendered."),
  service_documentation: unsupported(FILE),
  shipping_address: short("Where it was shipped to."),
  shipping_carrier: short("Who shipped it."),
  shipping_date: short("When it was shipped."),
  shipping_documentation: unsupported(FILE),
  shipping_tracking_number: short("The carrier's number of it."),
  uncategorized_file: unsupported(FILE),
  uncategorized_text: optional(clearableText("Anything else. In the sandbox `winning_evidence`, `losing_evidence` and `escalate_inquiry_evidence` decide the dispute.", LONGEST_MAX)),
};
