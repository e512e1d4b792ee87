/** One merchant's rows, in maps by name and in arrays by order of id. */
import { unreachable } from "../../base/assert.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Event } from "../../domain/event.ts";
import type { Entry } from "../../domain/journal.ts";
import type { Past } from "../../domain/past.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Refund } from "../../domain/refund.ts";
import type { KeyRef, StoredReply } from "../../engine/store.ts";

export type Overwritten<Row> = { readonly version: number; readonly row: Row };

export class Shelf {
  readonly payments = new Ordered<Payment>();
  readonly attempts = new Ordered<Attempt>();
  readonly refunds = new Ordered<Refund>();
  readonly disputes = new Ordered<Dispute>();
  readonly profiles = new Ordered<Profile>();
  readonly entries = new Ordered<Entry>();
  readonly events = new Ordered<Event>();
  /** What was overwritten of rows, by their ids, in order. */
  readonly pasts = {
    payment: new Groups<Overwritten<Payment>>(),
    attempt: new Groups<Overwritten<Attempt>>(),
    refund: new Groups<Overwritten<Refund>>(),
    dispute: new Groups<Overwritten<Dispute>>(),
  };
  readonly replies = new Map<string, StoredReply>();
  readonly attemptsOf = new Groups<string>();
  readonly refundsOf = new Groups<string>();
  /** The dispute of a payment, by that one's id. */
  readonly disputeOf = new Map<string, string>();
  readonly entriesOf = new Groups<Entry>();
  readonly eventsOf = new Groups<Event>();
  /** The references of reported refunds. */
  readonly references = new Set<string>();

  overwrite(past: Past): void {
    switch (past.what) {
      case "payment":
        return this.pasts.payment.add(past.row.id, past);
      case "attempt":
        return this.pasts.attempt.add(past.row.id, past);
      case "refund":
        return this.pasts.refund.add(past.row.id, past);
      case "dispute":
        return this.pasts.dispute.add(past.row.id, past);
      default:
        return unreachable(past);
    }
  }
}

/** Rows by id, and their ids in order. */
export class Ordered<Row extends { readonly id: string }> {
  readonly #rows = new Map<string, Row>();
  readonly #ids: string[] = [];

  get(id: string | null): Row | undefined {
    return id === null ? undefined : this.#rows.get(id);
  }

  put(row: Row): void {
    if (!this.#rows.has(row.id)) {
      const last = this.#ids.at(-1);
      // Ids grow with time, so a new one nearly always goes to the end.
      if (last === undefined || row.id > last) this.#ids.push(row.id);
      else this.#ids.splice(firstAbove(this.#ids, row.id), 0, row.id);
    }
    this.#rows.set(row.id, row);
  }

  ids(): readonly string[] {
    return this.#ids;
  }

  get size(): number {
    return this.#ids.length;
  }
}

/** Lists by name; a name without one has the empty list. */
export class Groups<Item> {
  readonly #lists = new Map<string, Item[]>();

  of(name: string): readonly Item[] {
    return this.#lists.get(name) ?? [];
  }

  add(name: string, item: Item): void {
    const list = this.#lists.get(name);
    if (list === undefined) this.#lists.set(name, [item]);
    else list.push(item);
  }
}

/** Where the first id stands that is greater than `id`. */
export function firstAbove(ids: readonly string[], id: string): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? "") > id) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function nameOfKey({ scope, key }: Pick<KeyRef, "scope" | "key">): string {
  return JSON.stringify([scope, key]);
}
