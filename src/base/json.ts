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

/**
 * The parsed text, or null if it is not JSON, is nested deeper than `JSON_DEPTH_MAX`, or has an object that says a member
 * twice: a parser would keep the last, and another, on the way here, the first.
 */
export function parseJson(text: string): { readonly value: JsonIn } | null {
  if (!isPlain(text)) return null;
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

/** A look at brackets and member names alone, before the parser recurses. What is no JSON is left to the parser to refuse. */
function isPlain(text: string): boolean {
  /** The member names of each object that is open; null for an array. */
  const open: (Set<string> | null)[] = [];
  let named = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = endOfString(text, i);
        const names = open.at(-1);
        if (names && !named) {
          const name = text.slice(i + 1, end);
          const plain = name.includes("\\") ? unescaped(name) : name;
          if (names.has(plain)) return false;
          names.add(plain);
          named = true;
        }
        i = end;
        break;
      }
      case 0x7b:
      case 0x5b:
        if (open.length === JSON_DEPTH_MAX) return false;
        open.push(text.charCodeAt(i) === 0x7b ? new Set() : null);
        named = false;
        break;
      case 0x7d:
      case 0x5d:
        open.pop();
        named = true;
        break;
      case 0x2c:
        named = false;
    }
  }
  return true;
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) return i;
  }
  return text.length;
}

function unescaped(name: string): string {
  try {
    const value: unknown = JSON.parse(`"${name}"`);
    return typeof value === "string" ? value : name;
  } catch {
    return name;
  }
}

export function isJsonObject(value: JsonIn | undefined): value is JsonObjectIn {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** The object's own member of that name. */
export function member(object: JsonObjectIn, key: string): JsonIn | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
