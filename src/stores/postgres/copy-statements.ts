/** Statements that read or write a whole book, whatever the table. */
import { TABLES, type Table } from "../../engine/tables.ts";
import { insert, unnest } from "./bulk.ts";
import { INSIST_ON_SYNC } from "./statements.ts";

/**
 * One sight for as long as it takes, page by page: each page is found by its key in an index that has its order, however few rows
 * the planner believes that there are.
 */
const SETTINGS = ["statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "enable_seqscan = off", "enable_bitmapscan = off", "enable_sort = off"]
  .map((setting) => `set local ${setting}`)
  .join("; ");
export const BEGIN_SIGHT = `begin isolation level repeatable read read only; ${SETTINGS}; select 1 from migration`;

/**
 * The same with every writer kept out: whoever was writing is waited for, and who comes later waits until his own time is over. The sight is
 * taken after the lock, so that it holds all that was acknowledged.
 */
export function beginAlone({ lockMs }: { readonly lockMs: number }): string {
  const tables = TABLES.map(({ table }) => table).join(", ");
  return `begin isolation level repeatable read; set local lock_timeout = ${lockMs}; ${SETTINGS}; lock table ${tables} in share mode; select 1 from migration`;
}

/** Rows are counted in the table itself: an index that is damaged would not miss what it has lost. */
export const WITHOUT_INDEXES = "set local enable_seqscan = on; set local enable_indexscan = off; set local enable_indexonlyscan = off";
export const WITH_INDEXES = "set local enable_seqscan = off; set local enable_indexscan = on; set local enable_indexonlyscan = on";
export function countRows({ table }: Table): string {
  return `select count(*) from ${table}`;
}

/** `after`: whether the page begins behind a key, which then is bound first; last of all how many rows. */
export function readPage({ table, columns, key }: Table, { after }: { readonly after: boolean }): string {
  const names = key.join(", ");
  const where = after ? ` where (${names}) > (${key.map((_column, i) => `$${i + 1}`).join(", ")})` : "";
  return `select ${columns} from ${table}${where} order by ${names} limit $${after ? key.length + 1 : 1}::bigint`;
}

export function readLastKey({ table, key }: Table): string {
  return `select ${key.join(", ")} from ${table} order by ${key.map((column) => `${column} desc`).join(", ")} limit 1`;
}

export function writeRows({ table, columns }: Table): string {
  return insert(table, columns);
}

export function beginWriting({ statementMs }: { readonly statementMs: number }): string {
  return `begin isolation level read committed read write; set local statement_timeout = ${statementMs}; ${INSIST_ON_SYNC}`;
}
export const COMMIT = "commit";
export const ROLLBACK = "rollback";

/**
 * The mark is no part of the book's own schema: it stands there only while a copy is not at its end. It names the run that writes:
 * of one that was killed, the server may still have a batch to do. It is looked for where even those see it who may not read it.
 */
export const HAS_MARK = "select count(*) from pg_catalog.pg_class where relname = 'unfinished_copy' and relnamespace = current_schema()::regnamespace";
export const READ_MARK = "select source, begun_from from unfinished_copy";
export const MAKE_MARK = "create table unfinished_copy (source text not null, begun_from text not null, run text not null)";
export const SET_MARK = `insert into unfinished_copy (source, begun_from, run) select * from ${unnest(["source", "begun_from", "run"])}`;
/** Waits for a batch that has the mark in hold; every later one of another run finds it gone. */
export const TAKE_MARK = "update unfinished_copy set run = $1";
/** Divides by zero when the mark is another run's. */
export const HOLD_MARK = "select 1 / count(*)::int from (select 1 from unfinished_copy where run = $1 for update) as mark";
export const DROP_MARK = "drop table unfinished_copy";
