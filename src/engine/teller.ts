/** How a dialect tells events: which of its API's own events one of the book's is, and the request that brings one to an endpoint. */
import type { Millis } from "../domain/id.ts";
import type { Mode } from "../domain/merchant.ts";
import type { Profile } from "../domain/profile.ts";
import type { Delivery, Hearer, TryProblem } from "./outbox.ts";
import type { Told } from "./views.ts";

/** One of the API's own events. `part` tells apart what one event of the book is there, whoever hears of it, and what events of one id in several books are: never two of the same. */
export type Telling = { readonly part: number; readonly type: string };

/** What is sent, as POST: these very bytes were signed. */
export type Post = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** What became of a post: the answer's status and its first bytes, or the problem and what went wrong, in words. `took` is in milliseconds. */
export type Sent = { readonly status: number | null; readonly problem: TryProblem | null; readonly answer: string; readonly took: Millis };

export type Telegram = {
  readonly told: Told;
  readonly delivery: Delivery;
  /** What the last try came to; null the first time. */
  readonly lastProblem: TryProblem | null;
  readonly now: Millis;
};

/** It is asked again for each try: the same event has the same bytes every time, but for what the API signs anew. */
export interface Teller {
  /** So many of the payment's newest refunds are wanted with what is told. */
  readonly refunds: number;
  /** The API's events that this one is, in the order in which they are told. */
  tell(told: Told): readonly Telling[];
  /** Whether the endpoint asked for it: it is enabled, and listens to that type, and to this hearer's part of it. */
  hears(endpoint: Profile, telling: Telling, hearer: Hearer): boolean;
  /** Null where its secret cannot be opened, so that nothing can be signed. */
  post(endpoint: Profile, telegram: Telegram): Post | null;
  /** How long after each failed try the next one is made: as many more tries as there are waits. */
  waits(mode: Mode): readonly Millis[];
  /** How long an answer is waited for. */
  readonly patience: Millis;
}
