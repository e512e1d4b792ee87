/** Which merchant and mode an API key opens. */
import { randomBytes } from "node:crypto";
import { present } from "../base/assert.ts";
import { base62Bytes } from "../base/base62.ts";
import { nameFrom, sha256 } from "../base/hash.ts";
import { isMerchantId, type MerchantId, type Mode } from "../domain/merchant.ts";
import type { Store } from "./store.ts";

export interface KeyRing {
  merchantOf(key: string): Promise<MerchantId | null>;
}

/** Printable ASCII, so that a key can be sent in any header. */
const SANDBOX_KEY = /^sk_test_[\x21-\x7e]{1,240}$/;
const KEY_LENGTH = 32;
const MERCHANT_LENGTH = 22;
/** So many keys' merchants are remembered. */
const KNOWN_MAX = 1_000;

/** Every `sk_test_…` key opens a merchant of its own, empty at first and apart from all others. */
export function openSandbox(): KeyRing {
  const known = new Map<string, MerchantId>();
  return {
    async merchantOf(key) {
      const before = known.get(key);
      if (before !== undefined) return before;
      if (!SANDBOX_KEY.test(key)) return null;
      const merchant = merchantNamed("test", nameFrom(key, MERCHANT_LENGTH));
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(key, merchant);
      return merchant;
    },
  };
}

/** Only keys that were given out; the book knows them by their SHA-256 alone. */
export function provisionedKeys(store: Pick<Store, "merchantOfKey">): KeyRing {
  // A key is never taken back, so that what was found once need not be asked for with every request. What was not found may be made later.
  const known = new Map<string, MerchantId>();
  return {
    async merchantOf(key) {
      const hash = sha256(key);
      const before = known.get(hash);
      if (before !== undefined) return before;
      const merchant = await store.merchantOfKey(hash);
      if (merchant === null) return null;
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(hash, merchant);
      return merchant;
    },
  };
}

/** A new key of a new merchant. The key is shown once and never kept. */
export async function provisionKey(store: Pick<Store, "addKey">, mode: Mode, now: number): Promise<{ key: string; merchant: MerchantId }> {
  const key = `sk_${mode}_${base62Bytes(randomBytes(KEY_LENGTH))}`;
  const merchant = merchantNamed(mode, base62Bytes(randomBytes(MERCHANT_LENGTH)));
  await store.addKey(sha256(key), merchant, now);
  return { key, merchant };
}

function merchantNamed(mode: Mode, name: string): MerchantId {
  const merchant = `${mode}_${name}`;
  return present(isMerchantId(merchant) ? merchant : null, "a merchant's id");
}
