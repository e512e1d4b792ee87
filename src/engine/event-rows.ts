/** The rows of every SQL store that tell what happened, what it overwrote, and who is still to be told: as in `rows.ts`, the columns of each table with the two ways between. */
import { assert, unreachable } from "../base/assert.ts";
import type { Dispute } from "../domain/dispute.ts";
import type { Event } from "../domain/event.ts";
import { attemptId, eventId, paymentId, profileId, refundId } from "../domain/id.ts";
import type { Past, PastRow } from "../domain/past.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import type { Refund } from "../domain/refund.ts";
import type { Delivery, DeliveryState, Notice, Try, TryProblem } from "./outbox.ts";
import { eventKind, merchantId, nullable, readSnapshot, snapshotText, whole, wordOf } from "./row-values.ts";
import {
  ATTEMPT_COLUMNS, DISPUTE_COLUMNS, PAYMENT_COLUMNS, REFUND_COLUMNS, attemptRow, disputeRow, paymentRow, readAttempt, readDispute, readPayment, readRefund, refundRow,
  type AttemptRow, type DisputeRow, type PaymentRow, type RefundRow, type Value, type Whole,
} from "./rows.ts";

export const EVENT_COLUMNS = "merchant, id, kind, payment_id, version, attempt_id, refund_id, created_at, request_id, request_key, snapshot";

export type EventRow = [
  merchant: string, id: string, kind: string, paymentId: string, version: Whole, attemptId: string | null,
  refundId: string | null, createdAt: Whole, requestId: string | null, requestKey: string | null, snapshot: string,
];

export function readEvent(row: EventRow): Event {
  return {
    merchant: merchantId(row[0]),
    id: eventId(row[1]),
    kind: eventKind(row[2]),
    paymentId: paymentId(row[3]),
    version: whole(row[4]),
    attemptId: nullable(row[5], attemptId),
    refundId: nullable(row[6], refundId),
    createdAt: whole(row[7]),
    request: row[8] === null ? null : { id: row[8], key: row[9] },
    after: readSnapshot(row[10]),
  };
}

export function eventRow(event: Event): Value[] {
  const { merchant, id, kind, paymentId, version, attemptId, refundId, createdAt, request } = event;
  return [merchant, id, kind, paymentId, version, attemptId, refundId, createdAt, request?.id ?? null, request?.key ?? null, snapshotText(event.after)];
}

/** `what` and `id` name the row that was overwritten, and `image` is its values. */
export const PAST_COLUMNS = "merchant, what, id, version, payment_id, image";

export type PastTableRow = [merchant: string, what: string, id: string, version: Whole, paymentId: string, image: string];

export function pastRow(past: Past): Value[] {
  return [past.merchant, past.what, past.row.id, past.version, past.paymentId, imageText(valuesOf(past))];
}

function valuesOf(past: PastRow): readonly Value[] {
  switch (past.what) {
    case "payment":
      return paymentRow(past.row);
    case "attempt":
      return attemptRow(past.row);
    case "refund":
      return refundRow(past.row);
    case "dispute":
      return disputeRow(past.row);
    default:
      return unreachable(past);
  }
}

/** JSON has no whole numbers of every size: a bigint is a list of its digits. */
function imageText(values: readonly Value[]): string {
  return JSON.stringify(values.map((value) => (typeof value === "bigint" ? [String(value)] : value)));
}

type Image = (string | Whole | null)[];

/** The values as they were. As with rows from a table, whoever reads them checks each; in a column that came later there is nothing. */
function readImage(text: string, columns: string): Image {
  const values: unknown = JSON.parse(text);
  assert(Array.isArray(values), "an image is not a list");
  const read = values.map((value: unknown) => {
    if (Array.isArray(value) && typeof value[0] === "string" && /^-?\d{1,19}$/.test(value[0])) return BigInt(value[0]);
    assert(value === null || typeof value === "string" || typeof value === "number", "an image holds something else than values");
    return value;
  });
  return [...read, ...columns.split(", ").slice(read.length).map(() => null)];
}

