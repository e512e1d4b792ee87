/** The application fee and its refund (Stripe's API reference: Application Fees): a payment in the platform's book of fees, and a refund of it. */
import { present } from "../../../base/assert.ts";
import { receivedOf, merchantOfAccount, type Connect } from "../../../domain/connected.ts";
import type { Payment } from "../../../domain/payment.ts";
import { applicationIdOf, balanceTransactionId, chargeId, feeIdOf, feeRefundIdOf, receivedIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { balanceTransaction } from "./balance-transaction.ts";
import { charge } from "./charge.ts";
import { below, link, lower, metadataOf, seconds, shownRefunds, type Look, type Rows } from "./encode.ts";
import { accountLink, linkTo, type Place } from "./linked.ts";

type Fee = Answer<"application_fee">;

/** Of the charge that it was taken from: of what an account received, where the platform's own charge went on. */
function chargeOf({ id }: Payment, { platform, account, of }: Connect): { readonly id: string; readonly place: Place } {
  if (of !== null && of.merchant !== platform) return { id: chargeId(of.attempt), place: { merchant: of.merchant, by: "attempt", id: of.attempt } };
  return { id: receivedIdOf(id), place: { merchant: receivedOf(merchantOfAccount(platform, account)), by: "payment", id } };
}

export function applicationFee(rows: Rows, look: Look): Fee {
  const { payment } = rows;
  const connect = present(payment.connect, "the platform of a fee");
  const { platform, of } = connect;
  const charged = chargeOf(payment, connect);
  const source = of !== null && of.merchant === platform ? of : null;
  return {
    id: feeIdOf(payment.id),
    object: "application_fee",
    account: accountLink(look, "account", connect.account),
    amount: Number(payment.captured),
    amount_refunded: Number(payment.refunded + payment.pending),
    application: applicationIdOf(platform),
    balance_transaction: captureLink(rows, look),
    charge: linkTo(look, "charge", charged, charge),
    created: seconds(payment.createdAt),
    currency: lower(payment),
    fee_source: { charge: charged.id, type: "charge" },
    livemode: look.livemode,
    originating_transaction: source === null ? null : linkTo(look, "originating_transaction", { id: chargeId(source.attempt), place: { merchant: source.merchant, by: "attempt", id: source.attempt } }, charge),
    refunded: payment.refunded + payment.pending === payment.captured,
    refunds: {
      object: "list",
      ...shownRefunds(rows, (refund) => feeRefund({ ...rows, refund, refundEntry: null }, below(look, "refunds"))),
      url: `/v1/application_fees/${feeIdOf(payment.id)}/refunds`,
    },
  };
}

export function feeRefund(rows: Rows, look: Look): Answer<"fee_refund"> {
  const { payment } = rows;
  const refund = present(rows.refund, "the refund of a fee");
  const entry = rows.refundEntry ?? null;
  const id = balanceTransactionId(refund.entryId, payment);
  return {
    id: feeRefundIdOf(refund.id),
    object: "fee_refund",
    amount: Number(refund.amount),
    balance_transaction: entry === null ? id : link(look, "balance_transaction", id, (next) => balanceTransaction(entry, rows, next)),
    created: seconds(refund.createdAt),
    currency: lower(refund),
    fee: link(look, "fee", feeIdOf(payment.id), (next) => applicationFee(rows, next)),
    metadata: metadataOf(refund),
  };
}

/** The balance transaction of what was moved, where its entry is at hand. */
export function captureLink(rows: Rows, look: Look): Answer<"balance_transaction"> | string {
  const entry = rows.captureEntry;
  const id = balanceTransactionId(present(rows.payment.captureEntry, "the entry of what was moved"), rows.payment);
  return entry === null ? id : link(look, "balance_transaction", id, (next) => balanceTransaction(entry, rows, next));
}
