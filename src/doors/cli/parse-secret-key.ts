import { VAULT_KEY_BYTES } from "../../engine/vault.ts";

/** 32 bytes as base64 or as hexadecimal digits; null for anything else. */
export function parseSecretKey(text: string): Uint8Array | null {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, "hex") : /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : null;
  return bytes?.length === VAULT_KEY_BYTES ? bytes : null;
}
