/** The statements by which the journal is listed and added up. */
import type { EntryId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import { idRange } from "../../engine/id-range.ts";
import { ENTRY_COLUMNS } from "../../engine/rows.ts";
import { DAY_MS, type EntryQuery, type EntrySpan } from "../../engine/views.ts";
import { arrayOf } from "./bulk.ts";
import type { Statement } from "./connection.ts";

/** Literally the condition of the partial index, which is how the planner knows that it may walk it. */
const PROCESSED = `e.postings like '%"clearing"%'`;

/** Each currency in which the merchant `$1` has an entry, found by skipping from one to the next. */
const HELD =
  "held (currency) as (" +
  `(select e.currency from journal_entry e where e.merchant = $1 and ${PROCESSED} order by e.merchant, e.currency limit 1) union all ` +
  `select (select e.currency from journal_entry e where e.merchant = $1 and e.currency > held.currency and ${PROCESSED} order by e.merchant, e.currency limit 1) ` +
  "from held where held.currency is not null)";
const ONE_CURRENCY = "held (currency) as (select $6::text)";

export function listEntries(merchant: MerchantId, query: EntryQuery): Statement {
  return query.ids === null ? listParts(merchant, query) : findEntries(merchant, query, query.ids);
}

/**
 * Each kind and currency is one part of the index, walked from where the page begins; their ends are put in order. Rows of bounds, and
 * an order by all that the index holds: so no other index will do, whatever the planner believes of rare currencies.
 */
function listParts(merchant: MerchantId, { page, kinds, currency }: EntryQuery): Statement {
  const { lower, upper, order } = idRange(page);
  const part =
    "select e.id from journal_entry e where (e.merchant, e.currency, e.kind, e.id) > ($1, held.currency, k.kind, $3) " +
    `and (e.merchant, e.currency, e.kind, e.id) < ($1, held.currency, k.kind, $4) and ${PROCESSED} ` +
    `order by e.merchant ${order}, e.currency ${order}, e.kind ${order}, e.id ${order} limit $5::bigint`;
  const best =
    `best as (select found.id from held cross join unnest($2::text[]) as k (kind) cross join lateral (${part}) found ` +
    `where held.currency is not null order by found.id ${order} limit $5::bigint)`;
  const text =
    `with recursive ${currency === null ? HELD : ONE_CURRENCY}, ${best} select found.* from best cross join lateral ` +
    // A row for each id, whatever else the planner believes to be cheaper.
    `(select ${ENTRY_COLUMNS} from journal_entry e where e.merchant = $1 and e.id = best.id limit 1) found order by found.id ${order}`;
  return { text, values: [merchant, arrayOf(kinds), lower, upper, page.limit, ...(currency === null ? [] : [currency])] };
}

/** By their names, and so not in the words of the partial index. */
function findEntries(merchant: MerchantId, { page, kinds, currency }: EntryQuery, ids: readonly EntryId[]): Statement {
  const { lower, upper, order } = idRange(page);
  const text =
    `select ${ENTRY_COLUMNS} from journal_entry e where e.merchant = $1 and e.id = any ($2::text[]) and e.kind = any ($3::text[]) ` +
    `and e.currency = coalesce($4, e.currency) and strpos(e.postings, '"clearing"') > 0 and e.id > $5 and e.id < $6 order by e.id ${order} limit $7::bigint`;
  return { text, values: [merchant, arrayOf(ids), arrayOf(kinds), currency, lower, upper, page.limit] };
}

export type EntrySumRow = [currency: string, day: bigint, net: string | null, last: string, entries: bigint];

/** Whether what enters that account is the merchant's at a processor, or was the application's and is not any more: 1 or 0. */
const isMerchants = (account: string) => `(${account} in ('clearing', 'application_fees'))::int`;

/** A page of the journal by currency and day. What was only reported is passed by, and counts as read. */
export function sumEntries(merchant: MerchantId, { after, below }: EntrySpan, limit: number): Statement {
  const net =
    `select sum((p.posting ->> 2)::bigint * (${isMerchants("p.posting ->> 0")} - ${isMerchants("p.posting ->> 1")})) ` +
    "from jsonb_array_elements(e.postings::jsonb) as p (posting)";
  const text =
    "with page as materialized (select e.id, e.created_at, e.currency, e.postings from journal_entry e " +
    "where e.merchant = $1 and e.id > $2 and e.id < $3 order by e.merchant, e.id limit $4::bigint) " +
    `select e.currency, e.created_at / ${DAY_MS}, sum(case when ${PROCESSED} then (${net}) end)::text, max(e.id), count(*) from page e group by 1, 2`;
  return { text, values: [merchant, after, below, limit] };
}

/**
 * The time by the server's own clock at which the oldest transaction began that is under way and writes in this database, or now if there is none.
 * Those of another role are only seen by who may read all statistics.
 */
export const OLDEST_WRITER =
  "select floor(extract(epoch from least(clock_timestamp(), min(xact_start))) * 1000)::bigint from pg_stat_activity " +
  "where datname = current_database() and backend_xid is not null";
export const NOW = "select floor(extract(epoch from clock_timestamp()) * 1000)::bigint";
