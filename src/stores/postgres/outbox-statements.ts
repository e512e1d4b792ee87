/** The statements by which events are told, each bounded by the key or the index that it walks, however much waits. */
import { DELIVERY_COLUMNS, NOTICE_COLUMNS, TRY_COLUMNS } from "../../engine/event-rows.ts";
import { unnest } from "./bulk.ts";
import { of } from "./statements.ts";

const NOTICE = NOTICE_COLUMNS.split(", ");
const DELIVERY = DELIVERY_COLUMNS.split(", ");
export const DELIVERY_WIDTH = DELIVERY.length;
const NOTICE_KEY = ["merchant", "event_id", "account", "book"];
const DELIVERY_KEY = ["merchant", "endpoint", "event_id", "part"];

/**
 * Notices for those who have an endpoint that is not deleted: each merchant is looked for once, in an index that holds only such. A limit keeps
 * the planner from reading the endpoints of everybody.
 */
export const ADD_NOTICES =
  "with hearing as materialized (select named.merchant from (select distinct m.merchant from unnest($1::text[]) as m (merchant)) named cross join lateral " +
  "(select 1 from profile f where f.merchant = named.merchant and f.kind = 'endpoint' and f.state = 'active' limit 1) endpoint) " +
  `insert into notice (${NOTICE_COLUMNS}) select n.* from ${unnest(NOTICE)} as n (${NOTICE_COLUMNS}) where n.merchant in (select merchant from hearing)`;

/** Each name once: the first, and then the first after that, however many rows each has. */
function walk(name: string, column: string, from: string, order: string): string {
  const next = (where: string) => `select t.${column} from ${from} ${where} order by ${order} limit 1`;
  return (
    `${name} (${column}) as ((${next("")}) union all ` +
    `select (${next(`${from.includes(" where ") ? "and" : "where"} t.${column} > ${name}.${column}`)}) from ${name} where ${name}.${column} is not null)`
  );
}

/** In the order of the index of what waits, so that no other is walked. */
const WAITING = "delivery t where t.due is not null";

/**
 * Merchants with something to tell, as far as nobody else has taken them; and takes them. `$1` is the node, `$2` for how many milliseconds: by the
 * database's own clock, which is one for all nodes.
 */
export const TAKE =
  `with recursive ${walk("noticed", "merchant", "notice t", "t.merchant, t.event_id, t.account")}, ` +
  `${walk("waiting", "merchant", WAITING, "t.merchant, t.endpoint, t.due")}, ` +
  "clock (now) as materialized (select floor(extract(epoch from clock_timestamp()) * 1000)::bigint), " +
  "to_tell (merchant) as (select merchant from noticed where merchant is not null union select merchant from waiting where merchant is not null), " +
  "taken as (insert into telling_lease as l (merchant, node, until) select to_tell.merchant, $1, clock.now + $2::bigint from to_tell, clock order by to_tell.merchant " +
  "on conflict (merchant) do update set node = excluded.node, until = excluded.until where l.node = excluded.node or l.until <= excluded.until - $2::bigint returning merchant) " +
  "select merchant, case when merchant in (select merchant from noticed) then 1 else 0 end, case when merchant in (select merchant from waiting) then 1 else 0 end from taken";
export const RELEASE = "delete from telling_lease where node = $1";

export const NOTICES_OF = `select ${NOTICE_COLUMNS} from notice where merchant = $1 order by merchant, event_id, account, book limit $2::bigint`;

/**
 * Deliveries in the place of their notices. Who takes a notice away has it: another who sorts out the same waits for it, finds it gone and adds
 * nothing. The notices are looked up in the order in which they are given, and by where they stand: a queue is nearly empty or very long, and
 * what the planner knows of it is the other.
 */
export const SORT_OUT =
  `with gone as (delete from notice where ctid = any (array(select found.ctid from ${unnest(NOTICE_KEY)} as need (${NOTICE_KEY.join(", ")}) cross join lateral ` +
  "(select n.ctid from notice n where n.merchant = need.merchant and n.event_id = need.event_id and n.account = need.account and n.book = need.book for update) found)) " +
  `returning ${NOTICE_KEY.join(", ")}) ` +
  `insert into delivery (${DELIVERY_COLUMNS}) select ${of("d", DELIVERY_COLUMNS)} from ${unnest(DELIVERY, NOTICE_KEY.length + 1)} as d (${DELIVERY_COLUMNS}) ` +
  "join gone g on g.merchant = d.merchant and g.event_id = d.event_id and g.account = coalesce(d.account, '') and g.book = d.book on conflict do nothing";

