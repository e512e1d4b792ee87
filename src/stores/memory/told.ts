/** An event with its rows as they were then. */
import { present } from "../../base/assert.ts";
import type { Event } from "../../domain/event.ts";
import { toldOf, tracesOf, type Traced } from "../../engine/frozen.ts";
import type { Told } from "../../engine/views.ts";
import type { Groups, Overwritten, Shelf } from "./shelf.ts";

export function toldIn(shelf: Shelf, event: Event, count: number): Told {
  const payment = present(shelf.payments.get(event.paymentId), `the payment of event ${event.id}`);
  const traces = tracesOf(event, payment);
  const refund = trace(event, shelf.refunds.get(traces.refund), shelf.pasts.refund);
  const dispute = trace(event, shelf.disputes.get(traces.dispute), shelf.pasts.dispute);
  const attempt = trace(event, shelf.attempts.get(refund?.now.attemptId ?? dispute?.now.attemptId ?? event.attemptId), shelf.pasts.attempt);
  const there = shelf.refundsOf.of(event.paymentId).filter((id) => (shelf.events.get(id)?.version ?? 0) <= event.version).toSorted().toReversed().slice(0, count);
  return toldOf(event, { payment: present(trace(event, payment, shelf.pasts.payment), "the payment"), attempt, refund, dispute, refunds: there.flatMap((id) => shelf.refunds.get(id) ?? []) });
}

function trace<Row extends { readonly id: string }>({ version }: Event, now: Row | undefined, pasts: Groups<Overwritten<Row>>): Traced<Row> | null {
  return now === undefined ? null : { now, pasts: pasts.of(now.id).filter((past) => past.version >= version).slice(0, 2) };
}
