/** Statements that read or write a whole book, whatever the table. */
import type { Table } from "../../engine/tables.ts";

/** Of the table itself: an index that is damaged would not miss what it has lost. */
export function countRows({ table }: Table): string {
  return `select count(*) from ${table} not indexed`;
}

/** `after`: whether the page begins behind a key, which then is bound first; last of all how many rows. */
export function readPage({ table, columns, key }: Table, { after }: { readonly after: boolean }): string {
  const names = key.join(", ");
  const where = after ? ` where (${names}) > (${key.map(() => "?").join(", ")})` : "";
  return `select ${columns} from ${table}${where} order by ${names} limit ?`;
}

export function readLastKey({ table, key }: Table): string {
  return `select ${key.join(", ")} from ${table} order by ${key.map((column) => `${column} desc`).join(", ")} limit 1`;
}

/** The mark is no part of the book's own schema: it stands there only while a copy is not at its end. */
export const HAS_MARK = "select count(*) from sqlite_schema where type = 'table' and name = 'unfinished_copy'";
export const READ_MARK = "select source, begun_from from unfinished_copy";
export const MAKE_MARK = "create table unfinished_copy (source text not null, begun_from text not null) strict";
export const SET_MARK = "insert into unfinished_copy (source, begun_from) values (?, ?)";
export const DROP_MARK = "drop table if exists unfinished_copy";
