/**
 * The list of payments (Square's API reference: Payments). The book is walked by creation or by change; total, last_4, card_brand and the span of
 * the other of both are looked for in what it gives, over a bounded number of rows: a page may be short, and its cursor then goes on.
 */
import { timeOf } from "../../../domain/id.ts";
import { NO_EXTRAS, type Page, type PaymentView } from "../../../engine/views.ts";
import { present } from "../../../base/assert.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { AMOUNT_MAX } from "../../../domain/money.ts";
import { errorReply } from "../errors.ts";
import { locationOf } from "../ids.ts";
import { PAYMENT_EXTRAS, paymentObject, totalOf } from "../objects/payment.ts";
import { CARD_BRANDS, cardBrand } from "../objects/source.ts";
import { makeCursor, readCursor } from "../pages.ts";
import { boolean, integer, oneOf, optional, text, timestamp, type Values } from "../params.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";
import { pageFields, queryName, rangeErrors, sizeOf, spanOf } from "./lists.ts";

const READS_MAX = 10;

const QUERY = {
  ...pageFields("payment"),
  location_id: text("Only payments of this location; of the only one when left out.", { max: 50 }),
  total: optional(integer("Only payments of exactly this total.", { min: 0n, max: AMOUNT_MAX })),
  last_4: text("Only payments by a card that ends in these digits.", { max: 4 }),
  card_brand: optional(oneOf(CARD_BRANDS, "Only payments by a card of this brand.")),
  is_offline_payment: optional(boolean("Only payments taken offline, of which there are none here, or only the others.")),
  offline_begin_time: optional(timestamp("Only payments taken offline at this time or later, of which there are none here.")),
  offline_end_time: optional(timestamp("Only payments taken offline at this time or before, of which there are none here.")),
  updated_at_begin_time: optional(timestamp("Only payments last changed at this time or later.")),
  updated_at_end_time: optional(timestamp("Only payments last changed at this time or before.")),
  sort_field: optional(oneOf(["CREATED_AT", "OFFLINE_CREATED_AT", "UPDATED_AT"], "What the list is ordered by. What was not taken offline is ordered by its creation.")),
};

type Query = Values<typeof QUERY>;

export function listPayments(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/payments",
    title: "List payments",
    source: "Square's API reference: Payments",
    returns: { object: "Payment", list: true },
    query: QUERY,
    body: {},
    bodyIs: "none",
    async answer({ request: { merchant }, query }) {
      const wrong = [
        ...rangeErrors(query, "begin_time", "end_time"),
        ...rangeErrors(query, "offline_begin_time", "offline_end_time"),
        ...rangeErrors(query, "updated_at_begin_time", "updated_at_end_time"),
      ];
      if (wrong.length > 0) return errorReply(wrong);
      const asking = { merchant, query: queryName("payments", query), now: desk.now() };
      const cursor = readCursor(asking, query.cursor);
      if ("error" in cursor) return errorReply([cursor.error]);
      const elsewhere = query.location_id !== null && query.location_id !== locationOf(merchant);
      if (elsewhere || isOffline(query)) return okReply({});

      const now = desk.now();
      const created = spanOf(query, now);
      const order = query.sort_order === "ASC" ? "oldest" : "newest";
      const page: Page = { order, after: cursor.after?.id ?? null, ...created, limit: sizeOf(query.limit) };
      const read = query.sort_field === "UPDATED_AT" ? byChange : byCreation;
      const { found, last } = await gather(page, {
        read: (asked) => read(desk, merchant, asked, query),
        isAskedFor: (view) => isAskedFor(view, { query, created }),
      });
      // Only what is answered brings its refunds along.
      const shown = await Promise.all(found.map(({ payment }) => desk.read.payment(merchant, payment.id, PAYMENT_EXTRAS)));
      return okReply({
        payments: shown.length === 0 ? undefined : shown.map((view) => paymentObject(present(view, "a payment that was just listed"))),
        cursor: last === null ? undefined : makeCursor(asking, { id: last, updatedAt: timeOf(last) }),
      });
    },
  });
}

function isOffline({ is_offline_payment: is, offline_begin_time: from, offline_end_time: until }: Query): boolean {
  return is === true || from !== null || until !== null;
}

/** A row that the book was walked by, and the payment that it leads to: none where that was changed again since. */
type Row = { readonly id: string; readonly view: PaymentView | null };

async function byCreation(desk: Desk, merchant: MerchantId, page: Page): Promise<Row[]> {
  const views = await desk.read.payments(merchant, { page, intent: false }, NO_EXTRAS);
  return views.map((view) => ({ id: view.payment.id, view }));
}

/** Each change of a payment is an event, and the last of them is the payment's own: it has its version. */
async function byChange(desk: Desk, merchant: MerchantId, page: Page, { updated_at_begin_time: from, updated_at_end_time: end }: Query): Promise<Row[]> {
  // Nothing is changed before it is made.
  const events = await desk.read.events(merchant, { page: { ...page, from: from ?? page.from, until: end === null ? null : end + 1 }, of: null });
  const views = await Promise.all(events.map(({ paymentId }) => desk.read.payment(merchant, paymentId, NO_EXTRAS)));
  return events.map(({ id, version }, i) => {
    const view = views[i] ?? null;
    return { id, view: view?.payment.version === version ? view : null };
  });
}

type Walk = { readonly read: (page: Page) => Promise<Row[]>; readonly isAskedFor: (view: PaymentView) => boolean };

/** The payments of one page that were asked for, and the row to go on after, if there is more to look through. */
async function gather(page: Page, { read, isAskedFor: isAsked }: Walk) {
  const found: PaymentView[] = [];
  let after = page.after;
  let last: string | null = null;
  for (let reads = 0; reads < READS_MAX; reads++) {
    const size = page.limit + 1;
    const rows = await read({ ...page, after, limit: size });
    for (const [i, { id, view }] of rows.entries()) {
      // The one row more only tells that there is more.
      if (i === page.limit) break;
      last = id;
      if (view !== null && isAsked(view)) found.push(view);
      if (found.length === page.limit) return { found, last: i + 1 < rows.length ? id : null };
    }
    if (rows.length < size || last === null) return { found, last: null };
    after = last;
  }
  return { found, last };
}

type Asked = { readonly query: Query; readonly created: Pick<Page, "from" | "until"> };

function isAskedFor({ payment, attempt }: PaymentView, { query, created }: Asked): boolean {
  const { total, last_4: last4, card_brand: brand, updated_at_begin_time: from, updated_at_end_time: end } = query;
  if (total !== null && totalOf(payment) !== total) return false;
  if (!isWithin(payment.createdAt, created) || !isWithin(payment.updatedAt, { from, until: end === null ? null : end + 1 })) return false;
  if (last4 === null && brand === null) return true;
  const card = attempt?.instrument;
  if (card?.kind !== "card") return false;
  return (last4 === null || card.last4 === last4) && (brand === null || cardBrand(card) === brand);
}

function isWithin(at: number, { from, until }: Pick<Page, "from" | "until">): boolean {
  return (from === null || at >= from) && (until === null || at < until);
}
