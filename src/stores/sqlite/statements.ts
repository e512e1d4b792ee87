/** Every statement that the store runs, named by its effect. What varies between lists is chosen in `list-statements.ts`. */
import {
  ATTEMPT_CHANGES, ATTEMPT_COLUMNS, ENTRY_COLUMNS, EVENT_COLUMNS, PAYMENT_CHANGES, PAYMENT_COLUMNS, POSTING_COLUMNS, REFUND_COLUMNS,
  REPLY_COLUMNS,
} from "./rows.ts";

export const FIND_PAYMENT = `select ${PAYMENT_COLUMNS} from payment where merchant = ? and id = ?`;
export const FIND_ATTEMPT = `select ${ATTEMPT_COLUMNS} from attempt where merchant = ? and id = ?`;
export const FIND_REFUND = `select ${REFUND_COLUMNS} from refund where merchant = ? and id = ?`;
export const FIND_REPLY = `select ${REPLY_COLUMNS} from stored_reply where merchant = ? and scope = ? and key = ?`;
export const FIND_ENTRY = `select ${ENTRY_COLUMNS} from journal_entry where merchant = ? and id = ?`;
export const POSTINGS_OF_ENTRY = `select ${POSTING_COLUMNS} from posting where merchant = ? and entry_id = ? order by line`;
export const NEWEST_REFUNDS_OF_PAYMENT =
  `select ${REFUND_COLUMNS} from refund indexed by refund_of_payment where merchant = ? and payment_id = ? order by id desc limit ?`;
export const FIND_MERCHANT_OF_KEY = "select merchant from api_key where key_hash = ?";

export const ADD_PAYMENT = insert("payment", PAYMENT_COLUMNS);
export const CHANGE_PAYMENT = `update payment set ${PAYMENT_CHANGES} where merchant = ? and id = ? and version = ?`;
export const ADD_ATTEMPT = insert("attempt", ATTEMPT_COLUMNS);
export const CHANGE_ATTEMPT = `update attempt set ${ATTEMPT_CHANGES} where merchant = ? and id = ?`;
export const ADD_REFUND = insert("refund", REFUND_COLUMNS);
export const ADD_ENTRY = insert("journal_entry", ENTRY_COLUMNS);
export const ADD_POSTING = insert("posting", POSTING_COLUMNS);
export const ADD_EVENT = insert("event", EVENT_COLUMNS);
export const ADD_REPLY = insert("stored_reply", REPLY_COLUMNS);
export const ADD_KEY = insert("api_key", "key_hash, merchant, created_at");

export const BEGIN = "begin immediate";
export const COMMIT = "commit";
export const ROLLBACK = "rollback";
export const PING = "select 1";

/** The whole book in the order of merchant and payment, table by table. */
export const COUNT_PAYMENTS = "select count(*) from payment";
export const ALL_PAYMENTS = `select ${PAYMENT_COLUMNS} from payment order by merchant, id`;
export const ALL_ATTEMPTS =
  `select ${ATTEMPT_COLUMNS} from attempt indexed by attempt_of_payment order by merchant, payment_id, id`;
export const ALL_REFUNDS = `select ${REFUND_COLUMNS} from refund indexed by refund_of_payment order by merchant, payment_id, id`;
export const ALL_ENTRIES = `select ${ENTRY_COLUMNS} from journal_entry order by merchant, payment_id, number`;
export const ALL_EVENTS = `select ${EVENT_COLUMNS} from event order by merchant, payment_id, version`;

/** Damage below the rows. The check stops by itself after 100 complaints. */
export const CHECK_PAGES = "pragma quick_check(100)";
export const CHECK_KEYS = "pragma foreign_key_check";

function insert(table: string, columns: string): string {
  const marks = columns.split(",").map(() => "?").join(", ");
  return `insert into ${table} (${columns}) values (${marks})`;
}
