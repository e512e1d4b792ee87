/** The port behind which the money moves. */
import type { Authorization } from "../domain/command.ts";
import type { Money } from "../domain/money.ts";

/**
 * A processor that answers at once and purely: the same token and amount always get the same answer, so it may be asked
 * inside a decision. Null means that it knows no such token.
 */
export interface Processor {
  readonly name: string;
  authorize(token: string, money: Money): Authorization | null;
}
