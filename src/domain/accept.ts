/** The last step of every decision: the payment's next version, and the one event that tells it. */
import type { Dispute } from "./dispute.ts";
import { eventId } from "./id.ts";
import { eventOf, type EventKind } from "./event.ts";
import type { Entry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import type { Accepted } from "./outcome.ts";
import type { Attempt, Payment } from "./payment.ts";
import type { Refund } from "./refund.ts";

const NOWHERE: readonly Accepted[] = [];

export function accept(
  kind: EventKind,
  made: {
    readonly payment: Payment;
    readonly attempt: Attempt | null;
    readonly refund?: Refund;
    readonly dispute?: Dispute;
    readonly entry?: Entry | null;
    /** What is written on it, of money that came in to a customer's cash. */
    readonly reference?: string | null;
    /** The id body that all rows of this change share. */
    readonly body: string;
    readonly moment: Moment;
  },
): Accepted {
  const payment = { ...made.payment, version: made.payment.version + 1, updatedAt: made.moment.now };
  const refund = made.refund ?? null;
  const event = eventOf(kind, { id: eventId(made.body), payment, attempt: made.attempt, refund, reference: made.reference ?? null });
  return { accepted: true, payment, attempt: made.attempt, refund, dispute: made.dispute ?? null, entry: made.entry ?? null, event, next: null, elsewhere: NOWHERE };
}
