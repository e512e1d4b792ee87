/** Several refunds of one payment at the same moment, and how such a race must end. */
import { at, type Answered, type Sent } from "./client.ts";

export type Asked = { readonly amount: number; readonly sent: Sent; readonly shape: "stripe" | "square" };
export type Race = { readonly captured: number; readonly racers: readonly Asked[] };
export type Finish = { readonly asked: Asked; readonly answer: Answered };

/** What is wrong with how a race ended. */
export function violations({ captured }: Race, finishes: readonly Finish[]): string[] {
  const won = finishes.filter(({ answer }) => answer.status === 200);
  const lost = finishes.filter(({ answer }) => answer.status !== 200);
  const refunded = won.reduce((sum, { asked }) => sum + asked.amount, 0);
  const found = refunded > captured ? [`over-refunded: ${refunded} of ${captured}`] : [];
  for (const { asked, answer } of lost) {
    if (!isRefusal(asked, answer)) found.push(`not the vendor's refusal: ${answer.status} ${answer.text}`);
    else if (asked.amount <= captured - refunded) found.push(`refused, though ${asked.amount} still fits: ${answer.text}`);
  }
  return found;
}

function isRefusal({ shape }: Asked, { status, text }: Answered): boolean {
  if (status !== 400) return false;
  if (shape === "square") return at(text, "errors", "0", "category") === "REFUND_ERROR" && isSquareReason(text);
  const message = at(text, "error", "message");
  const isVendors = typeof message === "string" && (/^Refund amount \(\$[\d.,]+\) is greater than unrefunded amount on (?:charge|payment record) \(\$[\d.,]+\)$/.test(message) || message.endsWith("has already been refunded."));
  return at(text, "error", "type") === "invalid_request_error" && isVendors;
}

/** Too much, or one more than the 20 refunds that a payment may have by Square's rule: Stripe's may have more. */
function isSquareReason(text: string): boolean {
  const [code, detail] = [at(text, "errors", "0", "code"), at(text, "errors", "0", "detail")];
  return code === "REFUND_AMOUNT_INVALID" || (code === "PAYMENT_NOT_REFUNDABLE" && detail === "The payment is not refundable: it already has 20 refunds.");
}
