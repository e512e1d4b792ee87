/** Numbers and bytes in the digits 0-9, A-Z, a-z, whose order as text is their order as numbers. */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `value` (a whole number from 0 to 2^53-1) in exactly `width` digits. */
export function base62(value: number, width: number): string {
  let text = "";
  let rest = value;
  for (let i = 0; i < width; i++) {
    text = DIGITS.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** The number that `base62` wrote, or null if a character is not one of its digits. */
export function base62Value(text: string): number | null {
  let value = 0;
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return null;
    value = value * 62 + digit;
  }
  return value;
}

/** One digit for each byte: even enough for identity (248 = 4 * 62), not for keys. */
export function base62Bytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += DIGITS.charAt(byte % 62);
  return text;
}
