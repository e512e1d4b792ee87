/** JSON as it came over the wire: numbers keep their digits, so that no amount is ever rounded on the way in. */

/** What `JSON.stringify` may be given. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A number as it was written. */
export class JsonNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** A parsed body. Objects are plain: read them with `member`, never by `[]`, since a caller chose their keys. */
export type JsonIn = null | boolean | string | JsonNumber | readonly JsonIn[] | JsonObjectIn;
export interface JsonObjectIn {
  readonly [key: string]: JsonIn;
}

export const JSON_DEPTH_MAX = 32;

/** The parsed text, or null if it is not JSON or nested deeper than `JSON_DEPTH_MAX`. */
export function parseJson(text: string): { readonly value: JsonIn } | null {
  if (deeperThan(text, JSON_DEPTH_MAX)) return null;
  try {
    const value: JsonIn = JSON.parse(text, keepDigits);
    return { value };
  } catch {
    return null;
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" ? new JsonNumber(context?.source ?? String(value)) : value;
}

/** A look at the brackets alone, before the parser recurses. */
function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 0x5c) i++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

export function isJsonObject(value: JsonIn | undefined): value is JsonObjectIn {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** The object's own member of that name. */
export function member(object: JsonObjectIn, key: string): JsonIn | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
