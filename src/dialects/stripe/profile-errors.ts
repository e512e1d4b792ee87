/** What the kernel refuses of customers and payment methods, in Stripe's words. Rows marked OURS word what the contract does not tell. */
import type { ProfileRefusal, ProfileRefusalCode } from "../../domain/profile-refusal.ts";
import { accountIdOf, customerIdOf, endpointIdOf, savedMethodId } from "./ids.ts";
import { tooManyKeys } from "./metadata.ts";
import { DECLINES } from "./objects/decline.ts";
import { invalid, missing, type Problem } from "./problem.ts";

/** Where the request named the customer and the payment method. */
export type Naming = {
  readonly customer: { readonly param: string; readonly status: number };
  readonly method: { readonly param: string; readonly status: number };
  /** Whether the method was to be paid with, and not only to be kept. */
  readonly paying: boolean;
};

/** In the body of a charge or of an intent. */
export const PAYING: Naming = { customer: { param: "customer", status: 400 }, method: { param: "payment_method", status: 404 }, paying: true };

type Facts<Code extends ProfileRefusalCode> = Extract<ProfileRefusal, { code: Code }>;
type Words = { readonly [Code in ProfileRefusalCode]: (refusal: Facts<Code>, naming: Naming) => Problem };

const SPENT_TO_PAY =
  "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.";
const SPENT_TO_KEEP = "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.";
const NO_CARD =
  "This Customer doesn't have any saved payment details. Attach a legacy Token, Card, Bank Account, or Source to this Customer and then try this request again, or use Payment Intents and Payment Methods instead.";

export function spent({ method, paying }: Naming): Problem {
  return invalid(paying ? SPENT_TO_PAY : SPENT_TO_KEEP, { param: method.param });
}

const WORDS: Words = {
  customer_not_found: ({ id }, { customer }) => missing("customer", customerIdOf(id), customer),
  instrument_not_found: ({ id }, { method }) => missing("PaymentMethod", savedMethodId(id), method),
  account_not_found: ({ id }) => missing("account", accountIdOf(id), { param: "account" }),
  endpoint_changed: () => invalid("The webhook endpoint was changed meanwhile. Try again.", { status: 409 }),
  endpoint_not_found: ({ id }) => missing("webhook endpoint", endpointIdOf(id), { param: "webhook_endpoint" }),
  instrument_spent: (_refusal, naming) => spent(naming),
  instrument_of_another({ instrument, customer }, { method, paying }) {
    const id = savedMethodId(instrument.id);
    if (!paying) return invalid(`The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`, { param: method.param });
    // OURS: that it is refused is known, and not in which words.
    const message = customer === null ? `The payment method ${id} is attached to a customer. Name that customer too to pay with it.` : `The payment method ${id} is attached to another customer than ${customerIdOf(customer)}.`;
    return invalid(message, { param: method.param });
  },
  instrument_attached: (_refusal, { method }) => invalid("The payment method you provided has already been attached to a customer.", { param: method.param }),
  instrument_unattached: (_refusal, { method }) => invalid("The payment method you provided is not attached to a customer so detachment is impossible.", { param: method.param }),
  nothing_preferred: () => ({ status: 402, type: "card_error", message: NO_CARD, code: "missing", param: "card" }),
  instrument_declined({ decline }) {
    const { code, declineCode, message } = DECLINES[decline];
    return { status: 402, type: "card_error", message, code, ...(declineCode === null ? {} : { more: { decline_code: declineCode } }) };
  },
  profile_notes_full: () => tooManyKeys("metadata").problem,
};

export function wordProfileRefusal(refusal: ProfileRefusal, naming: Naming): Problem {
  return word(refusal, naming);
}

/** Picks the row of the refusal's own code, so that each row is given the facts that it words. */
function word<Code extends ProfileRefusalCode>(refusal: Facts<Code> & { readonly code: Code }, naming: Naming): Problem {
  return WORDS[refusal.code](refusal, naming);
}
