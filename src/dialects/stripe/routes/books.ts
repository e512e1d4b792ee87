/** Rows that stand in several books, as one list: each book is asked for the page, and the pages are merged. */
import { feesOf, receivedOf, transfersOf } from "../../../domain/connected.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Page } from "../../../engine/views.ts";
import type { Call } from "../call.ts";

/** A book of the merchant's, by the mark that its balance transactions have. */
export type MarkedBook = { readonly mark: string; readonly merchant: MerchantId };

/** Where a merchant's money moves: its own book, and those of its fees and transfers; and what it received, which only an account did. */
export function booksOf({ merchant, account }: Pick<Call, "merchant" | "account">): readonly MarkedBook[] {
  const received = account === null ? [] : [{ mark: "p", merchant: receivedOf(merchant) }];
  return [{ mark: "", merchant }, { mark: "f", merchant: feesOf(merchant) }, ...received, { mark: "t", merchant: transfersOf(merchant) }];
}

/** `nameOf` puts rows in order: by id, and those of one id by whatever follows it. */
export async function mergePages<Row>(page: Page, lists: readonly ((page: Page) => Promise<readonly Row[]>)[], nameOf: (row: Row) => string): Promise<Row[]> {
  const found = await Promise.all(lists.map((list) => list(page)));
  const newest = page.order === "newest" ? -1 : 1;
  return found.flat().toSorted((a, b) => (nameOf(a) < nameOf(b) ? -newest : newest)).slice(0, page.limit);
}
