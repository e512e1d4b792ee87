/** How a door and a dialect talk: requests whose bytes were read and whose key was checked, and what goes back. */
import type { Millis } from "../domain/id.ts";
import type { MerchantId, Mode } from "../domain/merchant.ts";
import type { ApiDescription } from "./api-description.ts";
import type { Balances } from "./balances.ts";
import type { EndpointDeclaration } from "./declaration.ts";
import type { Answer, Job } from "./job.ts";
import type { Processor } from "./processor.ts";
import type { Outbox } from "./outbox.ts";
import type { Reader } from "./store.ts";
import type { Post, Sent, Teller } from "./teller.ts";
import type { Vault } from "./vault.ts";

export type WireRequest = {
  readonly merchant: MerchantId;
  /** A body of 24 base62 characters; dialects that show it add their prefix. */
  readonly requestId: string;
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Without the question mark, undecoded. */
  readonly query: string;
  readonly body: string;
  readonly contentType: string | null;
  /** A header by its lower-case name, one of those that the dialect reads; the door has refused duplicates of those that matter. */
  readonly header: (name: string) => string | null;
};

export type WireReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What can be wrong with a request before any endpoint sees it, or with us. The dialect words it. */
export type Trouble =
  | { readonly kind: "no_key" }
  | { readonly kind: "bad_key"; readonly key: string }
  | { readonly kind: "unknown_url"; readonly method: string; readonly path: string }
  | { readonly kind: "too_large"; readonly bytesMax: number }
  /** The bytes cannot be read: `what` says which part, for people. */
  | { readonly kind: "unreadable"; readonly what: string }
  /** More is asked than can be written, with a key of which mode: nothing was done. */
  | { readonly kind: "too_many"; readonly mode: Mode }
  /** The store cannot be reached or does not get on: nothing was done. */
  | { readonly kind: "unavailable" }
  /** A processor did not answer in time. It may be done: the same key tells. */
  | { readonly kind: "late" }
  | { readonly kind: "fault" };

export type Endpoint = {
  readonly declaration: EndpointDeclaration;
  readonly handle: (request: WireRequest) => Promise<WireReply>;
};

/** A wire API, as a door mounts it. */
export type Dialect = {
  readonly name: string;
  /** Every path of the dialect begins with it. */
  readonly prefix: string;
  /** What its documents say, beside what the endpoints declare. */
  readonly api: ApiDescription;
  readonly endpoints: readonly Endpoint[];
  /** How it tells events; none where nobody is told any. */
  readonly teller?: Teller;
  readonly trouble: (trouble: Trouble, context: { readonly requestId: string; readonly version: string | null }) => WireReply;
  /** The header in which a client names the API version it speaks. */
  readonly versionHeader: string;
  /** What else of a request's headers its endpoints may read, in lower case. */
  readonly headers: readonly string[];
};

/** What a dialect may use of the house. */
export type Desk = {
  readonly execute: (job: Job) => Promise<Answer>;
  readonly read: Reader;
  readonly balances: Balances;
  readonly processor: Processor;
  readonly now: () => Millis;
  /** Where secrets are sealed; null where no key for it was given, and then no endpoint can be made. */
  readonly vault: Vault | null;
  /** Whether events may be told to that URL, or why not, in words (`doors/workers`). */
  readonly mayTell: (url: string) => string | null;
  readonly outbox: Outbox;
  /** Sends it once, now, and waits so long for an answer. Whatever goes wrong on the way is told, and nothing is thrown. */
  readonly send: (post: Post, patience: Millis) => Promise<Sent>;
  /** Events are shown for so many days. */
  readonly eventDays: number;
};
