/** The processor for tests: decides at once and purely, by magic tokens and amounts. It moves no money. */
import type { Authorization } from "../../domain/command.ts";
import type { Money } from "../../domain/money.ts";
import type { Processor } from "../../engine/processor.ts";
import { CARD_TOKENS } from "./card-tokens.ts";

/** Amounts in minor units that bring a chargeback upon a payment made with Square's tokens (Square's API reference: sandbox values). */
const CHARGEBACK_FROM = 8801n;
const CHARGEBACK_TO = 8809n;

export function makeSandbox(): Processor {
  return { name: "sandbox", authorize };
}

function authorize(token: string, money: Money): Authorization | null {
  const known = CARD_TOKENS.get(token);
  if (known === undefined) return null;
  const { card: instrument, behaviour } = known;
  if (behaviour.verdict !== "approved") return { instrument, ...behaviour };
  const charged = known.chargedBackByAmount && money.amount >= CHARGEBACK_FROM && money.amount <= CHARGEBACK_TO;
  return { instrument, verdict: "approved", dispute: charged ? "chargeback" : behaviour.dispute };
}
