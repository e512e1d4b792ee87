/** Every statement that the store runs, named by its effect. What varies between lists is chosen in `list-statements.ts`. */
import {
  API_KEY_COLUMNS, ATTEMPT_CHANGES, ATTEMPT_COLUMNS, DISPUTE_CHANGES, DISPUTE_COLUMNS, ENTRY_COLUMNS, PAYMENT_CHANGES, PAYMENT_COLUMNS, PROFILE_CHANGES, PROFILE_COLUMNS, REFUNDED_CHANGES, REFUND_CHANGES, REFUND_COLUMNS,
  REPLY_COLUMNS,
} from "../../engine/rows.ts";
import { EVENT_COLUMNS } from "../../engine/event-rows.ts";
import { insert, unnest, update } from "./bulk.ts";
import { TOO_LOOSE } from "./dangers.ts";

/**
 * Begins a batch. Read committed is said, since a database may have another default: a statement that waited for a row's lock
 * must see what the other one wrote. No table is read as a whole, however few rows the planner believes that it has.
 */
export function begin({ statementMs, lockMs, idleMs, insistOnSync }: { readonly statementMs: number; readonly lockMs: number; readonly idleMs: number; readonly insistOnSync: boolean }): string {
  const settings = [
    "begin isolation level read committed read write",
    `set local statement_timeout = ${statementMs}`,
    `set local lock_timeout = ${lockMs}`,
    `set local idle_in_transaction_session_timeout = ${idleMs}`,
    "set local enable_seqscan = off",
    PLANNED_ONCE,
  ];
  if (insistOnSync) settings.push(INSIST_ON_SYNC);
  return settings.join("; ");
}

/**
 * A statement by key has one plan, whatever is bound. Left to itself the planner makes it anew with every call, since it knows how
 * many names are in the array that it is shown, and that costs more than the look-up.
 */
const PLANNED_ONCE = "set local plan_cache_mode = force_generic_plan";

/** One sight of several statements. */
export function beginReading({ statementMs }: { readonly statementMs: number }): string {
  return `begin isolation level repeatable read read only; set local statement_timeout = ${statementMs}; set local enable_seqscan = off; ${PLANNED_ONCE}`;
}

/**
 * A statement time-out while a standby is waited for would have the commit acknowledged without it: here nothing is timed. And whoever is
 * interrupted all the same must be told so, also where a role hears no warnings.
 */
export const COMMIT_UNTIMED = "set local statement_timeout = 0; set local client_min_messages = warning";
export const COMMIT = "commit";
export const ROLLBACK = "rollback";

const IS_TOO_LOOSE = `current_setting('synchronous_commit') in (${TOO_LOOSE.map((setting) => `'${setting}'`).join(", ")})`;
/** A commit is durable before it is told, also where the server would not wait. A stricter setting is left as it is. */
export const INSIST_ON_SYNC = `select set_config('synchronous_commit', 'on', true) where ${IS_TOO_LOOSE}`;

/** Begins what is not a batch and must be durable too. */
export function beginDurable({ statementMs, lockMs, idleMs }: { readonly statementMs: number; readonly lockMs: number; readonly idleMs: number }): string {
  return [
    "begin isolation level read committed read write",
    `set local statement_timeout = ${statementMs}`,
    `set local lock_timeout = ${lockMs}`,
    `set local idle_in_transaction_session_timeout = ${idleMs}`,
    INSIST_ON_SYNC,
  ].join("; ");
}

/**
 * By which a lost commit is looked up: the transaction's own number, and the server process that runs it. Beside it the time by the
 * server's clock, which is one for all who write. In passing, a setting that would acknowledge a commit before it is on the disk is
 * overruled for this transaction, whenever somebody may have made it.
 */
export const WHO_WE_ARE =
  "select pg_current_xact_id()::text, pg_backend_pid(), floor(extract(epoch from clock_timestamp()) * 1000)::bigint, " +
  `case when ${IS_TOO_LOOSE} then set_config('synchronous_commit', 'on', true) end`;

