/** One more try at a payment, with what the processor said or the reporter told. */
import { assert, present } from "../base/assert.ts";
import type { Authorization, Tender } from "./command.ts";
import { entryId, type AttemptId } from "./id.ts";
import type { Instrument } from "./instrument.ts";
import { capturePostings, writeEntry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import type { Notes } from "./notes.ts";
import type { Accepted } from "./outcome.ts";
import type { Attempt, Payment } from "./payment.ts";
import type { AttemptState } from "./states.ts";
import { accept } from "./accept.ts";

export function makeAttempt(
  payment: Payment,
  facts: {
    readonly id: AttemptId;
    readonly body: string;
    readonly tender: Tender;
    readonly authorization: Authorization | null;
    /** What the attempt before this one was paid with: a report need not say it again. */
    readonly known: Instrument | null;
    readonly notes: Notes;
    readonly moment: Moment;
  },
): Accepted {
  const { tender, body, moment } = facts;
  const verdict = tender.by === "report" ? reported(tender, facts.known) : processed(payment, tender, facts.authorization);
  const attempt: Attempt = {
    merchant: payment.merchant,
    id: facts.id,
    paymentId: payment.id,
    createdAt: moment.now,
    updatedAt: moment.now,
    state: verdict.state,
    processed: tender.by === "token",
    instrument: verdict.instrument,
    decline: verdict.decline,
    notes: facts.notes,
  };
  const tried: Payment = {
    ...payment,
    state: verdict.state,
    authorized: verdict.state === "authorized" || verdict.state === "captured" ? payment.requested : 0n,
    attempts: payment.attempts + 1,
    latestAttempt: attempt.id,
  };
  if (verdict.state !== "captured") return accept(`payment.${verdict.state}`, { payment: tried, attempt, body, moment });
  const { payment: captured, entry } = capture(tried, payment.requested, { body, moment });
  return accept("payment.captured", { payment: captured, attempt, entry, body, moment });
}

/** The payment with `amount` taken in, and the entry that says so. */
export function capture(payment: Payment, amount: bigint, { body, moment }: { readonly body: string; readonly moment: Moment }) {
  assert(amount > 0n && amount <= payment.authorized, "captures more than nothing and at most the authorization");
  // A fee cannot be more than what was taken in; a partial capture takes no more fee than that.
  const feeTaken = payment.feeTaken < amount ? payment.feeTaken : amount;
  const id = entryId(body);
  return writeEntry(
    { ...payment, state: "captured", captured: amount, feeTaken, captureEntry: id, capturedAt: moment.now },
    { id, kind: "capture", refundId: null, createdAt: moment.now, postings: capturePostings(payment, amount, feeTaken) },
  );
}

type Verdict = {
  readonly state: AttemptState;
  readonly instrument: Instrument;
  readonly decline: Attempt["decline"];
};

function reported(tender: Tender & { readonly by: "report" }, known: Instrument | null): Verdict {
  const instrument = tender.instrument ?? known ?? { kind: "external", label: "custom", type: null };
  return { state: tender.outcome, instrument, decline: null };
}

function processed(payment: Payment, tender: Tender & { readonly by: "token" }, authorization: Authorization | null): Verdict {
  const said = present(authorization, "the processor's answer to a token");
  const { instrument } = said;
  switch (said.verdict) {
    case "approved":
      return { state: tender.capture ? "captured" : "authorized", instrument, decline: null };
    case "needs_action":
      // Only an intent can wait for its customer; a direct charge is done or declined.
      return payment.intent
        ? { state: "initiated", instrument, decline: null }
        : { state: "failed", instrument, decline: "authentication_required" };
    case "declined":
      return { state: "failed", instrument, decline: said.decline };
  }
}
