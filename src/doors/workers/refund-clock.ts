/**
 * Moves payments, refunds and disputes on when their time has come, each decided as any other command is. A node sees to what it has written itself, and asks the book for
 * what is overdue, which nobody sees to. Every node may run one: whoever comes second finds them no longer due.
 */
import type { Command } from "../../domain/command.ts";
import type { Millis } from "../../domain/id.ts";
import type { Answer, Job } from "../../engine/job.ts";
import type { Due, Store } from "../../engine/store.ts";
import { NO_EXTRAS } from "../../engine/views.ts";

/** So often the book is asked for what nobody here expects: what is due in days, or what another node has left. */
const LOOK_MS = 500;
/** What is overdue by so much, the node that made it does not see to: it is gone, or has too much to do. Two that saw to the same would wait for each other's rows. */
const LEFT_MS = 500;
/**
 * So many are moved on at once. On PostgreSQL they are one transaction, which holds the rows that it has while it waits for one that it has not: the more they are, the more of what
 * callers ask for stands behind it.
 */
const BATCH_MAX = 16;
/** What falls due within one of these is done together. */
const GRAIN_MS = 10;
/** What is due later than this, or is more than so many, is left to the looks. */
const HORIZON_MS = 5_000;
const EXPECTED_MAX = 10_000;

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
  /** These by the clock of `performance`: that of the wall may go back, or stand still until it has caught up. */
  #wakesAt = Number.POSITIVE_INFINITY;
  #looksAt = Number.POSITIVE_INFINITY;
  /** What this node has written, by when it is due. */
  readonly #expected = new Map<number, Due[]>();
  #count = 0;
  /** Overdue by more than this, what others have written is seen to here. */
  #left = 0;
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
    this.#looksAt = performance.now();
    this.#sleep();
  }

  /** This was written here, and is due then. */
  expect(at: Millis, due: Due): void {
    const within = Math.max(at - this.#parts.now(), 0);
    if (!this.#runs || this.#count >= EXPECTED_MAX || within > HORIZON_MS) return;
    this.#count += 1;
    // One more, since the clock of the wall may have been read at the end of its millisecond.
    const then = Math.ceil((performance.now() + within + 1) / GRAIN_MS) * GRAIN_MS;
    const others = this.#expected.get(then);
    if (others !== undefined) {
      others.push(due);
      return;
    }
    this.#expected.set(then, [due]);
    this.#sleep();
  }

  /** Resolves when nothing that it began is under way. */
  async stop(): Promise<void> {
    this.#runs = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  #sleep(): void {
    const wakesAt = Math.min(this.#looksAt, ...this.#expected.keys());
    if (!this.#runs || this.#running !== null || (this.#timer !== null && this.#wakesAt <= wakesAt)) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakesAt = wakesAt;
    this.#timer = setTimeout(() => this.#wake(), Math.max(wakesAt - performance.now(), 0));
    this.#timer.unref();
  }

  #wake(): void {
    this.#timer = null;
    this.#running = this.#moveOn().finally(() => {
      this.#running = null;
      this.#sleep();
    });
  }

  async #moveOn(): Promise<void> {
    const own = this.#takeExpected(performance.now());
    for (let done = 0; done < own.length && this.#runs; done += BATCH_MAX) await this.#execute(own.slice(done, done + BATCH_MAX));
    if (performance.now() < this.#looksAt) return;
    await this.#look();
    this.#left = LEFT_MS;
    this.#looksAt = performance.now() + LOOK_MS;
  }

  #takeExpected(now: number): Due[] {
    const taken: Due[] = [];
    for (const [at, due] of this.#expected) {
      if (at > now) continue;
      this.#expected.delete(at);
      taken.push(...due);
    }
    this.#count -= taken.length;
    return taken;
  }

  async #look(): Promise<void> {
    const { due, now, report } = this.#parts;
    try {
      let found: Due[];
      do {
        found = await due(now() - this.#left, BATCH_MAX);
        this.#troubled = false;
        await this.#execute(found);
      } while (found.length === BATCH_MAX && this.#runs);
    } catch (error) {
      if (!this.#troubled) report(error);
      this.#troubled = true;
    }
  }

  /** Whoever is refused, since too many wait, is found again by a look. A fault of ours has stopped the server. */
  async #execute(due: readonly Due[]): Promise<void> {
    await Promise.allSettled(due.map((one) => this.#parts.execute(this.#jobFor(one))));
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
