/** What happens to a payment between its first attempt and its refunds: tried again, captured, ended, described. */
import { assert } from "../base/assert.ts";
import type { Authorization, CapturePayment, DescribePayment, EndPayment, TryPayment } from "./command.ts";
import { attemptId } from "./id.ts";
import { capture, makeAttempt } from "./make-attempt.ts";
import { accept } from "./accept.ts";
import type { Moment } from "./moment.ts";
import { moneyOf, type Attempt, type Payment } from "./payment.ts";
import { withTerms } from "./connect-terms.ts";
import { patchNotes, type NotesPatch } from "./notes.ts";
import { refuse, type Outcome, type Refused } from "./outcome.ts";
import type { Profile } from "./profile.ts";
import { PAYMENT_STEPS, type PaymentState } from "./states.ts";

/** A payment as loaded, with the attempt that was named or else the latest. */
export type Found = { readonly payment: Payment; readonly attempt: Attempt | null };

/** A new attempt may be made when no earlier one is still alive and none has brought the money. */
export function tryPayment(
  command: TryPayment,
  found: Found,
  facts: { readonly authorization: Authorization | null; readonly onFile: Profile | null; readonly moment: Moment },
): Outcome {
  const { payment, attempt } = found;
  const dead: readonly PaymentState[] = payment.origin === "recorded" ? ["failed", "canceled"] : ["open", "failed"];
  if (!dead.includes(payment.state)) return refuse({ code: "state_forbids", act: "try", ...found });
  if (command.tender === null) return refuse({ code: "nothing_to_try", ...found });
  const notes = patchNotes(payment.notes, command.notes);
  if (notes === null) return notesFull(command.notes, found);
  const body = facts.moment.id();
  return makeAttempt({ ...payment, notes }, {
    // The first attempt shares its payment's id body; later ones have their own.
    id: attemptId(payment.attempts === 0 ? payment.id : body),
    body,
    tender: command.tender,
    authorization: facts.authorization,
    before: attempt?.instrument ?? null,
    onFile: facts.onFile,
    notes: command.attemptNotes,
    moment: facts.moment,
  });
}

export function capturePayment(command: CapturePayment, found: Found, moment: Moment): Outcome {
  const { payment, attempt } = found;
  const stale = checkVersion(command.expectedVersion, found);
  if (stale) return stale;
  if (payment.state === "captured") return refuse({ code: "already_captured", ...found });
  if (payment.intent && !command.pastIntent) return refuse({ code: "intent_governs", ...found });
  const reported = payment.origin === "recorded" && payment.state === "initiated" && !command.onlyAuthorized;
  if (attempt === null || !isLatest(found) || !(payment.state === "authorized" || reported)) {
    return refuse({ code: "state_forbids", act: "capture", ...found });
  }
  const authorized = reported ? payment.requested : payment.authorized;
  const amount = command.amount ?? payment.toCapture ?? authorized;
  if (amount > authorized) {
    const [asked, most] = [moneyOf(payment, amount), moneyOf(payment, authorized)];
    return refuse({ code: "capture_exceeds_authorized", asked, authorized: most, ...found });
  }
  const agreed = withTerms(found, command.terms, amount);
  if ("accepted" in agreed) return agreed;
  const described = describe(agreed, command);
  if ("accepted" in described) return described;
  const body = moment.id();
  const { payment: captured, entry } = capture({ ...described.payment, authorized }, amount, { body, moment });
  return accept("payment.captured", {
    payment: captured,
    attempt: described.attempt && { ...described.attempt, state: "captured", updatedAt: moment.now },
    entry,
    body,
    moment,
  });
}

export function endPayment(command: EndPayment, found: Found, moment: Moment): Outcome {
  const { payment, attempt } = found;
  const stale = checkVersion(command.expectedVersion, found);
  if (stale) return stale;
  if (!mayEnd(command, payment).includes(payment.state) || !isLatest(found)) {
    return refuse({ code: "state_forbids", act: command.outcome === "canceled" ? "cancel" : "fail", ...found });
  }
  assert(PAYMENT_STEPS[payment.state].includes(command.outcome), "ends only what may end");
  const described = describe(found, command);
  if ("accepted" in described) return described;
  const lives = attempt !== null && (attempt.state === "initiated" || attempt.state === "authorized");
  // What was never captured has taken no fee.
  const ended: Payment = { ...described.payment, state: command.outcome, deadline: null, feeTaken: 0n };
  const last: Attempt | null =
    lives && described.attempt ? { ...described.attempt, state: command.outcome, updatedAt: moment.now } : described.attempt;
  return accept(`payment.${command.outcome}`, { payment: ended, attempt: last, body: moment.id(), moment });
}

function mayEnd({ outcome, onlyAuthorized }: EndPayment, { intent }: Payment): readonly PaymentState[] {
  if (onlyAuthorized) return ["authorized"];
  return intent && outcome === "canceled" ? ["open", "failed", "initiated", "authorized"] : ["initiated", "authorized"];
}

export function describePayment(command: DescribePayment, found: Found, moment: Moment): Outcome {
  const described = describe(found, command);
  return "accepted" in described ? described : accept("payment.described", { ...described, body: moment.id(), moment });
}

/** Only the last attempt lives: one before it is over, whatever has become of the payment since. */
export function isLatest({ payment, attempt }: Found): boolean {
  return attempt === null || attempt.id === payment.latestAttempt;
}

/** Both rows with their notes patched. */
function describe(
  found: Found,
  patches: { readonly notes: NotesPatch; readonly attemptNotes: NotesPatch },
): Found | Refused {
  const notes = patchNotes(found.payment.notes, patches.notes);
  if (notes === null) return notesFull(patches.notes, found);
  const payment = { ...found.payment, notes };
  if (found.attempt === null) return { payment, attempt: null };
  const attemptNotes = patchNotes(found.attempt.notes, patches.attemptNotes);
  if (attemptNotes === null) return notesFull(patches.attemptNotes, found);
  return { payment, attempt: { ...found.attempt, notes: attemptNotes } };
}

export function notesFull(patch: NotesPatch, found: Found): Refused {
  return refuse({ code: "notes_full", max: patch.limit?.max ?? 0, ...found });
}

export function checkVersion(expected: number | null, found: Found): Refused | null {
  return expected !== null && expected !== found.payment.version ? refuse({ code: "version_mismatch", ...found }) : null;
}
