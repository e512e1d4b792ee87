/**
 * A refund that belongs to no payment of a customer's. What the merchant gives for it is a payment of its own, in a book beside the merchant's, and the
 * refund gives the whole of that back: both are made at once. So whatever holds for refunds holds for this one too, without a second way.
 */
import { assert } from "../base/assert.ts";
import type { RefundPayment, RefundStart, RefundUnlinked, Tender } from "./command.ts";
import { attemptId, paymentId, type PaymentId } from "./id.ts";
import type { Instrument } from "./instrument.ts";
import { makeAttempt } from "./make-attempt.ts";
import type { MerchantId } from "./merchant.ts";
import type { Moment } from "./moment.ts";
import { NO_NOTES } from "./notes.ts";
import type { Outcome } from "./outcome.ts";
import { refundPayment } from "./refund-payment.ts";
import { promise } from "./take-payment.ts";

/** `merchant` is the book beside the merchant's. `start`: what the processor says of the money; not asked where somebody else gave it. */
export function refundUnlinked(
  command: RefundUnlinked,
  { merchant, instrument, start, moment }: { readonly merchant: MerchantId; readonly instrument: Instrument; readonly start: RefundStart | undefined; readonly moment: Moment },
): Outcome {
  const { money, destination, connect } = command;
  const tender: Tender = destination.by === "report" ? { by: "report", instrument, outcome: "captured" } : { by: "token", token: "", capture: true };
  const id = paymentId(moment.id());
  const promised = promise({ intent: false, money, fee: 0n, connect, reference: null, notes: NO_NOTES, tender }, { merchant, id, customer: null, moment });
  const given = makeAttempt(promised, {
    id: attemptId(id),
    body: id,
    tender,
    authorization: { verdict: "approved", instrument },
    before: null,
    onFile: null,
    notes: NO_NOTES,
    moment,
  });
  const refunded = refundPayment(wholeOf(id, command), given, { moment, start });
  if (!refunded.accepted) {
    assert(refunded.refusal.code === "refund_declined", `the whole of what was just given is refused: ${refunded.refusal.code}`);
    return refunded;
  }
  return { ...given, next: refunded };
}

function wholeOf(id: PaymentId, { notes }: RefundUnlinked): RefundPayment {
  return {
    kind: "refund_payment", target: { by: "payment", id, as: "any" }, within: null, money: null, fee: { kind: "none" }, channel: "executed", reference: null, release: false,
    askAt: null, expectedVersion: null, refundsMax: null, ageMax: null, notes, paymentNotes: {},
  };
}
