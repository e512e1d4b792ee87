/**
 * Load by callers who do as they should: what got no answer, or a 5xx, is sent again under its key until it is answered. So every
 * write ends in an answer, and the book must hold exactly what was acknowledged.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Answered, Client } from "./client.ts";
import { runWorkers, type Write } from "./kill-load.ts";

/** So long a caller tries: longer than any server needs to know what became of its commit. */
const TRY_MS = 120_000;
const PAUSE_MS = 20;

export type Steady = {
  readonly ledger: readonly Write[];
  /** When a write was acknowledged that had been sent after `since`, by the clock of `performance`. */
  readonly acknowledgedSince: (since: number) => Promise<number>;
  readonly acknowledged: () => number;
  /** Writes that were sent and wait for their answer. */
  readonly underWay: () => number;
  /** Answers of 5xx, and requests that got none, each of which was sent again. */
  readonly failures: () => number;
  /** Resolves when what is under way was answered. */
  readonly stop: () => Promise<void>;
};

type Waiting = { readonly since: number; readonly resolve: (at: number) => void };

export function steadyLoad(clients: readonly Client[], round: string): Steady {
  const ledger: Write[] = [];
  let [turn, acknowledged, failures, stopped] = [0, 0, 0, false];
  let waiting: Waiting[] = [];

  async function send(write: Write): Promise<Answered | null> {
    if (stopped) return null;
    ledger.push(write);
    const until = performance.now() + TRY_MS;
    while (performance.now() < until) {
      turn += 1;
      const asked = performance.now();
      const answer = await clients[turn % clients.length]?.send(write.sent).catch(() => null);
      if (answer !== null && answer !== undefined && answer.status < 500) {
        write.answer = answer;
        if (answer.status === 200) note(asked);
        return answer;
      }
      failures += 1;
      await delay(PAUSE_MS);
    }
    throw new Error(`nothing was answered to ${write.sent.path} within ${TRY_MS} ms`);
  }

  function note(asked: number): void {
    acknowledged += 1;
    const now = performance.now();
    for (const { since, resolve } of waiting) if (asked >= since) resolve(now);
    waiting = waiting.filter(({ since }) => asked < since);
  }

  const running = runWorkers(round, send);
  // Whoever stops the load hears of it.
  running.catch(() => undefined);
  return {
    ledger,
    acknowledgedSince: (since) =>
      Promise.race([new Promise<number>((resolve) => waiting.push({ since, resolve })), running.then(() => Promise.reject(new Error("the load has ended")))]),
    acknowledged: () => acknowledged,
    underWay: () => ledger.filter(({ answer }) => answer === null).length,
    failures: () => failures,
    async stop() {
      stopped = true;
      await running;
    },
  };
}
