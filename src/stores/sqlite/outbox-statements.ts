/** The statements by which events are told, each bounded by the key or the index that it walks. */
import { DELIVERY_COLUMNS, NOTICE_COLUMNS, TRY_COLUMNS } from "../../engine/event-rows.ts";
import { insert, of, type Shape } from "./statements.ts";

export const NOTICES: Shape = { table: "notice", columns: NOTICE_COLUMNS };
export const DELIVERIES: Shape = { table: "delivery", columns: DELIVERY_COLUMNS, ifNew: true };

/** Merchants to whom events are told. */
export const HEARERS = "select distinct merchant from profile where kind = 'endpoint' and state = 'active'";
/** The next merchant with a notice, and the next for whom a delivery waits, after the one that is bound. */
export const NEXT_NOTICED = "select min(merchant) from notice where merchant > ?";
export const NEXT_MERCHANT = "select min(merchant) from delivery indexed by delivery_due where merchant > ? and due is not null";
/** The next endpoint for which one waits, and when the first of them is due. */
export const NEXT_WAITING = "select endpoint, due from delivery indexed by delivery_due where merchant = ? and endpoint > ? and due is not null order by endpoint, due limit 1";
export const NOTICES_OF = `select ${NOTICE_COLUMNS} from notice where merchant = ? order by event_id limit ?`;
export const DROP_NOTICE = "delete from notice where merchant = ? and event_id = ? and account = ? and book = ?";
export const DUE_DELIVERIES =
  `select ${DELIVERY_COLUMNS} from delivery indexed by delivery_due where merchant = ? and endpoint = ? and due is not null and due <= ? order by due, event_id, part limit ?`;
/** A try that is kept already is not kept twice. */
export const ADD_TRY = insert("delivery_try", TRY_COLUMNS).replace("insert into", "insert or ignore into");
/** Only of one that waits: what was sent by hand meanwhile, or twice, is counted once. */
export const SETTLE_DELIVERY =
  "update delivery set state = ?, due = ?, tries = ? where merchant = ? and endpoint = ? and event_id = ? and part = ? and state = 'waiting'";
export const DELIVER_AGAIN = "update delivery set state = 'waiting', due = ? where merchant = ? and endpoint = ? and event_id = ? and part = ?";
/** The state is bound twice; null is every one. */
export const DELIVERIES_OF =
  `select ${DELIVERY_COLUMNS} from delivery where merchant = ? and endpoint = ? and (event_id, part) < (?, ?) and (? is null or state = ?) order by event_id desc, part desc limit ?`;
export const DELIVERIES_OF_EVENT =
  `select ${DELIVERY_COLUMNS} from delivery where merchant = ? and endpoint = ? and event_id = ? and (? is null or state = ?) order by part desc limit ?`;
/** Bound: JSON lists of endpoints and of events, and the merchant. */
export const DELIVERIES_OF_EVENTS =
  `select ${of("d", DELIVERY_COLUMNS)} from json_each(?) p cross join json_each(?) e cross join delivery d where d.merchant = ? and d.endpoint = p.value and d.event_id = e.value order by d.event_id, d.part`;
export const TRIES_OF = `select ${TRY_COLUMNS} from delivery_try where merchant = ? and endpoint = ? and event_id = ? and part = ? order by number`;
export const DROP_TRIES = "delete from delivery_try where merchant = ? and endpoint = ? and event_id = ? and part = ?";
export const DROP_DELIVERY = "delete from delivery where merchant = ? and endpoint = ? and event_id = ? and part = ? and state <> 'waiting'";
export const NEXT_PAIR = "select merchant, endpoint from delivery where (merchant, endpoint) > (?, ?) order by merchant, endpoint limit 1";
export const ENDED_BEFORE =
  `select ${DELIVERY_COLUMNS} from delivery where merchant = ? and endpoint = ? and event_id < ? and state <> 'waiting' order by event_id, part limit ?`;
