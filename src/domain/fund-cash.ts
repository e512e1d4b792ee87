/**
 * Money that a customer sends ahead of any payment. What he has in one currency is one payment of which all is captured at once, and which grows with
 * each funding: so what goes back of it is a refund like any other, and never more than came in.
 */
import { assert } from "../base/assert.ts";
import { accept } from "./accept.ts";
import type { FundCashBalance } from "./command.ts";
import { cashIdOf, cashOf } from "./connected.ts";
import { attemptId, entryId } from "./id.ts";
import { BANK_TRANSFER } from "./instrument.ts";
import { capturePostings, writeEntry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import { AMOUNT_MAX } from "./money.ts";
import { NO_NOTES } from "./notes.ts";
import { refuse, type Outcome } from "./outcome.ts";
import type { Attempt, Payment } from "./payment.ts";
import { promise } from "./take-payment.ts";
import { findCustomer, type FindProfile } from "./whose.ts";

export type FoundCash = { readonly payment: Payment; readonly attempt: Attempt | null };

/** `found`: what the customer has in that currency already, if anything ever came. */
export function fundCash(command: FundCashBalance, found: FoundCash | null, { find, moment }: { readonly find: FindProfile; readonly moment: Moment }): Outcome {
  const { connect, money: { amount, currency }, reference } = command;
  assert(amount > 0n, "what comes in is more than nothing");
  const customer = findCustomer(connect.account, find);
  if ("code" in customer) return refuse({ code: "profile_refused", why: customer });
  const { payment, attempt } = found ?? nothingYet(command, moment);
  const all = payment.captured + amount;
  if (all > AMOUNT_MAX) return refuse({ code: "cash_exceeds_most", asked: { amount, currency }, most: { amount: AMOUNT_MAX - payment.captured, currency } });
  const body = moment.id();
  const id = entryId(body);
  const grown: Payment = {
    ...payment,
    state: "captured",
    requested: all,
    authorized: all,
    captured: all,
    captureEntry: payment.captureEntry ?? id,
    capturedAt: payment.capturedAt ?? moment.now,
  };
  const written = writeEntry(grown, { id, kind: "capture", refundId: null, createdAt: moment.now, postings: capturePostings(grown, amount, 0n) });
  return accept("payment.funded", { payment: written.payment, attempt, entry: written.entry, reference, body, moment });
}

/** As it stands before the first money comes. It is tried once, and that attempt shares its id. */
function nothingYet({ connect, money: { currency } }: FundCashBalance, moment: Moment): FoundCash {
  const [merchant, id] = [cashOf(connect.platform), cashIdOf(connect.account, currency)];
  const promised = promise({ intent: false, money: { amount: 0n, currency }, fee: 0n, connect, reference: null, notes: NO_NOTES }, { merchant, id, customer: null, moment });
  const attempt: Attempt = {
    merchant,
    id: attemptId(id),
    paymentId: id,
    createdAt: moment.now,
    updatedAt: moment.now,
    state: "captured",
    processed: true,
    instrument: BANK_TRANSFER,
    decline: null,
    customer: null,
    onFile: null,
    requested: null,
    notes: NO_NOTES,
  };
  return { payment: { ...promised, attempts: 1, latestAttempt: attempt.id }, attempt };
}
