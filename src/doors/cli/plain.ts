/** What steers a terminal, or turns the direction of what follows. */
const STEERING = /[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

/** Text from outside as it may stand in a terminal: it cannot colour, move or hide anything there. */
export function plain(text: string): string {
  return text.replaceAll(STEERING, "\u{FFFD}");
}

/** A JSON text of which the same holds: what steers is written as its number, and so is still the same JSON. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(STEERING, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}