export const DUE_DELIVERIES =
  `select ${DELIVERY_COLUMNS} from delivery where merchant = $1 and endpoint = $2 and due is not null and due <= $3::bigint ` +
  "order by merchant, endpoint, due, event_id, part limit $4::bigint";
/** Each with when the first of its deliveries is due. */
export const WAITING_ENDPOINTS =
  `with recursive ${walk("waiting", "endpoint", `${WAITING} and t.merchant = $1`, "t.merchant, t.endpoint, t.due")} ` +
  "select w.endpoint, first.due from waiting w cross join lateral " +
  "(select d.due from delivery d where d.merchant = $1 and d.endpoint = w.endpoint and d.due is not null order by d.merchant, d.endpoint, d.due limit 1) first where w.endpoint is not null";

/** The key of a delivery, which is bound first. */
const IS_NAMED = "merchant = $1 and endpoint = $2 and event_id = $3 and part = $4::bigint";

/**
 * One try, and what its delivery comes to: only where the try is new, and of a delivery that waits. First the values of the try, and then the
 * delivery's state and when it is due.
 */
export const RECORD =
  `with made as (insert into delivery_try (${TRY_COLUMNS}) ` +
  "values ($1, $2, $3, $4::bigint, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9, $10) on conflict do nothing returning 1) " +
  "update delivery set state = $11, due = $12::bigint, tries = $5::bigint " +
  `where ${IS_NAMED} and state = 'waiting' and (exists (select 1 from made) or $11 = 'delivered')`;

export const DELIVER_AGAIN = `update delivery set state = 'waiting', due = $5::bigint where ${IS_NAMED} returning 1`;
export const TRIES_OF = `select ${TRY_COLUMNS} from delivery_try where ${IS_NAMED} order by number`;

/** Those before `$3`, `$4`; null for `$5` is every state. */
const LISTED = "merchant = $1 and endpoint = $2 and (event_id, part) < ($3, $4::bigint) and ($5::text is null or state = $5)";
const NEWEST = "order by merchant desc, endpoint desc, event_id desc, part desc limit $6::bigint";
export const DELIVERIES_OF = `select ${DELIVERY_COLUMNS} from delivery where ${LISTED} ${NEWEST}`;
export const DELIVERIES_OF_EVENTS =
  `select ${of("d", DELIVERY_COLUMNS)} from unnest($2::text[]) as p (endpoint) cross join unnest($3::text[]) as e (event_id) cross join lateral ` +
  "(select * from delivery f where f.merchant = $1 and f.endpoint = p.endpoint and f.event_id = e.event_id) d order by d.event_id, d.part";
export const DELIVERIES_OF_EVENT = `select ${DELIVERY_COLUMNS} from delivery where ${LISTED} and event_id = $7 ${NEWEST}`;

/**
 * Takes away `$2` deliveries at most of events before `$1` that wait for nothing, with their tries, endpoint by endpoint. What somebody else is
 * changing is left for the next time.
 */
export const PRUNE =
  "with recursive pair (merchant, endpoint) as (" +
  "(select d.merchant, d.endpoint from delivery d order by d.merchant, d.endpoint, d.event_id, d.part limit 1) union all " +
  "select next.merchant, next.endpoint from pair cross join lateral (select d.merchant, d.endpoint from delivery d " +
  "where (d.merchant, d.endpoint) > (pair.merchant, pair.endpoint) order by d.merchant, d.endpoint, d.event_id, d.part limit 1) next), " +
  "gone as (delete from delivery where ctid = any (array(select found.ctid from pair cross join lateral " +
  "(select d.ctid from delivery d where d.merchant = pair.merchant and d.endpoint = pair.endpoint and d.event_id < $1 and d.state <> 'waiting' " +
  `order by d.merchant, d.endpoint, d.event_id, d.part limit $2::bigint for update skip locked) found limit $2::bigint)) returning ${DELIVERY_KEY.join(", ")}), ` +
  "forgotten as (delete from delivery_try where ctid = any (array(select found.ctid from gone g cross join lateral " +
  `(select t.ctid from delivery_try t where ${DELIVERY_KEY.map((column) => `t.${column} = g.${column}`).join(" and ")} for update) found))) ` +
  "select count(*) from gone";
