/** From a command to its decision: finds the payment, asks the processor, and hands both to the kernel. */
import { adjustPayment } from "../domain/adjust-payment.ts";
import { advancePayment } from "../domain/advance-payment.ts";
import { amendPayment } from "../domain/amend-payment.ts";
import { capturePayment, describePayment, endPayment, tryPayment, type Found } from "../domain/change-payment.ts";
import { alongsideCapture, sendTransfer } from "../domain/connect-capture.ts";
import { withCounterparts } from "../domain/connect-refund.ts";
import { cashIdOf, feesOf } from "../domain/connected.ts";
import { fundCash } from "../domain/fund-cash.ts";
import { present, unreachable } from "../base/assert.ts";
import type { Authorization, Command, RefundPayment, RefundStart, RefundUnlinked, Tender } from "../domain/command.ts";
import type { ProfileId } from "../domain/id.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Moment } from "../domain/moment.ts";
import type { Money } from "../domain/money.ts";
import { refuse, type Accepted, type Outcome, type Refused } from "../domain/outcome.ts";
import { leftToRefund, moneyOf } from "../domain/payment.ts";
import { addressOf, refundPayment } from "../domain/refund-payment.ts";
import { refundUnlinked } from "../domain/refund-unlinked.ts";
import { advanceRefund, describeRefund, endRefund, settleAlong, type FoundRefund } from "../domain/settle-refund.ts";
import { advanceDispute, closeDispute, openDispute, respondToDispute, type FoundDispute } from "../domain/settle-dispute.ts";
import { takePayment } from "../domain/take-payment.ts";
import { findWhose, type Known, type Whose } from "../domain/whose.ts";
import type { Processor } from "./processor.ts";
import type { WorkingSet } from "./working-set.ts";

export type Deciding = {
  readonly merchant: MerchantId;
  readonly rows: WorkingSet;
  readonly processor: Processor;
  readonly moment: Moment;
};

export function decideCommand(command: Command, deciding: Deciding): Outcome {
  const outcome = decideAlone(command, deciding);
  // What a merchant gives for a refund of no payment is no customer's, and nothing comes of it but that refund.
  return outcome.accepted && outcome.event.kind === "payment.captured" && command.kind !== "refund_unlinked" ? followedUp(outcome, deciding) : outcome;
}

/** A payment that was just captured, what that brings to other books, and what its customer's bank says to it. */
function followedUp(taken: Accepted, { processor, moment }: Deciding): Accepted {
  const captured = taken.payment.connect === null ? taken : { ...taken, elsewhere: [...taken.elsewhere, ...alongsideCapture(taken, moment)] };
  const { payment, attempt } = captured;
  if (payment.origin !== "processed" || attempt === null) return captured;
  const start = processor.dispute(attempt.instrument, moneyOf(payment, payment.toCapture ?? payment.requested), moment.now);
  return start === null ? captured : { ...captured, next: openDispute(captured, start, moment) };
}

function decideAlone(command: Command, deciding: Deciding): Outcome {
  const { merchant, rows, processor, moment } = deciding;
  if (command.kind === "take_payment") {
    const known = knownTo(deciding, command.whose, null);
    if ("refusal" in known) return known;
    return takePayment(command, { merchant, authorization: authorize(processor, command.tender, { money: command.money, known }), known, moment });
  }
  if (command.kind === "send_transfer") return sendTransfer(command, moment);
  if (command.kind === "fund_cash_balance") {
    const { connect: { platform, account }, money: { currency } } = command;
    const found = rows.find(merchant, { by: "payment", id: cashIdOf(account, currency), as: "any" });
    return fundCash(command, found, { find: (id) => rows.profile(platform, id), moment });
  }
  if (command.kind === "refund_unlinked") return decideUnlinked(command, deciding);
  if ("refund" in command) {
    const found = rows.findRefund(merchant, command);
    return found === null ? refuse({ code: "refund_not_found" }) : decideOnRefund(command, found, deciding);
  }
  if ("dispute" in command) {
    const found = rows.findDispute(merchant, command.dispute);
    return found === null ? refuse({ code: "dispute_not_found" }) : decideOnDispute(command, found, deciding);
  }
  const found = rows.find(merchant, command.target);
  return found === null ? refuse({ code: "payment_not_found" }) : decideOn(command, found, deciding);
}

type OnRefund = Extract<Command, { readonly refund: unknown }>;

function decideOnRefund(command: OnRefund, found: FoundRefund, deciding: Deciding): Outcome {
  const outcome = decideOnRefundAlone(command, found, deciding);
  const { connect } = found.payment;
  if (!outcome.accepted || outcome.refund === null || connect?.role !== "charge" || found.refund.feeReturned === 0n) return outcome;
  const fee = present(deciding.rows.findRefund(feesOf(connect.platform), { refund: found.refund.id, of: null }), `the fee that came back with refund ${found.refund.id}`);
  const settled = settleAlong(fee, outcome.refund, deciding.moment);
  return settled === null ? outcome : { ...outcome, elsewhere: [settled] };
}

