import { hash } from "node:crypto";
import { base62Bytes } from "./base62.ts";

/** SHA-256 of the text's UTF-8 bytes, as 64 hexadecimal digits. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** The first `length` (at most 32) characters of a base62 name that follows from the text alone. */
export function nameFrom(text: string, length: number): string {
  return base62Bytes(hash("sha256", text, "buffer")).slice(0, length);
}
