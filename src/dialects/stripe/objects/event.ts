/** The Event (Stripe's API reference: Events): an object as it stood when something happened to it, out of what the book kept of it. */
import { unreachable } from "../../../base/assert.ts";
import type { Dispute } from "../../../domain/dispute.ts";
import { timeOf, type ProfileId } from "../../../domain/id.ts";
import { chargebackPostings, reversalPostings } from "../../../domain/journal.ts";
import { modeOf } from "../../../domain/merchant.ts";
import type { Payment } from "../../../domain/payment.ts";
import { REFUND_WEIGHT } from "../../../domain/states.ts";
import type { Desk } from "../../../engine/wire.ts";
import type { Told } from "../../../engine/views.ts";
import { NO_EXPAND } from "../expand.ts";
import { accountIdOf, eventIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { TOLD, type EventSubject, type ToldName } from "../told-names.ts";
import { applicationFee, feeRefund } from "./application-fee.ts";
import { charge } from "./charge.ts";
import { disputeObject } from "./dispute.ts";
import { seconds, type Look, type MovedEntry, type Rows } from "./encode.ts";
import { paymentIntent } from "./payment-intent.ts";
import { refundObject } from "./refund.ts";
import { transfer } from "./transfer.ts";

type EventAnswer = Answer<"event">;
type Subject = EventAnswer["data"]["object"];

export type TellingOf = {
  readonly part: number;
  readonly type: ToldName;
  readonly apiVersion: string;
  /** The account of whose book a platform is told. */
  readonly account: ProfileId | null;
  readonly pendingWebhooks: number;
};

type References = Pick<Desk["processor"], "acquirerReference">;

export function eventObject(told: Told, { part, type, apiVersion, account, pendingWebhooks }: TellingOf, processor: References): EventAnswer {
  const { event } = told;
  const look = lookAt(told, processor);
  const object = subjectOf(TOLD[type], rowsOf(told), look);
  const previous = previousOf(told, type, { object, look });
  return {
    id: eventIdOf(event.id, part),
    object: "event",
    ...(account === null ? {} : { account: accountIdOf(account) }),
    api_version: apiVersion,
    created: seconds(event.createdAt),
    data: { object, ...(previous === null ? {} : { previous_attributes: previous }) },
    livemode: look.livemode,
    pending_webhooks: pendingWebhooks,
    request: { id: event.request === null ? null : `req_${event.request.id}`, idempotency_key: event.request?.key ?? null },
    type,
  };
}

/** Whether what the type shows looks otherwise than before. The bank's number of a refund comes with time, and is none of what an event changes. */
export function changesSomething(told: Told, type: ToldName): boolean {
  const look = lookAt(told, { acquirerReference: () => null });
  const subject = TOLD[type];
  return Object.keys(difference(subjectOf(subject, rowsBefore(told), look), subjectOf(subject, rowsOf(told), look))).length > 0;
}

/** The time is that of the event: whatever comes by the clock alone shows as it did then. */
function lookAt({ event }: Told, processor: References): Look {
  const now = event.createdAt;
  return { livemode: modeOf(event.merchant) === "live", now, expand: NO_EXPAND, acquirerReference: (refund) => processor.acquirerReference(refund, now), profiles: new Map(), linked: new Map(), cash: new Map() };
}

function subjectOf(subject: EventSubject, rows: Rows, look: Look): Subject {
  switch (subject) {
    case "application_fee":
      return applicationFee(rows, look);
    case "charge":
      return charge(rows, look);
    case "dispute":
      return disputeObject(rows, look);
    case "fee_refund":
      return feeRefund(rows, look);
    case "payment_intent":
      return paymentIntent(rows, look);
    case "refund":
      return refundObject(rows, look);
    case "transfer":
      return transfer(rows, look);
    default:
      return unreachable(subject);
  }
}

function rowsOf({ payment, attempt, latest, refund, dispute }: Told): Rows {
  return framed({ payment, attempt, latest, refund, dispute, refunds: [], captureEntry: null });
}

function rowsBefore(told: Told): Rows {
  const { payment, attempt, refund, dispute } = told.before;
  const latest = attempt ?? told.attempt;
  return framed({ payment: payment ?? told.payment, attempt: latest, latest, refund: refund ?? told.refund, dispute: dispute ?? told.dispute, refunds: [], captureEntry: null });
}

/** Of what came back of a fee or of a transfer the list shows the one that it is about, and whether there was more: the others may have changed since. */
function framed(rows: Rows): Rows {
  const { payment, refund = null, dispute = null } = rows;
  const refunds = refund === null ? [] : [refund];
  const shown = refund === null || REFUND_WEIGHT[refund.state] === "none" ? 0n : refund.amount;
  const others = allRefunded(payment) > shown ? 1 : 0;
  const entries = dispute === null ? {} : { withdrawalEntry: withdrawalOf(dispute), reversalEntry: reversalOf(dispute) };
  return { ...rows, payment: { ...payment, refunds: refunds.length + others }, refunds, ...entries };
}

/** What moved with a dispute stands in it: its entries say nothing else. */
function withdrawalOf({ entryId, amount, fee, currency }: Dispute): MovedEntry | null {
  return entryId === null ? null : { id: entryId, kind: "chargeback", refundId: null, createdAt: timeOf(entryId), currency, postings: chargebackPostings(amount, fee) };
}

function reversalOf({ reversalEntryId, amount, currency }: Dispute): MovedEntry | null {
  return reversalEntryId === null ? null : { id: reversalEntryId, kind: "chargeback_reversal", refundId: null, createdAt: timeOf(reversalEntryId), currency, postings: reversalPostings(amount) };
}

type Attributes = Record<string, unknown>;

function previousOf(told: Told, type: ToldName, { object, look }: { readonly object: Subject; readonly look: Look }): Attributes | null {
  if (type === "charge.refunded") return chargeBeforeRefund(told);
  return type.endsWith(".updated") ? difference(subjectOf(TOLD[type], rowsBefore(told), look), object) : null;
}

/** The charge as it was without the refund. What was held and is given up was wholly there before. */
function chargeBeforeRefund({ payment, refund }: Told): Attributes {
  if (payment.state !== "captured" || refund === null) return { amount_refunded: 0, refunded: false };
  return { amount_refunded: Number(allRefunded(payment) - refund.amount), refunded: false };
}

function allRefunded({ refunded, pending }: Payment): bigint {
  return refunded + pending;
}

/** The members that were otherwise, as they were; null where one was not there. */
function difference(before: Subject, after: Subject): Attributes {
  const [was, is] = [new Map<string, unknown>(Object.entries(before)), new Map<string, unknown>(Object.entries(after))];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return Object.fromEntries(names.flatMap((name) => (JSON.stringify(was.get(name)) === JSON.stringify(is.get(name)) ? [] : [[name, was.get(name) ?? null]])));
}
