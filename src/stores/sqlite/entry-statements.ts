/** The statements by which the journal is listed and added up. */
import type { Currency } from "../../domain/currency.ts";
import type { EntryId } from "../../domain/id.ts";
import type { EntryKind } from "../../domain/journal.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import { idRange } from "../../engine/id-range.ts";
import { ENTRY_COLUMNS } from "../../engine/rows.ts";
import { DAY_MS, type EntryQuery, type EntrySpan } from "../../engine/views.ts";
import type { Listing } from "./list-statements.ts";

/** Literally the condition of the partial index, which is how SQLite knows that it may walk it. */
const PROCESSED = `instr(postings, '"clearing"') > 0`;

/** The next currency after that one, in the order of their codes, in which the merchant has any entry. */
export function nextCurrency(merchant: MerchantId, after: string): Listing {
  return {
    sql: `select currency from journal_entry indexed by entry_by_currency where merchant = ? and currency > ? and ${PROCESSED} order by currency limit 1`,
    values: [merchant, after],
  };
}

/** One part of the index: lists of several kinds and currencies are put together from such. */
export function listEntries(
  merchant: MerchantId,
  { currency, kind }: { readonly currency: Currency; readonly kind: EntryKind },
  { lower, upper, order, limit }: ReturnType<typeof idRange> & { readonly limit: number },
): Listing {
  return {
    sql:
      `select ${ENTRY_COLUMNS} from journal_entry indexed by entry_by_currency ` +
      `where merchant = ? and currency = ? and kind = ? and ${PROCESSED} and id > ? and id < ? order by id ${order} limit ?`,
    values: [merchant, currency, kind, lower, upper, limit],
  };
}

export function findEntries(merchant: MerchantId, { page, kinds, currency }: EntryQuery, ids: readonly EntryId[]): Listing {
  const { lower, upper, order } = idRange(page);
  const [condition, ...values] = currency === null ? [""] : ["and currency = ? ", currency];
  return {
    sql:
      `select ${ENTRY_COLUMNS} from journal_entry indexed by sqlite_autoindex_journal_entry_1 where merchant = ? and id in (select value from json_each(?)) ` +
      `and kind in (select value from json_each(?)) ${condition}and ${PROCESSED} and id > ? and id < ? order by id ${order} limit ?`,
    values: [merchant, JSON.stringify(ids), JSON.stringify(kinds), ...values, lower, upper, page.limit],
  };
}

export type EntrySumRow = [currency: string, day: bigint, net: bigint | null, last: string, entries: bigint];

/** Whether what enters that account is the merchant's at a processor, or was the application's and is not any more: 1 or 0. */
const isMerchants = (account: string) => `(${account} in ('clearing', 'application_fees'))`;

/** A page of the journal by currency and day. What was only reported is passed by, and counts as read. */
export function sumEntries(merchant: MerchantId, { after, below }: EntrySpan, limit: number): Listing {
  return {
    sql:
      "with page as materialized (select id, created_at, currency, postings from journal_entry where merchant = ? and id > ? and id < ? order by id limit ?) " +
      `select currency, created_at / ${DAY_MS} as day, sum(case when ${PROCESSED} then (` +
      `select sum(${isMerchants("p.value ->> 0")} * (p.value ->> 2) - ${isMerchants("p.value ->> 1")} * (p.value ->> 2)) from json_each(postings) p` +
      ") end), max(id), count(*) from page group by currency, day",
    values: [merchant, after, below, limit],
  };
}
