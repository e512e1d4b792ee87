/** What the three ways to refund a charge have in common (Stripe's API reference: refund a charge). */
import type { PaymentId } from "../../../domain/id.ts";
import type { RefundPayment, Target } from "../../../domain/command.ts";
import type { Notes } from "../../../domain/notes.ts";
import { metadata, newNotes } from "../metadata.ts";
import { amount } from "../money.ts";
import { choice, flag, optional, text, type Decoded } from "../params.ts";

/** Where the address of a payment method stands in its attempt's notes, and where a refund keeps the one that was asked. */
const BILLING_EMAIL = "stripe:billing.email";
const INSTRUCTIONS_EMAIL = "stripe:instructions_email";

export const REASONS = ["duplicate", "fraudulent", "requested_by_customer"] as const;

export const refundFields = {
  amount: optional(amount("How much to refund, in minor units; all that is left unless told.")),
  instructions_email: optional(text("Where the customer gets refund instructions, for methods that have no refunds of their own; the payment method's own address unless told.")),
  metadata: optional(metadata),
  payment_intent: optional(text("The PaymentIntent to refund.")),
  reason: optional(choice("Why.", REASONS)),
  refund_application_fee: optional(flag("Give the application fee back: all of it with a full refund, else in proportion. Refused where none was taken.")),
  reverse_transfer: optional(flag("Reverse the transfer too: all of it with a full refund, else in proportion. Refused where the charge did not go on by one.")),
};

export function refundCommand(params: Decoded<typeof refundFields>, on: { readonly target: Target; readonly within: PaymentId | null }): RefundPayment {
  return {
    kind: "refund_payment",
    target: on.target,
    within: on.within,
    money: params.amount === undefined ? null : { amount: params.amount, currency: null },
    fee: params.refund_application_fee === true ? { kind: "share", required: true } : { kind: "none" },
    reversesTransfer: params.reverse_transfer === true,
    channel: "executed",
    reference: null,
    release: true,
    askAt: { given: params.instructions_email ?? null, orFrom: BILLING_EMAIL, keptAs: INSTRUCTIONS_EMAIL },
    expectedVersion: null,
    refundsMax: null,
    ageMax: null,
    notes: newNotes(params.metadata, { "stripe:reason": params.reason }),
    paymentNotes: {},
  };
}

/** A fee goes back, or a transfer comes back: a refund of a payment in one of the platform's other books. */
export function sideRefundCommand(id: PaymentId, { amount: asked, notes, withFee }: { readonly amount: bigint | undefined; readonly notes: Notes; readonly withFee: boolean }): RefundPayment {
  return {
    kind: "refund_payment",
    target: { by: "payment", id, as: "any" },
    within: null,
    money: asked === undefined ? null : { amount: asked, currency: null },
    fee: withFee ? { kind: "share", required: true } : { kind: "none" },
    channel: "executed",
    reference: null,
    release: false,
    askAt: null,
    expectedVersion: null,
    refundsMax: null,
    ageMax: null,
    notes,
    paymentNotes: {},
  };
}
