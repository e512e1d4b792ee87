/** The PaymentMethod that was created or attached (Stripe's API reference: PaymentMethods), as opposed to what a payment tells of what it was made with. */
import { present } from "../../../base/assert.ts";
import type { Profile } from "../../../domain/profile.ts";
import { methodNamed, savedMethodId } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { REDISPLAY } from "../shapes/payment-method.ts";
import { methodHash } from "./card.ts";
import { ownerLink } from "./customer.ts";
import { billingDetails, note } from "./details.ts";
import { link, metadataOf, seconds, type Look } from "./encode.ts";

export function savedMethod(profile: Profile, look: Look): Answer<"payment_method"> {
  return {
    id: savedMethodId(profile.id),
    object: "payment_method",
    allow_redisplay: REDISPLAY.find((one) => one === note(profile.notes, "stripe:allow_redisplay")) ?? "unspecified",
    billing_details: billingDetails(profile.notes),
    ...methodHash(present(profile.instrument, "the instrument of a payment method")),
    created: seconds(profile.createdAt),
    customer: ownerLink(look, profile.owner),
    customer_account: null,
    livemode: look.livemode,
    metadata: metadataOf(profile),
  };
}

/** A link to a payment method by its id. What the sandbox made up, such as `pm_card_visa`, is its id and no more until it is paid with. */
export function methodLink(look: Look, id: string | null, name = "payment_method"): Answer<"payment_intent">["payment_method"] {
  const named = id === null ? null : methodNamed(id);
  const profile = named === null ? undefined : look.profiles.get(named);
  return profile === undefined ? id : link(look, name, id, (next) => savedMethod(profile, next));
}
