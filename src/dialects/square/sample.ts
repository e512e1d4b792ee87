/** What a test notification tells of: a payment, or a refund, of nobody's. */
import { unreachable } from "../../base/assert.ts";
import { nameFrom } from "../../base/hash.ts";
import { paymentId, refundId, type Millis } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { EventType } from "./event-types.ts";
import { locationOf, orderOf, versionToken } from "./ids.ts";
import { aboutPayment, aboutRefund, type Notification } from "./notification.ts";
import { wireTime } from "./times.ts";

const ID_LENGTH = 24;
const PAYMENT = paymentId(nameFrom("square sample payment", ID_LENGTH));
const REFUND = refundId(nameFrom("square sample refund", ID_LENGTH));
const MONEY = { amount: 100, currency: "USD" } as const;

export function sampleOf(type: EventType, { merchant, now }: { readonly merchant: MerchantId; readonly now: Millis }): Notification["data"] {
  const common = { location_id: locationOf(merchant), created_at: wireTime(now), updated_at: wireTime(now), amount_money: MONEY };
  switch (type) {
    case "payment.created":
    case "payment.updated":
      return aboutPayment({
        ...common,
        id: PAYMENT,
        total_money: MONEY,
        status: "COMPLETED",
        order_id: orderOf(PAYMENT),
        application_details: { square_product: "ECOMMERCE_API" },
        version_token: versionToken({ id: PAYMENT, version: type === "payment.created" ? 1 : 2 }),
      });
    case "refund.created":
    case "refund.updated":
      return aboutRefund({
        ...common,
        id: REFUND,
        status: type === "refund.created" ? "PENDING" : "COMPLETED",
        destination_type: "CARD",
        payment_id: PAYMENT,
        order_id: orderOf(REFUND),
      });
    default:
      return unreachable(type);
  }
}
