/** What a charge or an intent may say of the platform that has to do with it (Stripe's API reference: Connect). */
import type { Connect } from "../../../domain/connected.ts";
import type { Terms } from "../../../domain/command.ts";
import type { Profile } from "../../../domain/profile.ts";
import type { Call } from "../call.ts";
import { noPlatform } from "../errors.ts";
import { CHARGE_MAX, amount } from "../money.ts";
import { hash, optional, required, text, unsupported, whole } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { findAccount } from "./accounts.ts";

const OLD = "An older form: use `transfer_data` and `application_fee_amount`.";
const FEE = "What the application takes, in minor units. Only on a connected account's own book (`Stripe-Account`), or with `transfer_data[destination]`.";

const feeAmount = whole(FEE, { min: 0n, max: CHARGE_MAX });
const transferAmount = optional(amount("How much of it goes on, in minor units; all of it unless told."));

export const connectFields = {
  application_fee_amount: optional(feeAmount),
  on_behalf_of: optional(text("A connected account of yours: kept and echoed.")),
  transfer_data: optional(hash("Where the money goes on to, by a transfer at the capture.", { amount: transferAmount, destination: required(text("A connected account of yours.")) })),
  transfer_group: optional(text("Kept and echoed, by the transfer too.")),
};

/** As an update or a capture may say them again. */
export const termsFields = {
  application_fee_amount: optional(feeAmount),
  transfer_data: optional(hash("How much of it goes on to the destination that was named when it was made.", { amount: transferAmount })),
};

export const oldConnectFields = { application_fee: unsupported(OLD), destination: unsupported(OLD) };

export type ConnectParams = {
  readonly application_fee_amount: bigint | undefined;
  readonly on_behalf_of: string | undefined;
  readonly transfer_data: { readonly amount: bigint | undefined; readonly destination: string } | undefined;
  readonly transfer_group: string | undefined;
};

/** What the kernel is told of it: the fee of a charge on the account's own book stands with the charge. */
export type Connecting = { readonly fee: bigint; readonly connect: Connect | null };

export async function connecting(call: Call, params: ConnectParams, { intent }: { readonly intent: boolean }): Promise<Connecting | Problem> {
  const { application_fee_amount: fee = 0n, on_behalf_of: behalf, transfer_data: data, transfer_group: group = null } = params;
  if (behalf !== undefined && (await ownedAccount(call, behalf)) === null) return missing("account", behalf, { param: "on_behalf_of", status: 400 });
  if (data !== undefined) {
    // OURS: the words; that they exclude one another is told of the parameter.
    if (data.amount !== undefined && fee > 0n) return invalid("You may only specify one of these parameters: application_fee_amount, transfer_data[amount].", { code: "parameters_exclusive" });
    const account = await findAccount(call, data.destination);
    if (account === null) return missing("destination", data.destination, { param: "transfer_data[destination]", status: 400 });
    return { fee: 0n, connect: { role: "destination", platform: call.merchant, account: account.id, transfer: data.amount ?? null, fee, of: null, group } };
  }
  if (call.account === null) return fee > 0n ? noPlatform(intent) : { fee: 0n, connect: null };
  const { platform, profile } = call.account;
  return { fee, connect: { role: "charge", platform, account: profile.id, transfer: null, fee: 0n, of: null, group: null } };
}

/** An account of the platform's: also the one on whose book it acts. */
async function ownedAccount(call: Call, named: string): Promise<Profile | null> {
  return findAccount(call.account === null ? call : { ...call, merchant: call.account.platform }, named);
}

export function termsOf(params: { readonly application_fee_amount: bigint | undefined; readonly transfer_data: { readonly amount: bigint | undefined } | undefined }): Terms {
  return { fee: params.application_fee_amount, transfer: params.transfer_data?.amount };
}
