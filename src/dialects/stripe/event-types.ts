/**
 * Which of Stripe's events each event of the book is (Stripe's API reference: types of events), in the order in which they are told. It is a table, so
 * that what a list by type has to look for follows from what is told.
 */
import { assert, unreachable } from "../../base/assert.ts";
import type { EventKind } from "../../domain/event.ts";
import type { Payment } from "../../domain/payment.ts";
import type { Told } from "../../engine/views.ts";
import { changesSomething } from "./objects/event.ts";
import { toldName, type ToldName } from "./told-names.ts";

type Row = { readonly type: ToldName; readonly when?: (told: Told) => boolean };
type Table = Partial<Readonly<Record<EventKind, readonly Row[]>>>;

/** The books whose events are told each in its own way. `reported` is money of which somebody told us, and that no charge here moved. */
export type EventBook = "charged" | "reported" | "transfers" | "received" | "fees" | "cash";

const isIntent = ({ payment }: Told): boolean => payment.intent;
const isNewIntent = ({ payment, event }: Told): boolean => payment.intent && event.version === 1;
const wasHeld = ({ before }: Told): boolean => before.attempt?.state === "authorized";
/** What was held until then is given up by itself. */
const isExpiry = (told: Told): boolean => {
  const deadline = told.before.payment?.deadline ?? null;
  return wasHeld(told) && deadline?.act === "cancel" && deadline.at <= told.event.createdAt;
};
/** Of an attempt that waits for its customer there is no charge yet that anybody was told of. */
const hasCharge = ({ payment, attempt }: Told): boolean => attempt !== null && (attempt.state !== "initiated" || payment.deadline !== null);
const isOnItsWay = ({ payment }: Told): boolean => payment.deadline !== null;
/** The first event of a dispute shares its id. */
const isNewDispute = ({ event, dispute }: Told): boolean => String(event.id) === dispute?.id;
const not = (one: (told: Told) => boolean) => (told: Told) => !one(told);
const both = (one: (told: Told) => boolean, other: (told: Told) => boolean) => (told: Told) => one(told) && other(told);
/** Where nothing that is shown has changed, nobody is told. */
const changed = (type: ToldName): Row => ({ type, when: (told) => changesSomething(told, type) });

const CREATED: Row = { type: "payment_intent.created", when: isNewIntent };
const REFUND_UPDATED: readonly Row[] = [{ type: "refund.updated" }, { type: "charge.refund.updated" }];
const REFUND_FAILED: readonly Row[] = [{ type: "refund.failed" }, ...REFUND_UPDATED];
const DISPUTE_CLOSED: readonly Row[] = [{ type: "charge.dispute.closed" }];
const DISPUTE_MOVED: readonly Row[] = [{ type: "charge.dispute.updated" }];

/** The record makes a kind that is new a decision. */
const CHARGED: Readonly<Record<EventKind, readonly Row[]>> = {
  "payment.opened": [CREATED],
  "payment.initiated": [
    CREATED,
    { type: "charge.pending", when: isOnItsWay },
    { type: "payment_intent.processing", when: both(isIntent, isOnItsWay) },
    { type: "payment_intent.requires_action", when: both(isIntent, not(isOnItsWay)) },
  ],
  "payment.authorized": [CREATED, { type: "charge.succeeded" }, { type: "payment_intent.amount_capturable_updated", when: isIntent }],
  "payment.captured": [
    CREATED,
    { type: "charge.captured", when: wasHeld },
    { type: "charge.succeeded", when: not(wasHeld) },
    { type: "payment_intent.succeeded", when: isIntent },
  ],
  "payment.canceled": [
    { type: "charge.expired", when: isExpiry },
    { type: "charge.refunded", when: both(wasHeld, not(isExpiry)) },
    { type: "payment_intent.canceled", when: isIntent },
  ],
  "payment.failed": [CREATED, { type: "charge.failed" }, { type: "payment_intent.payment_failed", when: isIntent }],
  "payment.described": [{ type: "charge.updated", when: (told) => hasCharge(told) && changesSomething(told, "charge.updated") }],
  // The platform is told of it by the fee itself.
  "payment.fee_returned": [],
  "payment.funded": [],
  "refund.created": [{ type: "refund.created" }, { type: "charge.refunded" }],
  "refund.described": [changed("refund.updated"), changed("charge.refund.updated")],
  "refund.pending": REFUND_UPDATED,
  "refund.succeeded": REFUND_UPDATED,
  "refund.canceled": REFUND_UPDATED,
  "refund.rejected": REFUND_FAILED,
  "refund.failed": REFUND_FAILED,
  "dispute.warning_needs_response": [{ type: "charge.dispute.created" }],
  "dispute.warning_under_review": DISPUTE_MOVED,
  "dispute.warning_closed": DISPUTE_CLOSED,
  "dispute.needs_response": [
    { type: "charge.dispute.created", when: isNewDispute },
    { type: "charge.dispute.updated", when: not(isNewDispute) },
    { type: "charge.dispute.funds_withdrawn" },
  ],
  "dispute.under_review": DISPUTE_MOVED,
  "dispute.won": [...DISPUTE_CLOSED, { type: "charge.dispute.funds_reinstated" }],
  "dispute.lost": DISPUTE_CLOSED,
  "dispute.described": [changed("charge.dispute.updated")],
};

