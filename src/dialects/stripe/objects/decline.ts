/** A processor's no, in Stripe's codes and words. */
import type { Decline } from "../../../domain/instrument.ts";

export type DeclineWords = { readonly code: string; readonly declineCode: string | null; readonly message: string };

const DECLINED = "Your card was declined.";
const BANK_DECLINED: DeclineWords = { code: "payment_method_provider_decline", declineCode: "generic_decline", message: "The bank refused the debit." };

export const DECLINES: Readonly<Record<Decline, DeclineWords>> = {
  generic_decline: { code: "card_declined", declineCode: "generic_decline", message: DECLINED },
  insufficient_funds: { code: "card_declined", declineCode: "insufficient_funds", message: "Your card has insufficient funds." },
  lost_card: { code: "card_declined", declineCode: "lost_card", message: DECLINED },
  stolen_card: { code: "card_declined", declineCode: "stolen_card", message: DECLINED },
  fraudulent: { code: "card_declined", declineCode: "fraudulent", message: DECLINED },
  expired_card: { code: "expired_card", declineCode: "expired_card", message: "Your card has expired." },
  incorrect_cvc: { code: "incorrect_cvc", declineCode: "incorrect_cvc", message: "Your card's security code is incorrect." },
  incorrect_postal_code: { code: "incorrect_zip", declineCode: "incorrect_zip", message: "The zip code you supplied failed validation." },
  incorrect_number: { code: "incorrect_number", declineCode: "incorrect_number", message: "Your card number is incorrect." },
  processing_error: { code: "processing_error", declineCode: "processing_error", message: "An error occurred while processing your card. Try again in a little bit." },
  authentication_required: {
    code: "card_declined",
    declineCode: "authentication_required",
    message: "Your card was declined. This transaction requires authentication.",
  },
  not_permitted: { code: "card_declined", declineCode: "not_permitted", message: DECLINED },
  account_unusable: BANK_DECLINED,
  account_unknown: BANK_DECLINED,
  refused_by_buyer: BANK_DECLINED,
  token_used: { code: "card_declined", declineCode: "generic_decline", message: DECLINED },
};
