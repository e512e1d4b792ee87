/** From the book's rows to this API's objects. */
import type { Profile } from "../../domain/profile.ts";
import { isEnabled, urlOf } from "../../engine/endpoint.ts";
import type { Delivery, Try } from "../../engine/outbox.ts";
import type { Told } from "../../engine/views.ts";
import { deliveryIdOf } from "./ids.ts";
import type { Answer } from "./shapes.ts";

const time = (millis: number): string => new Date(millis).toISOString();

export function endpointObject(endpoint: Profile): Answer<"endpoint"> {
  return { id: endpoint.id, api: endpoint.dialect ?? "", url: urlOf(endpoint), enabled: isEnabled(endpoint), created_at: time(endpoint.createdAt) };
}

export function deliveryObject(delivery: Delivery, tries?: readonly Try[]): Answer<"delivery"> {
  const { endpoint, event, type, account, createdAt, state, due } = delivery;
  return {
    id: deliveryIdOf(delivery), endpoint, event, type, account, created_at: time(createdAt), state, tries: delivery.tries, due_at: due === null ? null : time(due),
    made: tries?.map(({ number, at, took, status, problem, answer }) => ({ number, at: time(at), took_ms: took, status, problem, answer })),
  };
}

export function eventObject({ event, payment, refund, dispute }: Told): Answer<"event"> {
  const { state, captured, refunded, pending, disputed } = event.after;
  return {
    id: event.id, at: time(event.createdAt), kind: event.kind, payment: event.paymentId, attempt: event.attemptId, refund: event.refundId, dispute: dispute?.id ?? null,
    request: event.request?.id ?? null, currency: payment.currency, amount: (refund ?? dispute)?.amount.toString() ?? null,
    state, captured: captured.toString(), refunded: refunded.toString(), pending: pending.toString(), disputed: disputed.toString(),
  };
}
