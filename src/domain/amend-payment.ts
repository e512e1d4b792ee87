/** What may still be changed of a payment that has not been made: its amount, whose it is, and what it is to be paid with. */
import { accept } from "./accept.ts";
import { checkStanding, withTerms } from "./connect-terms.ts";
import { notesFull, type Found } from "./change-payment.ts";
import type { AmendPayment } from "./command.ts";
import type { Moment } from "./moment.ts";
import { patchNotes } from "./notes.ts";
import type { Payment } from "./payment.ts";
import { refuse, type Outcome } from "./outcome.ts";
import type { PaymentState } from "./states.ts";

/** What of a payment its state may hold fast. */
export type Amendment = "amount" | "currency" | "customer" | "method" | "fee" | "transfer";

/** An attempt keeps what it was tried for, so the payment's own may change until one has brought the money or holds it. */
const OPEN: readonly PaymentState[] = ["open", "failed", "initiated"];
/** While an attempt waits for its customer, nothing else is tried. */
const IDLE: readonly PaymentState[] = ["open", "failed"];

export function amendPayment(command: AmendPayment, found: Found, moment: Moment): Outcome {
  const { amount, currency, whose, tendered, onlyFirstCustomer, terms } = command;
  const asked: readonly (readonly [Amendment, boolean, readonly PaymentState[]])[] = [
    ["amount", amount !== null, OPEN],
    ["currency", currency !== null, OPEN],
    ["customer", whose.customer !== null && !onlyFirstCustomer, OPEN],
    ["method", tendered, IDLE],
    ["fee", terms?.fee !== undefined, OPEN],
    ["transfer", terms?.transfer !== undefined, OPEN],
  ];
  for (const [what, isAsked, states] of asked) {
    // What money is on its way for is settled, and so is what somebody reported.
    const isOpen = found.payment.intent && found.payment.origin === "processed" && states.includes(found.payment.state) && found.payment.deadline === null;
    if (isAsked && !isOpen) return refuse({ code: "amendment_forbidden", what, ...found });
  }
  const agreed = withTerms(found, terms, amount ?? found.payment.requested);
  if ("accepted" in agreed) return agreed;
  const { payment, attempt } = agreed;
  const beyond = amount === null ? null : checkStanding(payment, amount);
  if (beyond) return beyond;
  const notes = patchNotes(payment.notes, command.notes);
  if (notes === null) return notesFull(command.notes, found);
  const attemptNotes = attempt === null ? null : patchNotes(attempt.notes, command.attemptNotes);
  if (attempt !== null && attemptNotes === null) return notesFull(command.attemptNotes, found);
  // An authorization that failed was for what the payment is no more.
  const repriced = amount === null && currency === null ? {} : { requested: amount ?? payment.requested, currency: currency ?? payment.currency, authorized: 0n };
  const amended: Payment = { ...payment, ...repriced, customer: whose.customer ?? payment.customer, notes };
  if (attempt === null || attemptNotes === null) return accept("payment.described", { payment: amended, attempt: null, body: moment.id(), moment });
  if (!onlyFirstCustomer) return accept("payment.described", { payment: amended, attempt: { ...attempt, notes: attemptNotes }, body: moment.id(), moment });
  if (whose.customer !== null && attempt.customer !== null && attempt.customer !== whose.customer) return refuse({ code: "amendment_forbidden", what: "customer", ...found });
  // Of an earlier attempt only itself is told whose it was: the payment may be somebody else's by now.
  const customer = attempt.id === payment.latestAttempt ? amended.customer : payment.customer;
  const told = { ...attempt, notes: attemptNotes, customer: whose.customer ?? attempt.customer };
  return accept("payment.described", { payment: { ...amended, customer }, attempt: told, body: moment.id(), moment });
}