function decideOnRefundAlone(command: OnRefund, found: FoundRefund, { processor, moment }: Deciding): Outcome {
  switch (command.kind) {
    case "describe_refund":
      return describeRefund(command, found, moment);
    case "end_refund":
      return endRefund(command, found, moment);
    case "advance_refund": {
      const { instrument } = present(found.attempt, "the attempt of a refund");
      return advanceRefund(found, { verdict: () => processor.advance(found.refund, instrument, moment.now), moment });
    }
    default:
      return unreachable(command);
  }
}

type OnDispute = Extract<Command, { readonly dispute: unknown }>;

function decideOnDispute(command: OnDispute, found: FoundDispute, { processor, moment }: Deciding): Outcome {
  switch (command.kind) {
    case "respond_to_dispute":
      return respondToDispute(command, found, { reviewedBy: (evidence) => processor.reviewedBy(evidence, moment.now), moment });
    case "close_dispute":
      return closeDispute(command, found, moment);
    case "advance_dispute":
      return advanceDispute(found, { verdict: () => processor.judge(found.dispute, moment.now), moment });
    default:
      return unreachable(command);
  }
}

function decideOn(command: Exclude<Command, { kind: "take_payment" | "send_transfer" | "fund_cash_balance" | "refund_unlinked" } | OnRefund | OnDispute>, found: Found, deciding: Deciding): Outcome {
  const { processor, moment } = deciding;
  switch (command.kind) {
    case "try_payment": {
      const known = knownTo(deciding, command.whose, found.payment.customer);
      if ("refusal" in known) return known;
      const money = moneyOf(found.payment, found.payment.requested);
      return tryPayment(command, found, { authorization: authorize(processor, command.tender, { money, known }), onFile: known.onFile, moment });
    }
    case "amend_payment": {
      const known = knownTo(deciding, command.whose, found.payment.customer);
      return "refusal" in known ? known : amendPayment(command, found, moment);
    }
    case "capture_payment":
      return capturePayment(command, found, moment);
    case "end_payment":
      return endPayment(command, found, moment);
    case "adjust_payment":
      return adjustPayment(command, found, { extend: (instrument, money) => processor.extend(instrument, money), moment });
    case "advance_payment":
      return advancePayment(command, found, moment);
    case "describe_payment":
      return describePayment(command, found, moment);
    case "refund_payment":
      return refundEverywhere(command, found, deciding);
    default:
      return unreachable(command);
  }
}

function refundEverywhere(command: RefundPayment, found: Found, { processor, rows, moment }: Deciding): Outcome {
  const outcome = refundPayment(command, found, { moment, start: startOf(processor, command, { found, moment }) });
  if (!outcome.accepted || found.payment.connect === null) return outcome;
  return withCounterparts(command, outcome, { find: ({ merchant, ...target }) => rows.find(merchant, { ...target, as: "any" }), moment });
}

function decideUnlinked(command: RefundUnlinked, { merchant, processor, moment }: Deciding): Outcome {
  const { destination, money, underWayFirst } = command;
  const kept = destination.by === "token" ? present(processor.keep(destination.token), "what a token stands for") : { instrument: destination.instrument, decline: null };
  if (kept.decline !== null) return refuse({ code: "refund_declined", decline: kept.decline });
  const start = destination.by === "report" ? undefined : processor.refund(kept.instrument, { amount: money.amount, email: null, underWayFirst, now: moment.now });
  return refundUnlinked(command, { merchant, instrument: kept.instrument, start, moment });
}

/** What was refunded elsewhere, or was never a processor's, no processor is asked about. */
function startOf(processor: Processor, command: RefundPayment, { found, moment }: { readonly found: Found; readonly moment: Moment }): RefundStart | undefined {
  const { payment, attempt } = found;
  if (command.channel !== "executed" || payment.origin !== "processed" || attempt === null) return undefined;
  const amount = command.money?.amount ?? leftToRefund(payment);
  return processor.refund(attempt.instrument, { amount, email: addressOf(command, attempt), underWayFirst: command.underWayFirst === true, now: moment.now });
}

function knownTo({ merchant, rows }: Deciding, whose: Whose, own: ProfileId | null): Known | Refused {
  const known = findWhose(whose, own, (id) => rows.profile(merchant, id));
  return "code" in known ? refuse({ code: "profile_refused", why: known }) : known;
}

function authorize(processor: Processor, tender: Tender | null, { money, known: { onFile } }: { readonly money: Money; readonly known: Known }): Authorization | null {
  if (tender?.by === "token") return processor.authorize(tender.token, money);
  if (tender?.by !== "on_file" || onFile === null) return null;
  const said = processor.authorize(present(onFile.token, "the token of an instrument"), money);
  // What is on file may say more of the instrument than its token does, such as until when it is good.
  return said === null ? null : { ...said, instrument: onFile.instrument ?? said.instrument };
}
