/**
 * Seals what must be read again and not be found in the book: secrets that endpoints are told events under. AES-256-GCM, each with a nonce of its own and bound
 * to its merchant, so that a sealed text put into another's row cannot be opened.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { MerchantId } from "../domain/merchant.ts";

export const VAULT_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";
const MARK = "sealed:";
const OPENED_MAX = 1_000;
/** Base64 of the nonce, the tag and what is sealed; nothing in it is escaped in JSON. */
const SEALED = /sealed:[A-Za-z0-9_-]{39,}/g;

export class Vault {
  readonly #key: Buffer;
  /** What signs is opened for each that it signs. */
  readonly #opened = new Map<string, string>();

  constructor(key: Buffer) {
    if (key.length !== VAULT_KEY_BYTES) throw new RangeError(`a key has ${VAULT_KEY_BYTES} bytes, and not ${key.length}`);
    this.#key = key;
  }

  seal(merchant: MerchantId, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(merchant));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return MARK + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  /** Null for what was not sealed here, for this merchant and with this key. */
  open(merchant: MerchantId, sealed: string): string | null {
    const name = `${merchant}/${sealed}`;
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const opened = this.#open(merchant, sealed);
    if (this.#opened.size >= OPENED_MAX) this.#opened.clear();
    if (opened !== null) this.#opened.set(name, opened);
    return opened;
  }

  #open(merchant: MerchantId, sealed: string): string | null {
    if (!sealed.startsWith(MARK)) return null;
    const bytes = Buffer.from(sealed.slice(MARK.length), "base64url");
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    const [nonce, tag, rest] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES), bytes.subarray(NONCE_BYTES + TAG_BYTES)];
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(merchant)).setAuthTag(tag);
      return Buffer.concat([decipher.update(rest), decipher.final()]).toString("utf8");
    } catch {
      return null;
    }
  }

  /** An answer as it goes to the wire: what is sealed in it is opened. The book keeps it as it was. */
  reveal(merchant: MerchantId, text: string): string {
    return text.replaceAll(SEALED, (sealed) => this.open(merchant, sealed) ?? sealed);
  }
}
