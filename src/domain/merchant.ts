import type { Brand } from "../base/brand.ts";

export type Mode = "test" | "live";

/** Whose money, in which mode: `test_…` or `live_…`. It leads every key in the book, so the modes can never meet. */
export type MerchantId = Brand<string, "MerchantId">;

const FORM = /^(?:test|live)_[0-9A-Za-z]{22}$/;

export function isMerchantId(text: string): text is MerchantId {
  return FORM.test(text);
}

export function modeOf(merchant: MerchantId): Mode {
  return merchant.startsWith("live_") ? "live" : "test";
}
