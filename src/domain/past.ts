/** What a change overwrote: with it, and with what an event tells by itself, each event can be shown as the book was then, whatever has become of its rows since. */
import type { Dispute } from "./dispute.ts";
import type { PaymentId } from "./id.ts";
import type { MerchantId } from "./merchant.ts";
import type { Attempt, Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";

/** A row as it was until its payment came to `version`. */
export type Past = { readonly merchant: MerchantId; readonly paymentId: PaymentId; readonly version: number } & PastRow;

export type PastRow =
  | { readonly what: "payment"; readonly row: Payment }
  | { readonly what: "attempt"; readonly row: Attempt }
  | { readonly what: "refund"; readonly row: Refund }
  | { readonly what: "dispute"; readonly row: Dispute };

/** What of a payment its event says (`Snapshot`), or nobody is ever shown. The record makes a member that is new to payments a decision. */
const TOLD: Readonly<Record<keyof Payment, boolean>> = {
  merchant: true, id: true, createdAt: true, origin: true, intent: true, reference: true,
  updatedAt: true, version: true, state: true, authorized: true, captured: true, refunded: true, pending: true, disputed: true, feeTaken: true, feeReturned: true,
  refunds: true, entries: true, journalHead: true, attempts: true,
  currency: false, requested: false, dispute: false, disputeId: false, latestAttempt: false, captureEntry: false, capturedAt: false,
  customer: false, onFile: false, notes: false, connect: false, toCapture: false, deadline: false,
};

const isKept = (name: string): name is keyof Payment => Object.hasOwn(TOLD, name);
const KEPT = Object.keys(TOLD).filter(isKept).filter((name) => !TOLD[name]);

/** Whether the event alone tells how the payment differs from what it was: of a refund it does, and nothing is kept beside it. */
export function isTold(before: Payment, after: Payment): boolean {
  return KEPT.every((name) => before[name] === after[name]);
}
