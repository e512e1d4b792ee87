/** Money, and times, as every object has them. */
import { formatted, members, text, whole } from "../../../base/shape.ts";

export const MONEY = members({ amount: whole, currency: text }, "Minor units of a currency.");

/** RFC 3339 with milliseconds, in UTC. */
export const time = formatted(text, "date-time");
