/** What a notification says (Square's API reference: webhooks): who and what it is of, and the object as it was then. */
import { sha256 } from "../../base/hash.ts";
import type { Event } from "../../domain/event.ts";
import type { Millis } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Answer } from "./shapes/objects.ts";
import { wireTime } from "./times.ts";

export type Notification = Answer<"WebhookTestResult">["payload"];

export function notificationOf({ merchant, type, eventId, at, data }: { readonly merchant: MerchantId; readonly type: string; readonly eventId: string; readonly at: Millis; readonly data: Notification["data"] }): Notification {
  return { merchant_id: merchant, type, event_id: eventId, created_at: wireTime(at), data };
}

export function aboutPayment(payment: Answer<"Payment">): Notification["data"] {
  return { type: "payment", id: payment.id, object: { payment } };
}

export function aboutRefund(refund: Answer<"PaymentRefund">): Notification["data"] {
  return { type: "refund", id: refund.id, object: { refund } };
}

/**
 * The UUID that follows from an event of the book and the part of it: the same for every try and for every subscription. Its version is that of UUIDs
 * which are made of a name.
 */
export function notificationId({ merchant, id }: Pick<Event, "merchant" | "id">, part: number): string {
  const digits = sha256(`square event ${merchant} ${id} ${part}`);
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [digits.slice(0, 8), digits.slice(8, 12), `5${digits.slice(13, 16)}`, variant + digits.slice(17, 20), digits.slice(20, 32)].join("-");
}
