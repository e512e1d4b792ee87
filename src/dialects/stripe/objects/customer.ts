/** The Customer (Stripe's API reference: Customers). One that was deleted is only known by its id. */
import { nameFrom } from "../../../base/hash.ts";
import type { ProfileId } from "../../../domain/id.ts";
import type { Notes } from "../../../domain/notes.ts";
import type { Profile } from "../../../domain/profile.ts";
import { customerIdOf, savedMethodId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { cashBalance } from "./cash-balance.ts";
import { addressUnder, note, shippingDetails } from "./details.ts";
import { below, link, metadataOf, seconds, type Look } from "./encode.ts";
import { methodLink } from "./saved-method.ts";

const INVOICE_PREFIX_LENGTH = 8;

type Customer = Answer<"customer">;
type DeletedCustomer = Answer<"deleted_customer">;

export function customer(profile: Profile, look: Look): Customer | DeletedCustomer {
  return profile.state === "deleted" ? { id: customerIdOf(profile.id), object: "customer", deleted: true } : activeCustomer(profile, look);
}

/** One who was not deleted. */
export function activeCustomer(profile: Profile, look: Look): Customer {
  const { merchant, id, notes, preferred } = profile;
  const settings = below(look, "invoice_settings");
  return {
    id: customerIdOf(id),
    object: "customer",
    address: note(notes, "stripe:address") === null ? null : addressUnder(notes, "stripe:address"),
    balance: 0,
    ...(look.expand.has("cash_balance") ? { cash_balance: cashBalance(profile, look.cash.get(id) ?? [], look) } : {}),
    created: seconds(profile.createdAt),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: note(notes, "stripe:description"),
    discount: null,
    email: profile.email,
    invoice_prefix: nameFrom(`invoice prefix ${merchant} ${id}`, INVOICE_PREFIX_LENGTH).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: methodLink(settings, preferred === null ? null : savedMethodId(preferred), "default_payment_method"),
      footer: null,
      rendering_options: null,
    },
    livemode: look.livemode,
    metadata: metadataOf(profile),
    name: note(notes, "stripe:name"),
    next_invoice_sequence: 1,
    phone: note(notes, "stripe:phone"),
    preferred_locales: [],
    shipping: shippingOf(notes),
    tax_exempt: "none",
    test_clock: null,
  };
}

function shippingOf(notes: Notes): Customer["shipping"] {
  const details = shippingDetails(notes);
  if (details === null) return null;
  const { address, name, phone } = details;
  return { address, ...(name === null ? {} : { name }), phone };
}

/** The link from a payment method: whoever was deleted is only named. */
export function ownerLink(look: Look, id: ProfileId | null): Answer<"payment_method">["customer"] {
  if (id === null) return null;
  const profile = look.profiles.get(id);
  return profile?.state === "active" ? link(look, "customer", customerIdOf(id), (next) => activeCustomer(profile, next)) : customerIdOf(id);
}

/** The link that is called `customer`. */
export function customerLink(look: Look, id: ProfileId | null): Answer<"charge">["customer"] {
  if (id === null) return null;
  const profile = look.profiles.get(id);
  return profile === undefined ? customerIdOf(id) : link(look, "customer", customerIdOf(id), (next) => customer(profile, next));
}
