/** The `Stripe-Signature` header (Stripe's documentation: webhook signatures): a time, and for each secret the HMAC-SHA256 of time and body. */
import { createHmac, randomBytes } from "node:crypto";
import type { Millis } from "../../domain/id.ts";

const SECRET_PREFIX = "whsec_";
const SECRET_LENGTH = 32;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** A byte from here on is drawn again: so each digit is as likely as any other. */
const FAIR = 256 - (256 % DIGITS.length);

export function newSecret(): string {
  let body = "";
  while (body.length < SECRET_LENGTH) {
    for (const byte of randomBytes(SECRET_LENGTH)) if (byte < FAIR && body.length < SECRET_LENGTH) body += DIGITS.charAt(byte % DIGITS.length);
  }
  return SECRET_PREFIX + body;
}

/** With each of the secrets, the newest first: whoever knows one of them can check it. */
export function signature(body: string, { secrets, now }: { readonly secrets: readonly string[]; readonly now: Millis }): string {
  const t = Math.floor(now / 1_000);
  const signed = secrets.map((secret) => `v1=${createHmac("sha256", secret).update(`${t}.${body}`, "utf8").digest("hex")}`);
  return [`t=${t}`, ...signed].join(",");
}
