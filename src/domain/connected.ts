/**
 * Whose money is whose with a platform: each account that it has is a merchant with a book of its own. That merchant's name follows from
 * the platform's and the account's, in the same mode, so that whoever knows both finds the book, and nobody has to look it up.
 */
import { present } from "../base/assert.ts";
import { nameFrom } from "../base/hash.ts";
import { profileId, type ProfileId } from "./id.ts";
import { isMerchantId, modeOf, type MerchantId } from "./merchant.ts";

const MERCHANT_LENGTH = 22;
const PROFILE_LENGTH = 24;

/** The merchant that an account of the platform is. */
export function merchantOfAccount(platform: MerchantId, account: ProfileId): MerchantId {
  return derived(platform, `account ${account} of ${platform}`);
}

/** The name by which a merchant speaks of itself as an account; it is in no book. */
export function ownAccount(merchant: MerchantId): ProfileId {
  return profileId(nameFrom(`the account that is ${merchant}`, PROFILE_LENGTH));
}

function derived(from: MerchantId, name: string): MerchantId {
  const merchant = `${modeOf(from)}_${nameFrom(name, MERCHANT_LENGTH)}`;
  return present(isMerchantId(merchant) ? merchant : null, "a merchant's id");
}
