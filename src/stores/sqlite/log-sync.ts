/**
 * Makes commits durable: an fdatasync of the log, which SQLite has written when a commit returns. A disk that answers at once
 * is waited for, since to hand the wait over would cost more than the wait; a slow one is waited for outside this thread,
 * and all that is committed meanwhile shares the next sync.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** A disk whose syncs usually take longer than this is not waited for here. */
export const SLOW_MS = 2;
/** The part that the last sync has in what is usual: one that met a checkpoint's own says little about the next. */
const NEWEST_PART = 0.1;
/** However long one took, it counts for no more. */
const SAMPLE_MS_MAX = 5 * SLOW_MS;

export type Sync = {
  readonly now: (file: number) => void;
  readonly later: (file: number, done: (error: Error | null) => void) => void;
};

const SYSTEM: Sync = { now: fdatasyncSync, later: fdatasync };

type Waiting = { readonly resolve: () => void; readonly reject: (error: Error) => void };

export class LogSync {
  readonly #file: number;
  readonly #sync: Sync;
  /** How long a sync usually takes: an average that leans to the last ones. */
  #usualMillis = 0;
  /** Commits that the sync under way may have missed. */
  #waiting: Waiting[] = [];
  /** Whoever must not speak before the sync under way has ended. */
  #covered: Waiting[] | null = null;

  constructor(log: string, sync: Sync = SYSTEM) {
    this.#file = openSync(log, "r+");
    this.#sync = sync;
    // An earlier process may have been killed between a commit and its sync: what it left in the system's memory is read from now on.
    sync.now(this.#file);
  }

  /** After a commit. Null when it is durable already; rejects when nobody knows whether it is. */
  commit(): Promise<void> | null {
    if (this.#covered === null && this.#usualMillis <= SLOW_MS) {
      const began = performance.now();
      this.#sync.now(this.#file);
      this.#took(performance.now() - began);
      return null;
    }
    const durable = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if (this.#covered === null) this.#go();
    return durable;
  }

  /** Null when all that was committed is durable; else what resolves when it is. */
  settled(): Promise<void> | null {
    const waiting = this.#waiting.length > 0 ? this.#waiting : this.#covered;
    return waiting === null ? null : new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }

  close(): void {
    closeSync(this.#file);
  }

  #go(): void {
    const covered = this.#waiting;
    this.#waiting = [];
    this.#covered = covered;
    const began = performance.now();
    this.#sync.later(this.#file, (error) => {
      this.#took(performance.now() - began);
      this.#covered = null;
      if (error !== null) return this.#fail([...covered, ...this.#waiting], error);
      if (this.#waiting.length > 0) this.#go();
      for (const { resolve } of covered) resolve();
    });
  }

  #took(millis: number): void {
    this.#usualMillis += (Math.min(millis, SAMPLE_MS_MAX) - this.#usualMillis) * NEWEST_PART;
  }

  #fail(waiting: readonly Waiting[], error: Error): void {
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}
