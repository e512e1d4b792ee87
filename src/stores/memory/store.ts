/** The book in memory, for tests and for trying Refundry out: the same port and the same guards, and gone when it ends. */
import { assert, present } from "../../base/assert.ts";
import type { Dossier } from "../../domain/audit.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Event } from "../../domain/event.ts";
import type { AttemptId, DisputeId, EntryId, Millis, PaymentId, ProfileId, RefundId } from "../../domain/id.ts";
import type { Entry } from "../../domain/journal.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Refund } from "../../domain/refund.ts";
import type { Book, Changes, Due, KeyRef, LoadedRows, Needs, ProfileRef, Store, StoredReply } from "../../engine/store.ts";
import type {
  AttemptQuery, DisputeQuery, DisputeView, EntryQuery, EntrySpan, EntrySums, EntryView, EventQuery, EventRef, Extras, Page, PaymentQuery, PaymentView, ProfileQuery, RefundQuery, RefundView, Told,
} from "../../engine/views.ts";
import { guard } from "./guards.ts";
import { listAttempts, listDisputes, listEntries, listEvents, listPayments, listProfiles, listRefunds, sumEntries } from "./lists.ts";
import { besideCounterparts, counterpartNeeds } from "../../engine/load-counterparts.ts";
import { NO_CAUSE, causeOf } from "../../engine/entry-cause.ts";
import { MemoryOutbox } from "./outbox.ts";
import { toldIn } from "./told.ts";
import { nameOfKey, Shelf } from "./shelf.ts";

const FIRST: Page = { order: "newest", after: null, from: null, until: null, limit: 1 };

export function openMemoryStore(): MemoryStore {
  return new MemoryStore();
}

export class MemoryStore implements Store, Book {
  readonly lanes = 1;
  readonly outbox = new MemoryOutbox();
  readonly #shelves = new Map<MerchantId, Shelf>();
  readonly #merchants = new Map<string, MerchantId>();
  /** Payments, refunds and disputes that go on. */
  readonly #due = new Map<string, { readonly at: Millis; readonly due: Due }>();

