/** What one endpoint is told: in the order in which it is due, no more at once than there are places, and each once. */
import type { Delivery, TryProblem } from "../../engine/outbox.ts";
import type { Told } from "../../engine/views.ts";

/** What is sent and not yet kept as sent is told again after a crash: with few places, few are told twice. */
export const PLACES = 8;

export type Errand = { readonly delivery: Delivery; readonly told: Told; readonly lastProblem: TryProblem | null };

export class Lane {
  readonly #queue: Errand[] = [];
  /** Those that are queued, and those that have a place until their try is kept. */
  readonly #known = new Set<string>();
  #taken = 0;

  get queued(): number {
    return this.#queue.length;
  }

  /** How many are known here, and so need not be looked up again. */
  get size(): number {
    return this.#known.size;
  }

  get isIdle(): boolean {
    return this.#known.size === 0;
  }

  knows(delivery: Delivery): boolean {
    return this.#known.has(nameOf(delivery));
  }

  add(errand: Errand): void {
    this.#known.add(nameOf(errand.delivery));
    this.#queue.push(errand);
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
  }

  /** Nothing that waits here is sent any more. */
  clear(): void {
    for (const { delivery } of this.#queue.splice(0)) this.#known.delete(nameOf(delivery));
  }
}

function nameOf({ event, part }: Delivery): string {
  return `${event}/${part}`;
}
