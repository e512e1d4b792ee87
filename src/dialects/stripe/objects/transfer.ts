/** The transfer and its reversal (Stripe's API reference: Transfers): a payment out of the platform's book, and what came back of it. */
import { present } from "../../../base/assert.ts";
import { merchantOfAccount, receivedOf } from "../../../domain/connected.ts";
import { refundId } from "../../../domain/id.ts";
import { balanceTransactionId, chargeId, receivedIdOf, receivedRefundIdOf, refundIdOf, reversalIdOf, transferIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { captureLink } from "./application-fee.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { charge } from "./charge.ts";
import { note } from "./details.ts";
import { below, link, lower, metadataOf, seconds, shownRefunds, type Look, type Rows } from "./encode.ts";
import { accountLink, linkTo } from "./linked.ts";
import { refundObject } from "./refund.ts";

export function transfer(rows: Rows, look: Look): Answer<"transfer"> {
  const { payment } = rows;
  const { platform, account, of, group } = present(payment.connect, "the platform of a transfer");
  const received = receivedOf(merchantOfAccount(platform, account));
  return {
    id: transferIdOf(payment.id),
    object: "transfer",
    amount: Number(payment.captured),
    amount_reversed: Number(payment.refunded),
    balance_transaction: captureLink(rows, look),
    created: seconds(payment.createdAt),
    currency: lower(payment),
    description: note(payment.notes, "stripe:description"),
    destination: accountLink(look, "destination", account),
    destination_payment: linkTo(look, "destination_payment", { id: receivedIdOf(payment.id), place: { merchant: received, by: "payment", id: payment.id } }, charge),
    livemode: look.livemode,
    metadata: metadataOf(payment),
    reversals: {
      object: "list",
      ...shownRefunds(rows, (refund) => transferReversal({ ...rows, refund, refundEntry: null }, below(look, "reversals"))),
      url: `/v1/transfers/${transferIdOf(payment.id)}/reversals`,
    },
    reversed: payment.refunded === payment.captured,
    source_transaction: of === null ? null : linkTo(look, "source_transaction", { id: chargeId(of.attempt), place: { merchant: of.merchant, by: "attempt", id: of.attempt } }, charge),
    source_type: "card",
    transfer_group: group,
  };
}

export function transferReversal(rows: Rows, look: Look): Answer<"transfer_reversal"> {
  const { payment } = rows;
  const refund = present(rows.refund, "what came back of a transfer");
  const { platform, account } = present(payment.connect, "the platform of a transfer");
  const received = receivedOf(merchantOfAccount(platform, account));
  const entry = rows.refundEntry ?? null;
  const transaction = balanceTransactionId(present(refund.entryId, "the entry of what came back"), payment);
  // What came back with a refund of the charge is named after it.
  const source = refund.reference === null ? null : refundId(refund.reference);
  return {
    id: reversalIdOf(refund.id),
    object: "transfer_reversal",
    amount: Number(refund.amount),
    balance_transaction: entry === null ? transaction : link(look, "balance_transaction", transaction, (next) => balanceTransaction(entry, rows, next)),
    created: seconds(refund.createdAt),
    currency: lower(refund),
    destination_payment_refund: linkTo(look, "destination_payment_refund", { id: receivedRefundIdOf(refund.id), place: { merchant: received, by: "refund", id: refund.id } }, refundObject),
    metadata: metadataOf(refund),
    source_refund: source === null ? null : linkTo(look, "source_refund", { id: refundIdOf(source), place: { merchant: platform, by: "refund", id: source } }, refundObject),
    transfer: link(look, "transfer", transferIdOf(payment.id), (next) => transfer(rows, next)),
  };
}
