import { randomBytes } from "node:crypto";
import { base62Bytes } from "../base/base62.ts";
import { CHANCE_WIDTH, IDS_PER_MILLISECOND, idBody, type Millis } from "../domain/id.ts";
import type { Moment } from "../domain/moment.ts";

/** Where time and chance come from: the machine's, or a test's own. */
export type Sources = { now(): Millis; chance(length: number): string };

const POOL_BYTES = 4_096;

export function machineSources(): Sources {
  let pool = randomBytes(POOL_BYTES);
  let used = 0;
  return {
    now: () => Date.now(),
    chance(length) {
      if (used + length > pool.length) {
        pool = randomBytes(POOL_BYTES);
        used = 0;
      }
      used += length;
      return base62Bytes(pool.subarray(used - length, used));
    },
  };
}

/**
 * Draws moments, none of them before the given time. Time never goes back and ids only grow within one process, whatever the clock
 * does; across several, whoever's clock is behind that of their book goes by the book's.
 */
export function makeMoments(sources: Sources): (notBefore?: Millis) => Moment {
  let last: Millis = 0;
  let count = 0;
  function id(): string {
    if (count >= IDS_PER_MILLISECOND) {
      last += 1;
      count = 0;
    }
    return idBody(last, count++, sources.chance(CHANCE_WIDTH));
  }
  return (notBefore = 0) => {
    const now = Math.max(sources.now(), notBefore);
    if (now > last) {
      last = now;
      count = 0;
    }
    return { now: last, id };
  };
}
