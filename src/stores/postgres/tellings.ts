/** Events with their rows as they were then, for those who are told of them: all rows of all events in one round. */
import { present } from "../../base/assert.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Event } from "../../domain/event.ts";
import type { Past } from "../../domain/past.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import type { Refund } from "../../domain/refund.ts";
import { readAttemptImage, readDisputeImage, readPaymentImage, readRefundImage } from "../../engine/event-rows.ts";
import { toldOf, tracesOf, type Traced } from "../../engine/frozen.ts";
import { whole } from "../../engine/row-values.ts";
import {
  readAttempt, readDispute, readPayment, readRefund, type AttemptRow, type DisputeRow, type PaymentRow, type RefundRow, type Value,
} from "../../engine/rows.ts";
import type { Told } from "../../engine/views.ts";
import { arrayOf } from "./bulk.ts";
import type { Connection } from "./connection.ts";
import { namesOf } from "./load.ts";
import type { Name } from "./shared-lookups.ts";
import * as statements from "./statements.ts";
import { DISPUTED_ATTEMPTS, FIND_PASTS, NEWEST_REFUNDS_UNTIL, type PastImageRow } from "./telling-statements.ts";

/** Whose past is looked for, by its own name or by another's. */
type PastNeed = { readonly event: Event; readonly what: Past["what"]; readonly id: string; readonly by: "id" | "dispute_of_payment" | "attempt_of_refund" | "attempt_of_dispute" };

type Image = { readonly version: number; readonly image: string };

/** Sends everything before it waits for anything: call it inside `together`. */
export async function tellings(connection: Connection, events: readonly Event[], count: number): Promise<Told[]> {
  const ask = async <Row extends unknown[]>(text: string, names: readonly Name[], ...more: readonly Value[]): Promise<Row[]> =>
    names.length === 0 ? [] : (await connection.ask<Row>({ text, values: [...namesOf(names), ...more] })).rows;
  const payments = once(events.map(({ merchant, paymentId: id }) => ({ merchant, id })));
  const refunds = once(events.flatMap(({ merchant, refundId: id }) => (id === null ? [] : { merchant, id })));
  const disputed = once(events.filter(isOfDispute).map(({ merchant, paymentId: id }) => ({ merchant, id })));
  const attempts = once(events.flatMap((event) => (event.attemptId === null || event.refundId !== null || isOfDispute(event) ? [] : { merchant: event.merchant, id: event.attemptId })));
  const withRefunds = count === 0 ? [] : events;
  const [paymentRows, refundRows, refunded, disputeRows, disputedAttempts, named, newest, pasts] = await Promise.all([
    ask<PaymentRow>(statements.LOAD_BY_PAYMENT.findPayments, payments),
    ask<RefundRow>(statements.FIND_REFUNDS, refunds),
    ask<AttemptRow>(statements.REFUNDED_ATTEMPTS, refunds),
    ask<DisputeRow>(statements.DISPUTES_OF_PAYMENTS, disputed),
    ask<AttemptRow>(DISPUTED_ATTEMPTS, disputed),
    ask<AttemptRow>(statements.FIND_ATTEMPTS, attempts),
    ask<[event: string, ...RefundRow]>(
      NEWEST_REFUNDS_UNTIL, withRefunds.map(({ merchant, paymentId: id }) => ({ merchant, id })), arrayOf(withRefunds.map(({ id }) => id)), arrayOf(withRefunds.map(() => count)),
    ),
    findPasts(connection, events.flatMap(pastNeeds)),
  ]);
  const frozen = new Frozen({
    payments: byName(paymentRows.map(readPayment)),
    refunds: byName(refundRows.map(readRefund)),
    disputes: byName(disputeRows.map(readDispute)),
    attempts: byName([...refunded, ...disputedAttempts, ...named].map(readAttempt)),
    newest: Map.groupBy(newest.map(([event, ...row]) => ({ event, refund: readRefund(row) })), ({ event, refund }) => `${refund.merchant}/${event}`),
    pasts,
  });
  return events.map((event) => frozen.told(event));
}

