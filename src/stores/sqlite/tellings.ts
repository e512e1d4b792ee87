/** Events with their rows as they were then, for those who are told of them. */
import { present } from "../../base/assert.ts";
import type { Event } from "../../domain/event.ts";
import type { Past } from "../../domain/past.ts";
import type { Payment } from "../../domain/payment.ts";
import type { Refund } from "../../domain/refund.ts";
import { readAttemptImage, readDisputeImage, readEvent, readPaymentImage, readRefundImage, type EventRow } from "../../engine/event-rows.ts";
import { toldOf, tracesOf, type Traced } from "../../engine/frozen.ts";
import { whole } from "../../engine/row-values.ts";
import { readRefund, type RefundRow } from "../../engine/rows.ts";
import type { EventRef, Told } from "../../engine/views.ts";
import type { Connection } from "./connection.ts";
import type { Finder } from "./load.ts";
import * as statements from "./statements.ts";

export class Tellings {
  readonly #find: Finder;
  readonly #event;
  readonly #pasts;
  readonly #refunds;

  constructor(db: Connection, find: Finder) {
    this.#find = find;
    this.#event = db.prepare<[string, string], EventRow>(statements.FIND_EVENT).raw();
    this.#pasts = db.prepare<[string, string, string, number], [version: number, image: string]>(statements.FIND_PASTS).raw();
    this.#refunds = db.prepare<[string, string, number, string, string, number, number, number], RefundRow>(statements.NEWEST_REFUNDS_UNTIL).raw();
  }

  told(refs: readonly EventRef[], refunds: number): Told[] {
    return refs.flatMap(({ merchant, id }) => {
      const row = this.#event.get(merchant, id);
      return row === undefined ? [] : this.#told(readEvent(row), refunds);
    });
  }

  #told(event: Event, count: number): Told {
    const { merchant } = event;
    const payment = present(this.#find.payment(merchant, event.paymentId), `the payment of event ${event.id}`);
    const traces = tracesOf(event, payment);
    const refund = this.#trace(event, "refund", traces.refund && this.#find.refund(merchant, traces.refund), readRefundImage);
    const dispute = this.#trace(event, "dispute", traces.dispute && this.#find.dispute(merchant, traces.dispute), readDisputeImage);
    const attemptId = refund?.now.attemptId ?? dispute?.now.attemptId ?? event.attemptId;
    const attempt = this.#trace(event, "attempt", attemptId && this.#find.attempt(merchant, attemptId), readAttemptImage);
    const of = present(this.#trace(event, "payment", payment, readPaymentImage), "the payment");
    return toldOf(event, { payment: of, attempt, refund, dispute, refunds: this.#newestUntil(event, payment, count) });
  }

  #trace<Row extends { readonly id: string }>({ merchant, version }: Event, what: Past["what"], now: Row | null, read: (image: string) => Row): Traced<Row> | null {
    return now && { now, pasts: this.#pasts.all(merchant, what, now.id, version).map(([at, image]) => ({ version: whole(at), row: read(image) })) };
  }

  /** Those that were there: a refund shares its id with the event that told of it first. */
  #newestUntil({ merchant, version, paymentId }: Event, { refunds }: Payment, count: number): Refund[] {
    return count === 0 || refunds === 0 ? [] : this.#refunds.all(merchant, paymentId, version, merchant, paymentId, version, count, count).map(readRefund);
  }
}
