/** What a customer has in cash (Stripe's API reference: Cash Balance): what came in by bank transfer, less what went back. */
import { leftToRefund, type Payment } from "../../../domain/payment.ts";
import type { Profile } from "../../../domain/profile.ts";
import { customerIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { note } from "./details.ts";
import { lower, type Look } from "./encode.ts";

/** The note of a customer for whom somebody said how his cash is to be used. */
export const RECONCILIATION = "stripe:cash.reconciliation_mode";

/** `cash`: one payment for each currency that anything ever came in. */
export function cashBalance({ id, notes }: Profile, cash: readonly Payment[], look: Look): Answer<"cash_balance"> {
  return {
    object: "cash_balance",
    available: cash.length === 0 ? null : Object.fromEntries(cash.map((payment) => [lower(payment), Number(leftToRefund(payment))])),
    customer: customerIdOf(id),
    customer_account: null,
    livemode: look.livemode,
    // Nothing is used for a payment by itself.
    settings: { reconciliation_mode: "manual", using_merchant_default: note(notes, RECONCILIATION) === null },
  };
}
