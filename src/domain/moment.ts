import type { Millis } from "./id.ts";

/** The time of a decision and a source of new id bodies, drawn outside so that the decision itself is pure. */
export type Moment = {
  readonly now: Millis;
  /**
   * A new id body, later in order than every one before it. A change draws one, and all rows that it makes share it: a refund,
   * its journal entry and its event are found by the same key.
   */
  id(): string;
};
