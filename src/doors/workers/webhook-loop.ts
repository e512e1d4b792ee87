/** Has the courier look as soon as something happened, and now and then: other nodes write too, and what failed is due again. */
import type { Millis } from "../../domain/id.ts";
import type { WebhookCourier } from "./webhook-courier.ts";

/** So often without being told that anything happened. */
const LOOK_MS: Millis = 250;
/** What happens within one of these is looked for together. */
const GRAIN_MS: Millis = 10;
/** So often it is looked whether deliveries are old, and a moment later again while there are more. */
const PRUNE_MS: Millis = 60_000;
/** While the desk has all hands full, telling takes at most one part of the time in so many. */
const BUSY_SHARE = 8;
/** And looks all the same before its lease is over. */
const REST_MS_MAX: Millis = 2_000;

export type LoopParts = {
  readonly courier: WebhookCourier;
  readonly busy: () => boolean;
  /** Takes away some of the deliveries that are shown no more; true if there may be others. */
  readonly prune: () => Promise<boolean>;
  readonly report: (error: unknown) => void;
};

export class WebhookLoop {
  readonly #parts: LoopParts;
  #timer: NodeJS.Timeout | null = null;
  #wakesAt = Number.POSITIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #poked = false;
  #runs = false;
  #troubled = false;
  #prunesAt = 0;
  /** Before that nothing wakes it. */
  #restsUntil = 0;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#runs = true;
    this.#sleep(0);
  }

  /** Something was written that may have to be told. */
  poke(): void {
    if (this.#looking !== null) this.#poked = true;
    else this.#sleep(Math.max(GRAIN_MS, this.#restsUntil - performance.now()));
  }

  async stop(): Promise<void> {
    this.#runs = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking;
    await this.#parts.courier.stop().catch((error: unknown) => this.#parts.report(error));
  }

  #sleep(millis: Millis): void {
    const at = performance.now() + millis;
    if (!this.#runs || at >= this.#wakesAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setTimeout(() => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.#looking = this.#look();
    }, millis);
  }

  async #look(): Promise<void> {
    const began = performance.now();
    this.#poked = false;
    let more = false;
    try {
      more = await this.#parts.courier.look();
      if (began >= this.#prunesAt) {
        this.#prunesAt = began + PRUNE_MS;
        if (await this.#parts.prune()) this.#prunesAt = 0;
      }
      this.#troubled = false;
    } catch (error) {
      if (!this.#troubled) this.#parts.report(error);
      this.#troubled = true;
    }
    this.#looking = null;
    const rest = this.#parts.busy() ? Math.min((performance.now() - began) * BUSY_SHARE, REST_MS_MAX) : 0;
    this.#restsUntil = performance.now() + rest;
    this.#sleep(Math.max(rest, more ? 0 : this.#poked ? GRAIN_MS : LOOK_MS));
  }
}
