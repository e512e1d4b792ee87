/** The kernel's no to whatever names a customer or an instrument on file. */
import type { ProfileId } from "./id.ts";
import type { Decline } from "./instrument.ts";
import type { Profile } from "./profile.ts";

export type ProfileRefusal =
  /** No such customer for this merchant, or none any more. */
  | { readonly code: "customer_not_found"; readonly id: ProfileId }
  | { readonly code: "instrument_not_found"; readonly id: ProfileId }
  /** No such account of this platform. */
  | { readonly code: "account_not_found"; readonly id: ProfileId }
  /** No such endpoint of this merchant in this API, or none any more. */
  | { readonly code: "endpoint_not_found"; readonly id: ProfileId }
  /** It is no longer at the version that the change was meant for. */
  | { readonly code: "endpoint_changed"; readonly id: ProfileId }
  /** It was on file for a customer and is no more. */
  | { readonly code: "instrument_spent"; readonly instrument: Profile }
  /** It is on file for somebody else than was named; null where nobody was. */
  | { readonly code: "instrument_of_another"; readonly instrument: Profile; readonly customer: ProfileId | null }
  /** It is on file already, for whomever. */
  | { readonly code: "instrument_attached"; readonly instrument: Profile }
  /** It is on file for nobody. */
  | { readonly code: "instrument_unattached"; readonly instrument: Profile }
  /** The customer has named nothing that he pays with unless told otherwise. */
  | { readonly code: "nothing_preferred"; readonly customer: Profile }
  /** The processor does not let it be kept. */
  | { readonly code: "instrument_declined"; readonly decline: Decline }
  | { readonly code: "profile_notes_full"; readonly max: number };

export type ProfileRefusalCode = ProfileRefusal["code"];
