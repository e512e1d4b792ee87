/** What is to be attached to a customer: a payment method that was created, or a new one of a name that the sandbox knows by itself. */
import { NO_NOTES } from "../../../domain/notes.ts";
import type { Attachment } from "../../../domain/profile-command.ts";
import type { Call } from "../call.ts";
import type { Problem } from "../problem.ts";
import type { Naming } from "../profile-errors.ts";
import { ofMerchant } from "./named-method.ts";

export async function attachmentOf(call: Call, id: string, naming: Naming): Promise<Attachment | Problem> {
  if (id.startsWith("pm_") && call.desk.processor.keep(id) !== null) return { by: "token", token: id, expiry: null, notes: NO_NOTES };
  const named = await ofMerchant(call, id, naming);
  return "message" in named ? named : { by: "profile", id: named.onFile };
}
