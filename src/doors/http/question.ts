/**
 * What the HTTP door asks of the house, and what it is told: plain data, since the two may be in different threads. What every
 * request sends is a list and not an object, so that no name of a field is copied with each.
 */
import type { Method } from "../../engine/declaration.ts";
import type { Trouble, WireReply } from "../../engine/wire.ts";
import type { Fault } from "./fault.ts";

/** What the door knows of a dialect: where it is, and which headers its endpoints may read. */
export type Mount = {
  readonly name: string;
  readonly prefix: string;
  readonly versionHeader: string;
  /** In lower case. */
  readonly headers: readonly string[];
  readonly routes: readonly Route[];
};

export type Route = { readonly method: Method; readonly path: string };

/** A request whose bytes were read: which dialect, its which route, and what came along, headers in the order of the mount. */
export type Call = readonly [
  dialect: number, route: number, apiKey: string | null, path: string, query: string, body: string, contentType: string | null,
  pathParameters: Readonly<Record<string, string>>, headers: readonly (string | null)[],
];

export type Question =
  | Call
  /** There is nothing at this address: said only to who has a key. */
  | { readonly kind: "nowhere"; readonly dialect: number; readonly apiKey: string | null; readonly method: string; readonly path: string; readonly version: string | null }
  | { readonly kind: "trouble"; readonly dialect: number; readonly trouble: Trouble; readonly version: string | null }
  | { readonly kind: "document"; readonly dialect: number }
  | { readonly kind: "ready" };

/** `fault` is ours, for the log: the request met it, and was answered. */
export type Told = { readonly reply: WireReply; readonly fault?: Fault };

export type Ask = (question: Question) => Promise<Told>;

export function isCall(question: Question): question is Call {
  return Array.isArray(question);
}
