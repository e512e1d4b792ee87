/** The port behind which the money moves. */
import type { Authorization, DisputeStart, DisputeVerdict, RefundStart, RefundVerdict } from "../domain/command.ts";
import type { Dispute } from "../domain/dispute.ts";
import type { Millis } from "../domain/id.ts";
import type { Instrument } from "../domain/instrument.ts";
import type { Money } from "../domain/money.ts";
import type { Keeping } from "../domain/profile-command.ts";
import type { Refund } from "../domain/refund.ts";

/** `email`: where the customer can be asked. `underWayFirst`: whether the refund is to be told as under way, though it could be done at once. */
export type RefundAsked = { readonly amount: bigint; readonly email: string | null; readonly underWayFirst: boolean; readonly now: Millis };

/**
 * A processor that answers at once and purely: the same token and amount always get the same answer, so it may be asked
 * inside a decision. Null means that it knows no such token.
 */
export interface Processor {
  readonly name: string;
  authorize(token: string, money: Money): Authorization | null;
  /** Whether it authorizes so much in all on an instrument of which it has authorized less. */
  extend(instrument: Instrument, money: Money): boolean;
  /** What it says to a token that is to be kept and paid with later. */
  keep(token: string): Keeping | null;
  /** The token that stands for a card's number. Numbers of real cards are never to be sent here, and none is known. */
  tokenOf(cardNumber: string): string | null;
  /** What becomes of money that is to go back to the instrument, as asked for. */
  refund(instrument: Instrument, asked: RefundAsked): RefundStart;
  /** Whether it says so too late for whoever asks: the refund is made, and only a retry hears of it. */
  answersLate(refund: Refund, instrument: Instrument): boolean;
  /** What has become of a refund whose time has come. */
  advance(refund: Refund, instrument: Instrument, now: Millis): RefundVerdict;
  /** The dispute that a payment of so much with that instrument meets as soon as it is captured; null where there is none. */
  dispute(instrument: Instrument, money: Money, now: Millis): DisputeStart | null;
  /** When the bank will have judged this evidence; null where nobody knows. */
  reviewedBy(evidence: Dispute["evidence"], now: Millis): Millis | null;
  /** What has become of a dispute whose time has come. */
  judge(dispute: Dispute, now: Millis): DisputeVerdict;
  /** The number by which the customer's bank knows the refund; null while it is not known yet, and where there is none. */
  acquirerReference(refund: Refund, now: Millis): string | null;
}
