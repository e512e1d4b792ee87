/**
 * The only way to write. Jobs that arrive while a commit is under way wait and form the next batch; a batch is one
 * transaction: load all it needs, decide each job in order, save everything in bulk, commit, answer. There is no
 * batch window: an idle engine commits a lone job at once, a busy one hundreds with one fsync.
 */
import { BrokenInvariant } from "../base/assert.ts";
import type { Millis, ProfileId } from "../domain/id.ts";
import type { Moment } from "../domain/moment.ts";
import { changeProfile } from "../domain/change-profile.ts";
import { decideCommand } from "./decide-command.ts";
import type { Answer, Claim, Done, Job, PaymentJob, ProfileJob, Reply } from "./job.ts";
import { needsOf } from "./needs.ts";
import type { Processor } from "./processor.ts";
import { AnswerLate, OutcomeUnknown, Overloaded, StoreUnavailable, type Changes, type Due, type Store } from "./store.ts";
import { WaitingLine } from "./waiting-line.ts";
import { WorkingSet } from "./working-set.ts";

export const BATCH_MAX = 512;
/** So many jobs of one batch are a crowd, and for so long after it others are expected. */
const CROWD = 8;
const CROWDED_MS = 100;

export type EngineParts = {
  readonly store: Store;
  readonly processor: Processor;
  readonly moments: (notBefore?: Millis) => Moment;
  /** Called when going on could harm the book. The jobs under way are not answered after an unknown outcome. */
  readonly halt: (error: Error) => void;
  /** Called after a commit in which something happened that may have to be told. */
  readonly told?: () => void;
  /** Told after a commit when the payments, refunds and disputes that were written are due. */
  readonly due?: (at: Millis, due: Due) => void;
};

type Waiting = {
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/** `late`: it was done, and whoever asked is not told in time. */
type Decision = { readonly reply: Reply; readonly done: boolean; readonly late?: boolean };

/** What became of one job inside its batch. */
type Decided = { readonly answer: Answer } | { readonly fault: unknown };

export class Engine {
  readonly #parts: EngineParts;
  readonly #queue = new WaitingLine<Waiting>(BATCH_MAX, ({ reject }) => reject(new StoreUnavailable("the store does not get on, and the request waited too long for its turn")));
  /** Batches that were cut and are not answered. */
  #underWay = 0;
  #woken = false;
  #halted = false;
  #crowdedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Whether many have had to be decided together a moment ago: whatever can wait should. */
  get isBusy(): boolean {
    return performance.now() - this.#crowdedAt < CROWDED_MS;
  }

  /** Rejects with `StoreUnavailable` or `Overloaded` when nothing was done, with `AnswerLate` when the caller must ask again, with any other error when the fault is ours. */
  execute(job: Job): Promise<Answer> {
    if (this.#halted) return Promise.reject(new StoreUnavailable("the server is stopping"));
    const refusal = this.#queue.refusal(this.#underWay >= this.#parts.store.lanes);
    if (refusal === "too_many") return Promise.reject(new Overloaded("too many requests are waiting"));
    if (refusal === "stuck") return Promise.reject(new StoreUnavailable("the store does not get on"));
    return new Promise((resolve, reject) => {
      this.#queue.join({ job, resolve, reject });
      this.#wake();
    });
  }

  /** Requests that arrived together are parsed in one turn of the loop; a batch is cut when that turn ends. */
  #wake(): void {
    if (this.#woken || this.#queue.length === 0 || this.#underWay >= this.#parts.store.lanes) return;
    this.#woken = true;
    setImmediate(() => {
      this.#woken = false;
      if (this.#halted) return;
      const batch = this.#queue.cut();
      if (batch.length === 0) return;
      if (batch.length >= CROWD) this.#crowdedAt = performance.now();
      if (this.#underWay === 0) this.#queue.began();
      this.#underWay += 1;
      void this.#runBatch(batch).finally(() => {
        this.#underWay -= 1;
        this.#queue.ended();
        this.#wake();
      });
      this.#wake();
    });
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    let decided: readonly Decided[] = [];
    let goOn: readonly GoesOn[] = [];
    let tells = false;
    try {
      await this.#parts.store.transact(needsOf(batch.map(({ job }) => job)), (loaded, notBefore) => {
        const rows = new WorkingSet(loaded);
        decided = batch.map(({ job }) => this.#decide(job, rows, notBefore));
        const changes = rows.changes();
        goOn = this.#parts.due === undefined ? [] : thatGoOn(changes);
        tells = changes.newEvents.length > 0;
        return changes;
      });
    } catch (error) {
      if (error instanceof OutcomeUnknown) return this.#halt(error);
      for (const { reject } of batch) reject(error);
      if (!(error instanceof StoreUnavailable)) this.#halt(asError(error));
      return;
    }
    for (const [i, { resolve, reject }] of batch.entries()) {
      const one = decided[i];
      if (one && "answer" in one) resolve(one.answer);
      else reject(one?.fault);
    }
    for (const { at, due } of goOn) this.#parts.due?.(at, due);
    if (tells) this.#parts.told?.();
    const broken = decided.find((one) => "fault" in one && one.fault instanceof BrokenInvariant);
    if (broken && "fault" in broken) this.#halt(asError(broken.fault));
  }

  /** One job's fault leaves the others of its batch as they were: its changes are applied last. */
  #decide(job: Job, rows: WorkingSet, notBefore: Millis | undefined): Decided {
    try {
      const { late, ...answer } = this.#answer(job, rows, notBefore);
      return late === true ? { fault: new AnswerLate("the processor did not answer in time") } : { answer };
    } catch (fault) {
      return { fault };
    }
  }

  #answer(job: Job, rows: WorkingSet, notBefore: Millis | undefined): Answer & { readonly late?: boolean } {
    const { merchant, claims } = job;
    const moment = this.#parts.moments(notBefore);
    for (const [i, claim] of claims.entries()) {
      const first = rows.key({ merchant, scope: claim.scope, key: claim.key });
      if (first === null) continue;
      const same = first.path === claim.path && first.fingerprint === claim.fingerprint;
      const reply = same ? { status: first.status, body: first.body } : job.reply({ conflict: { claim, first } });
      // A key that came before this one and is new is bound by the answer too: it must never mean another request later.
      bind(job, { claims: claims.slice(0, i), reply, rows, moment, done: false });
      return same ? { kind: "replayed", reply, firstRequestId: first.requestId } : { kind: "decided", reply };
    }
    const { reply, done, late = false } = job.profile !== undefined ? this.#changeProfile(job, rows, moment) : this.#movePayment(job, rows, moment);
    bind(job, { claims, reply, rows, moment, done });
    return { kind: "decided", reply, late };
  }

  #movePayment({ merchant: own, book: merchant = own, command, extras, request = null, reply }: PaymentJob, rows: WorkingSet, moment: Moment): Decision {
    const { processor } = this.#parts;
    const outcome = decideCommand(command, { merchant, rows, processor, moment });
    if (!outcome.accepted) return { reply: reply({ refusal: outcome.refusal }), done: false };
    const done = rows.view(outcome, extras);
    const said = reply({ done });
    rows.apply(outcome, request);
    return { reply: said, done: true, late: isLate(processor, command, done) };
  }

  #changeProfile({ merchant, profile: command, reply }: ProfileJob, rows: WorkingSet, moment: Moment): Decision {
    const find = (id: ProfileId) => rows.profile(merchant, id);
    const outcome = changeProfile(command, { merchant, find, keep: (token) => this.#parts.processor.keep(token), moment });
    if ("refusal" in outcome) return { reply: reply({ refusal: outcome.refusal }), done: false };
    const [profile, ...others] = outcome.changed;
    const around = [profile.owner, profile.preferred].flatMap((id) => (id === null ? [] : (others.find((other) => other.id === id) ?? find(id) ?? [])));
    const said = reply({ done: { profile, around } });
    rows.applyProfiles(outcome.changed);
    return { reply: said, done: true };
  }

  #halt(error: Error): void {
    this.#halted = true;
    for (const { reject } of this.#queue.cutAll()) reject(new StoreUnavailable("the server is stopping"));
    this.#parts.halt(error);
  }
}

