/**
 * Names as Square shows them: the bare 24 characters of an id's body, and names that follow from one (orders, the
 * merchant's one location, version tokens), so that nothing has to be kept for them.
 */
import { base62, base62Value } from "../../base/base62.ts";
import { nameFrom, sha256 } from "../../base/hash.ts";
import { isPaymentId, isProfileId, paymentId, profileId, type PaymentId, type ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Payment } from "../../domain/payment.ts";

const ID_LENGTH = 24;
const ORDER_LENGTH = 32;
const LOCATION_LENGTH = 12;

/** Never made, since its time is 1970: what is asked by an impossible id is asked of it, and is not found like any other. */
const NOWHERE = paymentId("0".repeat(24));

export function paymentNamed(text: string): PaymentId {
  return isPaymentId(text) ? text : NOWHERE;
}

const SUBSCRIPTION = "wbhk_";
const NOBODY = profileId("0".repeat(24));

export function subscriptionIdOf(endpoint: ProfileId): string {
  return SUBSCRIPTION + endpoint;
}

/** The endpoint that a subscription's id names; of an id that can be none's, one that was never made. */
export function endpointNamed(text: string): ProfileId {
  const body = text.slice(SUBSCRIPTION.length);
  return text.startsWith(SUBSCRIPTION) && isProfileId(body) ? body : NOBODY;
}

/** The order that Square would have made for a payment or a refund: its id, and behind that what nobody can guess. */
export function orderOf(id: string): string {
  return id + nameFrom(`square order ${id}`, ORDER_LENGTH - ID_LENGTH);
}

/** The payment or the refund whose order that is; null of an id that can be nobody's. */
export function orderedBy(order: string): string | null {
  const id = order.slice(0, ID_LENGTH);
  return orderOf(id) === order ? id : null;
}

export function locationOf(merchant: MerchantId): string {
  return `L${nameFrom(`square location ${merchant}`, LOCATION_LENGTH).toUpperCase()}`;
}

const GIFT_CARD = /^gftc:[0-9A-Za-z_-]{1,64}$/;

/** Whether that could be the id of a gift card. Which there are is not kept: each of them is one of the merchant's. */
export function isGiftCard(id: string): boolean {
  return GIFT_CARD.test(id);
}

const NUMBER_HEAD = "7783";
const NUMBER_DIGITS = 12;

/** The number on the gift card: 16 digits that follow from its id. */
export function giftCardNumber(id: string): string {
  const digits = BigInt(`0x${sha256(`square gift card ${id}`).slice(0, 16)}`) % 10n ** BigInt(NUMBER_DIGITS);
  return NUMBER_HEAD + digits.toString().padStart(NUMBER_DIGITS, "0");
}

const VERSION_WIDTH = 8;
const CHECK_WIDTH = 32;
const PAD_WIDTH = 3;
const TOKEN_END = "6o";
const VERSIONS = 62 ** VERSION_WIDTH;

/** A version that no payment has. */
const NO_VERSION = -1;

/** 45 characters that end in `6o` (Square's API reference: the Payment object), other ones for every version of every payment. */
export function versionToken(payment: Pick<Payment, "id" | "version">): string {
  return tokenOf(payment.id, payment.version);
}

/** The version that a token of this payment stands for; of any other text, a version that no payment has. */
export function versionOf(id: PaymentId, token: string): number {
  const shifted = base62Value(token.slice(0, VERSION_WIDTH));
  if (shifted === null) return NO_VERSION;
  const version = (shifted - shiftOf(id) + VERSIONS) % VERSIONS;
  return tokenOf(id, version) === token ? version : NO_VERSION;
}

function tokenOf(id: PaymentId, version: number): string {
  const shifted = base62((version + shiftOf(id)) % VERSIONS, VERSION_WIDTH);
  const check = nameFrom(`square version ${id} ${version}`, CHECK_WIDTH);
  return shifted + check + nameFrom(check, PAD_WIDTH) + TOKEN_END;
}

/** Moves the versions of each payment elsewhere, so that a token cannot be read as a count. */
function shiftOf(id: PaymentId): number {
  return base62Value(nameFrom(`square shift ${id}`, VERSION_WIDTH)) ?? 0;
}