/** Of money that no charge brought, only what goes back is told. */
const REFUNDED: Table = {
  "refund.created": [{ type: "refund.created" }],
  "refund.described": [changed("refund.updated")],
  "refund.pending": [{ type: "refund.updated" }],
  "refund.succeeded": [{ type: "refund.updated" }],
  "refund.canceled": [{ type: "refund.updated" }],
  "refund.rejected": [{ type: "refund.failed" }, { type: "refund.updated" }],
  "refund.failed": [{ type: "refund.failed" }, { type: "refund.updated" }],
};

const FEE_REFUND_UPDATED: readonly Row[] = [{ type: "application_fee.refund.updated" }];

/** `from` is the least part of the book's: events of one id stand in several books, and what they are is told in this order. */
const BOOKS: Readonly<Record<EventBook, { readonly from: number; readonly table: Table }>> = {
  charged: { from: 0, table: CHARGED },
  reported: { from: 0, table: REFUNDED },
  transfers: {
    from: 10,
    table: { "payment.captured": [{ type: "transfer.created" }], "payment.described": [changed("transfer.updated")], "refund.created": [{ type: "transfer.reversed" }] },
  },
  received: { from: 20, table: CHARGED },
  fees: {
    from: 30,
    table: {
      "payment.captured": [{ type: "application_fee.created" }],
      "refund.created": [{ type: "application_fee.refunded" }],
      "refund.described": [changed("application_fee.refund.updated")],
      "refund.pending": FEE_REFUND_UPDATED,
      "refund.succeeded": FEE_REFUND_UPDATED,
      "refund.rejected": FEE_REFUND_UPDATED,
      "refund.failed": FEE_REFUND_UPDATED,
      "refund.canceled": FEE_REFUND_UPDATED,
    },
  },
  cash: { from: 40, table: REFUNDED },
};
/** Of one event in one book. */
const PARTS_MAX = 10;

export type ToldAs = { readonly part: number; readonly type: ToldName };

export function tellingsOf(told: Told): readonly ToldAs[] {
  const book = bookOf(told.payment);
  if (book === null) return [];
  const { from, table } = BOOKS[book];
  const rows = (table[told.event.kind] ?? []).filter(({ when }) => when === undefined || when(told));
  assert(rows.length <= PARTS_MAX, `no event is more than ${PARTS_MAX} of Stripe's`);
  return rows.map(({ type }, i) => ({ part: from + i, type }));
}

/** The kinds of the book's events that may be told as one of these; of an unknown type none is. */
export function kindsTold(books: readonly EventBook[], isAsked: (type: ToldName) => boolean): EventKind[] {
  const found = books.flatMap((book) => Object.entries(BOOKS[book].table).flatMap(([kind, rows]) => (rows.some(({ type }) => isAsked(type)) ? eventKind(kind) : [])));
  return [...new Set(found)];
}

const isKind = (name: string): name is EventKind => Object.hasOwn(CHARGED, name);

function eventKind(name: string): EventKind[] {
  return isKind(name) ? [name] : [];
}

/** Null of a refund that belongs to no payment: Stripe's API knows none. */
function bookOf({ connect, origin }: Payment): EventBook | null {
  const role = connect?.role ?? null;
  switch (role) {
    case null:
    case "charge":
    case "destination":
      return origin === "processed" ? "charged" : "reported";
    case "transfer":
      return "transfers";
    case "received":
      return "received";
    case "fee":
      return "fees";
    case "cash":
      return "cash";
    case "unlinked":
      return null;
    default:
      return unreachable(role);
  }
}

/** `charge.*` and `*` stand for whatever begins so. */
export function asksFor(pattern: string): (type: ToldName) => boolean {
  if (pattern.endsWith("*")) return (type) => type.startsWith(pattern.slice(0, -1));
  const name = toldName(pattern);
  return (type) => type === name;
}
