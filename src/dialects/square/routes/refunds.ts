/** Refunds read: one, and the list (Square's API reference: GetPaymentRefund and ListPaymentRefunds). */
import { unlinkedOf } from "../../../domain/connected.ts";
import { isRefundId } from "../../../domain/id.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Refund } from "../../../domain/refund.ts";
import { NO_EXTRAS, type RefundQuery } from "../../../engine/views.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError } from "../errors.ts";
import { locationOf } from "../ids.ts";
import { lookOf, refundObject } from "../objects/refund.ts";
import { kindsOf, REFUND_STATUSES, SOURCE_TYPES, statesOf } from "../objects/status.ts";
import { cutPage, makeCursor, readCursor } from "../pages.ts";
import { oneOf, optional, text, timestamp, type Values } from "../params.ts";
import { pageFields, queryName, rangeErrors, sizeOf, spanOf } from "./lists.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";

const NOTHING = {};

export function getRefund(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/refunds/:refund_id",
    title: "Get refund",
    source: "Square's API reference: GetPaymentRefund",
    returns: { object: "PaymentRefund", list: false },
    pathParameter: "The refund's id.",
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    async answer({ request, id }) {
      const { merchant } = request;
      const find = (book: MerchantId) => (isRefundId(id) ? desk.read.refund(book, id, NO_EXTRAS) : null);
      const view = (await find(merchant)) ?? (await find(unlinkedOf(merchant)));
      if (view === null) return errorReply([squareError("NOT_FOUND", DETAIL.refundNotFound(id))]);
      return okReply({ refund: refundObject(view.refund, lookOf(desk, merchant)) });
    },
  });
}

const QUERY = {
  ...pageFields("refund"),
  location_id: text("Only refunds of this location.", { max: 50 }),
  status: optional(oneOf(REFUND_STATUSES, "Only refunds of this status.")),
  source_type: optional(oneOf(SOURCE_TYPES, "Only refunds of payments made with this.")),
  updated_at_begin_time: optional(timestamp("Only refunds last changed at this time or later.")),
  updated_at_end_time: optional(timestamp("Only refunds last changed at this time or before.")),
  sort_field: optional(oneOf(["CREATED_AT", "UPDATED_AT"], "What the list is ordered by.")),
};

export function listRefunds(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/refunds",
    title: "List refunds",
    source: "Square's API reference: ListPaymentRefunds",
    returns: { object: "PaymentRefund", list: true },
    query: QUERY,
    body: NOTHING,
    bodyIs: "none",
    async answer({ request, query }) {
      const { merchant } = request;
      const wrong = [
        ...rangeErrors(query, "begin_time", "end_time"),
        ...rangeErrors(query, "updated_at_begin_time", "updated_at_end_time"),
      ];
      if (wrong.length > 0) return errorReply(wrong);
      const asking = { merchant, query: queryName("refunds", query), now: desk.now() };
      const cursor = readCursor(asking, query.cursor);
      if ("error" in cursor) return errorReply([cursor.error]);
      const instruments = query.source_type === null ? null : kindsOf(query.source_type);
      const elsewhere = query.location_id !== null && query.location_id !== locationOf(merchant);
      if (elsewhere || instruments?.length === 0) return okReply({});

      const limit = sizeOf(query.limit);
      const span = spanOf(query, desk.now());
      const rows = await refundsOf(desk, merchant, {
        page: { order: query.sort_order === "ASC" ? "oldest" : "newest", after: cursor.after?.id ?? null, ...span, limit: limit + 1 },
        paymentId: null,
        attemptId: null,
        states: query.status === null ? null : statesOf(query.status),
        instruments,
        updated: updatedOf(query, cursor.after?.updatedAt ?? null),
      });
      const { page, last } = cutPage(rows, limit);
      const look = lookOf(desk, merchant);
      if (page.length === 0) return okReply({});
      return okReply({
        refunds: page.map((refund) => refundObject(refund, look)),
        cursor: last === null ? undefined : makeCursor(asking, last),
      });
    },
  });
}

/** Those of payments and those of none stand in two books. Each is asked for the whole page, so that none costs more than another. */
async function refundsOf({ read }: Desk, merchant: MerchantId, query: RefundQuery): Promise<Refund[]> {
  const books = await Promise.all([merchant, unlinkedOf(merchant)].map((book) => read.refunds(book, query, NO_EXTRAS)));
  const ascending = query.page.order === "oldest" ? 1 : -1;
  const byChange = query.updated?.sort === true;
  const compare = (one: Refund, other: Refund) => (byChange && one.updatedAt !== other.updatedAt ? one.updatedAt - other.updatedAt : one.id < other.id ? -1 : 1);
  return books.flatMap((views) => views.map(({ refund }) => refund)).toSorted((one, other) => ascending * compare(one, other)).slice(0, query.page.limit);
}

/**
 * Without its own begin, the span of change begins with that of creation (Square's API reference: ListPaymentRefunds), which holds for every
 * refund of the list: nothing is changed before it is made.
 */
function updatedOf(query: Values<typeof QUERY>, after: number | null): RefundQuery["updated"] {
  const { updated_at_begin_time: from, updated_at_end_time: end } = query;
  const sort = query.sort_field === "UPDATED_AT";
  if (from === null && end === null && !sort) return null;
  return { from, until: end === null ? null : end + 1, sort, after: sort ? after : null };
}