  async transact(needs: Needs, decide: (rows: LoadedRows) => Changes): Promise<void> {
    const changes = decide(this.#load(needs));
    guard(changes, (merchant) => this.#shelf(merchant));
    this.#save(changes);
  }

  async addKey(keyHash: string, merchant: MerchantId, _createdAt: Millis): Promise<void> {
    assert(!this.#merchants.has(keyHash), "the key is already there");
    this.#merchants.set(keyHash, merchant);
  }

  async merchantOfKey(keyHash: string): Promise<MerchantId | null> {
    return this.#merchants.get(keyHash) ?? null;
  }

  async payment(merchant: MerchantId, id: PaymentId, extras: Extras): Promise<PaymentView | null> {
    const payment = this.#shelf(merchant).payments.get(id);
    return payment === undefined ? null : this.#view(payment, null, extras);
  }

  async attempt(merchant: MerchantId, id: AttemptId, extras: Extras): Promise<PaymentView | null> {
    const attempt = this.#shelf(merchant).attempts.get(id);
    return attempt === undefined ? null : this.#ofAttempt(attempt, extras);
  }

  async refund(merchant: MerchantId, id: RefundId, extras: Extras): Promise<RefundView | null> {
    const refund = this.#shelf(merchant).refunds.get(id);
    return refund === undefined ? null : this.#ofRefund(refund, extras);
  }

  async payments(merchant: MerchantId, query: PaymentQuery, extras: Extras): Promise<PaymentView[]> {
    return listPayments(this.#shelf(merchant), query).map((payment) => this.#view(payment, null, extras));
  }

  async attempts(merchant: MerchantId, query: AttemptQuery, extras: Extras): Promise<PaymentView[]> {
    return listAttempts(this.#shelf(merchant), query).map((attempt) => this.#ofAttempt(attempt, extras));
  }

  async refunds(merchant: MerchantId, query: RefundQuery, extras: Extras): Promise<RefundView[]> {
    return listRefunds(this.#shelf(merchant), query).map((refund) => this.#ofRefund(refund, extras));
  }

  async profiles(merchant: MerchantId, ids: readonly ProfileId[]): Promise<Profile[]> {
    return [...new Set(ids)].flatMap((id) => this.#shelf(merchant).profiles.get(id) ?? []);
  }

  async listProfiles(merchant: MerchantId, query: ProfileQuery): Promise<Profile[]> {
    return listProfiles(this.#shelf(merchant), query);
  }

  async reply(ref: KeyRef): Promise<StoredReply | null> {
    return this.#shelf(ref.merchant).replies.get(nameOfKey(ref)) ?? null;
  }

  async dispute(merchant: MerchantId, id: DisputeId, extras: Extras): Promise<DisputeView | null> {
    const dispute = this.#shelf(merchant).disputes.get(id);
    return dispute === undefined ? null : this.#ofDispute(dispute, extras);
  }

  async disputes(merchant: MerchantId, query: DisputeQuery, extras: Extras): Promise<DisputeView[]> {
    return listDisputes(this.#shelf(merchant), query).map((dispute) => this.#ofDispute(dispute, extras));
  }

  async due(by: Millis, limit: number): Promise<Due[]> {
    const due = [...this.#due.values()].filter(({ at }) => at <= by);
    return due.toSorted((one, other) => one.at - other.at).slice(0, limit).map((one) => one.due);
  }

  async entry(merchant: MerchantId, id: EntryId, extras: Extras): Promise<EntryView | null> {
    const entry = this.#shelf(merchant).entries.get(id);
    return entry === undefined ? null : this.#ofEntry(entry, extras);
  }

  async entries(merchant: MerchantId, query: EntryQuery, extras: Extras): Promise<EntryView[]> {
    return listEntries(this.#shelf(merchant), query).map((entry) => this.#ofEntry(entry, extras));
  }

  async events(merchant: MerchantId, query: EventQuery): Promise<Event[]> {
    return listEvents(this.#shelf(merchant), query);
  }

  async told(refs: readonly EventRef[], refunds: number): Promise<Told[]> {
    return refs.flatMap(({ merchant, id }) => {
      const shelf = this.#shelf(merchant);
      const event = shelf.events.get(id);
      return event === undefined ? [] : toldIn(shelf, event, refunds);
    });
  }

  async sumEntries(merchant: MerchantId, span: EntrySpan): Promise<EntrySums> {
    return sumEntries(this.#shelf(merchant), span);
  }

  async horizon(): Promise<string | null> {
    return null;
  }

  async ping(): Promise<void> {}

  async dangers(): Promise<string[]> {
    return [];
  }

  async close(): Promise<void> {}

  countPayments(): number {
    let count = 0;
    for (const shelf of this.#shelves.values()) count += shelf.payments.size;
    return count;
  }

  *dossiers(): Generator<Dossier> {
    for (const [, shelf] of [...this.#shelves].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      for (const id of shelf.payments.ids()) {
        yield {
          payment: present(shelf.payments.get(id), id),
          attempts: shelf.attemptsOf.of(id).toSorted().map((attempt) => present(shelf.attempts.get(attempt), attempt)),
          refunds: shelf.refundsOf.of(id).toSorted().map((refund) => present(shelf.refunds.get(refund), refund)),
          disputes: [shelf.disputes.get(shelf.disputeOf.get(id) ?? null) ?? []].flat(),
          entries: shelf.entriesOf.of(id),
          events: shelf.eventsOf.of(id),
        };
      }
    }
  }

  /** The guards let no row in without its payment, and there is nothing below the rows. */
  damage(): string[] {
    return [];
  }

  #load(needs: Needs): LoadedRows {
    const rows = this.#loadNamed(needs);
    const beside = counterpartNeeds(rows);
    return beside === null ? rows : besideCounterparts(rows, this.#loadNamed(beside));
  }

  #loadNamed(needs: Needs): LoadedRows {
    const payments = new Map<Payment, Extras>();
    const attempts = new Set<Attempt>();
    const named = new Map<Refund, Extras>();
    const disputes = new Set<Dispute>();
    for (const need of needs.payments) {
      const shelf = this.#shelf(need.merchant);
      const refund = need.by === "refund" ? shelf.refunds.get(need.id) : undefined;
      const dispute = need.by === "dispute" ? shelf.disputes.get(need.id) : undefined;
      const attempt = need.by === "attempt" ? shelf.attempts.get(need.id) : shelf.attempts.get(refund?.attemptId ?? dispute?.attemptId ?? null);
      if (dispute !== undefined) disputes.add(dispute);
      if (attempt !== undefined) attempts.add(attempt);
      if (refund !== undefined) named.set(refund, { ...need.extras, entries: need.extras.entries || named.get(refund)?.entries === true });
      const payment = shelf.payments.get(need.by === "payment" ? need.id : (attempt?.paymentId ?? null));
      if (payment === undefined) continue;
      const known = payments.get(payment);
      const refunds = Math.max(need.extras.refunds, known?.refunds ?? 0);
      payments.set(payment, { refunds, entries: need.extras.entries || known?.entries === true, attempts: true });
      const latest = shelf.attempts.get(payment.latestAttempt);
      if (latest !== undefined) attempts.add(latest);
    }
    const views = [...payments].map(([payment, extras]) => this.#view(payment, null, extras));
    return {
      payments: [...payments.keys()],
      attempts: [...attempts],
      refunds: views.flatMap((view) => view.refunds),
      namedRefunds: [...named.keys()],
      namedDisputes: [...disputes],
      entries: [
        ...[...named].flatMap(([refund, extras]) => {
          const { refundEntry, failureEntry } = this.#entriesOf(refund, extras);
          return [refundEntry ?? [], failureEntry ?? []].flat();
        }),
        ...[...disputes].flatMap((dispute) => {
          const { withdrawalEntry, reversalEntry } = this.#entriesOfDispute(dispute);
          return [withdrawalEntry ?? [], reversalEntry ?? []].flat();
        }),
        ...views.flatMap((view) => view.captureEntry ?? []),
      ],
      profiles: this.#profiles(needs.profiles),
      keys: [...new Set(needs.keys.flatMap((ref) => this.#shelf(ref.merchant).replies.get(nameOfKey(ref)) ?? []))],
    };
  }

  /** Each with its owner and with what it prefers. */
  #profiles(refs: readonly ProfileRef[]): Profile[] {
    const found = refs.flatMap(({ merchant, id }) => {
      const { profiles } = this.#shelf(merchant);
      const profile = profiles.get(id);
      return [profile ?? [], profiles.get(profile?.owner ?? null) ?? [], profiles.get(profile?.preferred ?? null) ?? []].flat();
    });
    return [...new Set(found)];
  }

  #save(changes: Changes): void {
    for (const profile of [...changes.newProfiles, ...changes.changedProfiles.map((change) => change.profile)]) this.#shelf(profile.merchant).profiles.put(profile);
    for (const payment of changes.newPayments) this.#shelf(payment.merchant).payments.put(payment);
    for (const { payment } of changes.changedPayments) this.#shelf(payment.merchant).payments.put(payment);
    for (const { merchant, id, deadline } of [...changes.newPayments, ...changes.changedPayments.map(({ payment }) => payment)]) this.#wait(deadline?.at ?? null, { what: "payment", merchant, id });
    for (const attempt of changes.newAttempts) this.#shelf(attempt.merchant).attemptsOf.add(attempt.paymentId, attempt.id);
    for (const attempt of [...changes.newAttempts, ...changes.changedAttempts]) this.#shelf(attempt.merchant).attempts.put(attempt);
    for (const refund of changes.newRefunds) {
      const shelf = this.#shelf(refund.merchant);
      shelf.refunds.put(refund);
      shelf.refundsOf.add(refund.paymentId, refund.id);
      if (refund.channel === "reported" && refund.reference !== null) shelf.references.add(refund.reference);
    }
    for (const refund of changes.changedRefunds) this.#shelf(refund.merchant).refunds.put(refund);
    for (const dispute of changes.newDisputes) this.#shelf(dispute.merchant).disputeOf.set(dispute.paymentId, dispute.id);
    for (const dispute of [...changes.newDisputes, ...changes.changedDisputes]) {
      this.#shelf(dispute.merchant).disputes.put(dispute);
      const { merchant, id, due } = dispute;
      this.#wait(due, { what: "dispute", merchant, id });
    }
    for (const { merchant, id, due } of [...changes.newRefunds, ...changes.changedRefunds]) this.#wait(due, { what: "refund", merchant, id });
    for (const entry of changes.newEntries) {
      const shelf = this.#shelf(entry.merchant);
      shelf.entries.put(entry);
      shelf.entriesOf.add(entry.paymentId, entry);
    }
    for (const event of changes.newEvents) {
      const shelf = this.#shelf(event.merchant);
      shelf.events.put(event);
      shelf.eventsOf.add(event.paymentId, event);
    }
    for (const past of changes.newPasts) this.#shelf(past.merchant).overwrite(past);
    for (const notice of changes.newNotices) if (this.#hears(notice.hearer.merchant)) this.outbox.notify(notice);
    for (const reply of changes.newKeys) this.#shelf(reply.merchant).replies.set(nameOfKey(reply), reply);
  }

  #hears(merchant: MerchantId): boolean {
    return listProfiles(this.#shelf(merchant), { page: FIRST, of: "endpoints", dialect: null }).length > 0;
  }

  #wait(at: Millis | null, due: Due): void {
    const name = `${due.merchant}/${due.what}/${due.id}`;
    if (at === null) this.#due.delete(name);
    else this.#due.set(name, { at, due });
  }

  #ofAttempt(attempt: Attempt, extras: Extras): PaymentView {
    const payment = this.#shelf(attempt.merchant).payments.get(attempt.paymentId);
    return this.#view(present(payment, `the payment of ${attempt.id}`), attempt, extras);
  }

  #ofRefund(refund: Refund, extras: Extras): RefundView {
    const shelf = this.#shelf(refund.merchant);
    const payment = present(shelf.payments.get(refund.paymentId), `the payment of ${refund.id}`);
    const view = this.#view(payment, shelf.attempts.get(refund.attemptId) ?? null, extras);
    const attempts = extras.attempts ? {} : { attempt: null, latest: null };
    return { ...view, ...attempts, refund, ...this.#entriesOf(refund, extras) };
  }

  #entriesOf({ merchant, entryId, failureEntryId }: Refund, { entries }: Extras): Pick<RefundView, "refundEntry" | "failureEntry"> {
    const entry = (id: string | null) => (entries && id !== null ? (this.#shelf(merchant).entries.get(id) ?? null) : null);
    return { refundEntry: entry(entryId), failureEntry: entry(failureEntryId) };
  }

  #ofDispute(dispute: Dispute, extras: Extras): DisputeView {
    const shelf = this.#shelf(dispute.merchant);
    const payment = present(shelf.payments.get(dispute.paymentId), `the payment of ${dispute.id}`);
    return { ...this.#view(payment, shelf.attempts.get(dispute.attemptId) ?? null, extras), dispute, ...this.#entriesOfDispute(dispute) };
  }

  #entriesOfDispute({ merchant, entryId, reversalEntryId }: Dispute): Pick<DisputeView, "withdrawalEntry" | "reversalEntry"> {
    const entry = (id: string | null) => (id === null ? null : (this.#shelf(merchant).entries.get(id) ?? null));
    return { withdrawalEntry: entry(entryId), reversalEntry: entry(reversalEntryId) };
  }

  #ofEntry(entry: Entry, extras: Extras): EntryView {
    const shelf = this.#shelf(entry.merchant);
    const payment = present(shelf.payments.get(entry.paymentId), `the payment of entry ${entry.id}`);
    const cause = causeOf(entry, payment);
    if (!extras.attempts) return { ...this.#view(payment, null, extras), attempt: null, latest: null, ...NO_CAUSE, entry };
    if (cause.refund !== null) return { ...NO_CAUSE, ...this.#ofRefund(present(shelf.refunds.get(cause.refund), `the refund of entry ${entry.id}`), extras), entry };
    if (cause.dispute !== null) return { ...NO_CAUSE, ...this.#ofDispute(present(shelf.disputes.get(cause.dispute), `the dispute of entry ${entry.id}`), extras), entry };
    return { ...this.#view(payment, null, extras), ...NO_CAUSE, entry };
  }

  #view(payment: Payment, named: Attempt | null, extras: Extras): PaymentView {
    const shelf = this.#shelf(payment.merchant);
    const ids = extras.refunds === 0 ? [] : shelf.refundsOf.of(payment.id).slice(-extras.refunds).toReversed();
    const entry = extras.entries ? shelf.entries.get(payment.captureEntry) : undefined;
    const latest = shelf.attempts.get(payment.latestAttempt) ?? null;
    return {
      payment,
      attempt: named ?? latest,
      latest,
      refunds: ids.map((id) => present(shelf.refunds.get(id), id)),
      captureEntry: entry ?? null,
    };
  }

  #shelf(merchant: MerchantId): Shelf {
    let shelf = this.#shelves.get(merchant);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#shelves.set(merchant, shelf);
    }
    return shelf;
  }
}
