/** How a notification shows who sent it (Square's API reference: webhooks): its header, and the key that is shared with whoever listens. */
import { createHmac, randomInt } from "node:crypto";
import { base62 } from "../../base/base62.ts";

export const SIGNATURE_HEADER = "x-square-hmacsha256-signature";
/** As long as Square's own. */
const KEY_LENGTH = 22;

export function makeSignatureKey(): string {
  return Array.from({ length: KEY_LENGTH }, () => base62(randomInt(62), 1)).join("");
}

/** In base64: the key's characters are its bytes, and the URL is signed as it was given. */
export function signatureOf({ key, url, body }: { readonly key: string; readonly url: string; readonly body: string }): string {
  return createHmac("sha256", key).update(url + body).digest("base64");
}
