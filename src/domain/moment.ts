import type { Millis } from "./id.ts";

/** The time of a decision and a source of new id bodies, drawn outside so that the decision itself is pure. */
export type Moment = {
  readonly now: Millis;
  /** A new id body, later in order than every one before it. */
  id(): string;
};
