/**
 * The first refunds of a payment are named in its own row, which is written with each of them anyway: an index would have one
 * more page, anywhere in the book, written with every refund. Those that come after them are in the index `event_of_payment`.
 */
import { ByName } from "../../engine/by-name.ts";
import type { Event } from "../../domain/event.ts";
import type { Payment } from "../../domain/payment.ts";
import type { Changes } from "../../engine/store.ts";

/** So many are named in the row of a payment that came into the book before them. */
export const FIRST_REFUNDS = 8;

/** The names of a payment `p`, as rows of one `value`. Each is written with a comma after it, so that another can be put behind it. */
export const NAMED_BY_PAYMENT = "json_each('[' || p.first_refunds || 'null]')";

/** What one batch adds to the names. */
export class FirstRefunds {
  readonly #names = new ByName<{ count: number; text: string }>();
  readonly #named = new Set<Event>();

  constructor({ changedPayments, newEvents }: Pick<Changes, "changedPayments" | "newEvents">) {
    for (const { payment, loaded } of changedPayments) {
      if (payment.refunds > loaded.refunds && loaded.refunds < FIRST_REFUNDS) this.#names.set(payment.merchant, payment.id, { count: loaded.refunds, text: "" });
    }
    for (const event of newEvents) {
      // A refund shares its id with the event that tells of its beginning.
      if (event.refundId === null || String(event.refundId) !== String(event.id)) continue;
      const names = this.#names.get(event.merchant, event.paymentId);
      if (names === undefined || names.count >= FIRST_REFUNDS) continue;
      names.count += 1;
      names.text += `"${event.id}",`;
      this.#named.add(event);
    }
  }

  addedTo({ merchant, id }: Payment): string {
    return this.#names.get(merchant, id)?.text ?? "";
  }

  /** Whether the index by payment lists it. */
  isListed(event: Event): boolean {
    return !this.#named.has(event);
  }
}
