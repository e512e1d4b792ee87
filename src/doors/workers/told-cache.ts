/** Events with their rows as they were, for a while: what several endpoints are told of, and what was just sorted out, is read once. They are frozen, so that none of them can be out of date. */
import type { EventId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Reader } from "../../engine/store.ts";
import type { Told } from "../../engine/views.ts";

export type InBook = { readonly book: MerchantId; readonly event: EventId };

const KEPT_MAX = 1_024;

export class ToldCache {
  readonly #read: Pick<Reader, "told">;
  readonly #kept = new Map<string, { readonly told: Told; readonly refunds: number }>();

  constructor(read: Pick<Reader, "told">) {
    this.#read = read;
  }

  /** Those that there are, by their names; with so many of their payment's refunds at least. */
  async find(of: readonly InBook[], refunds: number): Promise<ReadonlyMap<string, Told>> {
    const missing = new Map<string, InBook>();
    for (const one of of) {
      const name = nameOf(one);
      if ((this.#kept.get(name)?.refunds ?? -1) < refunds) missing.set(name, one);
    }
    const found = new Map<string, Told>();
    if (missing.size > 0) {
      for (const told of await this.#read.told([...missing.values()].map(({ book, event }) => ({ merchant: book, id: event })), refunds)) {
        const name = nameOf({ book: told.event.merchant, event: told.event.id });
        found.set(name, told);
        this.#keep(name, { told, refunds });
      }
    }
    for (const one of of) {
      const name = nameOf(one);
      const kept = this.#kept.get(name);
      if (kept !== undefined && !found.has(name)) found.set(name, kept.told);
    }
    return found;
  }

  #keep(name: string, entry: { readonly told: Told; readonly refunds: number }): void {
    this.#kept.delete(name);
    this.#kept.set(name, entry);
    if (this.#kept.size <= KEPT_MAX) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** What happens in several books at once has one id in all of them. */
export function nameOf({ book, event }: InBook): string {
  return `${book}/${event}`;
}
