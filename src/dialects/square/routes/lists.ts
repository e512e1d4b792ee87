/** What all lists share: the span of time, the order, the size and the cursor of a page (Square's API reference: ListPaymentRefunds and Payments). */
import type { Millis } from "../../../domain/id.ts";
import { DETAIL, squareError, type SquareError } from "../errors.ts";
import { PAGE_MAX } from "../pages.ts";
import { integer, oneOf, optional, text, timestamp, type Field } from "../params.ts";
import { DAY } from "../times.ts";
import { AMOUNT_MAX } from "../../../domain/money.ts";

const SPAN_DEFAULT = 365 * DAY;

export function pageFields(of: string, usual: "ASC" | "DESC" = "DESC") {
  const sort = { code: "INVALID_SORT_ORDER", detail: DETAIL.sortOrder } as const;
  const order: Field<"ASC" | "DESC" | null> = optional(oneOf(["ASC", "DESC"], `Oldest or newest first; ${usual === "ASC" ? "oldest" : "newest"} when left out.`, sort));
  return {
    begin_time: optional(timestamp(`Only a ${of} created at this time or later; a year ago when left out.`)),
    end_time: optional(timestamp(`Only a ${of} created at this time or before; now when left out.`)),
    sort_order: order,
    cursor: text("Where the page before ended. Only good with the same other parameters."),
    limit: optional(integer(`So many at most; ${PAGE_MAX} when left out or more.`, { min: 1n, max: AMOUNT_MAX })),
  };
}

/** Both ends belong to the span; the store's upper end does not. */
export function spanOf(query: { readonly begin_time: Millis | null; readonly end_time: Millis | null }, now: Millis) {
  const { begin_time: from, end_time: end } = query;
  return { from: from ?? now - SPAN_DEFAULT, until: end === null ? null : end + 1 };
}

export function rangeErrors<K extends string>(query: Readonly<Record<K, Millis | null>>, begin: K, end: K): SquareError[] {
  const [from, until] = [query[begin], query[end]];
  return from !== null && until !== null && until < from ? [squareError("INVALID_TIME_RANGE", DETAIL.timeRange, end)] : [];
}

export function sizeOf(limit: bigint | null): number {
  return limit === null || limit > BigInt(PAGE_MAX) ? PAGE_MAX : Number(limit);
}

/** The query as its cursors name it: the same for every page, whatever the size of the page. */
export function queryName(list: string, query: object): string {
  const asked = Object.entries(query).filter(([key, value]) => key !== "cursor" && key !== "limit" && value !== null);
  return `${list} ${JSON.stringify(asked.map(([key, value]) => [key, String(value)]))}`;
}
