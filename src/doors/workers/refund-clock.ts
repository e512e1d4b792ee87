/**
 * Moves payments, refunds and disputes on when their time has come: asks the book which are due, and has each decided as any other command is.
 * Every node may run one: whoever comes second finds them no longer due.
 */
import type { Command } from "../../domain/command.ts";
import type { Millis } from "../../domain/id.ts";
import type { Answer, Job } from "../../engine/job.ts";
import type { Due, Store } from "../../engine/store.ts";
import { NO_EXTRAS } from "../../engine/views.ts";

/** So often the book is asked, though nothing is known to be due: another node may have left something. */
const LOOK_MS = 1_000;
/** So many are moved on at once. */
const BATCH_MAX = 500;

export type RefundClockParts = {
  readonly due: Store["due"];
  readonly execute: (job: Job) => Promise<Answer>;
  readonly now: () => Millis;
  readonly requestId: () => string;
  /** Told once when the book cannot be asked, until it can be again. */
  readonly report: (error: unknown) => void;
};

export class RefundClock {
  readonly #parts: RefundClockParts;
  #timer: NodeJS.Timeout | null = null;
  #wakesAt = Number.POSITIVE_INFINITY;
  #running: Promise<void> | null = null;
  #troubled = false;
  /** Nothing runs before the start or after the stop. */
  #runs = false;

  constructor(parts: RefundClockParts) {
    this.#parts = parts;
  }

  /** What an earlier process left is found at once. */
  start(): void {
    this.#runs = true;
    this.expect(this.#parts.now());
  }

  /** Something is due at that time. */
  expect(at: Millis): void {
    if (!this.#runs || at >= this.#wakesAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(at - this.#parts.now(), 0), LOOK_MS));
    this.#timer.unref();
  }

  /** Resolves when nothing that it began is under way. */
  async stop(): Promise<void> {
    this.#runs = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #wake(): void {
    this.#timer = null;
    this.#wakesAt = Number.POSITIVE_INFINITY;
    // Whoever is expected while it runs is found by the run, or by the next one.
    this.#running ??= this.#moveOn().finally(() => {
      this.#running = null;
      this.expect(this.#parts.now() + LOOK_MS);
    });
  }

  async #moveOn(): Promise<void> {
    const { due, execute, now, report } = this.#parts;
    try {
      let found: Due[];
      do {
        found = await due(now(), BATCH_MAX);
        this.#troubled = false;
        // Whoever is refused, since too many wait, is found again by the next look. A fault of ours has stopped the server.
        await Promise.allSettled(found.map((one) => execute(this.#jobFor(one))));
      } while (found.length === BATCH_MAX && this.#runs);
    } catch (error) {
      if (!this.#troubled) report(error);
      this.#troubled = true;
    }
  }

  #jobFor(due: Due): Job {
    return {
      merchant: due.merchant,
      requestId: this.#parts.requestId(),
      command: advance(due),
      claims: [],
      extras: NO_EXTRAS,
      reply: () => ({ status: 200, body: "" }),
    };
  }
}

function advance(due: Due): Command {
  switch (due.what) {
    case "payment":
      return { kind: "advance_payment", target: { by: "payment", id: due.id, as: "any" } };
    case "refund":
      return { kind: "advance_refund", refund: due.id, of: null };
    case "dispute":
      return { kind: "advance_dispute", dispute: due.id };
  }
}
