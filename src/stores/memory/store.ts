/** The book in memory, for tests and for trying Refundry out: the same port and the same guards, and gone when it ends. */
import { assert, present } from "../../base/assert.ts";
import type { Dossier } from "../../domain/audit.ts";
import type { AttemptId, EntryId, Millis, PaymentId, RefundId } from "../../domain/id.ts";
import type { Entry } from "../../domain/journal.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import type { Refund } from "../../domain/refund.ts";
import type { Book, Changes, LoadedRows, Needs, Store } from "../../engine/store.ts";
import type {
  AttemptQuery, EntryQuery, EntrySpan, EntrySums, EntryView, Extras, PaymentQuery, PaymentView, RefundQuery, RefundView,
} from "../../engine/views.ts";
import { guard } from "./guards.ts";
import { listAttempts, listEntries, listPayments, listRefunds, sumEntries } from "./lists.ts";
import { nameOfKey, Shelf } from "./shelf.ts";

export function openMemoryStore(): MemoryStore {
  return new MemoryStore();
}

export class MemoryStore implements Store, Book {
  readonly lanes = 1;
  readonly #shelves = new Map<MerchantId, Shelf>();
  readonly #merchants = new Map<string, MerchantId>();

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

  async entry(merchant: MerchantId, id: EntryId, extras: Extras): Promise<EntryView | null> {
    const entry = this.#shelf(merchant).entries.get(id);
    return entry === undefined ? null : this.#ofEntry(entry, extras);
  }

  async entries(merchant: MerchantId, query: EntryQuery, extras: Extras): Promise<EntryView[]> {
    return listEntries(this.#shelf(merchant), query).map((entry) => this.#ofEntry(entry, extras));
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
    const payments = new Map<Payment, Extras>();
    const attempts = new Set<Attempt>();
    for (const need of needs.payments) {
      const shelf = this.#shelf(need.merchant);
      const named = need.by === "attempt" ? shelf.attempts.get(need.id) : undefined;
      if (named !== undefined) attempts.add(named);
      const payment = shelf.payments.get(need.by === "payment" ? need.id : (named?.paymentId ?? null));
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
      entries: views.flatMap((view) => view.captureEntry ?? []),
      keys: [...new Set(needs.keys.flatMap((ref) => this.#shelf(ref.merchant).replies.get(nameOfKey(ref)) ?? []))],
    };
  }

  #save(changes: Changes): void {
    for (const payment of changes.newPayments) this.#shelf(payment.merchant).payments.put(payment);
    for (const { payment } of changes.changedPayments) this.#shelf(payment.merchant).payments.put(payment);
    for (const attempt of changes.newAttempts) this.#shelf(attempt.merchant).attemptsOf.add(attempt.paymentId, attempt.id);
    for (const attempt of [...changes.newAttempts, ...changes.changedAttempts]) this.#shelf(attempt.merchant).attempts.put(attempt);
    for (const refund of changes.newRefunds) {
      const shelf = this.#shelf(refund.merchant);
      shelf.refunds.put(refund);
      shelf.refundsOf.add(refund.paymentId, refund.id);
      if (refund.channel === "reported" && refund.reference !== null) shelf.references.add(refund.reference);
    }
    for (const entry of changes.newEntries) {
      const shelf = this.#shelf(entry.merchant);
      shelf.entries.put(entry);
      shelf.entriesOf.add(entry.paymentId, entry);
    }
    for (const event of changes.newEvents) {
      const shelf = this.#shelf(event.merchant);
      shelf.events.set(event.id, event);
      shelf.eventsOf.add(event.paymentId, event);
    }
    for (const reply of changes.newKeys) this.#shelf(reply.merchant).replies.set(nameOfKey(reply), reply);
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
    return { ...view, ...attempts, refund, refundEntry: (extras.entries ? shelf.entries.get(refund.entryId) : undefined) ?? null };
  }

  #ofEntry(entry: Entry, extras: Extras): EntryView {
    const shelf = this.#shelf(entry.merchant);
    if (entry.refundId !== null && extras.attempts) {
      return { ...this.#ofRefund(present(shelf.refunds.get(entry.refundId), `the refund of entry ${entry.id}`), extras), entry };
    }
    const view = this.#view(present(shelf.payments.get(entry.paymentId), `the payment of ${entry.id}`), null, extras);
    const attempts = extras.attempts ? {} : { attempt: null, latest: null };
    return { ...view, ...attempts, entry, refund: null, refundEntry: null };
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