/** Only a refund that was asked of a processor can be late. */
function isLate(processor: Processor, command: PaymentJob["command"], { payment, attempt, refund }: Done): boolean {
  if ((command.kind !== "refund_payment" && command.kind !== "refund_unlinked") || payment.origin !== "processed") return false;
  return refund !== null && refund.kind === "refund" && refund.channel === "executed" && attempt !== null && processor.answersLate(refund, attempt.instrument);
}

/** Keeps the reply under the claims that it binds. */
function bind(
  { merchant, requestId }: Job,
  { claims, reply, rows, moment, done }: { readonly claims: readonly Claim[]; readonly reply: Reply; readonly rows: WorkingSet; readonly moment: Moment; readonly done: boolean },
): void {
  for (const { scope, key, path, fingerprint, binds } of claims) {
    if (binds === "when_done" && !done) continue;
    rows.keep({ merchant, scope, key, path, fingerprint, ...reply, requestId, createdAt: moment.now });
  }
}

type GoesOn = { readonly at: Millis; readonly due: Due };

function thatGoOn({ newPayments, changedPayments, newRefunds, changedRefunds, newDisputes, changedDisputes }: Changes): GoesOn[] {
  const payments = [...newPayments, ...changedPayments.map(({ payment }) => payment)];
  return [
    ...payments.flatMap(({ merchant, id, deadline }): GoesOn[] => (deadline === null ? [] : [{ at: deadline.at, due: { what: "payment", merchant, id } }])),
    ...[...newRefunds, ...changedRefunds].flatMap(({ merchant, id, due }): GoesOn[] => (due === null ? [] : [{ at: due, due: { what: "refund", merchant, id } }])),
    ...[...newDisputes, ...changedDisputes].flatMap(({ merchant, id, due }): GoesOn[] => (due === null ? [] : [{ at: due, due: { what: "dispute", merchant, id } }])),
  ];
}

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}
