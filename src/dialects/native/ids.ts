/** Ids as this API shows them: bare bodies. Whoever names one may leave the prefix on that another API gives it. */
import { isEventId, isProfileId, type EventId, type ProfileId } from "../../domain/id.ts";
import type { DeliveryRef } from "../../engine/outbox.ts";
import { base62, base62Value } from "../../base/base62.ts";

const BODY = /^(?:[a-z]+_)?([0-9A-Za-z]{24})([0-9A-Za-z]?)$/;
const DELIVERY = /^dlv_([0-9A-Za-z]{24})([0-9A-Za-z]{24})([0-9A-Za-z])$/;

export function endpointNamed(text: string): ProfileId | null {
  const [, body = "", rest = ""] = BODY.exec(text) ?? [];
  return rest === "" && isProfileId(body) ? body : null;
}

/** Also as Stripe's API names one of the events that it tells of it. */
export function eventNamed(text: string): EventId | null {
  const body = BODY.exec(text)?.[1] ?? "";
  return isEventId(body) ? body : null;
}

export function deliveryIdOf({ event, endpoint, part }: DeliveryRef): string {
  return `dlv_${event}${endpoint}${base62(part, 1)}`;
}

export function deliveryNamed(text: string): Omit<DeliveryRef, "merchant"> | null {
  const [, event = "", endpoint = "", part = ""] = DELIVERY.exec(text) ?? [];
  return isEventId(event) && isProfileId(endpoint) ? { event, endpoint, part: base62Value(part) ?? 0 } : null;
}
