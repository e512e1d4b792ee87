/** The `Square-Version` header (Square's API reference: conventions): a date, echoed in every answer. All versions get the same answers. */
import { parseTime } from "./times.ts";

export const VERSION_HEADER = "square-version";
export const DEFAULT_VERSION = "2026-09-16";

/** A date. */
export const VERSION_FORM = /^\d{4}-\d{2}-\d{2}$/;

/** The version to speak, or null if what was sent is no date. */
export function versionOfHeader(header: string | null): string | null {
  if (header === null) return DEFAULT_VERSION;
  return VERSION_FORM.test(header) && parseTime(`${header}T00:00:00Z`) !== null ? header : null;
}
