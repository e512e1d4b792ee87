/** Statements that read or write a whole book, whatever the table. */
import type { Table } from "../../engine/tables.ts";
import { EVENTS, eventKeys, of } from "./statements.ts";

/** Of the table itself: an index that is damaged would not miss what it has lost. */
export function countRows({ table }: Table): string {
  return `select count(*) from ${table} not indexed`;
}

/** A page in the order of the table's key. `after`: whether it begins behind a key, which then is bound as @k0, @k1 and so on; @rows is how many. */
export function readPage(table: Table, { after }: { readonly after: boolean }): string {
  const { columns, key } = table;
  if (table.table === EVENTS.table) return readEvents(columns, after);
  const names = key.join(", ");
  const where = after ? ` where (${names}) > (${key.map((_, i) => `@k${i}`).join(", ")})` : "";
  return `select ${columns} from ${table.table}${where} order by ${names} limit @rows`;
}

/** Events stand in the order of their payments, which name some of them: two walks are merged. */
function readEvents(columns: string, after: boolean): string {
  const named = after ? "(p.merchant, p.id) >= (@k0, @k1) and (p.merchant, p.id, n.value) > (@k0, @k1, @k2)" : "true";
  const listed = after ? "(merchant, payment_id, id) > (@k0, @k1, @k2)" : "true";
  const keys = eventKeys({ named, listed, order: "merchant, payment_id, id limit @rows" });
  return `select ${of("t", columns)} from (${keys}) e cross join event t on t.merchant = e.merchant and t.id = e.id`;
}

export function readLastKey(table: Table): string {
  const order = table.key.map((column) => `${column} desc`).join(", ");
  if (table.table === EVENTS.table) return eventKeys({ named: "true", listed: "true", order: `${order} limit 1` });
  return `select ${table.key.join(", ")} from ${table.table} order by ${order} limit 1`;
}

/** The mark is no part of the book's own schema: it stands there only while a copy is not at its end. */
export const HAS_MARK = "select count(*) from sqlite_schema where type = 'table' and name = 'unfinished_copy'";
export const READ_MARK = "select source, begun_from from unfinished_copy";
export const MAKE_MARK = "create table unfinished_copy (source text not null, begun_from text not null) strict";
export const SET_MARK = "insert into unfinished_copy (source, begun_from) values (?, ?)";
export const DROP_MARK = "drop table if exists unfinished_copy";