/** Where the payments of a batch come from. `$1` merchants, `$2` ids: distinct, and in order. */
const BY_NAME = "unnest($1::text[], $2::text[]) as need (merchant, id)";
/** The same with `$3`, which says whose the id is: a payment's, an attempt's, a refund's or a dispute's. Sorted once they are known, so that locks are taken in one order everywhere. */
const BY_EITHER =
  `(select distinct n.merchant collate "C" as merchant, ${paymentOf("n")} collate "C" as id ` +
  "from unnest($1::text[], $2::text[], $3::text[]) as n (merchant, id, by) order by 1, 2) as need";

function paymentOf(n: string): string {
  return (
    `case ${n}.by when 'attempt' then (select a.payment_id from attempt a where a.merchant = ${n}.merchant and a.id = ${n}.id) ` +
    `when 'refund' then (select r.payment_id from refund r where r.merchant = ${n}.merchant and r.id = ${n}.id) ` +
    `when 'dispute' then (select d.payment_id from dispute d where d.merchant = ${n}.merchant and d.id = ${n}.id) else ${n}.id end`
  );
}

/** A join that can only be walked from the needs to the rows, one index look-up for each. */
function each(need: string, row: string): string {
  return `from ${need} cross join lateral (${row}) found`;
}

function loading(need: string) {
  return {
    lockPayments: `select found.* ${each(need, `select ${PAYMENT_COLUMNS} from payment p where p.merchant = need.merchant and p.id = need.id for update`)}`,
    findPayments: `select found.* ${each(need, `select ${PAYMENT_COLUMNS} from payment p where p.merchant = need.merchant and p.id = need.id`)}`,
    latestAttempts:
      `select found.* ${each(need, `select ${of("a", ATTEMPT_COLUMNS)} from payment p join attempt a on a.merchant = p.merchant and a.id = p.latest_attempt where p.merchant = need.merchant and p.id = need.id`)}`,
    captureEntries:
      `select found.* ${each(need, `select ${of("e", ENTRY_COLUMNS)} from payment p join journal_entry e on e.merchant = p.merchant and e.id = p.capture_entry where p.merchant = need.merchant and p.id = need.id`)}`,
  };
}

export const LOAD_BY_PAYMENT = loading(BY_NAME);
export const LOAD_BY_EITHER = loading(BY_EITHER);

/** The latest attempts of payments whose latest is another than the one in hand (`$3`): hardly ever any. */
export const LATER_ATTEMPTS =
  "select found.* from unnest($1::text[], $2::text[], $3::text[]) as need (merchant, id, attempt) cross join lateral " +
  `(select ${of("a", ATTEMPT_COLUMNS)} from payment p join attempt a on a.merchant = p.merchant and a.id = p.latest_attempt ` +
  "where p.merchant = need.merchant and p.id = need.id and p.latest_attempt <> need.attempt) found";

export const FIND_ATTEMPTS = `select found.* ${each(BY_NAME, `select ${ATTEMPT_COLUMNS} from attempt a where a.merchant = need.merchant and a.id = need.id`)}`;
export const FIND_REFUNDS = `select found.* ${each(BY_NAME, `select ${REFUND_COLUMNS} from refund r where r.merchant = need.merchant and r.id = need.id`)}`;
export const FIND_DISPUTES = `select found.* ${each(BY_NAME, `select ${DISPUTE_COLUMNS} from dispute d where d.merchant = need.merchant and d.id = need.id`)}`;
export const FIND_ENTRIES = `select found.* ${each(BY_NAME, `select ${ENTRY_COLUMNS} from journal_entry e where e.merchant = need.merchant and e.id = need.id`)}`;
export const FIND_REPLIES =
  `select found.* from unnest($1::text[], $2::text[], $3::text[]) as need (merchant, scope, key) cross join lateral ` +
  `(select ${REPLY_COLUMNS} from stored_reply s where s.merchant = need.merchant and s.scope = need.scope and s.key = need.key) found`;
