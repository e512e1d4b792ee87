/** Where in the order of ids a page of a list lies, for every SQL store. */
import { idFloor } from "../domain/id.ts";
import type { Page } from "./views.ts";

/** Below and above every id. */
export const LEAST = "";
export const MOST = "~";

/**
 * The ids between which a page lies, both excluded, and the way to walk them. A floor of ids is only their first characters and
 * never itself an id, so that "at or after" and "after" are one.
 */
export function idRange({ order, after, from, until }: Page): { readonly lower: string; readonly upper: string; readonly order: "asc" | "desc" } {
  const lowest = from === null ? LEAST : idFloor(from);
  const highest = until === null ? MOST : idFloor(until);
  if (after === null) return { lower: lowest, upper: highest, order: order === "newest" ? "desc" : "asc" };
  if (order === "newest") return { lower: lowest, upper: after < highest ? after : highest, order: "desc" };
  return { lower: after > lowest ? after : lowest, upper: highest, order: "asc" };
}
