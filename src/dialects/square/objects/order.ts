/** Orders (Square's API reference: Orders): none is kept, and each follows from the payment or the refund that names it. */
import { moneyOf } from "../../../domain/payment.ts";
import type { PaymentState } from "../../../domain/states.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { PaymentView, RefundView } from "../../../engine/views.ts";
import { locationOf, orderOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireTime } from "../times.ts";
import { wireMoney } from "./money.ts";
import { orderIdOf, totalOf } from "./payment.ts";
import { sourceType } from "./status.ts";

type Order = Answer<"Order">;

const STATE: Readonly<Record<PaymentState, Order["state"]>> = {
  open: "OPEN",
  initiated: "OPEN",
  authorized: "OPEN",
  captured: "COMPLETED",
  canceled: "CANCELED",
  failed: "CANCELED",
};

export function paymentOrder({ payment, attempt }: PaymentView): Order {
  const id = orderOf(payment.id);
  const [location, total] = [locationOf(payment.merchant), wireMoney(moneyOf(payment, totalOf(payment)))];
  const created = wireTime(payment.createdAt);
  const type = attempt === null ? null : sourceType(attempt.instrument.kind);
  return {
    id,
    location_id: location,
    state: STATE[payment.state],
    version: payment.version,
    created_at: created,
    updated_at: wireTime(payment.updatedAt),
    total_money: total,
    tenders:
      type === null
        ? undefined
        : [{ id: payment.id, location_id: location, transaction_id: id, created_at: created, amount_money: total, type: type === "EXTERNAL" ? "OTHER" : type, payment_id: payment.id }],
  };
}

/** What came back is told as returned; nothing is ordered by it. */
export function returnOrder({ payment, refund }: Pick<RefundView, "payment" | "refund">, merchant: MerchantId): Order {
  const { amount, currency } = refund;
  return {
    id: orderOf(refund.id),
    location_id: locationOf(merchant),
    state: "COMPLETED",
    version: 1,
    created_at: wireTime(refund.createdAt),
    updated_at: wireTime(refund.createdAt),
    total_money: wireMoney({ amount: 0n, currency }),
    returns: refund.merchant === merchant ? [{ source_order_id: orderIdOf(payment) }] : undefined,
    return_amounts: { total_money: wireMoney({ amount, currency }) },
  };
}