const isPaymentRow = (values: Image): values is PaymentRow => isAsWide(values, PAYMENT_COLUMNS);
const isAttemptRow = (values: Image): values is AttemptRow => isAsWide(values, ATTEMPT_COLUMNS);
const isRefundRow = (values: Image): values is RefundRow => isAsWide(values, REFUND_COLUMNS);
const isDisputeRow = (values: Image): values is DisputeRow => isAsWide(values, DISPUTE_COLUMNS);

function isAsWide(values: Image, columns: string): boolean {
  return values.length === columns.split(", ").length;
}

/** Rows that a change overwrote, as they were. */
export function readPaymentImage(image: string): Payment {
  const values = readImage(image, PAYMENT_COLUMNS);
  assert(isPaymentRow(values), "an image of a payment has more values than a payment");
  return readPayment(values);
}

export function readAttemptImage(image: string): Attempt {
  const values = readImage(image, ATTEMPT_COLUMNS);
  assert(isAttemptRow(values), "an image of an attempt has more values than an attempt");
  return readAttempt(values);
}

export function readRefundImage(image: string): Refund {
  const values = readImage(image, REFUND_COLUMNS);
  assert(isRefundRow(values), "an image of a refund has more values than a refund");
  return readRefund(values);
}

export function readDisputeImage(image: string): Dispute {
  const values = readImage(image, DISPUTE_COLUMNS);
  assert(isDisputeRow(values), "an image of a dispute has more values than a dispute");
  return readDispute(values);
}

export const NOTICE_COLUMNS = "merchant, event_id, account, book";

export type NoticeRow = [merchant: string, eventId: string, account: string, book: string];

/** No account is the empty one: it is part of the key. */
export function noticeRow({ hearer, book, event }: Notice): Value[] {
  return [hearer.merchant, event, hearer.account ?? "", book];
}

export function readNotice([merchant, event, account, book]: NoticeRow): Notice {
  return { hearer: { merchant: merchantId(merchant), account: account === "" ? null : profileId(account) }, book: merchantId(book), event: eventId(event) };
}

export const DELIVERY_COLUMNS = "merchant, endpoint, event_id, part, book, account, type, created_at, endpoints, state, tries, due";

export type DeliveryRow = [
  merchant: string, endpoint: string, eventId: string, part: Whole, book: string, account: string | null, type: string, createdAt: Whole,
  endpoints: Whole, state: string, tries: Whole, due: Whole | null,
];

export const deliveryState = wordOf<DeliveryState>("a delivery's state", { waiting: true, delivered: true, given_up: true });
export const tryProblem = wordOf<TryProblem>("why a try failed", { timeout: true, status: true, tls: true, address: true, connection: true });

export function readDelivery(row: DeliveryRow): Delivery {
  return {
    merchant: merchantId(row[0]),
    endpoint: profileId(row[1]),
    event: eventId(row[2]),
    part: whole(row[3]),
    book: merchantId(row[4]),
    account: nullable(row[5], profileId),
    type: row[6],
    createdAt: whole(row[7]),
    endpoints: whole(row[8]),
    state: deliveryState(row[9]),
    tries: whole(row[10]),
    due: nullable(row[11], whole),
  };
}

export function deliveryRow(delivery: Delivery): Value[] {
  const { merchant, endpoint, event, part, book, account, type, createdAt, endpoints, state, tries, due } = delivery;
  return [merchant, endpoint, event, part, book, account, type, createdAt, endpoints, state, tries, due];
}

export const TRY_COLUMNS = "merchant, endpoint, event_id, part, number, at, took, status, problem, answer";

export type TryRow = [
  merchant: string, endpoint: string, eventId: string, part: Whole, number: Whole, at: Whole, took: Whole, status: Whole | null, problem: string | null, answer: string,
];

export function readTry(row: TryRow): Try {
  return {
    merchant: merchantId(row[0]),
    endpoint: profileId(row[1]),
    event: eventId(row[2]),
    part: whole(row[3]),
    number: whole(row[4]),
    at: whole(row[5]),
    took: whole(row[6]),
    status: nullable(row[7], whole),
    problem: nullable(row[8], tryProblem),
    answer: row[9],
  };
}

export function tryRow(made: Try): Value[] {
  const { merchant, endpoint, event, part, number, at, took, status, problem, answer } = made;
  return [merchant, endpoint, event, part, number, at, took, status, problem, answer];
}