function pastNeeds(event: Event): PastNeed[] {
  const { paymentId, attemptId, refundId } = event;
  const needs: PastNeed[] = [{ event, what: "payment", id: paymentId, by: "id" }];
  if (refundId !== null) needs.push({ event, what: "refund", id: refundId, by: "id" }, { event, what: "attempt", id: refundId, by: "attempt_of_refund" });
  else if (isOfDispute(event)) needs.push({ event, what: "dispute", id: paymentId, by: "dispute_of_payment" }, { event, what: "attempt", id: paymentId, by: "attempt_of_dispute" });
  else if (attemptId !== null) needs.push({ event, what: "attempt", id: attemptId, by: "id" });
  return needs;
}

async function findPasts(connection: Connection, needs: readonly PastNeed[]): Promise<ReadonlyMap<string, readonly Image[]>> {
  const { rows } = await connection.ask<PastImageRow>({
    text: FIND_PASTS,
    values: [
      arrayOf(needs.map(({ event }) => event.merchant)), arrayOf(needs.map(({ what }) => what)), arrayOf(needs.map(({ id }) => id)),
      arrayOf(needs.map(({ event }) => event.version)), arrayOf(needs.map(({ by }) => by)),
    ],
  });
  const images = rows.map(([merchant, what, id, from, version, image]) => ({ name: `${merchant}/${what}/${id}/${from}`, version: whole(version), image }));
  return Map.groupBy(images.toSorted((one, other) => one.version - other.version), ({ name }) => name);
}

function isOfDispute({ kind }: Event): boolean {
  return kind.startsWith("dispute.");
}

type FrozenRows = {
  readonly payments: ReadonlyMap<string, Payment>;
  readonly attempts: ReadonlyMap<string, Attempt>;
  readonly refunds: ReadonlyMap<string, Refund>;
  readonly disputes: ReadonlyMap<string, Dispute>;
  /** Newest first, by the event when they were. */
  readonly newest: ReadonlyMap<string, readonly { readonly refund: Refund }[]>;
  /** In order, by merchant, table, row and the version from which they were looked for. */
  readonly pasts: ReadonlyMap<string, readonly Image[]>;
};

class Frozen {
  readonly #rows: FrozenRows;

  constructor(rows: FrozenRows) {
    this.#rows = rows;
  }

  told(event: Event): Told {
    const { merchant } = event;
    const { payments, attempts, refunds, disputes, newest } = this.#rows;
    const now = present(payments.get(`${merchant}/${event.paymentId}`), `the payment of event ${event.id}`);
    const traces = tracesOf(event, now);
    const refund = this.#trace(event, "refund", refunds.get(`${merchant}/${traces.refund}`), readRefundImage);
    const dispute = this.#trace(event, "dispute", disputes.get(`${merchant}/${traces.dispute}`), readDisputeImage);
    const attemptId = refund?.now.attemptId ?? dispute?.now.attemptId ?? event.attemptId;
    return toldOf(event, {
      payment: present(this.#trace(event, "payment", now, readPaymentImage), "the payment"),
      attempt: this.#trace(event, "attempt", attempts.get(`${merchant}/${attemptId}`), readAttemptImage),
      refund,
      dispute,
      refunds: newest.get(`${merchant}/${event.id}`)?.map((one) => one.refund) ?? [],
    });
  }

  #trace<Row extends { readonly id: string }>({ merchant, version }: Event, what: Past["what"], now: Row | undefined, read: (image: string) => Row): Traced<Row> | null {
    if (now === undefined) return null;
    const images = this.#rows.pasts.get(`${merchant}/${what}/${now.id}/${version}`) ?? [];
    return { now, pasts: images.map((one) => ({ version: one.version, row: read(one.image) })) };
  }
}

function byName<Row extends Name>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [`${row.merchant}/${row.id}`, row]));
}

function once(names: readonly Name[]): Name[] {
  return [...byName(names).values()];
}
