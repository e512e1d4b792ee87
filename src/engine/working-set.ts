/** The rows of one batch while it is decided: each job sees the effect of the one before it. */
import { present } from "../base/assert.ts";
import type { AttemptId, DisputeId, EntryId, ProfileId, RefundId } from "../domain/id.ts";
import type { Dispute } from "../domain/dispute.ts";
import type { FoundDispute } from "../domain/settle-dispute.ts";
import type { FoundRefund } from "../domain/settle-refund.ts";
import type { Accepted } from "../domain/outcome.ts";
import type { Target } from "../domain/command.ts";
import type { Found } from "../domain/change-payment.ts";
import type { Event, EventRequest } from "../domain/event.ts";
import type { Entry } from "../domain/journal.ts";
import type { MerchantId } from "../domain/merchant.ts";
import { isTold, type Past } from "../domain/past.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import type { Profile } from "../domain/profile.ts";
import type { Refund } from "../domain/refund.ts";
import { ByName } from "./by-name.ts";
import type { Done } from "./job.ts";
import { hearersOf } from "./hearers.ts";
import type { Notice } from "./outbox.ts";
import type { Changes, KeyRef, LoadedRows, StoredReply } from "./store.ts";
import type { Extras } from "./views.ts";

/** A row as it stands, beside what was loaded; null for one that this batch makes. */
type Held<Row> = { readonly loaded: Row | null; now: Row };
type HeldRefund = Held<Refund>;
type HeldPayment = Held<Payment> & { /** Newest first. */ readonly refunds: Refund[] };

/** Of a payment in another book that changed with the one that was asked about. */
const SHOWN_REFUNDS = 10;

export class WorkingSet {
  readonly #payments = new ByName<HeldPayment>();
  readonly #attempts = new ByName<Held<Attempt>>();
  readonly #refunds = new ByName<HeldRefund>();
  readonly #disputes = new ByName<Held<Dispute>>();
  readonly #entries = new ByName<Entry>();
  readonly #profiles = new ByName<Held<Profile>>();
  readonly #keys = new Map<string, StoredReply>();
  readonly #changedPayments = new Set<HeldPayment>();
  readonly #changedAttempts = new Set<Held<Attempt>>();
  readonly #changedRefunds = new Set<HeldRefund>();
  readonly #changedDisputes = new Set<Held<Dispute>>();
  readonly #changedProfiles = new Set<Held<Profile>>();
  readonly #newEntries: Entry[] = [];
  readonly #newEvents: Event[] = [];
  readonly #newPasts: Past[] = [];
  readonly #newNotices: Notice[] = [];
  readonly #newKeys: StoredReply[] = [];

  constructor(rows: LoadedRows) {
    for (const payment of rows.payments) this.#payments.set(payment.merchant, payment.id, { loaded: payment, now: payment, refunds: [] });
    for (const attempt of rows.attempts) this.#attempts.set(attempt.merchant, attempt.id, { loaded: attempt, now: attempt });
    for (const refund of rows.namedRefunds) this.#refunds.set(refund.merchant, refund.id, { loaded: refund, now: refund });
    for (const dispute of rows.namedDisputes) this.#disputes.set(dispute.merchant, dispute.id, { loaded: dispute, now: dispute });
    for (const refund of rows.refunds) this.#payments.get(refund.merchant, refund.paymentId)?.refunds.push(refund);
    for (const entry of rows.entries) this.#entries.set(entry.merchant, entry.id, entry);
    for (const profile of rows.profiles) this.#profiles.set(profile.merchant, profile.id, { loaded: profile, now: profile });
    for (const key of rows.keys) this.#keys.set(nameOfKey(key), key);
  }

  key(ref: KeyRef): StoredReply | null {
    return this.#keys.get(nameOfKey(ref)) ?? null;
  }

  keep(reply: StoredReply): void {
    this.#keys.set(nameOfKey(reply), reply);
    this.#newKeys.push(reply);
  }

