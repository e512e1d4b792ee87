/** What a platform takes of a payment, or passes on of it: agreed before the capture, and never more than the payment is. */
import type { Found } from "./change-payment.ts";
import type { Terms } from "./command.ts";
import { moneyOf, type Payment } from "./payment.ts";
import type { Money } from "./money.ts";
import { refuse, type Refused } from "./outcome.ts";

/** Null where both are within the payment. */
export function checkTerms({ fee, transfer }: { readonly fee: bigint; readonly transfer: bigint | null }, most: Money): Refused | null {
  const asked = (amount: bigint): Money => ({ amount, currency: most.currency });
  if (fee > most.amount) return refuse({ code: "terms_exceed_payment", what: "fee", asked: asked(fee), most });
  if (transfer !== null && transfer > most.amount) return refuse({ code: "terms_exceed_payment", what: "transfer", asked: asked(transfer), most });
  return null;
}

/** Null where what was agreed before is within the new amount. */
export function checkStanding({ connect, feeTaken, currency }: Payment, amount: bigint): Refused | null {
  if (connect === null) return null;
  const terms = connect.role === "destination" ? { fee: connect.fee, transfer: connect.transfer } : { fee: feeTaken, transfer: null };
  return checkTerms(terms, { amount, currency });
}

/** The payment with what was said of it now. `most`: what it is, or is to be. */
export function withTerms<F extends Found>(found: F, terms: Terms | undefined, most: bigint): F | Refused {
  if (terms === undefined) return found;
  const { payment } = found;
  const { connect } = payment;
  const isAsked = terms.fee !== undefined || terms.transfer !== undefined;
  // A name is kept with any payment; here it is that of the transfer to come.
  if (!isAsked && (terms.group === undefined || connect?.role !== "destination")) return found;
  if (connect === null) return refuse({ code: "no_platform", what: terms.fee === undefined ? "transfer" : "fee", ...found });
  if (connect.role !== "destination" && terms.transfer !== undefined) return refuse({ code: "no_platform", what: "transfer", ...found });
  const isDestination = connect.role === "destination";
  const fee = terms.fee ?? (isDestination ? connect.fee : payment.feeTaken);
  const transfer = terms.transfer ?? connect.transfer;
  const no = checkTerms({ fee, transfer }, moneyOf(payment, most));
  if (no) return no;
  return { ...found, payment: { ...payment, feeTaken: isDestination ? payment.feeTaken : fee, connect: isDestination ? { ...connect, fee, transfer, group: terms.group === undefined ? connect.group : terms.group } : connect } };
}
