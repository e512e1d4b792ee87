/** An event with its rows as they were then: out of what stands in the book now, and what was overwritten since. */
import { present } from "../base/assert.ts";
import type { Dispute } from "../domain/dispute.ts";
import type { Event } from "../domain/event.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import type { Refund } from "../domain/refund.ts";
import type { Told } from "./views.ts";

/** A row as it stands now, and what of it was overwritten by the event or the first change after it: of each row two at most are looked up, `version` of the event or above, in order. */
export type Traced<Row> = { readonly now: Row; readonly pasts: readonly { readonly version: number; readonly row: Row }[] };

/** The refund, and the dispute, that an event tells of; the payment names the latter. */
export function tracesOf(event: Event, payment: Payment): { readonly refund: Event["refundId"]; readonly dispute: Payment["disputeId"] } {
  return { refund: event.refundId, dispute: event.kind.startsWith("dispute.") ? payment.disputeId : null };
}

export type Rows = {
  readonly payment: Traced<Payment>;
  /** The refund's, the dispute's, or else the event's own. */
  readonly attempt: Traced<Attempt> | null;
  readonly refund: Traced<Refund> | null;
  readonly dispute: Traced<Dispute> | null;
  /** The payment's newest refunds that were there. */
  readonly refunds: readonly Refund[];
};

export function toldOf(event: Event, { payment, attempt, refund, dispute, refunds }: Rows): Told {
  const at = <Row>(traced: Traced<Row> | null) => (traced === null ? null : rowAt(traced, event.version));
  const before = <Row>(traced: Traced<Row> | null) => traced?.pasts.find(({ version }) => version === event.version)?.row ?? null;
  const then: Payment = { ...present(at(payment), "a payment"), ...totalsOf(event), version: event.version, updatedAt: event.createdAt };
  const shown = at(attempt);
  return {
    event,
    payment: then,
    attempt: shown,
    latest: shown,
    refunds,
    captureEntry: null,
    refund: at(refund),
    dispute: at(dispute),
    before: { payment: before(payment), attempt: before(attempt), refund: before(refund), dispute: before(dispute) },
  };
}

function rowAt<Row>({ now, pasts }: Traced<Row>, version: number): Row {
  return pasts.find((past) => past.version > version)?.row ?? now;
}

function totalsOf({ after }: Event): Omit<Event["after"], "reference"> {
  const { reference: _reference, ...totals } = after;
  return totals;
}
