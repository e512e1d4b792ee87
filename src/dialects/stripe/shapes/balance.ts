/** The balance, as it is answered with (Stripe's API reference: the Balance object). */
import { flag, list, literal, members, text, whole } from "../../../base/shape.ts";

const AMOUNTS = list(members({ amount: whole, currency: text, source_types: members({ card: whole }) }));
const PREFUNDED = list(members({ amount: whole, currency: text }));

export const BALANCE = members(
  {
    object: literal("balance"),
    available: AMOUNTS,
    livemode: flag,
    pending: AMOUNTS,
    refund_and_dispute_prefunding: members({ available: PREFUNDED, pending: PREFUNDED }),
  },
  "What all balance transactions come to.",
);
