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
/** So many are moved on at once: another node may find the same, and whoever waits for its rows waits as long as these take. */
const BATCH_MAX = 100;
/** What is due within one of these is looked for together. */
const GRAIN_MS = 10;
/** What is due later than this is left to the looks. */
const HORIZON_MS = 5_000;

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
  /** Times at which something is due, in the next seconds. */
  readonly #expected = new Set<Millis>();
  #looksAt = Number.POSITIVE_INFINITY;
  #running: Promise<void> | null = null;
  /** Something fell due while others were moved on, perhaps too late to be found with them. */
  #again = false;
  #troubled = false;
  /** Nothing runs before the start or after the stop. */
  #runs = false;

  constructor(parts: RefundClockParts) {
    this.#parts = parts;
  }

  /** What an earlier process left is found at once. */
  start(): void {
    this.#runs = true;
    this.#looksAt = this.#parts.now();
    this.#sleep();
  }

  /** Something is due at that time. */
  expect(at: Millis): void {
    const due = Math.ceil(at / GRAIN_MS) * GRAIN_MS;
    if (!this.#runs || this.#expected.has(due) || due > this.#parts.now() + HORIZON_MS) return;
    this.#expected.add(due);
    this.#sleep();
  }

  /** Resolves when nothing that it began is under way. */
  async stop(): Promise<void> {
    this.#runs = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #sleep(): void {
    if (!this.#runs) return;
    const wakesAt = Math.min(this.#looksAt, ...this.#expected);
    if (wakesAt === Number.POSITIVE_INFINITY || (this.#timer !== null && this.#wakesAt <= wakesAt)) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakesAt = wakesAt;
    this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(wakesAt - this.#parts.now(), 0), LOOK_MS));
    this.#timer.unref();
  }

  #wake(): void {
    this.#timer = null;
    const now = this.#parts.now();
    for (const at of this.#expected) if (at <= now) this.#expected.delete(at);
    if (this.#running !== null) {
      this.#again = true;
      this.#sleep();
      return;
    }
    this.#looksAt = Number.POSITIVE_INFINITY;
    this.#running = this.#moveOn().finally(() => {
      this.#running = null;
      this.#looksAt = this.#parts.now() + (this.#again ? 0 : LOOK_MS);
      this.#again = false;
      this.#sleep();
    });
    this.#sleep();
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
