/**
 * The CreatePayments of this process that are not answered yet. Whoever cancels by key does so because no answer came, so a payment that is
 * being made just now is waited for: "there is none" would be true for a moment only.
 */
import type { MerchantId } from "../../domain/merchant.ts";

type Name = { readonly merchant: MerchantId; readonly key: string };

export class Creations {
  readonly #underWay = new Map<string, Set<Promise<unknown>>>();

  /** What comes of `work`, which is known as under way until then. */
  async track<T>({ merchant, key }: Name, work: Promise<T>): Promise<T> {
    const name = nameOf(merchant, key);
    const all = this.#underWay.get(name) ?? new Set();
    this.#underWay.set(name, all.add(work));
    try {
      return await work;
    } finally {
      all.delete(work);
      if (all.size === 0 && this.#underWay.get(name) === all) this.#underWay.delete(name);
    }
  }

  /** Resolves when all are over, however they end, that are under way with this key now. */
  async ended({ merchant, key }: Name): Promise<void> {
    await Promise.allSettled(this.#underWay.get(nameOf(merchant, key)) ?? new Set<Promise<unknown>>());
  }
}

function nameOf(merchant: MerchantId, key: string): string {
  return `${merchant} ${key}`;
}
