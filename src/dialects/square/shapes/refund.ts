/** The PaymentRefund, as it is answered with (Square's API reference: the PaymentRefund object). */
import { members, oneOf, sometimes, text } from "../../../base/shape.ts";
import { MONEY, time } from "./money.ts";

export const PAYMENT_REFUND = members(
  {
    id: text,
    status: oneOf(["PENDING", "COMPLETED", "REJECTED", "FAILED"]),
    location_id: text,
    destination_type: oneOf(["CARD", "BANK_ACCOUNT", "CASH", "EXTERNAL"]),
    amount_money: MONEY,
    app_fee_money: sometimes(MONEY),
    payment_id: text,
    order_id: text,
    reason: sometimes(text),
    created_at: time,
    updated_at: time,
    team_member_id: sometimes(text),
  },
  "Money back on a payment.",
);
