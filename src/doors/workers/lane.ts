/** What one endpoint is told: in the order in which it is due, no more at once than there are places, and each once. */
import type { Profile } from "../../domain/profile.ts";
import type { Delivery, TryProblem } from "../../engine/outbox.ts";
import type { Told } from "../../engine/views.ts";

/** What is sent and not yet kept as sent is told again after a crash: with few places, few are told twice. */
export const PLACES = 8;
/** Deliveries that are held here at once; of an endpoint that does not answer no more than can be under way. */
const QUEUED_MAX = 64;

export type Errand = { readonly delivery: Delivery; readonly told: Told; readonly lastProblem: TryProblem | null };

export class Lane {
  /** As it was when the book was last looked at. */
  endpoint: Profile;
  /** Whether it let the last try wait in vain. */
  isMute = false;
  /** The book had as many as were asked for, and so perhaps others. */
  hasMore = false;
  readonly #queue: Errand[] = [];
  /** Those that are queued, and those that have a place until their try is kept. */
  readonly #known = new Set<string>();
  /** Those that left while the book was being asked: its answer may be older than that. */
  #leftMeanwhile: Set<string> | null = null;
  #cleared = 0;
  #taken = 0;

  constructor(endpoint: Profile) {
    this.endpoint = endpoint;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get underWay(): number {
    return this.#taken;
  }

  get isIdle(): boolean {
    return this.#known.size === 0 && this.#leftMeanwhile === null;
  }

  /** Asks for what is due and queues what is new; nothing while it is being asked already, or while enough is queued. */
  async fill(ask: (limit: number) => Promise<readonly Delivery[]>, prepare: (fresh: readonly Delivery[]) => Promise<readonly Errand[]>): Promise<void> {
    const most = this.isMute ? PLACES : QUEUED_MAX;
    if (this.#leftMeanwhile !== null || this.#queue.length > most / 2) return;
    const left = new Set<string>();
    this.#leftMeanwhile = left;
    const before = this.#cleared;
    try {
      const limit = most + this.#known.size;
      const due = await ask(limit);
      this.hasMore = due.length === limit;
      const isNew = (delivery: Delivery) => !this.#known.has(nameOf(delivery)) && !left.has(nameOf(delivery));
      for (const errand of await prepare(due.filter(isNew))) {
        // Meanwhile the merchant may have become another process's.
        if (this.#cleared !== before || !isNew(errand.delivery)) continue;
        this.#known.add(nameOf(errand.delivery));
        this.#queue.push(errand);
      }
    } finally {
      this.#leftMeanwhile = null;
    }
  }

  /** The next, with one of so many places of its own; null where none is left, of either. */
  next(places: number): Errand | null {
    if (this.#taken >= places) return null;
    const errand = this.#queue.shift() ?? null;
    if (errand !== null) this.#taken += 1;
    return errand;
  }

  /** Its try is kept, or was never made. */
  leave({ delivery }: Errand): void {
    this.#taken -= 1;
    this.#known.delete(nameOf(delivery));
    this.#leftMeanwhile?.add(nameOf(delivery));
  }

  /** Nothing that waits here is sent any more. */
  clear(): void {
    this.#cleared += 1;
    for (const { delivery } of this.#queue.splice(0)) this.#known.delete(nameOf(delivery));
  }
}

function nameOf({ event, part }: Delivery): string {
  return `${event}/${part}`;
}
