/** The statements by which events are shown as they were: for all events that are asked about at once. */
import { EVENT_COLUMNS } from "../../engine/event-rows.ts";
import { ATTEMPT_COLUMNS, REFUND_COLUMNS } from "../../engine/rows.ts";
import { of } from "./statements.ts";

/** `$1` merchants, `$2` ids. */
export const FIND_EVENTS =
  "select found.* from unnest($1::text[], $2::text[]) as need (merchant, id) cross join lateral " +
  `(select ${EVENT_COLUMNS} from event e where e.merchant = need.merchant and e.id = need.id order by e.merchant, e.id limit 1) found`;

/** The attempts that disputes of payments `$2` are about: each payment has one dispute at most. */
export const DISPUTED_ATTEMPTS =
  "select found.* from unnest($1::text[], $2::text[]) as need (merchant, id) cross join lateral " +
  `(select ${of("a", ATTEMPT_COLUMNS)} from dispute d join attempt a on a.merchant = d.merchant and a.id = d.attempt_id where d.merchant = need.merchant and d.payment_id = need.id) found`;

export type PastImageRow = [merchant: string, what: string, id: string, from: bigint, version: bigint, image: string];

/**
 * What the change to version `$4` overwrote of a row, and the next change after it. Its name is `$3`, or is found by that as `$5` says: the
 * dispute of a payment, the attempt of a refund, or the attempt that is disputed of a payment. `$2` says what it is a row of.
 */
export const FIND_PASTS =
  "select need.merchant, need.what, found.id, need.version, found.version, found.image from " +
  "(select n.merchant, n.what, n.version, case n.by " +
  "when 'dispute_of_payment' then (select d.id from dispute d where d.merchant = n.merchant and d.payment_id = n.id) " +
  "when 'attempt_of_refund' then (select r.attempt_id from refund r where r.merchant = n.merchant and r.id = n.id) " +
  "when 'attempt_of_dispute' then (select d.attempt_id from dispute d where d.merchant = n.merchant and d.payment_id = n.id) " +
  "else n.id end as id from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[]) as n (merchant, what, id, version, by)) need cross join lateral " +
  "(select p.id, p.version, p.image from past p where p.merchant = need.merchant and p.what = need.what and p.id = need.id and p.version >= need.version " +
  "order by p.merchant, p.what, p.id, p.version limit 2) found";

/** The newest `$4` refunds of payment `$2` that were there at the version of event `$3`, which is told first: a refund shares its id with the event that told of it first. */
export const NEWEST_REFUNDS_UNTIL =
  "select need.event, found.* from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as need (merchant, id, event, count) cross join lateral " +
  `(select ${of("r", REFUND_COLUMNS)} from event e join refund r on r.merchant = e.merchant and r.id = e.id ` +
  "where e.merchant = need.merchant and e.payment_id = need.id and e.version <= (select v.version from event v where v.merchant = need.merchant and v.payment_id = need.id and v.id = need.event) order by e.merchant desc, e.payment_id desc, e.id desc limit need.count) found";
