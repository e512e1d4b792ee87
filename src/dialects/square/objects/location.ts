/** The one Location of a merchant. Its id follows from the merchant, so it is the same in every answer and needs no row. */
import type { Currency } from "../../../domain/currency.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import { locationOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";

/** Countries of real sellers whose code is not how their currency begins (Square's API reference: working with money). */
const COUNTRIES: ReadonlyMap<string, string> = new Map([["EUR", "IE"]]);

/** Currencies that begin with X belong to no one country: Square's word for that is ZZ. */
function countryOf(currency: Currency): string {
  return COUNTRIES.get(currency) ?? (currency.startsWith("X") ? "ZZ" : currency.slice(0, 2));
}

export function locationObject(merchant: MerchantId, currency: Currency): Answer<"Location"> {
  return {
    id: locationOf(merchant),
    name: "Refundry",
    timezone: "UTC",
    capabilities: ["CREDIT_CARD_PROCESSING"],
    status: "ACTIVE",
    merchant_id: merchant,
    country: countryOf(currency),
    language_code: "en-US",
    currency,
    business_name: "Refundry",
    type: "PHYSICAL",
  };
}
