/** One more try at a payment, with what the processor said or the reporter told. */
import { assert, present } from "../base/assert.ts";
import type { Connect } from "./connected.ts";
import type { Authorization, TakePayment, Tender } from "./command.ts";
import { entryId, type AttemptId, type Millis } from "./id.ts";
import type { Instrument } from "./instrument.ts";
import { capturePostings, writeEntry } from "./journal.ts";
import type { Moment } from "./moment.ts";
import { notesBeginning, type Notes } from "./notes.ts";
import type { Accepted } from "./outcome.ts";
import { moneyOf, type Attempt, type Payment } from "./payment.ts";
import type { Profile } from "./profile.ts";
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
    readonly before: Instrument | null;
    /** What a tender by an instrument on file stands for. */
    readonly onFile: Profile | null;
    readonly notes: Notes;
    /** How long an authorization is held, and whether a part of the amount may do. */
    readonly hold?: TakePayment["hold"];
    readonly takesPart?: boolean;
    readonly moment: Moment;
  },
): Accepted {
  const { tender, body, moment } = facts;
  const verdict = tender.by === "report" ? reported(tender, facts.before) : processed(payment, { tender, said: facts.authorization, takesPart: facts.takesPart ?? false });
  const onFile = tender.by === "on_file" ? present(facts.onFile, "the instrument on file") : null;
  const inherited = onFile === null || tender.by !== "on_file" ? {} : notesBeginning(onFile.notes, tender.inherits);
  const attempt: Attempt = {
    merchant: payment.merchant,
    id: facts.id,
    paymentId: payment.id,
    createdAt: moment.now,
    updatedAt: moment.now,
    state: verdict.state,
    processed: tender.by !== "report",
    instrument: verdict.instrument,
    decline: verdict.decline,
    customer: payment.customer,
    onFile: onFile?.id ?? null,
    requested: payment.intent ? moneyOf(payment, payment.requested) : null,
    notes: onFile === null ? facts.notes : { ...inherited, ...facts.notes },
  };
  const tried: Payment = {
    ...payment,
    state: verdict.state,
    authorized: verdict.state === "authorized" || verdict.state === "captured" ? (verdict.part ?? payment.requested) : 0n,
    deadline: deadlineOf(verdict, facts),
    attempts: payment.attempts + 1,
    latestAttempt: attempt.id,
    onFile: attempt.onFile,
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
  const connect = atMost(payment.connect, amount);
  return writeEntry(
    { ...payment, connect, state: "captured", deadline: null, captured: amount, feeTaken, captureEntry: id, capturedAt: moment.now },
    { id, kind: "capture", refundId: null, createdAt: moment.now, postings: capturePostings(payment, amount, feeTaken) },
  );
}

/** Of a charge that goes on, neither more than what was taken in, nor a fee beyond that. */
function atMost(connect: Connect | null, amount: bigint): Connect | null {
  if (connect?.role !== "destination" || (connect.fee <= amount && (connect.transfer ?? 0n) <= amount)) return connect;
  return { ...connect, fee: connect.fee < amount ? connect.fee : amount, transfer: connect.transfer !== null && connect.transfer > amount ? amount : connect.transfer };
}

type Verdict = {
  readonly state: AttemptState;
  readonly instrument: Instrument;
  readonly decline: Attempt["decline"];
  /** What was authorized, where that is not the whole. */
  readonly part?: bigint;
  /** How long the money is on its way. */
  readonly arrivesIn?: Millis;
};

function deadlineOf({ state, arrivesIn }: Verdict, { hold, moment }: { readonly hold?: TakePayment["hold"]; readonly moment: Moment }): Payment["deadline"] {
  if (arrivesIn !== undefined) return { at: moment.now + arrivesIn, act: "capture" };
  return state === "authorized" && hold ? { at: moment.now + hold.for, act: hold.act } : null;
}

function reported(tender: Tender & { readonly by: "report" }, before: Instrument | null): Verdict {
  const instrument = tender.instrument ?? before ?? { kind: "external", label: "custom", type: null };
  return { state: tender.outcome, instrument, decline: null };
}

type Asked = { readonly tender: Exclude<Tender, { readonly by: "report" }>; readonly said: Authorization | null; readonly takesPart: boolean };

function processed(payment: Payment, { tender, said: answer, takesPart }: Asked): Verdict {
  const said = present(answer, "the processor's answer to a token");
  const { instrument } = said;
  switch (said.verdict) {
    case "approved":
      return { state: tender.capture ? "captured" : "authorized", instrument, decline: null };
    case "approved_in_part":
      // What is to be captured at once must be there whole.
      return takesPart && !tender.capture && said.amount > 0n
        ? { state: "authorized", instrument, decline: null, part: said.amount }
        : { state: "failed", instrument, decline: "insufficient_funds" };
    case "under_way":
      // It comes by itself: nobody can be promised that it is only taken once he says so.
      if (!tender.capture) return { state: "failed", instrument, decline: "not_permitted" };
      return { state: "initiated", instrument, decline: null, arrivesIn: said.for };
    case "needs_action":
      // Only an intent can wait for its customer; a direct charge is done or declined.
      return payment.intent
        ? { state: "initiated", instrument, decline: null }
        : { state: "failed", instrument, decline: "authentication_required" };
    case "declined":
      return { state: "failed", instrument, decline: said.decline };
  }
}
