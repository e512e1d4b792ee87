/** What the customer paid with. */

/** `gift` is a card of a balance that somebody paid in before. */
export type CardBrand = "visa" | "mastercard" | "amex" | "discover" | "diners" | "jcb" | "unionpay" | "gift";

export type Card = {
  readonly kind: "card";
  readonly brand: CardBrand;
  readonly last4: string;
  readonly bin: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly funding: "credit" | "debit" | "prepaid";
  readonly country: string;
  /** The same card always has the same fingerprint. */
  readonly fingerprint: string;
};

export type Cash = { readonly kind: "cash" };

/** Methods by which money comes from a bank or a till and cannot go back the way it came. */
export const TRANSFER_METHODS = ["konbini", "promptpay", "multibanco", "oxxo", "customer_balance"] as const;
export type TransferMethod = (typeof TRANSFER_METHODS)[number];
/** A debit of a bank account. The money is some days on its way, and goes back the way it came. */
export const BANK_DEBIT = "us_bank_account";
export type Transfer = { readonly kind: "transfer"; readonly method: TransferMethod | typeof BANK_DEBIT };

/** Paid somewhere else, and told to us. `label` is what people call it, `type` the teller's own id of it. */
export type External = { readonly kind: "external"; readonly label: string; readonly type: string | null };

/** By which a customer's cash came. The bank that sent it is known, so that it can go back there. */
export const BANK_TRANSFER: External = Object.freeze({ kind: "external", label: "bank transfer", type: null });

export function isBankTransfer(instrument: Instrument): boolean {
  return instrument.kind === BANK_TRANSFER.kind && instrument.label === BANK_TRANSFER.label && instrument.type === null;
}

export type Instrument = Card | Cash | Transfer | External;
export type InstrumentKind = Instrument["kind"];

/** Why a processor said no. */
export type Decline =
  | "generic_decline"
  | "insufficient_funds"
  | "lost_card"
  | "stolen_card"
  | "expired_card"
  | "incorrect_cvc"
  | "incorrect_postal_code"
  | "incorrect_number"
  | "processing_error"
  | "fraudulent"
  | "authentication_required"
  | "token_used"
  | "not_permitted"
  | "account_unusable"
  | "account_unknown"
  | "refused_by_buyer";
