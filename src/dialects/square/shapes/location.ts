/** The Location, as it is answered with (Square's API reference: Locations). */
import { list, literal, members, text } from "../../../base/shape.ts";

export const LOCATION = members(
  {
    id: text,
    name: text,
    timezone: literal("UTC"),
    capabilities: list(literal("CREDIT_CARD_PROCESSING")),
    status: literal("ACTIVE"),
    merchant_id: text,
    country: text,
    language_code: literal("en-US"),
    currency: text,
    business_name: text,
    type: literal("PHYSICAL"),
  },
  "The one location of a merchant.",
);