  /** The payment that the target names, as what it must be known as; null if there is none. */
  find(merchant: MerchantId, target: Target): Found | null {
    const named = target.by === "attempt" ? this.#attempt(merchant, target.id) : null;
    if (target.by === "attempt" && named === null) return null;
    const payment = this.#payments.get(merchant, named?.paymentId ?? target.id)?.now;
    if (payment === undefined || !isKnownAs(payment, target.as)) return null;
    return { payment, attempt: named ?? this.#attempt(merchant, payment.latestAttempt) };
  }

  /** The refund, and the attempt that it gives back; null if there is none, or not of the attempt that was named. */
  findRefund(merchant: MerchantId, { refund: id, of }: { readonly refund: RefundId; readonly of: AttemptId | null }): FoundRefund | null {
    const refund = this.#refunds.get(merchant, id)?.now;
    if (refund === undefined || (of !== null && refund.attemptId !== of)) return null;
    const payment = present(this.#payments.get(merchant, refund.paymentId)?.now, `the payment of ${id}`);
    return { payment, attempt: this.#attempt(merchant, refund.attemptId), refund };
  }

  profile(merchant: MerchantId, id: ProfileId): Profile | null {
    return this.#profiles.get(merchant, id)?.now ?? null;
  }

  applyProfiles(changed: readonly Profile[]): void {
    for (const profile of changed) {
      const held = hold(this.#profiles, profile, (): Held<Profile> => ({ loaded: null, now: profile }));
      held.now = profile;
      this.#changedProfiles.add(held);
    }
  }

  /** The dispute, and the attempt that it is about, which is the captured one and so the latest; null if there is none. */
  findDispute(merchant: MerchantId, id: DisputeId): FoundDispute | null {
    const dispute = this.#disputes.get(merchant, id)?.now;
    if (dispute === undefined) return null;
    const payment = present(this.#payments.get(merchant, dispute.paymentId)?.now, `the payment of ${id}`);
    return { payment, attempt: this.#attempt(merchant, dispute.attemptId), dispute };
  }

  /** What was done, with all that followed from it, as it will stand once it is applied. */
  view(done: Accepted, extras: Extras): Done {
    const entries = entriesOf(done);
    const { payment, attempt, refund, dispute } = lastOf(done);
    const { merchant, captureEntry: captured, latestAttempt } = payment;
    const before = extras.refunds === 0 ? [] : (this.#payments.get(merchant, payment.id)?.refunds ?? []);
    const isNew = refund !== null && this.#refunds.get(merchant, refund.id) === undefined;
    const refunds = (isNew ? [refund, ...before] : before.map((one) => (one.id === refund?.id ? refund : one))).slice(0, extras.refunds);
    const latest = latestAttempt === null || latestAttempt === attempt?.id ? attempt : this.#attempt(merchant, latestAttempt);
    const entryOf = (id: EntryId | null | undefined) => (!id ? null : (entries.find((entry) => entry.id === id) ?? this.#entries.get(merchant, id) ?? null));
    const shown = { captureEntry: entryOf(captured), refundEntry: entryOf(refund?.entryId), failureEntry: entryOf(refund?.failureEntryId) };
    const ofDispute = { withdrawalEntry: entryOf(dispute?.entryId), reversalEntry: entryOf(dispute?.reversalEntryId) };
    const elsewhere = done.elsewhere.map((one) => this.view(one, { ...extras, refunds: SHOWN_REFUNDS }));
    return { payment, attempt, latest, refund, dispute, refunds, ...shown, ...ofDispute, event: done.event, elsewhere };
  }

  /** `request`: what asked for it, as its events tell it. */
  apply(done: Accepted, request: EventRequest | null): void {
    const { payment, attempt, refund, dispute, entry, event, next } = done;
    const held = hold(this.#payments, payment, (): HeldPayment => ({ loaded: null, now: payment, refunds: [] }));
    const of = { merchant: payment.merchant, paymentId: payment.id, version: payment.version };
    if (!isTold(held.now, payment)) this.#newPasts.push({ ...of, what: "payment", row: held.now });
    held.now = payment;
    this.#changedPayments.add(held);
    if (attempt && this.#attempt(attempt.merchant, attempt.id) !== attempt) {
      const heldAttempt = hold(this.#attempts, attempt, (): Held<Attempt> => ({ loaded: null, now: attempt }));
      if (heldAttempt.now !== attempt) this.#newPasts.push({ ...of, what: "attempt", row: heldAttempt.now });
      heldAttempt.now = attempt;
      this.#changedAttempts.add(heldAttempt);
    }
    if (refund) {
      const before = this.#applyRefund(refund, held.refunds);
      if (before !== null) this.#newPasts.push({ ...of, what: "refund", row: before });
    }
    if (dispute) {
      const heldDispute = hold(this.#disputes, dispute, (): Held<Dispute> => ({ loaded: null, now: dispute }));
      if (heldDispute.now !== dispute) this.#newPasts.push({ ...of, what: "dispute", row: heldDispute.now });
      heldDispute.now = dispute;
      this.#changedDisputes.add(heldDispute);
    }
    if (entry) {
      this.#newEntries.push(entry);
      this.#entries.set(entry.merchant, entry.id, entry);
    }
    this.#newEvents.push(request === null ? event : { ...event, request });
    for (const hearer of hearersOf(payment)) this.#newNotices.push({ hearer, book: event.merchant, event: event.id });
    if (next !== null) this.apply(next, request);
    for (const one of done.elsewhere) this.apply(one, request);
  }

  /** The refund as it was; null of a new one. */
  #applyRefund(refund: Refund, newest: Refund[]): Refund | null {
    const known = this.#refunds.get(refund.merchant, refund.id);
    const before = known?.now ?? null;
    const held = known ?? { loaded: null, now: refund };
    held.now = refund;
    this.#changedRefunds.add(held);
    if (known === undefined) {
      this.#refunds.set(refund.merchant, refund.id, held);
      newest.unshift(refund);
    } else {
      const place = newest.findIndex(({ id }) => id === refund.id);
      if (place >= 0) newest[place] = refund;
    }
    return before;
  }

  changes(): Changes {
    const payments = [...this.#changedPayments];
    const attempts = [...this.#changedAttempts];
    const refunds = [...this.#changedRefunds];
    const disputes = [...this.#changedDisputes];
    const profiles = [...this.#changedProfiles];
    return {
      newPayments: payments.flatMap(({ loaded, now }) => (loaded === null ? now : [])),
      changedPayments: payments.flatMap(({ loaded, now }) => (loaded === null ? [] : { payment: now, loaded })),
      newAttempts: attempts.flatMap(({ loaded, now }) => (loaded === null ? now : [])),
      changedAttempts: attempts.flatMap(({ loaded, now }) => (loaded === null ? [] : now)),
      newRefunds: refunds.flatMap(({ loaded, now }) => (loaded === null ? now : [])),
      changedRefunds: refunds.flatMap(({ loaded, now }) => (loaded === null ? [] : now)),
      newDisputes: disputes.flatMap(({ loaded, now }) => (loaded === null ? now : [])),
      changedDisputes: disputes.flatMap(({ loaded, now }) => (loaded === null ? [] : now)),
      newEntries: this.#newEntries,
      newEvents: this.#newEvents,
      newPasts: this.#newPasts,
      newNotices: this.#newNotices,
      newProfiles: profiles.flatMap(({ loaded, now }) => (loaded === null ? now : [])),
      changedProfiles: profiles.flatMap(({ loaded, now }) => (loaded === null ? [] : { profile: now, loaded })),
      newKeys: this.#newKeys,
    };
  }

  #attempt(merchant: MerchantId, id: string | null): Attempt | null {
    return id === null ? null : (this.#attempts.get(merchant, id)?.now ?? null);
  }
}

function hold<Row>(rows: ByName<Row>, { merchant, id }: Payment | Attempt | Profile | Dispute, make: () => Row): Row {
  const known = rows.get(merchant, id);
  if (known !== undefined) return known;
  const made = make();
  rows.set(merchant, id, made);
  return made;
}

/** The rows as the last of the changes left them. A refund is of the last, too: nothing follows from one. */
function lastOf(done: Accepted): Accepted {
  return done.next === null ? done : lastOf(done.next);
}

function entriesOf({ entry, next }: Accepted): Entry[] {
  return [...(entry === null ? [] : [entry]), ...(next === null ? [] : entriesOf(next))];
}

function isKnownAs(payment: Payment, as: Target["as"]): boolean {
  switch (as) {
    case "any":
      return true;
    case "intent":
      return payment.intent;
    case "processed":
    case "recorded":
      return payment.origin === as;
  }
}

/** A caller chose the key, and scopes may hold slashes: the scope's length says where it ends. */
function nameOfKey(ref: KeyRef): string {
  return `${ref.merchant}/${ref.scope.length}/${ref.scope}/${ref.key}`;
}
