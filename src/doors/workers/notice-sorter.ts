/** Sorts a merchant's notices out into deliveries. What cannot be told through a fault of ours stays where it is, for a version without that fault, and holds up no other. */
import type { Millis } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import { allEndpoints } from "../../engine/all-endpoints.ts";
import { isEnabled } from "../../engine/endpoint.ts";
import type { Delivery, Notice, Outbox } from "../../engine/outbox.ts";
import { StoreUnavailable, type Reader } from "../../engine/store.ts";
import type { Teller } from "../../engine/teller.ts";
import type { Told } from "../../engine/views.ts";
import { sortOut } from "./sort-out.ts";
import { nameOf, type ToldCache } from "./told-cache.ts";

/** Notices that are sorted out together. */
const SORTED_MAX = 128;
/** So many that cannot be told are remembered, and passed over. */
const FAULTY_MAX = 1_000;

export type SorterParts = {
  readonly outbox: Outbox;
  readonly read: Pick<Reader, "listProfiles">;
  readonly told: ToldCache;
  readonly tellers: ReadonlyMap<string, Teller>;
  readonly now: () => Millis;
  readonly report: (error: unknown) => void;
};

export class NoticeSorter {
  readonly #parts: SorterParts;
  readonly #faulty = new Set<string>();

  constructor(parts: SorterParts) {
    this.#parts = parts;
  }

  /** True if there are more than it took on. */
  async sortOut(merchant: MerchantId): Promise<boolean> {
    const { outbox, read, tellers, now } = this.#parts;
    // Those that are passed over stand before the others.
    const limit = SORTED_MAX + this.#faulty.size;
    const found = await outbox.notices(merchant, limit);
    const notices = found.filter((notice) => !this.#faulty.has(nameOf(notice)));
    if (notices.length === 0) return false;
    const endpoints = (await allEndpoints(read, merchant, null)).filter(isEnabled);
    const told = endpoints.length === 0 ? new Map<string, Told>() : await this.#tell(notices, endpoints);
    const sorting = { endpoints, tellers, now: now() };
    const sorted = notices.flatMap((notice): { readonly notice: Notice; readonly deliveries: readonly Delivery[] }[] => {
      const one = told.get(nameOf(notice));
      if (this.#faulty.has(nameOf(notice))) return [];
      const deliveries = one === undefined ? [] : this.unlessFaulty(nameOf(notice), () => sortOut(notice, one, sorting));
      return deliveries === null ? [] : [{ notice, deliveries }];
    });
    await outbox.sortOut(sorted.map(({ notice }) => notice), sorted.flatMap(({ deliveries }) => deliveries));
    return found.length === limit && sorted.length > 0;
  }

  /** What is made, or null through a fault of ours, which is reported once. */
  unlessFaulty<T>(name: string, make: () => T): T | null {
    try {
      return make();
    } catch (error) {
      this.#tellOf(name, error);
      return null;
    }
  }

  /** Together; or each by itself where something cannot be read of one of them. */
  async #tell(notices: readonly Notice[], endpoints: readonly Profile[]): Promise<ReadonlyMap<string, Told>> {
    const refunds = Math.max(...endpoints.map(({ dialect }) => this.#parts.tellers.get(dialect ?? "")?.refunds ?? 0));
    try {
      return await this.#parts.told.find(notices, refunds);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      const told = new Map<string, Told>();
      for (const notice of notices) {
        const found = await this.#parts.told.find([notice], refunds).catch((fault: unknown) => {
          this.#tellOf(nameOf(notice), fault);
          return new Map<string, Told>();
        });
        for (const [name, one] of found) told.set(name, one);
      }
      return told;
    }
  }

  #tellOf(name: string, error: unknown): void {
    if (this.#faulty.has(name) || this.#faulty.size >= FAULTY_MAX) return;
    this.#faulty.add(name);
    this.#parts.report(error);
  }
}
