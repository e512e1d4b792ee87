/** The types of Stripe's events that are told here (Stripe's API reference: types of events), each with the object that it shows. */
import type { EventName } from "./event-names.ts";

export const TOLD = {
  "application_fee.created": "application_fee",
  "application_fee.refunded": "application_fee",
  "application_fee.refund.updated": "fee_refund",
  "charge.captured": "charge",
  "charge.dispute.closed": "dispute",
  "charge.dispute.created": "dispute",
  "charge.dispute.funds_reinstated": "dispute",
  "charge.dispute.funds_withdrawn": "dispute",
  "charge.dispute.updated": "dispute",
  "charge.expired": "charge",
  "charge.failed": "charge",
  "charge.pending": "charge",
  "charge.refund.updated": "refund",
  "charge.refunded": "charge",
  "charge.succeeded": "charge",
  "charge.updated": "charge",
  "payment_intent.amount_capturable_updated": "payment_intent",
  "payment_intent.canceled": "payment_intent",
  "payment_intent.created": "payment_intent",
  "payment_intent.payment_failed": "payment_intent",
  "payment_intent.processing": "payment_intent",
  "payment_intent.requires_action": "payment_intent",
  "payment_intent.succeeded": "payment_intent",
  "refund.created": "refund",
  "refund.failed": "refund",
  "refund.updated": "refund",
  "transfer.created": "transfer",
  "transfer.reversed": "transfer",
  "transfer.updated": "transfer",
} as const satisfies Partial<Readonly<Record<EventName, string>>>;

export type ToldName = keyof typeof TOLD;

/** What stands in `data.object`. */
export type EventSubject = (typeof TOLD)[ToldName];

export function toldName(text: string): ToldName | null {
  return NAMES.find((name) => name === text) ?? null;
}

const isTold = (name: string): name is ToldName => Object.hasOwn(TOLD, name);
export const NAMES: readonly ToldName[] = Object.keys(TOLD).filter(isTold);
