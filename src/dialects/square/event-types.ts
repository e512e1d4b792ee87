/** Square's events of what is kept here (Square's API reference: webhooks). */
export const EVENT_TYPES = ["payment.created", "payment.updated", "refund.created", "refund.updated"] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The API version that all of them came with. */
export const INTRODUCED = "2020-02-26";

export function isEventType(text: unknown): text is EventType {
  return EVENT_TYPES.some((type) => type === text);
}
