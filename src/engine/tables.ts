/** The tables of a book, as every SQL store has them: for whoever reads or writes a book as a whole. */
import { DELIVERY_COLUMNS, EVENT_COLUMNS, NOTICE_COLUMNS, PAST_COLUMNS, TRY_COLUMNS } from "./event-rows.ts";
import { API_KEY_COLUMNS, ATTEMPT_COLUMNS, DISPUTE_COLUMNS, ENTRY_COLUMNS, PAYMENT_COLUMNS, PROFILE_COLUMNS, REFUND_COLUMNS, REPLY_COLUMNS, type Value } from "./rows.ts";

/** The values of a row as they stand in the book, in the order of its table's columns. Whole numbers are bigint. */
export type Row = readonly Value[];
/** The values of a row's key columns. */
export type Key = readonly Value[];

export type Table = {
  readonly table: string;
  /** As `rows.ts` lists them: "merchant, id, …". */
  readonly columns: string;
  /** What tells its rows apart and puts them in order, by their bytes. Each store has an index in this order. */
  readonly key: readonly string[];
};

/** Parents before children, so that no row ever stands without the one it belongs to. */
export const TABLES: readonly Table[] = [
  { table: "profile", columns: PROFILE_COLUMNS, key: ["merchant", "id"] },
  { table: "payment", columns: PAYMENT_COLUMNS, key: ["merchant", "id"] },
  { table: "attempt", columns: ATTEMPT_COLUMNS, key: ["merchant", "id"] },
  { table: "refund", columns: REFUND_COLUMNS, key: ["merchant", "id"] },
  { table: "dispute", columns: DISPUTE_COLUMNS, key: ["merchant", "id"] },
  { table: "journal_entry", columns: ENTRY_COLUMNS, key: ["merchant", "id"] },
  { table: "event", columns: EVENT_COLUMNS, key: ["merchant", "payment_id", "id"] },
  { table: "past", columns: PAST_COLUMNS, key: ["merchant", "what", "id", "version"] },
  { table: "notice", columns: NOTICE_COLUMNS, key: ["merchant", "event_id", "account", "book"] },
  { table: "delivery", columns: DELIVERY_COLUMNS, key: ["merchant", "endpoint", "event_id", "part"] },
  { table: "delivery_try", columns: TRY_COLUMNS, key: ["merchant", "endpoint", "event_id", "part", "number"] },
  { table: "stored_reply", columns: REPLY_COLUMNS, key: ["merchant", "scope", "key"] },
  { table: "api_key", columns: API_KEY_COLUMNS, key: ["key_hash"] },
];

export function keyOf({ columns, key }: Table, row: Row): Key {
  const names = columns.split(", ");
  return key.map((column) => row[names.indexOf(column)] ?? null);
}
