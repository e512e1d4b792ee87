/** The payments in other books that change together with a payment: none of most. */
import { feesOf, merchantOfAccount, receivedOf, transfersOf } from "./connected.ts";
import { paymentId, type AttemptId, type PaymentId } from "./id.ts";
import type { MerchantId } from "./merchant.ts";
import type { Payment } from "./payment.ts";

export type Counterpart = { readonly merchant: MerchantId } & ({ readonly by: "payment"; readonly id: PaymentId } | { readonly by: "attempt"; readonly id: AttemptId });

/** A transfer and what it brings share one id body, and so do the fee that is taken of it and the capture of the charge that it came of. */
export function counterpartsOf(payment: Payment): readonly Counterpart[] {
  const { connect } = payment;
  if (connect === null || payment.captureEntry === null) return [];
  const { platform, account, fee, of } = connect;
  const body = paymentId(payment.captureEntry);
  const at = (merchant: MerchantId, id: PaymentId): Counterpart => ({ merchant, by: "payment", id });
  const fees = (taken: bigint, id: PaymentId) => (taken > 0n ? [at(feesOf(platform), id)] : []);
  const received = receivedOf(merchantOfAccount(platform, account));
  switch (connect.role) {
    case "charge":
      return fees(payment.feeTaken, body);
    case "destination":
      return [at(transfersOf(platform), body), at(received, body), ...fees(fee, body)];
    case "transfer":
      return [at(received, payment.id), ...fees(fee, payment.id)];
    case "received":
    case "cash":
    case "unlinked":
      return [];
    case "fee":
      return of === null || of.merchant === platform ? [at(received, payment.id)] : [{ merchant: of.merchant, by: "attempt", id: of.attempt }];
  }
}
