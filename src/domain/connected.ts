/**
 * Whose money is whose with a platform. Each account that it has is a merchant with a book of its own; and what goes from one to the other
 * (fees, transfers, and what these bring) stands in books of their own too, so that no list of ordinary payments meets it. All their names follow from
 * the platform's and the account's, in the same mode: whoever knows both finds the book, and nobody has to look it up.
 */
import { present } from "../base/assert.ts";
import { nameFrom } from "../base/hash.ts";
import type { Currency } from "./currency.ts";
import { paymentId, profileId, type AttemptId, type PaymentId, type ProfileId } from "./id.ts";
import { isMerchantId, modeOf, type MerchantId } from "./merchant.ts";

const MERCHANT_LENGTH = 22;
const ID_LENGTH = 24;

/**
 * What a payment has to do with a platform. A `charge` was made on an account's own book, a `destination` on the platform's, and goes on to an account by a transfer.
 * A `transfer` is money out of the platform's book and `received` the same money on the account's; a `fee` is the application's, taken of a charge or of what was received.
 * `cash` is what a customer has with a merchant and has paid nothing with: the merchant stands for the platform, and its customer for the account.
 * `unlinked` is what a merchant gives for a refund of no payment: it stands for both.
 */
export type ConnectRole = "charge" | "destination" | "transfer" | "received" | "fee" | "cash" | "unlinked";

/** Of a payment that a platform has to do with. Amounts are minor units of the payment's currency. */
export type Connect = {
  readonly role: ConnectRole;
  readonly platform: MerchantId;
  readonly account: ProfileId;
  /** How much of a destination's charge goes on: all of it where nobody said. */
  readonly transfer: bigint | null;
  /** What the application takes of what a destination receives. */
  readonly fee: bigint;
  /** The charge whose money a transfer or a fee is, and in whose book that stands: the platform's own, or the account's. */
  readonly of: { readonly merchant: MerchantId; readonly attempt: AttemptId } | null;
  /** A name by which the platform keeps charges and transfers together. */
  readonly group: string | null;
};

/** The merchant that an account of the platform is. */
export function merchantOfAccount(platform: MerchantId, account: ProfileId): MerchantId {
  return derived(platform, `account ${account} of ${platform}`);
}

/** Where the platform's fees stand, as payments that came in. */
export function feesOf(platform: MerchantId): MerchantId {
  return derived(platform, `fees of ${platform}`);
}

/** Where the platform's transfers stand, as payments that went out. */
export function transfersOf(platform: MerchantId): MerchantId {
  return derived(platform, `transfers of ${platform}`);
}

/** Where what a merchant received by transfers stands, as payments that came in. */
export function receivedOf(merchant: MerchantId): MerchantId {
  return derived(merchant, `received by ${merchant}`);
}

/** Where the cash of a merchant's customers stands, as payments that came in and grow. It is theirs, and in no balance of the merchant's. */
export function cashOf(merchant: MerchantId): MerchantId {
  return derived(merchant, `cash of the customers of ${merchant}`);
}

/** A customer's cash in one currency is one payment, whose name follows from both: all that he sends and gets back meets in one row. */
export function cashIdOf(customer: ProfileId, currency: Currency): PaymentId {
  return paymentId(nameFrom(`the cash of ${customer} in ${currency}`, ID_LENGTH));
}

/** Where a merchant's refunds stand that belong to no payment. No platform has to do with them; they keep apart in the same way. */
export function unlinkedOf(merchant: MerchantId): MerchantId {
  return derived(merchant, `unlinked refunds of ${merchant}`);
}

/** The name by which a merchant speaks of itself as an account; it is in no book. */
export function ownAccount(merchant: MerchantId): ProfileId {
  return profileId(nameFrom(`the account that is ${merchant}`, ID_LENGTH));
}

function derived(from: MerchantId, name: string): MerchantId {
  const merchant = `${modeOf(from)}_${nameFrom(name, MERCHANT_LENGTH)}`;
  return present(isMerchantId(merchant) ? merchant : null, "a merchant's id");
}
