/** A payment comes into the book: promised only, or with its first attempt. */
import type { Authorization, TakePayment } from "./command.ts";
import { attemptId, paymentId, type PaymentId, type ProfileId } from "./id.ts";
import { JOURNAL_START } from "./journal.ts";
import type { MerchantId } from "./merchant.ts";
import type { Moment } from "./moment.ts";
import type { Outcome } from "./outcome.ts";
import type { Known } from "./whose.ts";
import type { Payment } from "./payment.ts";
import { makeAttempt } from "./make-attempt.ts";
import { accept } from "./accept.ts";
import { checkTerms } from "./connect-terms.ts";

export function takePayment(
  command: TakePayment,
  facts: { readonly merchant: MerchantId; readonly authorization: Authorization | null; readonly known: Known; readonly moment: Moment },
): Outcome {
  const { merchant, authorization, known, moment } = facts;
  const { connect = null, money } = command;
  if (connect !== null) {
    const fee = connect.role === "destination" ? connect.fee : command.fee;
    const no = checkTerms({ fee, transfer: connect.transfer }, money);
    if (no) return no;
  }
  const id = paymentId(moment.id());
  const promised = promise(command, { merchant, id, customer: known.customer?.id ?? null, moment });
  if (command.tender === null) return accept("payment.opened", { payment: promised, attempt: null, body: id, moment });
  // A payment and its first attempt are one thing to those who take them at once, so they share one id body.
  return makeAttempt(promised, {
    id: attemptId(id),
    body: id,
    tender: command.tender,
    authorization,
    before: null,
    onFile: known.onFile,
    hold: command.hold ?? null,
    takesPart: command.takesPart ?? false,
    notes: command.attemptNotes,
    moment,
  });
}

type Promised = Pick<TakePayment, "intent" | "money" | "fee" | "reference" | "notes"> & Partial<Pick<TakePayment, "connect" | "tender">>;

/** A payment of which nothing has happened yet. */
export function promise(
  command: Promised,
  { merchant, id, customer, moment }: { readonly merchant: MerchantId; readonly id: PaymentId; readonly customer: ProfileId | null; readonly moment: Moment },
): Payment {
  return {
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
    toCapture: null,
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
    deadline: null,
    reference: command.reference ?? id,
    customer,
    onFile: null,
    connect: command.connect ?? null,
    notes: command.notes,
  };
}
