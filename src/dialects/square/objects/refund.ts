/**
 * The PaymentRefund object (Square's API reference: the PaymentRefund object): every refund of the book, and every release too. Linked refunds
 * carry no `unlinked`, as in the answers that were observed.
 */
import { notesUnder } from "../../../domain/notes.ts";
import type { Refund } from "../../../domain/refund.ts";
import { locationOf, orderOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireTime } from "../times.ts";
import { wireMoney } from "./money.ts";
import { NOTE_PREFIX } from "./notes.ts";
import { refundStatus, sourceType } from "./status.ts";

export function refundObject(refund: Refund): Answer<"PaymentRefund"> {
  const { currency } = refund;
  const notes = notesUnder(refund.notes, NOTE_PREFIX);
  return {
    id: refund.id,
    status: refundStatus(refund.state),
    location_id: locationOf(refund.merchant),
    destination_type: sourceType(refund.instrument),
    amount_money: wireMoney({ amount: refund.amount, currency }),
    app_fee_money: refund.feeReturned > 0n ? wireMoney({ amount: refund.feeReturned, currency }) : undefined,
    payment_id: refund.paymentId,
    order_id: orderOf(refund.id),
    reason: notes["reason"],
    created_at: wireTime(refund.createdAt),
    updated_at: wireTime(refund.updatedAt),
    team_member_id: notes["team_member_id"],
  };
}