/** What belongs to refunds and disputes that are named. */
export const REFUNDED_ATTEMPTS = `select found.* ${each(BY_NAME, `select ${of("a", ATTEMPT_COLUMNS)} from refund r join attempt a on a.merchant = r.merchant and a.id = r.attempt_id where r.merchant = need.merchant and r.id = need.id`)}`;
export const ENTRIES_OF_REFUNDS =
  `select found.* ${each(BY_NAME, `select ${of("e", ENTRY_COLUMNS)} from refund r join journal_entry e on e.merchant = r.merchant and e.id in (r.entry_id, r.failure_entry_id) where r.merchant = need.merchant and r.id = need.id`)}`;
export const DISPUTES_OF_PAYMENTS = `select found.* ${each(BY_NAME, `select ${DISPUTE_COLUMNS} from dispute d where d.merchant = need.merchant and d.payment_id = need.id`)}`;
export const ENTRIES_OF_DISPUTES =
  `select found.* ${each(BY_NAME, `select ${of("e", ENTRY_COLUMNS)} from dispute d join journal_entry e on e.merchant = d.merchant and e.id in (d.entry_id, d.reversal_entry_id) where d.merchant = need.merchant and d.id = need.id`)}`;
export const ENTRIES_OF_PAYMENTS_DISPUTES =
  `select found.* ${each(BY_NAME, `select ${of("e", ENTRY_COLUMNS)} from dispute d join journal_entry e on e.merchant = d.merchant and e.id in (d.entry_id, d.reversal_entry_id) where d.merchant = need.merchant and d.payment_id = need.id`)}`;
/** `$3` refunds of each payment, or of the payment whose attempt, refund or dispute is named (`$4`), newest first. */
export const NEWEST_REFUNDS =
  `select found.* from (select n.merchant, n.count, ${paymentOf("n")} as id ` +
  "from unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) as n (merchant, id, count, by)) need cross join lateral " +
  `(select ${of("r", REFUND_COLUMNS)} from event e join refund r on r.merchant = e.merchant and r.id = e.id ` +
  "where e.merchant = need.merchant and e.payment_id = need.id order by e.id desc limit need.count) found";

const PROFILE = `select ${PROFILE_COLUMNS} from profile f where f.merchant = need.merchant and f.id = need.id`;
export const FIND_PROFILES = `select found.* ${each(BY_NAME, PROFILE)}`;
export const LOCK_PROFILES = `select found.* ${each(BY_NAME, `${PROFILE} for update`)}`;
/** The owner of each and what it prefers. */
const AROUND_PROFILE = `select ${of("g", PROFILE_COLUMNS)} from profile f join profile g on g.merchant = f.merchant and g.id in (f.owner, f.preferred) where f.merchant = need.merchant and f.id = need.id`;
export const PROFILES_AROUND = `select found.* ${each(BY_NAME, AROUND_PROFILE)}`;
export const LOCK_PROFILES_AROUND = `select found.* ${each(BY_NAME, `${AROUND_PROFILE} for update of g`)}`;

export const FIND_MERCHANT_OF_KEY = "select merchant from api_key where key_hash = $1";
export const ADD_KEY = `insert into api_key (${API_KEY_COLUMNS}) values ($1, $2, $3::bigint)`;

export const ADD_PAYMENTS = insert("payment", PAYMENT_COLUMNS);
export const ADD_ATTEMPTS = insert("attempt", ATTEMPT_COLUMNS);
export const ADD_REFUNDS = insert("refund", REFUND_COLUMNS);
export const ADD_DISPUTES = insert("dispute", DISPUTE_COLUMNS);
export const ADD_ENTRIES = insert("journal_entry", ENTRY_COLUMNS);
export const ADD_EVENTS = insert("event", EVENT_COLUMNS);
export const ADD_PROFILES = insert("profile", PROFILE_COLUMNS);
export const ADD_REPLIES = insert("stored_reply", REPLY_COLUMNS);

