/**
 * The list of payments (Square's API reference: Payments). The store pages by creation alone; total, last_4 and card_brand are
 * looked for in what it gives, over a bounded number of rows: a page may be short, and its cursor then goes on.
 */
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
import { integer, oneOf, optional, text, unsupported, type Values } from "../params.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";
import { pageFields, queryName, rangeErrors, sizeOf, spanOf } from "./lists.ts";

const READS_MAX = 10;
const OFFLINE = "No payment here is taken offline.";
const CHANGED = "Payments are listed by their creation here.";

const QUERY = {
  ...pageFields("payment"),
  location_id: text("Only payments of this location.", { max: 50 }),
  total: optional(integer("Only payments of exactly this total.", { min: 0n, max: AMOUNT_MAX })),
  last_4: text("Only payments by a card that ends in these digits.", { max: 4 }),
  card_brand: optional(oneOf(CARD_BRANDS, "Only payments by a card of this brand.")),
  is_offline_payment: unsupported("boolean", "Only payments taken offline.", OFFLINE),
  offline_begin_time: unsupported("timestamp", "The span of offline payments.", OFFLINE),
  offline_end_time: unsupported("timestamp", "The span of offline payments.", OFFLINE),
  updated_at_begin_time: unsupported("timestamp", "The span of change.", CHANGED),
  updated_at_end_time: unsupported("timestamp", "The span of change.", CHANGED),
  sort_field: optional(oneOf(["CREATED_AT"], "What the list is ordered by.")),
};

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
      const wrong = rangeErrors(query, "begin_time", "end_time");
      if (wrong.length > 0) return errorReply(wrong);
      const asking = { merchant, query: queryName("payments", query), now: desk.now() };
      const cursor = readCursor(asking, query.cursor);
      if ("error" in cursor) return errorReply([cursor.error]);
      if (query.location_id !== null && query.location_id !== locationOf(merchant)) return okReply({});

      const span = spanOf(query, desk.now());
      const order = query.sort_order === "ASC" ? "oldest" : "newest";
      const page: Page = { order, after: cursor.after?.id ?? null, ...span, limit: sizeOf(query.limit) };
      const { found, last } = await gather(desk, merchant, page, query);
      // Only what is answered brings its refunds along.
      const shown = await Promise.all(found.map(({ payment }) => desk.read.payment(merchant, payment.id, PAYMENT_EXTRAS)));
      return okReply({
        payments: shown.length === 0 ? undefined : shown.map((view) => paymentObject(present(view, "a payment that was just listed"))),
        cursor: last === null ? undefined : makeCursor(asking, last.payment),
      });
    },
  });
}

/** The payments of one page that were asked for, and the row to go on after, if there is more to look through. */
async function gather(desk: Desk, merchant: MerchantId, page: Page, query: Values<typeof QUERY>) {
  const found: PaymentView[] = [];
  let after = page.after;
  let last: PaymentView | null = null;
  for (let reads = 0; reads < READS_MAX; reads++) {
    const size = page.limit + 1;
    const rows = await desk.read.payments(merchant, { page: { ...page, after, limit: size }, intent: false }, NO_EXTRAS);
    for (const [i, row] of rows.entries()) {
      // The one row more only tells that there is more.
      if (i === page.limit) break;
      last = row;
      if (isAskedFor(row, query)) found.push(row);
      if (found.length === page.limit) return { found, last: i + 1 < rows.length ? row : null };
    }
    if (rows.length < size || last === null) return { found, last: null };
    after = last.payment.id;
  }
  return { found, last };
}

function isAskedFor({ payment, attempt }: PaymentView, { total, last_4: last4, card_brand: brand }: Values<typeof QUERY>): boolean {
  if (total !== null && totalOf(payment) !== total) return false;
  if (last4 === null && brand === null) return true;
  const card = attempt?.instrument;
  if (card?.kind !== "card") return false;
  return (last4 === null || card.last4 === last4) && (brand === null || cardBrand(card) === brand);
}
