/** The processor for tests: decides at once and purely, by magic tokens and amounts. It moves no money. */
import type { Authorization } from "../../domain/command.ts";
import type { Money } from "../../domain/money.ts";
import type { Dispute } from "../../domain/payment.ts";
import type { Processor } from "../../engine/processor.ts";
import { CARD_TOKENS } from "./card-tokens.ts";

/** Amounts in minor units that bring a chargeback upon a payment, as Square's sandbox has them. */
const CHARGEBACK_AMOUNTS = { from: 8801n, to: 8809n };

export function makeSandbox(): Processor {
  return { name: "sandbox", authorize };
}

function authorize(token: string, money: Money): Authorization | null {
  const known = CARD_TOKENS.get(token);
  if (known === undefined) return null;
  const { card: instrument, behaviour } = known;
  if (behaviour.verdict !== "approved") return { instrument, ...behaviour };
  return { instrument, verdict: "approved", dispute: disputeFor(money, behaviour.dispute) };
}

function disputeFor(money: Money, dispute: Dispute): Dispute {
  const { from, to } = CHARGEBACK_AMOUNTS;
  return money.amount >= from && money.amount <= to ? "chargeback" : dispute;
}
