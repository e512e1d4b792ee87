/**
 * Names of things. An id is a body of 24 base62 characters whose order is the order of creation: seven for the
 * millisecond (until 2081), four that count within it, thirteen by chance. A dialect shows it behind its own prefix, or bare.
 */
import { assert } from "../base/assert.ts";
import { base62, base62Value } from "../base/base62.ts";
import type { Brand } from "../base/brand.ts";

export type PaymentId = Brand<string, "PaymentId">;
export type AttemptId = Brand<string, "AttemptId">;
export type RefundId = Brand<string, "RefundId">;
export type DisputeId = Brand<string, "DisputeId">;
export type EntryId = Brand<string, "EntryId">;
export type EventId = Brand<string, "EventId">;

/** Milliseconds since 1970, UTC. */
export type Millis = number;

const LENGTH = 24;
const TIME_WIDTH = 7;
const COUNT_WIDTH = 4;
export const CHANCE_WIDTH = LENGTH - TIME_WIDTH - COUNT_WIDTH;
/** How many ids one process can make in one millisecond. */
export const IDS_PER_MILLISECOND = 62 ** COUNT_WIDTH;
const BODY = /^[0-9A-Za-z]{24}$/;

export function idBody(at: Millis, count: number, chance: string): string {
  return base62(at, TIME_WIDTH) + base62(count, COUNT_WIDTH) + chance;
}

/** The least body that can be made at or after that time: lists by time are lists by id. */
export function idFloor(at: Millis): string {
  return base62(Math.min(Math.max(at, 0), 62 ** TIME_WIDTH - 1), TIME_WIDTH);
}

/** When the id was made. */
export function timeOf(id: string): Millis {
  return base62Value(id.slice(0, TIME_WIDTH)) ?? 0;
}

export function isPaymentId(text: string): text is PaymentId {
  return BODY.test(text);
}
export function isAttemptId(text: string): text is AttemptId {
  return BODY.test(text);
}
export function isRefundId(text: string): text is RefundId {
  return BODY.test(text);
}
export function isDisputeId(text: string): text is DisputeId {
  return BODY.test(text);
}
export function isEntryId(text: string): text is EntryId {
  return BODY.test(text);
}
export function isEventId(text: string): text is EventId {
  return BODY.test(text);
}

export function paymentId(body: string): PaymentId {
  assert(isPaymentId(body), `not a payment id: ${body}`);
  return body;
}
export function attemptId(body: string): AttemptId {
  assert(isAttemptId(body), `not an attempt id: ${body}`);
  return body;
}
export function refundId(body: string): RefundId {
  assert(isRefundId(body), `not a refund id: ${body}`);
  return body;
}
export function disputeId(body: string): DisputeId {
  assert(isDisputeId(body), `not a dispute id: ${body}`);
  return body;
}
export function entryId(body: string): EntryId {
  assert(isEntryId(body), `not an entry id: ${body}`);
  return body;
}
export function eventId(body: string): EventId {
  assert(isEventId(body), `not an event id: ${body}`);
  return body;
}
