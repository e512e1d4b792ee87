/**
 * How Square tells what happened (Square's API reference: webhooks). Every change gives a payment another `version_token`, so each is told of the payment,
 * and before it of the refund that it came with. Each object is the room's own, encoded from the rows as they were.
 */
import { present, unreachable } from "../../base/assert.ts";
import type { ConnectRole } from "../../domain/connected.ts";
import type { Millis } from "../../domain/id.ts";
import { isEnabled } from "../../engine/endpoint.ts";
import type { Telegram, Teller, Telling } from "../../engine/teller.ts";
import type { Told } from "../../engine/views.ts";
import type { Desk } from "../../engine/wire.ts";
import type { EventType } from "./event-types.ts";
import { NAME } from "./name.ts";
import { aboutPayment, aboutRefund, notificationId, notificationOf, type Notification } from "./notification.ts";
import { PAYMENT_EXTRAS, paymentObject } from "./objects/payment.ts";
import { lookOf, refundObject } from "./objects/refund.ts";
import { eventTypesOf } from "./objects/subscription.ts";
import { makeSignatureKey } from "./signature.ts";
import { PATIENCE, signedPost } from "./signed-post.ts";

const MINUTE: Millis = 60_000;
const HOUR = 60 * MINUTE;
/** Eleven retries within about a day. */
const WAITS: readonly Millis[] = [...[1, 2, 4, 8, 16, 32, 60].map((minutes) => minutes * MINUTE), ...[2, 4, 8, 8].map((hours) => hours * HOUR)];

export function squareTeller(desk: Pick<Desk, "processor" | "vault">): Teller {
  return {
    refunds: PAYMENT_EXTRAS.refunds,
    tell: (told) => typesOf(told).map((type, part): Telling => ({ part, type })),
    hears: (endpoint, { type }, { account }) => account === null && endpoint.dialect === NAME && isEnabled(endpoint) && eventTypesOf(endpoint).some((wanted) => wanted === type),
    post(endpoint, { told, delivery, lastProblem }) {
      if (desk.vault === null) return null;
      const { merchant, part, type, createdAt, tries } = delivery;
      const notification = notificationOf({ merchant, type, eventId: notificationId(told.event, part), at: told.event.createdAt, data: dataOf(desk, told, delivery) });
      return signedPost(endpoint, desk.vault, { body: JSON.stringify(notification), firstAt: createdAt, tries, lastProblem });
    },
    waits: () => WAITS,
    newSecret: makeSignatureKey,
    patience: PATIENCE,
  };
}

function typesOf({ event, payment }: Told): readonly EventType[] {
  const shown = shownOf(payment.connect?.role ?? null);
  return [
    ...(event.refundId !== null && shown.refunds ? [event.kind === "refund.created" ? "refund.created" as const : "refund.updated" as const] : []),
    ...(shown.payment ? [event.version === 1 ? "payment.created" as const : "payment.updated" as const] : []),
  ];
}

/** What Square's lists of payments and refunds show of a payment that a platform, or nobody, has to do with. */
function shownOf(role: ConnectRole | null): { readonly payment: boolean; readonly refunds: boolean } {
  switch (role) {
    case null:
    case "charge":
    case "destination":
      return { payment: true, refunds: true };
    case "unlinked":
      return { payment: false, refunds: true };
    case "transfer":
    case "received":
    case "fee":
    case "cash":
      return { payment: false, refunds: false };
    default:
      return unreachable(role);
  }
}

function dataOf(desk: Pick<Desk, "processor">, told: Told, { merchant, type }: Telegram["delivery"]): Notification["data"] {
  if (!type.startsWith("refund.")) return aboutPayment(paymentObject(told));
  return aboutRefund(refundObject(present(told.refund, `the refund of event ${told.event.id}`), lookOf(desk, merchant)));
}
