/** From a command to its decision: finds the payment, asks the processor, and hands both to the kernel. */
import { unreachable } from "../base/assert.ts";
import { capturePayment, describePayment, endPayment, tryPayment, type Found } from "../domain/change-payment.ts";
import type { Authorization, Command, Tender } from "../domain/command.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Moment } from "../domain/moment.ts";
import type { Money } from "../domain/money.ts";
import { refuse, type Outcome } from "../domain/outcome.ts";
import { moneyOf } from "../domain/payment.ts";
import { refundPayment } from "../domain/refund-payment.ts";
import { takePayment } from "../domain/take-payment.ts";
import type { Processor } from "./processor.ts";
import type { WorkingSet } from "./working-set.ts";

export type Deciding = {
  readonly merchant: MerchantId;
  readonly rows: WorkingSet;
  readonly processor: Processor;
  readonly moment: Moment;
};

export function decideCommand(command: Command, deciding: Deciding): Outcome {
  const { merchant, rows, processor, moment } = deciding;
  if (command.kind === "take_payment") {
    return takePayment(command, { merchant, authorization: authorize(processor, command.tender, command.money), moment });
  }
  const found = rows.find(merchant, command.target);
  return found === null ? refuse({ code: "payment_not_found" }) : decideOn(command, found, deciding);
}

function decideOn(command: Exclude<Command, { kind: "take_payment" }>, found: Found, { processor, moment }: Deciding): Outcome {
  switch (command.kind) {
    case "try_payment": {
      const money = moneyOf(found.payment, found.payment.requested);
      return tryPayment(command, found, { authorization: authorize(processor, command.tender, money), moment });
    }
    case "capture_payment":
      return capturePayment(command, found, moment);
    case "end_payment":
      return endPayment(command, found, moment);
    case "describe_payment":
      return describePayment(command, found, moment);
    case "refund_payment":
      return refundPayment(command, found, moment);
    default:
      return unreachable(command);
  }
}

function authorize(processor: Processor, tender: Tender | null, money: Money): Authorization | null {
  return tender?.by === "token" ? processor.authorize(tender.token, money) : null;
}