const VERSIONED = [["merchant", "merchant"], ["id", "id"], ["version", "loaded_version"]] as const;
export const CHANGE_PAYMENTS = update("payment", PAYMENT_CHANGES, VERSIONED);
export const CHANGE_REFUNDED = update("payment", REFUNDED_CHANGES, VERSIONED);
export const CHANGE_PROFILES = update("profile", PROFILE_CHANGES, VERSIONED);
export const CHANGE_ATTEMPTS = update("attempt", ATTEMPT_CHANGES, [["merchant", "merchant"], ["id", "id"]]);

export const CHANGE_REFUNDS = update("refund", REFUND_CHANGES, [["merchant", "merchant"], ["id", "id"]]);
export const CHANGE_DISPUTES = update("dispute", DISPUTE_CHANGES, [["merchant", "merchant"], ["id", "id"]]);
export const DUE =
  "select what, merchant, id from (" +
  "(select 'payment' as what, merchant, id, due from payment where due <= $1::bigint order by due limit $2::bigint) union all " +
  "(select 'refund', merchant, id, due from refund where due <= $1::bigint order by due limit $2::bigint) union all " +
  "(select 'dispute', merchant, id, due from dispute where due <= $1::bigint order by due limit $2::bigint)) waiting order by due limit $2::bigint";

/** Divides by zero unless every payment is there that rows of a batch belong to. */
export const EXPECT_PAYMENTS =
  `select 1 / (count(*) = $3::bigint)::int from ${unnest(["merchant", "id"])} as need (merchant, id) join payment p on p.merchant = need.merchant and p.id = need.id`;

/** The same of profiles, each of which must be of the kind that it is named as. */
export const EXPECT_PROFILES =
  `select 1 / (count(*) = $4::bigint)::int from ${unnest(["merchant", "id", "kind"])} as need (merchant, id, kind) join profile f on f.merchant = need.merchant and f.id = need.id and f.kind = need.kind`;

/** What became of a transaction: `committed`, `aborted`, `in progress`, or null where nobody remembers. */
export const STATUS_OF = "select pg_xact_status($1::text::xid8)";
/** Only if that process still runs that transaction: after a failover the same number may be somebody else's. */
export const TERMINATE =
  "select pg_terminate_backend(pid) from pg_stat_activity where pid = $1::int and backend_xid::text::bigint = $2::text::bigint % 4294967296";
export const IS_EVENT_THERE = "select 1 from event where merchant = $1 and payment_id = $2 and id = $3";
export const IS_PROFILE_THERE = "select 1 from profile where merchant = $1 and id = $2 and version = $3::bigint and updated_at = $4::bigint";
export const IS_REPLY_THERE = "select 1 from stored_reply where merchant = $1 and scope = $2 and key = $3 and request_id = $4";
/**
 * Takes a lock and so has something to commit: when that is durable, wherever it must be, so is all that came before it. Any number may
 * hold this one at once, and nobody takes another of this row.
 */
export const TAKE_BARRIER = "select 1 from migration where number = 1 for key share";

export const PING = "show transaction_read_only";
export const SETTINGS = "select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('synchronous_standby_names')";

/** The whole book in the order of merchant and payment, table by table. */
export const COUNT_PAYMENTS = "select count(*) from payment";
export const ALL_PAYMENTS = `select ${PAYMENT_COLUMNS} from payment order by merchant, id`;
export const ALL_ATTEMPTS = `select ${ATTEMPT_COLUMNS} from attempt order by merchant, payment_id, id`;
export const ALL_REFUNDS = `select ${REFUND_COLUMNS} from refund order by merchant, payment_id, id`;
export const ALL_DISPUTES = `select ${DISPUTE_COLUMNS} from dispute order by merchant, payment_id, id`;
export const ALL_ENTRIES = `select ${ENTRY_COLUMNS} from journal_entry order by merchant, payment_id, id`;
export const ALL_EVENTS = `select ${EVENT_COLUMNS} from event order by merchant, payment_id, id`;
export const ALL_PROFILES = `select ${PROFILE_COLUMNS} from profile`;
export const ALL_REPLIES = `select ${REPLY_COLUMNS} from stored_reply`;

function of(alias: string, columns: string): string {
  return columns.split(", ").map((column) => `${alias}.${column}`).join(", ");
}
