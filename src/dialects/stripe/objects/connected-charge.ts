/** What a charge and an intent say of the platform that has to do with them. */
import { feesOf, transfersOf } from "../../../domain/connected.ts";
import { paymentId } from "../../../domain/id.ts";
import type { Payment } from "../../../domain/payment.ts";
import { accountIdOf, applicationIdOf, feeIdOf, transferIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { applicationFee } from "./application-fee.ts";
import { note } from "./details.ts";
import type { Look } from "./encode.ts";
import { linkTo } from "./linked.ts";
import { transfer } from "./transfer.ts";

type Charge = Answer<"charge">;
type Told = Pick<Charge, "application" | "application_fee" | "application_fee_amount" | "destination" | "on_behalf_of" | "source_transfer" | "transfer" | "transfer_data" | "transfer_group">;

/** The application that acted on an account's own book; a platform's own charge has none. */
export function applicationOf({ connect }: Payment): string | null {
  return connect === null || connect.role === "destination" ? null : applicationIdOf(connect.platform);
}

/** What the application takes, or took. */
export function feeAmountOf({ connect, feeTaken }: Payment): number | null {
  const fee = connect?.role === "destination" ? connect.fee : feeTaken;
  return fee > 0n ? Number(fee) : null;
}

export function connectedCharge(payment: Payment, { captured, notes, look }: { readonly captured: boolean; readonly notes: Payment["notes"]; readonly look: Look }): Told {
  const { connect, captureEntry } = payment;
  const amount = feeAmountOf(payment);
  const told = { application: applicationOf(payment), application_fee_amount: amount, on_behalf_of: note(notes, "stripe:on_behalf_of"), transfer_group: note(notes, "stripe:transfer_group") };
  if (connect === null) return { ...told, application_fee: null, destination: null, source_transfer: null, transfer_data: null };
  const { platform, account, role } = connect;
  const body = captureEntry === null ? null : paymentId(captureEntry);
  const fee = amount === null || body === null || !captured ? null : linkTo(look, "application_fee", { id: feeIdOf(body), place: { merchant: feesOf(platform), by: "payment", id: body } }, applicationFee);
  const sent = (name: string, id: Payment["id"]) => linkTo(look, name, { id: transferIdOf(id), place: { merchant: transfersOf(platform), by: "payment", id } }, transfer);
  const isDestination = role === "destination";
  return {
    ...told,
    application_fee: fee,
    destination: isDestination ? accountIdOf(account) : null,
    source_transfer: role === "received" ? sent("source_transfer", payment.id) : null,
    ...(isDestination && captured && body !== null ? { transfer: sent("transfer", body) } : {}),
    transfer_data: isDestination ? { amount: connect.transfer === null ? null : Number(connect.transfer), destination: accountIdOf(account) } : null,
    ...(role === "received" ? { transfer_group: connect.group } : {}),
  };
}
