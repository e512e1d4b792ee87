/** Rows of what is told that belong to nothing, as every SQL store finds them: merchant, row, and what it names. */
import type { LostReferences } from "./profile-references.ts";

const EVENT = "select 1 from event e where e.merchant = t.book and e.id = t.event_id";

export const LOST_TELLINGS: readonly LostReferences[] = [
  {
    what: "an image is of no payment",
    sql: "select t.merchant, t.id, t.payment_id from past t where not exists (select 1 from payment p where p.merchant = t.merchant and p.id = t.payment_id)",
  },
  { what: "a notice is of no event", sql: `select t.merchant, t.book, t.event_id from notice t where not exists (${EVENT})` },
  { what: "a delivery is of no event", sql: `select t.merchant, t.book, t.event_id from delivery t where not exists (${EVENT})` },
  {
    what: "a delivery is for no endpoint of its merchant",
    sql: "select t.merchant, t.event_id, t.endpoint from delivery t where not exists (select 1 from profile f where f.merchant = t.merchant and f.id = t.endpoint and f.kind = 'endpoint')",
  },
];
