/** What has to be loaded before the jobs of a batch can be decided. */
import { cashIdOf } from "../domain/connected.ts";
import type { ProfileId } from "../domain/id.ts";
import { unreachable } from "../base/assert.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Attachment, ProfileCommand } from "../domain/profile-command.ts";
import type { Whose } from "../domain/whose.ts";
import type { Job, PaymentJob } from "./job.ts";
import type { KeyRef, Needs, ProfileRef } from "./store.ts";

export function needsOf(jobs: readonly Job[]): Needs {
  const payments: Needs["payments"][number][] = [];
  const profiles: ProfileRef[] = [];
  const keys: KeyRef[] = [];
  for (const job of jobs) {
    const { merchant, claims } = job;
    for (const { scope, key } of claims) keys.push({ merchant, scope, key });
    if (job.profile !== undefined) {
      for (const id of profilesOf(job.profile)) profiles.push({ merchant, id, change: true });
      continue;
    }
    payments.push(...paymentsOf(job));
    if (job.command.kind === "fund_cash_balance") profiles.push({ merchant: job.command.connect.platform, id: job.command.connect.account, change: false });
    if ("whose" in job.command) profiles.push(...named(merchant, job.command.whose));
  }
  return { payments, profiles, keys };
}

function paymentsOf({ merchant: own, book: merchant = own, command, extras }: PaymentJob): Needs["payments"] {
  if ("refund" in command) return [{ merchant, by: "refund", id: command.refund, extras }];
  if ("dispute" in command) return [{ merchant, by: "dispute", id: command.dispute, extras }];
  if (command.kind === "take_payment" || command.kind === "send_transfer" || command.kind === "refund_unlinked") return [];
  if (command.kind === "fund_cash_balance") return [{ merchant, by: "payment", id: cashIdOf(command.connect.account, command.money.currency), extras }];
  const { target } = command;
  return [target.by === "payment" ? { merchant, by: "payment", id: target.id, extras } : { merchant, by: "attempt", id: target.id, extras }];
}

function named(merchant: MerchantId, { customer, onFile }: Whose): ProfileRef[] {
  const ids = [customer, onFile === "preferred" ? null : onFile];
  return ids.flatMap((id) => (id === null ? [] : { merchant, id, change: false }));
}

/** Those that the command names. */
export function profilesOf(command: ProfileCommand): ProfileId[] {
  switch (command.kind) {
    case "open_customer":
      return command.attach === null ? [] : attached(command.attach);
    case "keep_instrument":
    case "open_account":
    case "open_endpoint":
      return [];
    case "describe_account":
      return [command.account];
    case "describe_endpoint":
    case "delete_endpoint":
      return [command.endpoint];
    case "describe_customer":
      return [command.customer, ...[command.preferred ?? []].flat()];
    case "delete_customer":
      return [command.customer];
    case "attach_instrument":
      return [command.customer, ...attached(command.attach)];
    case "detach_instrument":
    case "describe_instrument":
      return [command.instrument];
    default:
      return unreachable(command);
  }
}

function attached(attach: Attachment): ProfileId[] {
  return attach.by === "profile" ? [attach.id] : [];
}
