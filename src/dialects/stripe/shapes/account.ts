/** The Account of a platform, as it is answered with (Stripe's API reference: Accounts). */
import { flag, literal, members, nothing, nullable, oneOf, text, texts } from "../../../base/shape.ts";
import { time } from "./link.ts";

const maybe = nullable(text);

export const ACCOUNT_TYPES = ["custom", "express", "standard", "none"] as const;
export const BUSINESS_TYPES = ["company", "government_entity", "individual", "non_profit"] as const;

const BUSINESS_PROFILE = members({
  annual_revenue: nothing,
  estimated_worker_count: nothing,
  mcc: maybe,
  minority_owned_business_designation: nothing,
  name: maybe,
  product_description: maybe,
  specified_commercial_transactions_act_url: nothing,
  support_address: nothing,
  support_email: maybe,
  support_phone: maybe,
  support_url: maybe,
  url: maybe,
});

export const ACCOUNT = members(
  {
    id: text,
    object: literal("account"),
    business_profile: nullable(BUSINESS_PROFILE),
    business_type: nullable(oneOf(BUSINESS_TYPES)),
    capabilities: members({ card_payments: literal("active"), transfers: literal("active") }),
    charges_enabled: flag,
    country: text,
    created: time,
    default_currency: text,
    details_submitted: flag,
    email: maybe,
    metadata: texts,
    payouts_enabled: flag,
    type: oneOf(ACCOUNT_TYPES),
  },
  "A connected merchant of a platform, which has a book of its own; or the merchant whose key asks.",
);
