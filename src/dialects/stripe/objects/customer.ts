/** The Customer (Stripe's API reference: Customers). One that was deleted is only known by its id. */
import { nameFrom } from "../../../base/hash.ts";
import type { ProfileId } from "../../../domain/id.ts";
import type { Profile } from "../../../domain/profile.ts";
import { customerIdOf, savedMethodId } from "../ids.ts";
import { addressUnder, note, shippingDetails } from "./details.ts";
import { below, link, metadataOf, seconds, type Look } from "./encode.ts";
import { methodLink } from "./saved-method.ts";

const INVOICE_PREFIX_LENGTH = 8;

export function customer(profile: Profile, look: Look): Record<string, unknown> {
  const { merchant, id, state, notes, preferred } = profile;
  const named = { id: customerIdOf(id), object: "customer" };
  if (state === "deleted") return { ...named, deleted: true };
  const settings = below(look, "invoice_settings");
  return {
    ...named,
    address: note(notes, "stripe:address") === null ? null : addressUnder(notes, "stripe:address"),
    balance: 0,
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
    shipping: shippingDetails(notes),
    tax_exempt: "none",
    test_clock: null,
  };
}

/** The link that is called `customer`. */
export function customerLink(look: Look, id: ProfileId | null) {
  if (id === null) return null;
  const profile = look.profiles.get(id);
  return profile === undefined ? customerIdOf(id) : link(look, "customer", customerIdOf(id), (next) => customer(profile, next));
}
