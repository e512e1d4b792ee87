/** A report for machines. Sums may be greater than a number of JSON is safe with, and are written as text. */
export function asJson(report: unknown): string {
  return JSON.stringify(report, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
