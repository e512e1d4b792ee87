/** The PaymentIntent (Stripe's API reference: PaymentIntents): a payment that was promised first. */
import { nameFrom } from "../../../base/hash.ts";
import type { Attempt, Payment } from "../../../domain/payment.ts";
import { accountIdOf, chargeId, intentId, methodId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { paymentMethod } from "./card.ts";
import { NO_EXPAND } from "../expand.ts";
import { charge } from "./charge.ts";
import { applicationOf, feeAmountOf } from "./connected-charge.ts";
import { customerLink } from "./customer.ts";
import { DECLINES } from "./decline.ts";
import { note, shipping } from "./details.ts";
import { link, lower, metadataOf, seconds, type Look, type Rows } from "./encode.ts";
import { methodLink } from "./saved-method.ts";

type PaymentIntent = Answer<"payment_intent">;
export type IntentStatus = PaymentIntent["status"];

const SECRET_LENGTH = 25;

/** What an intent is, or was, to be paid with; and what it is to be paid with after an attempt has failed. */
export const METHOD = "stripe:payment_method";
export const NEXT_METHOD = "stripe:next_payment_method";

export function intentStatus(payment: Payment): IntentStatus {
  switch (payment.state) {
    case "open":
      return note(payment.notes, METHOD) === null ? "requires_payment_method" : "requires_confirmation";
    case "failed":
      return note(payment.notes, NEXT_METHOD) === null ? "requires_payment_method" : "requires_confirmation";
    case "initiated":
      // Money that is on its way asks nobody for anything.
      return payment.deadline === null ? "requires_action" : "processing";
    case "authorized":
      return "requires_capture";
    case "captured":
      return "succeeded";
    case "canceled":
      return "canceled";
  }
}

/** The rows may have been reached through an earlier attempt; an intent speaks of its latest. */
export function paymentIntent(rows: Rows, look: Look): PaymentIntent {
  const { payment } = rows;
  const attempt = rows.latest;
  const notes = payment.notes;
  const id = intentId(payment);
  const status = intentStatus(payment);
  const types = (note(notes, "stripe:payment_method_types") ?? "card").split(",");
  const automatic = note(notes, "stripe:automatic_payment_methods");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount: Number(payment.requested),
    amount_capturable: status === "requires_capture" ? Number(payment.authorized) : 0,
    amount_details: { tip: {} },
    amount_received: Number(payment.captured),
    application: applicationOf(payment),
    application_fee_amount: feeAmountOf(payment),
    automatic_payment_methods: automatic === null ? null : { allow_redirects: automatic, enabled: true },
    canceled_at: status === "canceled" ? seconds(payment.updatedAt) : null,
    cancellation_reason: note(notes, "stripe:cancellation_reason"),
    capture_method: note(notes, "stripe:capture_method") ?? "automatic_async",
    client_secret: `${id}_secret_${nameFrom(`client secret ${payment.merchant} ${id}`, SECRET_LENGTH)}`,
    confirmation_method: note(notes, "stripe:confirmation_method") ?? "automatic",
    created: seconds(payment.createdAt),
    currency: lower(payment),
    customer: customerLink(look, payment.customer),
    customer_account: null,
    description: note(notes, "stripe:description"),
    excluded_payment_method_types: null,
    last_payment_error: lastError(payment, attempt, look),
    latest_charge: link(look, "latest_charge", attempt === null ? null : chargeId(attempt), (next) => charge({ ...rows, attempt }, next)),
    livemode: look.livemode,
    managed_payments: { enabled: false },
    metadata: metadataOf(payment),
    next_action: status === "requires_action" ? { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect" } } : null,
    on_behalf_of: note(notes, "stripe:on_behalf_of"),
    payment_method: methodOf(payment, attempt, look),
    payment_method_configuration_details: null,
    payment_method_options: types.includes("card") ? { card: { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" } } : {},
    payment_method_types: types,
    payment_record: null,
    processing: null,
    receipt_email: note(notes, "stripe:receipt_email"),
    review: null,
    setup_future_usage: note(notes, "stripe:setup_future_usage"),
    shared_payment_granted_token: null,
    shipping: shipping(notes),
    source: null,
    statement_descriptor: note(notes, "stripe:statement_descriptor"),
    statement_descriptor_suffix: note(notes, "stripe:statement_descriptor_suffix"),
    status,
    transfer_data: transferData(payment),
    transfer_group: note(notes, "stripe:transfer_group"),
  };
}

function transferData({ connect }: Payment): PaymentIntent["transfer_data"] {
  if (connect?.role !== "destination") return null;
  return { ...(connect.transfer === null ? {} : { amount: Number(connect.transfer) }), destination: accountIdOf(connect.account) };
}

function methodOf(payment: Payment, attempt: Attempt | null, look: Look): PaymentIntent["payment_method"] {
  if (payment.state === "failed" || attempt === null) return methodLink(look, namedMethod(payment));
  return link(look, "payment_method", methodId(payment, attempt), (next) => paymentMethod(payment, attempt, next));
}

/** What the intent is to be tried with next, where that was said. */
export function namedMethod({ state, notes }: Payment): string | null {
  return state === "open" ? note(notes, METHOD) : state === "failed" ? note(notes, NEXT_METHOD) : null;
}

function lastError(payment: Payment, attempt: Attempt | null, look: Look): PaymentIntent["last_payment_error"] {
  if (payment.state !== "failed" || attempt === null || attempt.decline === null) return null;
  const { code, declineCode, message } = DECLINES[attempt.decline];
  return {
    charge: chargeId(attempt),
    code,
    ...(declineCode === null ? {} : { decline_code: declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`,
    message,
    payment_method: paymentMethod(payment, attempt, { ...look, expand: NO_EXPAND }),
    type: "card_error",
  };
}
