/** The lists' statements: each names the index it walks, so that a page costs the same wherever in the book it lies. */
import { idFloor, timeOf } from "../../domain/id.ts";
import type { EventKind } from "../../domain/event.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { AttemptQuery, DisputeQuery, EventQuery, Page, PaymentQuery, ProfileQuery, RefundQuery } from "../../engine/views.ts";
import { idRange } from "../../engine/id-range.ts";
import { ATTEMPT_COLUMNS, DISPUTE_COLUMNS, PAYMENT_COLUMNS, PROFILE_COLUMNS, REFUND_COLUMNS, type Value } from "../../engine/rows.ts";
import { EVENT_COLUMNS } from "../../engine/event-rows.ts";
import { NAMED_BY_PAYMENT } from "./first-refunds.ts";
import { LISTED_REFUNDS, of } from "./statements.ts";

/** A statement's text and what is bound to it. There are few texts, and each is prepared once. */
export type Listing = { readonly sql: string; readonly values: readonly Value[] };

export function listPayments(merchant: MerchantId, { page, intent, customer = null }: PaymentQuery): Listing {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions("merchant = ?", merchant);
  if (customer !== null) where.add("customer = ?", customer);
  if (intent) where.add("intent = 1");
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  const index = customer !== null ? "intents_of_customer" : intent ? "payment_intents" : "sqlite_autoindex_payment_1";
  return {
    sql: `select ${PAYMENT_COLUMNS} from payment indexed by ${index} where ${where.text()} order by id ${order} limit ?`,
    values: [...where.values, page.limit],
  };
}

export function listAttempts(merchant: MerchantId, { page, paymentId, processed, customer = null }: AttemptQuery): Listing {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions("merchant = ?", merchant);
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  if (paymentId !== null) where.add("payment_id = ?", paymentId);
  if (customer !== null) where.add("customer = ?", customer);
  if (processed) where.add("processed = 1");
  const index = paymentId !== null ? "attempt_of_payment" : customer !== null ? "attempt_of_customer" : processed ? "attempt_processed" : "sqlite_autoindex_attempt_1";
  return {
    sql: `select ${ATTEMPT_COLUMNS} from attempt indexed by ${index} where ${where.text()} order by id ${order} limit ?`,
    values: [...where.values, page.limit],
  };
}

export function listDisputes(merchant: MerchantId, { page, paymentId }: DisputeQuery): Listing {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions("merchant = ?", merchant);
  if (paymentId !== null) where.add("payment_id = ?", paymentId);
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  const index = paymentId === null ? "sqlite_autoindex_dispute_1" : "dispute_of_payment";
  return { sql: `select ${DISPUTE_COLUMNS} from dispute indexed by ${index} where ${where.text()} order by id ${order} limit ?`, values: [...where.values, page.limit] };
}

export function listEvents(merchant: MerchantId, { page, kinds = null, of: among }: EventQuery): Listing {
  if (among !== null) return listEventsOf(merchant, { page, ...among });
  return kinds === null ? listAllEvents(merchant, page) : listEventsOfKinds(merchant, page, kinds);
}

/** Each kind is walked in its own part of the index, and no further than the page could reach. */
function listEventsOfKinds(merchant: MerchantId, page: Page, kinds: readonly EventKind[]): Listing {
  const { lower, upper, order } = idRange(page);
  const one = `select * from (select ${EVENT_COLUMNS} from event indexed by event_by_kind where merchant = ? and kind = ? and id > ? and id < ? order by id ${order} limit ?)`;
  return {
    sql: `${kinds.map(() => one).join(" union all ")} order by id ${order} limit ?`,
    values: [...kinds.flatMap((kind) => [merchant, kind, lower, upper, page.limit]), page.limit],
  };
}

/** The table is its own index in this order. */
function listAllEvents(merchant: MerchantId, page: Page): Listing {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions("merchant = ?", merchant);
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  return { sql: `select ${EVENT_COLUMNS} from event not indexed where ${where.text()} order by id ${order} limit ?`, values: [...where.values, page.limit] };
}

/** Those of a payment's first refunds are named by it, as the refunds are; the others are listed by the index. */
function listEventsOf(merchant: MerchantId, { page, paymentId, kinds, id }: Pick<EventQuery, "page"> & NonNullable<EventQuery["of"]>): Listing {
  const { lower, upper, order } = idRange(page);
  const among = (first: string, payment: string): Conditions => {
    const where = new Conditions(first, merchant);
    where.add(`${payment} = ?`, paymentId);
    where.add("e.id > ?", lower);
    where.add("e.id < ?", upper);
    where.add("e.kind in (select value from json_each(?))", JSON.stringify(kinds));
    if (id !== null) where.add("e.id = ?", id);
    return where;
  };
  const [named, listed] = [among("p.merchant = ?", "p.id"), among("e.merchant = ?", "e.payment_id")];
  listed.add("e.listed = 1");
  const columns = of("e", EVENT_COLUMNS);
  const first = `select ${columns} from payment p cross join ${NAMED_BY_PAYMENT} n cross join event e on e.merchant = p.merchant and e.id = n.value where ${named.text()}`;
  const others = `select ${columns} from event e indexed by event_of_payment where ${listed.text()} order by e.id ${order} limit ?`;
  return {
    sql: `select * from (${first}) union all select * from (${others}) order by id ${order} limit ?`,
    values: [...named.values, ...listed.values, page.limit, page.limit],
  };
}

