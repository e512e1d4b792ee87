/** Every statement that the store runs, named by its effect. What varies between lists is chosen in `list-statements.ts`. */
import {
  API_KEY_COLUMNS, ATTEMPT_CHANGES, ATTEMPT_COLUMNS, DISPUTE_CHANGES, DISPUTE_COLUMNS, ENTRY_COLUMNS, PAYMENT_CHANGES, PAYMENT_COLUMNS, PROFILE_CHANGES, PROFILE_COLUMNS, REFUNDED_CHANGES, REFUND_CHANGES, REFUND_COLUMNS,
  REPLY_COLUMNS,
} from "../../engine/rows.ts";
import { EVENT_COLUMNS, PAST_COLUMNS } from "../../engine/event-rows.ts";
import { NAMED_BY_PAYMENT } from "./first-refunds.ts";

/** Refunds that come after a payment's first, through their events: each shares its id with one. */
export const LISTED_REFUNDS = "event e indexed by event_of_payment cross join refund r on r.merchant = e.merchant and r.id = e.id";

export const FIND_PAYMENT = `select ${PAYMENT_COLUMNS} from payment where merchant = ? and id = ?`;
export const FIND_ATTEMPT = `select ${ATTEMPT_COLUMNS} from attempt where merchant = ? and id = ?`;
export const FIND_REFUND = `select ${REFUND_COLUMNS} from refund where merchant = ? and id = ?`;
export const FIND_DISPUTE = `select ${DISPUTE_COLUMNS} from dispute where merchant = ? and id = ?`;
export const FIND_PROFILE = `select ${PROFILE_COLUMNS} from profile where merchant = ? and id = ?`;
/** All keys of a batch at once, as a JSON list: most are new, and a look for each would cost more than what is found. */
export const FIND_REPLIES =
  `select ${of("s", REPLY_COLUMNS)} from json_each(?) k cross join stored_reply s on s.merchant = ? and s.scope = ? and s.key = k.value`;
export const FIND_ENTRY = `select ${ENTRY_COLUMNS} from journal_entry where merchant = ? and id = ?`;
/** Bound: merchant and payment, both once more with how many, and how many. */
export const NEWEST_REFUNDS_OF_PAYMENT =
  `select * from (select ${of("r", REFUND_COLUMNS)} from payment p cross join ${NAMED_BY_PAYMENT} n cross join refund r on r.merchant = p.merchant and r.id = n.value ` +
  "where p.merchant = ? and p.id = ?) union all " +
  `select * from (select ${of("r", REFUND_COLUMNS)} from ${LISTED_REFUNDS} where e.merchant = ? and e.payment_id = ? and e.listed = 1 order by e.id desc limit ?) ` +
  "order by id desc limit ?";
/** The same of those that were there at the payment's version that is bound after each payment: a refund shares its id with the event that told of it first. */
export const NEWEST_REFUNDS_UNTIL =
  `select * from (select ${of("r", REFUND_COLUMNS)} from payment p cross join ${NAMED_BY_PAYMENT} n cross join refund r on r.merchant = p.merchant and r.id = n.value ` +
  "where p.merchant = ? and p.id = ? and (select v.version from event v where v.merchant = p.merchant and v.id = n.value) <= ?) union all " +
  `select * from (select ${of("r", REFUND_COLUMNS)} from ${LISTED_REFUNDS} where e.merchant = ? and e.payment_id = ? and e.version <= ? and e.listed = 1 order by e.id desc limit ?) ` +
  "order by id desc limit ?";
export const FIND_EVENT = `select ${EVENT_COLUMNS} from event where merchant = ? and id = ?`;
/** What the change to that version overwrote of a row, and the next change after it. */
export const FIND_PASTS = "select version, image from past where merchant = ? and what = ? and id = ? and version >= ? order by version limit 2";
export const FIND_MERCHANT_OF_KEY = "select merchant from api_key where key_hash = ?";

/** What rows of a table are made of. */
export type Shape = { readonly table: string; readonly columns: string; /** A row that is there already stays as it is. */ readonly ifNew?: boolean };
export const PAYMENTS: Shape = { table: "payment", columns: PAYMENT_COLUMNS };
export const ATTEMPTS: Shape = { table: "attempt", columns: ATTEMPT_COLUMNS };
export const REFUNDS: Shape = { table: "refund", columns: REFUND_COLUMNS };
export const DISPUTES: Shape = { table: "dispute", columns: DISPUTE_COLUMNS };
export const ENTRIES: Shape = { table: "journal_entry", columns: ENTRY_COLUMNS };
export const EVENTS: Shape = { table: "event", columns: `${EVENT_COLUMNS}, listed` };
export const PASTS: Shape = { table: "past", columns: PAST_COLUMNS };
export const PROFILES: Shape = { table: "profile", columns: PROFILE_COLUMNS };
export const REPLIES: Shape = { table: "stored_reply", columns: REPLY_COLUMNS };

