/** Pages of lists. A cursor is opaque, and only good for the merchant and the very query that it was made for, and for a while. */
import { base62, base62Value } from "../../base/base62.ts";
import { nameFrom } from "../../base/hash.ts";
import { timeOf, type Millis } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import { DETAIL, squareError, type SquareError } from "./errors.ts";

/** The default, and the most: a greater limit is cut to it, not refused (Square's API reference: ListPaymentRefunds). */
export const PAGE_MAX = 100;

const ID_WIDTH = 24;
const TIME_WIDTH = 8;
const CHECK_WIDTH = 22;

/** So long a cursor is good (Square's API reference: pagination). Each page gives a new one. */
const CURSOR_MS = 15 * 60_000;

/** The row that a page ended with. */
export type Mark = { readonly id: string; readonly updatedAt: Millis };

export type Cursor = { readonly after: Mark | null } | { readonly error: SquareError };

/** `query` is all that the caller asked, without the cursor and the limit. */
export type Asking = { readonly merchant: MerchantId; readonly query: string; readonly now: Millis };

export function makeCursor({ merchant, query, now }: Asking, mark: Mark): string {
  const place = mark.id + base62(mark.updatedAt, TIME_WIDTH) + base62(now, TIME_WIDTH);
  return place + nameFrom(`square cursor ${merchant} ${place} ${query}`, CHECK_WIDTH);
}

export function readCursor({ merchant, query, now }: Asking, cursor: string | null): Cursor {
  if (cursor === null) return { after: null };
  const id = cursor.slice(0, ID_WIDTH);
  const updatedAt = base62Value(cursor.slice(ID_WIDTH, ID_WIDTH + TIME_WIDTH));
  const madeAt = base62Value(cursor.slice(ID_WIDTH + TIME_WIDTH, ID_WIDTH + 2 * TIME_WIDTH));
  const isOwn = updatedAt !== null && madeAt !== null && timeOf(id) > 0 && makeCursor({ merchant, query, now: madeAt }, { id, updatedAt }) === cursor;
  if (isOwn && now - madeAt <= CURSOR_MS) {
    return { after: { id, updatedAt } };
  }
  return { error: squareError("INVALID_CURSOR", DETAIL.cursor, "cursor") };
}

/** A page of at most `limit` out of rows of which one more was asked for, and the row to go on after, if there is more. */
export function cutPage<Row>(rows: readonly Row[], limit: number): { readonly page: readonly Row[]; readonly last: Row | null } {
  const page = rows.slice(0, limit);
  return { page, last: rows.length > limit ? (page.at(-1) ?? null) : null };
}
