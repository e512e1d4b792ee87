/** API versions: dates with a name since 2024, such as `2026-10-28.endive`. They compare as text. */

/** What a merchant has who names none: the first version with Payment Records. */
export const DEFAULT_VERSION = "2025-10-29.clover";
/** From here on `report_refund` may come without `refunded`. */
export const REFUNDED_OPTIONAL = "2026-06-24.dahlia";

export const VERSION_FORM = /^20[1-9]\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:\.[a-z]{3,20})?$/;

/** The version that the header names, or null if it is none. */
export function versionOf(header: string | null): string | null {
  if (header === null) return DEFAULT_VERSION;
  return VERSION_FORM.test(header) ? header : null;
}
