/** Nested hashes that are only kept and echoed: flattened into notes, and read back with null for what was not said. */
import type { Notes } from "../../../domain/notes.ts";
import { clearable, hash, optional, text, type Decoded, type Field, type Fields, type Param } from "../params.ts";

const ADDRESS_MEMBERS = ["city", "country", "line1", "line2", "postal_code", "state"] as const;

const maybe = (about: string): Field<string, false> => optional(text(about));

export const addressFields = {
  city: maybe("City, district, suburb, town, or village."),
  country: maybe("Two letters, ISO 3166-1."),
  line1: maybe("Street, PO box, or company name."),
  line2: maybe("Apartment, suite, unit, or building."),
  postal_code: maybe("ZIP or postal code."),
  state: maybe("State, county, province, or region."),
};

export const billingFields = {
  address: optional(hash("Address that belongs to the method of payment.", addressFields)),
  email: maybe("Email address."),
  name: maybe("Full name."),
  phone: maybe("Phone number."),
};

export const shippingFields = {
  address: optional(hash("Where to ship to.", addressFields)),
  name: maybe("Recipient."),
  phone: maybe("Phone number."),
};

export const customerFields = {
  customer: maybe("The customer's own id."),
  email: maybe("Email address."),
  name: maybe("Name."),
  phone: maybe("Phone number."),
};

export function clearableHash<F extends Fields>(about: string, fields: F): Field<Decoded<F> | null, false> {
  const param: Param<Decoded<F> | null> = clearable(hash(about, fields));
  return optional(param);
}

type Tree = { readonly [name: string]: string | Tree | undefined };

/** `{ address: { city } }` as `PREFIX.address.city`. */
export function flatten(prefix: string, tree: Tree | null | undefined): Record<string, string> {
  const notes: [string, string][] = [];
  for (const [name, value] of Object.entries(tree ?? {})) {
    if (typeof value === "string") notes.push([`${prefix}.${name}`, value]);
    else if (value !== undefined) notes.push(...Object.entries(flatten(`${prefix}.${name}`, value)));
  }
  // An empty hash was still said: it is told apart from one that was not.
  return { ...(tree ? { [prefix]: "" } : {}), ...Object.fromEntries(notes) };
}

export function note(notes: Notes, name: string): string | null {
  return Object.hasOwn(notes, name) ? (notes[name] ?? null) : null;
}

function addressUnder(notes: Notes, prefix: string) {
  const [city, country, line1, line2, postal_code, state] = ADDRESS_MEMBERS.map((name) => note(notes, `${prefix}.${name}`));
  return { city: city ?? null, country: country ?? null, line1: line1 ?? null, line2: line2 ?? null, postal_code: postal_code ?? null, state: state ?? null };
}

function personUnder(notes: Notes, prefix: string) {
  return { email: note(notes, `${prefix}.email`), name: note(notes, `${prefix}.name`), phone: note(notes, `${prefix}.phone`) };
}

/** Of charges and payment methods: who is billed can only be said of payments that were made elsewhere. */

export function billingDetails(notes: Notes) {
  return { address: addressUnder(notes, "stripe:billing.address"), ...personUnder(notes, "stripe:billing"), tax_id: null };
}

/** Null unless something was said of it. */
export function billingDetailsSaid(notes: Notes) {
  if (note(notes, "stripe:billing") === null) return null;
  return { address: addressUnder(notes, "stripe:billing.address"), ...personUnder(notes, "stripe:billing") };
}

export function shippingDetails(notes: Notes) {
  if (note(notes, "stripe:shipping") === null) return null;
  const { name, phone } = personUnder(notes, "stripe:shipping");
  return { address: addressUnder(notes, "stripe:shipping.address"), name, phone };
}

/** As charges and intents have it: a name that nobody said is left out, and no parcel is followed here. */
export function shipping(notes: Notes) {
  const details = shippingDetails(notes);
  if (details === null) return null;
  const { address, name, phone } = details;
  return { address, carrier: null, ...(name === null ? {} : { name }), phone, tracking_number: null };
}

export function customerDetails(notes: Notes) {
  if (note(notes, "stripe:customer") === null) return null;
  return { customer: note(notes, "stripe:customer.customer"), ...personUnder(notes, "stripe:customer") };
}