export function listRefunds(merchant: MerchantId, query: RefundQuery): Listing {
  const { page, paymentId, attemptId, states, instruments, updated } = query;
  const { order } = idRange(updated?.sort ? { ...page, after: null } : page);
  const by = (key: string) => (updated?.sort ? `r.updated_at ${order}, r.id ${order}` : `${key}.id ${order}`);
  const columns = REFUND_COLUMNS.split(", ").map((column) => `r.${column} as ${column}`).join(", ");
  if (paymentId === null && attemptId === null) {
    const unsettled = states !== null && !states.includes("succeeded");
    const withoutCard = instruments !== null && !instruments.includes("card");
    const where = refundConditions("r", merchant, query);
    // Literally the condition of the partial index, which is how SQLite knows that it may walk it.
    if (unsettled) where.add("r.state <> 'succeeded'");
    if (withoutCard) where.add("r.instrument <> 'card'");
    const index = refundIndex({ sorted: updated?.sort ?? false, unsettled, withoutCard });
    return { sql: `select ${columns} from refund r indexed by ${index} where ${where.text()} order by ${by("r")} limit ?`, values: [...where.values, page.limit] };
  }
  // The first are named by the payment; the others are listed by the index, which gives no more of them than are asked for.
  const named = refundConditions("r", merchant, query);
  addOwner(named, "p.id", merchant, query);
  const listed = refundConditions("e", merchant, query);
  listed.add("e.listed = 1");
  addOwner(listed, "e.payment_id", merchant, query);
  const first = `select ${columns} from payment p cross join ${NAMED_BY_PAYMENT} n cross join refund r on r.merchant = p.merchant and r.id = n.value where p.merchant = ? and ${named.text()}`;
  const others = `select ${columns} from ${LISTED_REFUNDS} where ${listed.text()} order by ${by("e")} limit ?`;
  return {
    sql: `select * from (${first}) union all select * from (${others}) order by ${updated?.sort ? `updated_at ${order}, ` : ""}id ${order} limit ?`,
    values: [merchant, ...named.values, ...listed.values, page.limit, page.limit],
  };
}

/** `key` is the table that the ids are walked in. */
function refundConditions(key: string, merchant: MerchantId, { page, attemptId, states, instruments, updated }: RefundQuery): Conditions {
  const { lower, upper } = idRange(updated?.sort ? { ...page, after: null } : page);
  const where = new Conditions(`${key}.merchant = ?`, merchant);
  where.add(`${key}.id > ?`, lower);
  where.add(`${key}.id < ?`, upper);
  if (attemptId !== null) where.add("r.attempt_id = ?", attemptId);
  if (states !== null) where.add("r.state in (select value from json_each(?))", JSON.stringify(states));
  if (instruments !== null) where.add("r.instrument in (select value from json_each(?))", JSON.stringify(instruments));
  if (updated !== null) addUpdated(where, page, updated);
  return where;
}

/** Only refunds of the payment, or of the attempt's payment; `column` holds the payment's id. */
function addOwner(where: Conditions, column: string, merchant: MerchantId, { paymentId, attemptId }: RefundQuery): void {
  if (paymentId !== null) where.add(`${column} = ?`, paymentId);
  else where.add(`${column} = (select payment_id from attempt where merchant = ? and id = ?)`, merchant, attemptId);
}

export function listProfiles(merchant: MerchantId, query: ProfileQuery): Listing {
  const { page } = query;
  const { lower, upper, order } = idRange(page);
  const where = new Conditions("merchant = ?", merchant);
  if (query.of === "customers") {
    // Literally the condition of the partial indexes.
    where.add("kind = 'customer'");
    where.add("state = 'active'");
    if (query.email !== null) where.add("email = ?", query.email);
  } else if (query.of === "accounts") {
    where.add("kind = 'account'");
  } else if (query.of === "endpoints") {
    where.add("kind = 'endpoint'");
    where.add("state = 'active'");
    if (query.dialect !== null) where.add("type = ?", query.dialect);
  } else {
    where.add("owner = ?", query.owner);
    if (query.type !== null) where.add("type = ?", query.type);
  }
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  return { sql: `select ${PROFILE_COLUMNS} from profile indexed by ${profileIndex(query)} where ${where.text()} order by id ${order} limit ?`, values: [...where.values, page.limit] };
}

function profileIndex(query: ProfileQuery): string {
  if (query.of === "customers") return query.email === null ? "customers" : "customer_by_email";
  if (query.of === "accounts" || query.of === "endpoints") return query.of;
  return query.type === null ? "instrument_of_owner" : "instrument_of_owner_by_type";
}

function refundIndex(asked: { readonly sorted: boolean; readonly unsettled: boolean; readonly withoutCard: boolean }): string {
  if (asked.sorted) return "refund_by_change";
  if (asked.unsettled) return "refund_unsettled";
  return asked.withoutCard ? "refund_without_card" : "sqlite_autoindex_refund_1";
}

function addUpdated(where: Conditions, page: Page, updated: NonNullable<RefundQuery["updated"]>): void {
  const { from, until, sort } = updated;
  if (from !== null) where.add("r.updated_at >= ?", from);
  if (until !== null) {
    where.add("r.updated_at < ?", until);
    // Nothing is changed before it is made.
    where.add("r.id < ?", idFloor(until));
  }
  if (!sort || page.after === null) return;
  const at = updated.after ?? timeOf(page.after);
  where.add(page.order === "newest" ? "(r.updated_at, r.id) < (?, ?)" : "(r.updated_at, r.id) > (?, ?)", at, page.after);
  where.add(page.order === "newest" ? "r.updated_at <= ?" : "r.updated_at >= ?", at);
}

class Conditions {
  readonly values: Value[] = [];
  readonly #texts: string[] = [];

  constructor(text: string, ...values: Value[]) {
    this.add(text, ...values);
  }

  add(text: string, ...values: Value[]): void {
    this.#texts.push(text);
    this.values.push(...values);
  }

  text(): string {
    return this.#texts.join(" and ");
  }
}
