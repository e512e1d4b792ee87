/** The payment method that a request names: one that the sandbox knows by itself, such as `pm_card_visa`, or one that was created or attached. */
import type { Tender } from "../../../domain/command.ts";
import type { ProfileId } from "../../../domain/id.ts";
import type { Money } from "../../../domain/money.ts";
import { NO_EXTRAS } from "../../../engine/views.ts";
import type { Call } from "../call.ts";
import { attemptOfMethod, methodNamed } from "../ids.ts";
import { missing, type Problem } from "../problem.ts";
import { PAYING, spent, type Naming } from "../profile-errors.ts";

/** The notes of a payment method that a charge shows too. */
export const BILLING = "stripe:billing";

export type NamedMethod = { readonly token: string; readonly onFile: null } | { readonly token: null; readonly onFile: ProfileId };

/** Whether one that was created is there, and may be used, is seen when the command is decided. */
export async function nameMethod(call: Call, id: string | undefined, money: Money): Promise<NamedMethod | Problem | null> {
  if (id === undefined) return null;
  return call.desk.processor.authorize(id, money) === null ? ofMerchant(call, id, PAYING) : { token: id, onFile: null };
}

/** One that is not of the sandbox's own. */
export async function ofMerchant(call: Call, id: string, naming: Naming): Promise<(NamedMethod & { readonly token: null }) | Problem> {
  const onFile = methodNamed(id);
  if (onFile === null) return missing("PaymentMethod", id, naming.method);
  return (await wasOnlyUsed(call, id)) ? spent(naming) : { token: null, onFile };
}

/** A payment that was made without a payment method of the merchant's names one of its own, which is used up. */
async function wasOnlyUsed({ desk, merchant }: Call, id: string): Promise<boolean> {
  const attempt = attemptOfMethod(id);
  return attempt !== null && (await desk.read.attempt(merchant, attempt, NO_EXTRAS))?.payment.intent === true;
}

export function tenderOf(method: NamedMethod | null, capture: boolean): Tender | null {
  if (method === null) return null;
  return method.token === null ? { by: "on_file", capture, inherits: BILLING } : { by: "token", token: method.token, capture };
}
