/** What a capture brings to other books: the application's fee, and the transfer by which a charge goes on to an account. */
import { present } from "../base/assert.ts";
import type { SendTransfer } from "./command.ts";
import { feesOf, merchantOfAccount, receivedOf, transfersOf, type Connect } from "./connected.ts";
import { attemptId, paymentId, type AttemptId, type PaymentId } from "./id.ts";
import type { Instrument } from "./instrument.ts";
import { makeAttempt } from "./make-attempt.ts";
import type { MerchantId } from "./merchant.ts";
import type { Moment } from "./moment.ts";
import type { Money } from "./money.ts";
import { NO_NOTES, type Notes } from "./notes.ts";
import type { Accepted } from "./outcome.ts";
import { moneyOf, type Payment } from "./payment.ts";
import { promise } from "./take-payment.ts";

/** It moves from one balance to another, and by no card. */
const BETWEEN_ACCOUNTS: Instrument = { kind: "external", label: "account", type: null };

export function alongsideCapture({ payment, attempt }: Pick<Accepted, "payment" | "attempt">, moment: Moment): Accepted[] {
  const { connect } = payment;
  if (connect === null) return [];
  const { id: attemptOf } = present(attempt, "the attempt that was captured");
  const of = { merchant: payment.merchant, attempt: attemptOf };
  if (connect.role === "charge") return feeOf(payment, { of, attempt: attemptOf, moment });
  if (connect.role !== "destination") return [];
  const amount = connect.transfer !== null && connect.transfer < payment.captured ? connect.transfer : payment.captured;
  return transferTo(connect, { id: paymentId(present(payment.captureEntry, "the entry of a capture")), money: moneyOf(payment, amount), of, notes: NO_NOTES, moment });
}

/** A transfer of its own, by no charge that goes on. */
export function sendTransfer({ connect, money, notes }: SendTransfer, moment: Moment): Accepted {
  const [sent, ...elsewhere] = transferTo(connect, { id: paymentId(moment.id()), money, of: connect.of, notes, moment });
  return { ...sent, elsewhere };
}

type Transfer = { readonly id: PaymentId; readonly money: Money; readonly of: Connect["of"]; readonly notes: Notes; readonly moment: Moment };

/** The money out, the same money in, and the fee that is taken of that. The first is the transfer. */
function transferTo({ platform, account, fee, group }: Connect, { id, money, of, notes, moment }: Transfer): [Accepted, ...Accepted[]] {
  const taken = fee < money.amount ? fee : money.amount;
  const shared = { platform, account, transfer: null, fee: taken, of, group };
  const merchant = receivedOf(merchantOfAccount(platform, account));
  const sent = moved({ role: "transfer", ...shared }, { merchant: transfersOf(platform), id, attempt: attemptId(id), money, fee: 0n, notes, moment });
  const received = moved({ role: "received", ...shared, of: null }, { merchant, id, attempt: attemptId(id), money, fee: taken, notes: NO_NOTES, moment });
  return [sent, received, ...feeOf(received.payment, { of, attempt: attemptId(id), moment })];
}

/** A fee has the id of the capture's entry; its attempt shares that of the charge's, by which it is found. */
function feeOf({ connect, captureEntry, feeTaken, currency }: Payment, { of, attempt, moment }: { readonly of: Connect["of"]; readonly attempt: AttemptId; readonly moment: Moment }): Accepted[] {
  if (connect === null || feeTaken === 0n) return [];
  const { platform, account } = connect;
  const id = paymentId(present(captureEntry, "the entry of a capture"));
  const fee: Connect = { role: "fee", platform, account, transfer: null, fee: 0n, of, group: null };
  return [moved(fee, { merchant: feesOf(platform), id, attempt, money: { amount: feeTaken, currency }, fee: 0n, notes: NO_NOTES, moment })];
}

type Moving = { readonly merchant: MerchantId; readonly id: PaymentId; readonly attempt: AttemptId; readonly money: Money; readonly fee: bigint; readonly notes: Notes; readonly moment: Moment };

/** A payment that is made by being written. */
function moved(connect: Connect, { merchant, id, attempt, money, fee, notes, moment }: Moving): Accepted {
  const promised = promise({ intent: false, money, fee, connect, reference: null, notes }, { merchant, id, customer: null, moment });
  return makeAttempt(promised, {
    id: attempt,
    body: id,
    tender: { by: "token", token: "", capture: true },
    authorization: { verdict: "approved", instrument: BETWEEN_ACCOUNTS },
    before: null,
    onFile: null,
    notes,
    moment,
  });
}
