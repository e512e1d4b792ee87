/** Times and spans as Square writes them: RFC 3339 with milliseconds and `Z`, and ISO 8601 durations. */
import type { Millis } from "../../domain/id.ts";

const TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const DAYS_IN = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function wireTime(at: Millis): string {
  return new Date(at).toISOString();
}

/** The time, to the millisecond, or null. A day that its month does not have is no time: `Date` alone would take it. */
export function parseTime(text: string): Millis | null {
  const parts = TIME.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && !leap ? 28 : (DAYS_IN[month - 1] ?? 0);
  if (day < 1 || day > days) return null;
  if ((hour ?? 24) > 23 || (minute ?? 60) > 59 || (second ?? 60) > 59) return null;
  const at = Date.parse(text.toUpperCase());
  return Number.isNaN(at) ? null : at;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const DURATION = /^P(?=.)(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;

/** An ISO 8601 duration of weeks, days, hours, minutes and seconds, or null. */
export function parseDuration(text: string): Millis | null {
  const parts = DURATION.exec(text);
  if (parts === null) return null;
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return (weeks ?? 0) * 7 * DAY + (days ?? 0) * DAY + (hours ?? 0) * HOUR + (minutes ?? 0) * MINUTE + (seconds ?? 0) * SECOND;
}

/** Square renders a week as `PT168H` (Square's API reference: CreatePayment): in the greatest unit up to hours that leaves no rest. */
export function wireDuration(span: Millis): string {
  if (span % HOUR === 0) return `PT${span / HOUR}H`;
  return span % MINUTE === 0 ? `PT${span / MINUTE}M` : `PT${Math.floor(span / SECOND)}S`;
}