/** First what is added to the names of the payment's first refunds. */
export const CHANGE_PAYMENT = `update payment set first_refunds = first_refunds || ?, ${PAYMENT_CHANGES} where merchant = ? and id = ? and version = ?`;
export const CHANGE_REFUNDED = `update payment set first_refunds = first_refunds || ?, ${REFUNDED_CHANGES} where merchant = ? and id = ? and version = ?`;
export const CHANGE_ATTEMPT = `update attempt set ${ATTEMPT_CHANGES} where merchant = ? and id = ?`;
export const CHANGE_REFUND = `update refund set ${REFUND_CHANGES} where merchant = ? and id = ?`;
export const CHANGE_PROFILE = `update profile set ${PROFILE_CHANGES} where merchant = ? and id = ? and version = ?`;
export const KIND_OF_PROFILE = "select kind from profile where merchant = ? and id = ?";
export const CHANGE_DISPUTE = `update dispute set ${DISPUTE_CHANGES} where merchant = ? and id = ?`;
/** Bound: by when and how many, of each and then of all. */
export const DUE =
  "select what, merchant, id from (" +
  "select * from (select 'payment' as what, merchant, id, due from payment indexed by payment_due where due <= ? order by due limit ?) union all " +
  "select * from (select 'refund', merchant, id, due from refund indexed by refund_due where due <= ? order by due limit ?) union all " +
  "select * from (select 'dispute', merchant, id, due from dispute indexed by dispute_due where due <= ? order by due limit ?)) order by due limit ?";
export const ADD_KEY = insert("api_key", API_KEY_COLUMNS);

export const BEGIN = "begin immediate";
export const BEGIN_READ = "begin";
export const COMMIT = "commit";
/** How many pages stand in the log, and how many of them in the book already. Moves none. */
export const LOOK_AT_LOG = "pragma wal_checkpoint(noop)";
/** Moves what no reader needs where it is, and waits for nobody. */
export const MOVE_LOG = "pragma wal_checkpoint(passive)";
export const ROLLBACK = "rollback";
export const PING = "select 1";

/** The whole book in the order of merchant and payment, table by table. What the last three skip, the counts below will miss. */
export const COUNT_PAYMENTS = "select count(*) from payment";
export const ALL_PAYMENTS = `select ${PAYMENT_COLUMNS} from payment order by merchant, id`;
export const ALL_ATTEMPTS =
  `select ${ATTEMPT_COLUMNS} from attempt indexed by attempt_of_payment order by merchant, payment_id, id`;
export const ALL_REFUNDS = byPayment("refund", REFUND_COLUMNS);
export const ALL_DISPUTES = `select ${DISPUTE_COLUMNS} from dispute indexed by dispute_of_payment order by merchant, payment_id`;
export const ALL_ENTRIES = byPayment("journal_entry", ENTRY_COLUMNS);
export const ALL_EVENTS = byPayment("event", EVENT_COLUMNS);
/** How many names payments hold, and how many events are there to be named. */
export const COUNT_NAMED =
  "select (select coalesce(sum(json_array_length('[' || first_refunds || 'null]') - 1), 0) from payment where first_refunds <> ''), (select count(*) from event where listed = 0)";
export const COUNT_REFUNDS = "select count(*) from refund";
export const COUNT_ENTRIES = "select count(*) from journal_entry";

/** Through the table and past its index: what the index finds is what the check of the pages compares with this. */
export const ALL_REPLIES = `select ${REPLY_COLUMNS} from stored_reply not indexed`;

export const ALL_PROFILES = `select ${PROFILE_COLUMNS} from profile not indexed`;

/** Damage below the rows, and every index against its table. The check stops by itself after 100 complaints. */
export const CHECK_PAGES = "pragma integrity_check(100)";
export const CHECK_KEYS = "pragma foreign_key_check";
/** What the migrations made: tables, indexes, triggers and views. What SQLite keeps for itself is left out, and so is a copy's mark. */
export const SCHEMA = "select type || ' ' || name, tbl_name || ': ' || sql from sqlite_schema where name not like 'sqlite#_%' escape '#' and name <> 'unfinished_copy'";

/** Rows of a table that share their id with an event, in the order of the events' payments. Without a limit SQLite would take the order of what stands in brackets for nothing. */
function byPayment(table: string, columns: string): string {
  const keys = eventKeys({ named: "true", listed: "true", order: "merchant, payment_id limit -1" });
  return `select ${of("t", columns)} from (${keys}) e cross join ${table} t on t.merchant = e.merchant and t.id = e.id`;
}

/** The keys of events: those that their payments name and those that the index lists are each walked in their order, and merged. */
export function eventKeys({ named, listed, order }: { readonly named: string; readonly listed: string; readonly order: string }): string {
  return (
    `select p.merchant as merchant, p.id as payment_id, n.value as id from payment p cross join ${NAMED_BY_PAYMENT} n where n.value is not null and ${named} union all ` +
    `select merchant, payment_id, id from event indexed by event_of_payment where listed = 1 and ${listed} order by ${order}`
  );
}

export function of(alias: string, columns: string): string {
  return columns.split(", ").map((column) => `${alias}.${column}`).join(", ");
}

export function insert(table: string, columns: string, rows = 1): string {
  const marks = `(${columns.split(",").map(() => "?").join(", ")})`;
  return `insert into ${table} (${columns}) values ${Array.from({ length: rows }, () => marks).join(", ")}`;
}
