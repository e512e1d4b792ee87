/**
 * Idempotency keys stand in the body (Square's API reference: conventions). A key is bound by whatever the kernel answers, a refusal or
 * a decline too; a request that cannot be read binds nothing.
 */
import { sha256 } from "../../base/hash.ts";
import type { Money } from "../../domain/money.ts";
import type { Claim } from "../../engine/job.ts";

/** Under which the answers of CreatePayment are kept. */
export const CREATE_SCOPE = "square:payment";

/** `body` is what was read: absent and null are one, and what Square does not know does not count. */
export function makeClaim(scope: string, key: string, path: string, request: { readonly amount: Money | null; readonly body: object }): Claim {
  const fingerprint = `${request.amount === null ? "" : amountPart(request.amount)}|${sha256(JSON.stringify(request.body, canonical))}`;
  return { scope, key, path, fingerprint, binds: "always" };
}

/** Whether two requests of one key differ in their amounts: only that has words of its own. */
export function amountsDiffer(one: string, other: string): boolean {
  return one.split("|")[0] !== other.split("|")[0];
}

function amountPart({ amount, currency }: Money): string {
  return `${amount} ${currency}`;
}

/** What says nothing is left out, so that a field which is declared one day does not change the fingerprints of the days before. */
function canonical(_key: string, value: unknown): unknown {
  if (value === null || value === "") return undefined;
  return typeof value === "bigint" ? `${value}n` : value;
}
