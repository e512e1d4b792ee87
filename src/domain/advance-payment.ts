/** What becomes of a payment by itself: an authorization whose time is over is captured or given up, and money that was on its way has come. */
import { capturePayment, endPayment, isLatest, type Found } from "./change-payment.ts";
import type { AdvancePayment } from "./command.ts";
import { present } from "../base/assert.ts";
import { accept } from "./accept.ts";
import { capture } from "./make-attempt.ts";
import type { Moment } from "./moment.ts";
import { refuse, type Outcome } from "./outcome.ts";

const UNCHANGED = { notes: {}, attemptNotes: {} } as const;

export function advancePayment({ target }: AdvancePayment, found: Found, moment: Moment): Outcome {
  const { deadline, state } = found.payment;
  if (deadline === null || deadline.at > moment.now) return refuse({ code: "payment_not_due", ...found });
  if (state === "initiated") return arrive(found, moment);
  const plain = { target, expectedVersion: null, onlyAuthorized: true, ...UNCHANGED } as const;
  return deadline.act === "cancel"
    ? endPayment({ kind: "end_payment", outcome: "canceled", ...plain }, found, moment)
    : capturePayment({ kind: "capture_payment", amount: null, pastIntent: true, ...plain }, found, moment);
}

/** All that was asked for is there. An attempt that another has followed brings nothing. */
function arrive(found: Found, moment: Moment): Outcome {
  const { payment, attempt } = found;
  if (!isLatest(found)) return refuse({ code: "state_forbids", act: "capture", ...found });
  const body = moment.id();
  const { payment: captured, entry } = capture({ ...payment, authorized: payment.requested }, payment.requested, { body, moment });
  const done = { ...present(attempt, "the attempt whose money was on its way"), state: "captured", updatedAt: moment.now } as const;
  return accept("payment.captured", { payment: captured, attempt: done, entry, body, moment });
}
