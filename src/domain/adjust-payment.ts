/** What is to be captured of an authorization, before it is: less than was authorized, or more where the processor gives more. */
import { accept } from "./accept.ts";
import { checkVersion, notesFull, type Found } from "./change-payment.ts";
import type { AdjustPayment } from "./command.ts";
import { checkStanding, checkTerms } from "./connect-terms.ts";
import type { Instrument } from "./instrument.ts";
import { AMOUNT_MAX, type Money } from "./money.ts";
import type { Moment } from "./moment.ts";
import { patchNotes, type NotesPatch } from "./notes.ts";
import { refuse, type Outcome, type Refused } from "./outcome.ts";
import { moneyOf, type Payment } from "./payment.ts";

/** `extend`: whether the processor authorizes so much in place of what it did. */
export function adjustPayment(
  command: AdjustPayment,
  found: Found,
  { extend, moment }: { readonly extend: (instrument: Instrument, money: Money) => boolean; readonly moment: Moment },
): Outcome {
  const { payment, attempt } = found;
  const stale = checkVersion(command.expectedVersion, found);
  if (stale) return stale;
  if (payment.state !== "authorized" || attempt === null || attempt.id !== payment.latestAttempt) return refuse({ code: "state_forbids", act: "adjust", ...found });
  const { total, tip } = askedFor(command, payment);
  const asked = moneyOf(payment, total);
  if (command.currency !== null && command.currency !== payment.currency) return refuse({ code: "currency_differs", asked: { amount: total, currency: command.currency }, ...found });
  const fee = command.fee ?? payment.feeTaken;
  // Where a platform has to do with it, its own terms say what it takes: no other fee comes beside them.
  const most = moneyOf(payment, payment.connect === null ? (total * command.feePercentMax) / 100n : payment.feeTaken);
  const beyond = (fee > 0n ? checkTerms({ fee, transfer: null }, most) : null) ?? checkStanding(payment, total);
  if (beyond) return beyond;
  const priced = price(found, asked, () => extend(attempt.instrument, asked));
  if ("accepted" in priced) return priced;
  const changes = notesWith(command, tip);
  const notes = patchNotes(payment.notes, changes);
  if (notes === null) return notesFull(changes, found);
  const deadline = command.act === null || payment.deadline === null ? payment.deadline : { ...payment.deadline, act: command.act };
  const adjusted: Payment = { ...payment, ...priced, feeTaken: fee, deadline, notes };
  return accept("payment.described", { payment: adjusted, attempt, body: moment.id(), moment });
}

/** What stands, with what was said of it now. A note of a tip that is more than the whole, as somebody else may have left it, is the whole. */
function askedFor({ amount, tip, tipNote }: AdjustPayment, { notes, toCapture, requested }: Payment): { readonly total: bigint; readonly tip: bigint } {
  const standing = toCapture ?? requested;
  const noted = BigInt(notes[tipNote] ?? "0");
  const before = noted < standing ? noted : standing;
  const now = tip ?? before;
  return { total: (amount ?? standing - before) + now, tip: now };
}

/** Up to what was authorized nobody is asked. More is authorized as a whole, and only of what was not tried for an amount of its own. */
function price(found: Found, asked: Money, extend: () => boolean): Pick<Payment, "requested" | "authorized" | "toCapture"> | Refused {
  const { requested, authorized, toCapture, intent } = found.payment;
  const { amount } = asked;
  if (amount === (toCapture ?? requested)) return { requested, authorized, toCapture };
  if (amount <= authorized) return { requested, authorized, toCapture: amount };
  if (amount <= AMOUNT_MAX && !intent && extend()) return { requested: amount, authorized: amount, toCapture: null };
  return refuse({ code: "capture_exceeds_authorized", asked, authorized: moneyOf(found.payment, authorized), ...found });
}

function notesWith({ tipNote, notes }: AdjustPayment, tip: bigint): NotesPatch {
  return { ...notes, set: { ...notes.set, [tipNote]: tip > 0n ? String(tip) : null } };
}
