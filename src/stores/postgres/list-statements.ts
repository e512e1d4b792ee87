/**
 * The lists' statements: each has an index that bounds it and gives its order, so that a page costs the same wherever in the book
 * it lies.
 */
import { idFloor, timeOf } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { AttemptQuery, DisputeQuery, EventQuery, Page, PaymentQuery, ProfileQuery, RefundQuery } from "../../engine/views.ts";
import { idRange } from "../../engine/id-range.ts";
import { ATTEMPT_COLUMNS, DISPUTE_COLUMNS, PAYMENT_COLUMNS, PROFILE_COLUMNS, REFUND_COLUMNS, type Value } from "../../engine/rows.ts";
import { EVENT_COLUMNS } from "../../engine/event-rows.ts";
import { arrayOf } from "./bulk.ts";
import type { Statement } from "./connection.ts";

export function listPayments(merchant: MerchantId, { page, intent, customer = null }: PaymentQuery): Statement {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions();
  where.add("merchant = ?", merchant);
  if (customer !== null) where.add("customer = ?", customer);
  if (intent) where.add("intent = 1");
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  return where.statement(`select ${PAYMENT_COLUMNS} from payment`, customer === null ? `merchant ${order}, id ${order}` : `merchant ${order}, customer ${order}, id ${order}`, page.limit);
}

export function listAttempts(merchant: MerchantId, { page, paymentId, processed, customer = null }: AttemptQuery): Statement {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions();
  where.add("merchant = ?", merchant);
  if (paymentId !== null) where.add("payment_id = ?", paymentId);
  if (customer !== null) where.add("customer = ?", customer);
  if (processed) where.add("processed = 1");
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  const first = paymentId !== null ? `payment_id ${order}, ` : customer !== null ? `customer ${order}, ` : "";
  const by = `merchant ${order}, ${first}id ${order}`;
  return where.statement(`select ${ATTEMPT_COLUMNS} from attempt`, by, page.limit);
}

export function listDisputes(merchant: MerchantId, { page, paymentId }: DisputeQuery): Statement {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions();
  where.add("merchant = ?", merchant);
  if (paymentId !== null) where.add("payment_id = ?", paymentId);
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  return where.statement(`select ${DISPUTE_COLUMNS} from dispute`, `merchant ${order}, id ${order}`, page.limit);
}

export function listEvents(merchant: MerchantId, { page, of }: EventQuery): Statement {
  const { lower, upper, order } = idRange(page);
  const where = new Conditions();
  where.add("merchant = ?", merchant);
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  if (of === null) return where.statement(`select ${EVENT_COLUMNS} from event`, `merchant ${order}, id ${order}`, page.limit);
  const { paymentId, kinds, id } = of;
  where.add("payment_id = ?", paymentId);
  if (id !== null) where.add("id = ?", id);
  where.add("kind = any (?::text[])", arrayOf(kinds));
  return where.statement(`select ${EVENT_COLUMNS} from event`, `merchant ${order}, payment_id ${order}, id ${order}`, page.limit);
}

export function listRefunds(merchant: MerchantId, query: RefundQuery): Statement {
  const { page, paymentId, attemptId, states, instruments, updated } = query;
  const { lower, upper, order } = idRange(updated?.sort ? { ...page, after: null } : page);
  const ofPayment = paymentId !== null || attemptId !== null;
  // A refund shares its id with its event, and the events' key begins with the payment.
  const key = ofPayment ? "e" : "r";
  const where = new Conditions();
  where.add(`${key}.merchant = ?`, merchant);
  if (paymentId !== null) where.add("e.payment_id = ?", paymentId);
  if (attemptId !== null) {
    if (paymentId === null) where.add("e.payment_id = (select payment_id from attempt where merchant = ? and id = ?)", merchant, attemptId);
    where.add("r.attempt_id = ?", attemptId);
  }
  where.add(`${key}.id > ?`, lower);
  where.add(`${key}.id < ?`, upper);
  if (states !== null) where.add("r.state = any (?::text[])", arrayOf(states));
  if (instruments !== null) where.add("r.instrument = any (?::text[])", arrayOf(instruments));
  // Literally the condition of a partial index, which is how the planner knows that it may walk it.
  if (states !== null && !states.includes("succeeded")) where.add("r.state <> 'succeeded'");
  if (instruments !== null && !instruments.includes("card")) where.add("r.instrument <> 'card'");
  if (updated !== null) addUpdated(where, page, updated);
  const columns = REFUND_COLUMNS.split(", ").map((column) => `r.${column}`).join(", ");
  const from = ofPayment ? "event e join refund r on r.merchant = e.merchant and r.id = e.id" : "refund r";
  const by = updated?.sort ? `r.merchant ${order}, r.updated_at ${order}, r.id ${order}` : ofPayment ? `e.merchant ${order}, e.payment_id ${order}, e.id ${order}` : `r.merchant ${order}, r.id ${order}`;
  return where.statement(`select ${columns} from ${from}`, by, page.limit);
}

export function listProfiles(merchant: MerchantId, query: ProfileQuery): Statement {
  const { page } = query;
  const { lower, upper, order } = idRange(page);
  const where = new Conditions();
  where.add("merchant = ?", merchant);
  const by = ["merchant"];
  const equal = (column: string, value: string | null): void => {
    if (value === null) return;
    where.add(`${column} = ?`, value);
    by.push(column);
  };
  if (query.of === "customers") {
    // Literally the condition of the partial indexes.
    where.add("kind = 'customer'");
    where.add("state = 'active'");
    equal("email", query.email);
  } else if (query.of === "accounts") {
    where.add("kind = 'account'");
  } else {
    equal("owner", query.owner);
    equal("type", query.type);
  }
  where.add("id > ?", lower);
  where.add("id < ?", upper);
  return where.statement(`select ${PROFILE_COLUMNS} from profile`, [...by, "id"].map((column) => `${column} ${order}`).join(", "), page.limit);
}

function addUpdated(where: Conditions, page: Page, updated: NonNullable<RefundQuery["updated"]>): void {
  const { from, until, sort } = updated;
  if (from !== null) where.add("r.updated_at >= ?::bigint", from);
  if (until !== null) {
    where.add("r.updated_at < ?::bigint", until);
    // Nothing is changed before it is made.
    where.add("r.id < ?", idFloor(until));
  }
  if (!sort || page.after === null) return;
  const at = updated.after ?? timeOf(page.after);
  where.add(page.order === "newest" ? "(r.updated_at, r.id) < (?::bigint, ?)" : "(r.updated_at, r.id) > (?::bigint, ?)", at, page.after);
}

class Conditions {
  readonly #values: Value[] = [];
  readonly #texts: string[] = [];

  /** Each `?` is bound to the next of the values. */
  add(text: string, ...values: Value[]): void {
    let next = 0;
    this.#texts.push(text.replaceAll("?", () => {
      this.#values.push(values[next++] ?? null);
      return `$${this.#values.length}`;
    }));
  }

  statement(select: string, order: string, limit: number): Statement {
    this.#values.push(limit);
    return { text: `${select} where ${this.#texts.join(" and ")} order by ${order} limit $${this.#values.length}::bigint`, values: this.#values };
  }
}
