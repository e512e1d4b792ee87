/** The Account (Stripe's API reference: Accounts): a connected merchant, as its platform knows it. */
import type { MerchantId } from "../../../domain/merchant.ts";
import { NO_NOTES, type Notes } from "../../../domain/notes.ts";
import type { Profile } from "../../../domain/profile.ts";
import { ownAccount } from "../../../domain/connected.ts";
import { accountIdOf } from "../ids.ts";
import { ACCOUNT_TYPES, BUSINESS_TYPES } from "../shapes/account.ts";
import type { Answer } from "../shapes/objects.ts";
import { note } from "./details.ts";
import { metadataOf, seconds } from "./encode.ts";

type Account = Answer<"account">;

/** Where nobody said another. */
const COUNTRY = "US";
const CURRENCY = "usd";

export function account(profile: Pick<Profile, "id" | "createdAt" | "notes">): Account {
  const { notes } = profile;
  const kind = note(notes, "stripe:type");
  return {
    id: accountIdOf(profile.id),
    object: "account",
    business_profile: businessProfile(notes),
    business_type: BUSINESS_TYPES.find((type) => type === note(notes, "stripe:business_type")) ?? null,
    capabilities: { card_payments: "active", transfers: "active" },
    // Nobody is asked who he is here, so nothing is missing that would hold money back; and there are no payouts.
    charges_enabled: true,
    country: note(notes, "stripe:country") ?? COUNTRY,
    created: seconds(profile.createdAt),
    default_currency: note(notes, "stripe:default_currency") ?? CURRENCY,
    details_submitted: true,
    email: note(notes, "stripe:email"),
    metadata: metadataOf(profile),
    payouts_enabled: false,
    type: ACCOUNT_TYPES.find((type) => type === kind) ?? "none",
  };
}

/** A merchant as it is to itself, of which no more is known than its key. */
export function ownAccountObject(merchant: MerchantId): Account {
  const id = ownAccount(merchant);
  return { ...account({ id, createdAt: 0, notes: NO_NOTES }), type: "standard" };
}

function businessProfile(notes: Notes): Account["business_profile"] {
  const said = (name: string) => note(notes, `stripe:business_profile.${name}`);
  if (note(notes, "stripe:business_profile") === null) return null;
  return {
    annual_revenue: null,
    estimated_worker_count: null,
    mcc: said("mcc"),
    minority_owned_business_designation: null,
    name: said("name"),
    product_description: said("product_description"),
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: said("support_email"),
    support_phone: said("support_phone"),
    support_url: said("support_url"),
    url: said("url"),
  };
}
