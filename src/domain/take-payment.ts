/** A payment comes into the book: promised only, or with its first attempt. */
import type { Authorization, TakePayment } from "./command.ts";
import { attemptId, paymentId } from "./id.ts";
import { JOURNAL_START } from "./journal.ts";
import type { MerchantId } from "./merchant.ts";
import type { Moment } from "./moment.ts";
import type { Outcome } from "./outcome.ts";
import type { Payment } from "./payment.ts";
import { makeAttempt } from "./make-attempt.ts";
import { accept } from "./accept.ts";

export function takePayment(
  command: TakePayment,
  facts: { readonly merchant: MerchantId; readonly authorization: Authorization | null; readonly moment: Moment },
): Outcome {
  const { merchant, authorization, moment } = facts;
  const id = paymentId(moment.id());
  const promised: Payment = {
    merchant,
    id,
    createdAt: moment.now,
    updatedAt: moment.now,
    version: 0,
    state: "open",
    origin: command.tender?.by === "report" ? "recorded" : "processed",
    intent: command.intent,
    currency: command.money.currency,
    requested: command.money.amount,
    authorized: 0n,
    captured: 0n,
    refunded: 0n,
    pending: 0n,
    disputed: 0n,
    feeTaken: command.fee,
    feeReturned: 0n,
    dispute: "none",
    disputeId: null,
    attempts: 0,
    refunds: 0,
    entries: 0,
    journalHead: JOURNAL_START,
    latestAttempt: null,
    captureEntry: null,
    capturedAt: null,
    reference: command.reference ?? id,
    notes: command.notes,
  };
  if (command.tender === null) return accept("payment.opened", { payment: promised, attempt: null, body: id, moment });
  // A payment and its first attempt are one thing to those who take them at once, so they share one id body.
  return makeAttempt(promised, {
    id: attemptId(id),
    body: id,
    tender: command.tender,
    authorization,
    known: null,
    notes: command.attemptNotes,
    moment,
  });
}
