/** Whose a payment is, and which instrument on file it is paid with: from names to what they stand for. */
import type { ProfileId } from "./id.ts";
import type { Profile } from "./profile.ts";
import type { ProfileRefusal } from "./profile-refusal.ts";

/** Names, as a command carries them. `preferred` is what the customer pays with unless told otherwise. */
export type Whose = { readonly customer: ProfileId | null; readonly onFile: ProfileId | "preferred" | null };

export const NOBODY: Whose = Object.freeze({ customer: null, onFile: null });

/** What the names stand for. */
export type Known = { readonly customer: Profile | null; readonly onFile: Profile | null };

export const NOBODY_KNOWN: Known = Object.freeze({ customer: null, onFile: null });

export type FindProfile = (id: ProfileId) => Profile | null;

/** `own` is whose the payment is where no customer is named. An instrument that is on file for nobody is anybody's to pay with. */
export function findWhose({ customer: named, onFile }: Whose, own: ProfileId | null, find: FindProfile): Known | ProfileRefusal {
  const customer = named === null ? null : findCustomer(named, find);
  if (customer !== null && "code" in customer) return customer;
  if (onFile === null) return { customer, onFile: null };
  const id = onFile === "preferred" ? (customer?.preferred ?? null) : onFile;
  if (id === null) return customer === null ? { customer, onFile: null } : { code: "nothing_preferred", customer };
  const instrument = findInstrument(id, find);
  if ("code" in instrument) return instrument;
  if (instrument.owner === null) return { customer, onFile: instrument };
  if (instrument.owner !== (customer?.id ?? own)) return { code: "instrument_of_another", instrument, customer: customer?.id ?? own };
  const owner = findCustomer(instrument.owner, find);
  return "code" in owner ? owner : { customer, onFile: instrument };
}

export function findCustomer(id: ProfileId, find: FindProfile): Profile | ProfileRefusal {
  const customer = find(id);
  return customer?.kind === "customer" && customer.state === "active" ? customer : { code: "customer_not_found", id };
}

/** One that may be used. */
export function findInstrument(id: ProfileId, find: FindProfile): Profile | ProfileRefusal {
  const instrument = find(id);
  if (instrument?.kind !== "instrument") return { code: "instrument_not_found", id };
  return instrument.state === "active" ? instrument : { code: "instrument_spent", instrument };
}
