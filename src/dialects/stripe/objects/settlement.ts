/** When what moved can be paid out: at the second midnight, UTC, after it moved. */
import type { Millis } from "../../../domain/id.ts";
import { DAY_MS } from "../../../engine/views.ts";

const SETTLES_AFTER_DAYS = 2;

/** Seconds since 1970, as Stripe tells times. */
export function availableOn(at: Millis): number {
  return (dayOf(at) + SETTLES_AFTER_DAYS) * (DAY_MS / 1_000);
}

/** The first day, counted from 1970-01-01, on which nothing that moved is available yet. */
export function firstPendingDay(now: Millis): number {
  return dayOf(now) - SETTLES_AFTER_DAYS + 1;
}

function dayOf(at: Millis): number {
  return Math.floor(at / DAY_MS);
}
