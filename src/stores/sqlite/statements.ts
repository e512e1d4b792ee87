/** Every statement that the store runs, named by its effect. What varies between lists is chosen in `list-statements.ts`. */
import {
  API_KEY_COLUMNS, ATTEMPT_CHANGES, ATTEMPT_COLUMNS, DISPUTE_CHANGES, DISPUTE_COLUMNS, ENTRY_COLUMNS, EVENT_COLUMNS, PAYMENT_CHANGES, PAYMENT_COLUMNS, REFUNDED_CHANGES, REFUND_CHANGES, REFUND_COLUMNS,
  REPLY_COLUMNS,
} from "../../engine/rows.ts";

export const FIND_PAYMENT = `select ${PAYMENT_COLUMNS} from payment where merchant = ? and id = ?`;
export const FIND_ATTEMPT = `select ${ATTEMPT_COLUMNS} from attempt where merchant = ? and id = ?`;
export const FIND_REFUND = `select ${REFUND_COLUMNS} from refund where merchant = ? and id = ?`;
export const FIND_DISPUTE = `select ${DISPUTE_COLUMNS} from dispute where merchant = ? and id = ?`;
/** All keys of a batch at once, as a JSON list: most are new, and a look for each would cost more than what is found. */
export const FIND_REPLIES =
  `select ${of("s", REPLY_COLUMNS)} from json_each(?) k cross join stored_reply s on s.merchant = ? and s.scope = ? and s.key = k.value`;
export const FIND_ENTRY = `select ${ENTRY_COLUMNS} from journal_entry where merchant = ? and id = ?`;
export const NEWEST_REFUNDS_OF_PAYMENT =
  `select ${of("r", REFUND_COLUMNS)} from event e indexed by event_of_payment cross join refund r on r.merchant = e.merchant and r.id = e.id ` +
  "where e.merchant = ? and e.payment_id = ? order by e.id desc limit ?";
export const FIND_MERCHANT_OF_KEY = "select merchant from api_key where key_hash = ?";

/** What rows of a table are made of. */
export type Shape = { readonly table: string; readonly columns: string };
export const PAYMENTS: Shape = { table: "payment", columns: PAYMENT_COLUMNS };
export const ATTEMPTS: Shape = { table: "attempt", columns: ATTEMPT_COLUMNS };
export const REFUNDS: Shape = { table: "refund", columns: REFUND_COLUMNS };
export const DISPUTES: Shape = { table: "dispute", columns: DISPUTE_COLUMNS };
export const ENTRIES: Shape = { table: "journal_entry", columns: ENTRY_COLUMNS };
export const EVENTS: Shape = { table: "event", columns: EVENT_COLUMNS };
export const REPLIES: Shape = { table: "stored_reply", columns: REPLY_COLUMNS };

export const CHANGE_PAYMENT = `update payment set ${PAYMENT_CHANGES} where merchant = ? and id = ? and version = ?`;
export const CHANGE_REFUNDED = `update payment set ${REFUNDED_CHANGES} where merchant = ? and id = ? and version = ?`;
export const CHANGE_ATTEMPT = `update attempt set ${ATTEMPT_CHANGES} where merchant = ? and id = ?`;
export const CHANGE_REFUND = `update refund set ${REFUND_CHANGES} where merchant = ? and id = ?`;
export const CHANGE_DISPUTE = `update dispute set ${DISPUTE_CHANGES} where merchant = ? and id = ?`;
/** Bound: by when and how many, of each and then of both. */
export const DUE =
  "select what, merchant, id from (" +
  "select * from (select 'refund' as what, merchant, id, due from refund indexed by refund_due where due <= ? order by due limit ?) union all " +
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
export const ALL_EVENTS = `select ${EVENT_COLUMNS} from event indexed by event_of_payment order by merchant, payment_id, id`;
export const COUNT_REFUNDS = "select count(*) from refund";
export const COUNT_ENTRIES = "select count(*) from journal_entry";

/** Through the table and past its index: what the index finds is what the check of the pages compares with this. */
export const ALL_REPLIES = `select ${REPLY_COLUMNS} from stored_reply not indexed`;

/** Damage below the rows, and every index against its table. The check stops by itself after 100 complaints. */
export const CHECK_PAGES = "pragma integrity_check(100)";
export const CHECK_KEYS = "pragma foreign_key_check";
/** What the migrations made: tables, indexes, triggers and views. What SQLite keeps for itself is left out, and so is a copy's mark. */
export const SCHEMA = "select type || ' ' || name, tbl_name || ': ' || sql from sqlite_schema where name not like 'sqlite#_%' escape '#' and name <> 'unfinished_copy'";

/** Rows of a table that share their id with an event, in the order of the events' payments. */
function byPayment(table: string, columns: string): string {
  return (
    `select ${of("t", columns)} from event e indexed by event_of_payment cross join ${table} t on t.merchant = e.merchant and t.id = e.id ` +
    "order by e.merchant, e.payment_id, e.id"
  );
}

function of(alias: string, columns: string): string {
  return columns.split(", ").map((column) => `${alias}.${column}`).join(", ");
}

export function insert(table: string, columns: string, rows = 1): string {
  const marks = `(${columns.split(",").map(() => "?").join(", ")})`;
  return `insert into ${table} (${columns}) values ${Array.from({ length: rows }, () => marks).join(", ")}`;
}
