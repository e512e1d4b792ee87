/** Reads the book for those who ask: on a connection of its own that cannot write. */
import { present } from "../../base/assert.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Event } from "../../domain/event.ts";
import type { AttemptId, DisputeId, EntryId, PaymentId, ProfileId, RefundId } from "../../domain/id.ts";
import type { Entry } from "../../domain/journal.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Refund } from "../../domain/refund.ts";
import type {
  AttemptQuery, DisputeQuery, DisputeView, EntryQuery, EntrySpan, EntrySums, EntryView, EventQuery, EventRef, Extras, PaymentQuery, PaymentView, ProfileQuery, RefundQuery, RefundView, Told,
} from "../../engine/views.ts";
import type { KeyRef, StoredReply } from "../../engine/store.ts";
import type { Connection } from "./connection.ts";
import { listAttempts, listDisputes, listEvents, listPayments, listProfiles, listRefunds, type Listing } from "./list-statements.ts";
import { NO_CAUSE, causeOf } from "../../engine/entry-cause.ts";
import { Journal } from "./journal.ts";
import { Finder } from "./load.ts";
import { Tellings } from "./tellings.ts";
import { readEvent, type EventRow } from "../../engine/event-rows.ts";
import { readAttempt, readDispute, readPayment, readProfile, readRefund, type AttemptRow, type DisputeRow, type PaymentRow, type ProfileRow, type RefundRow, type Value } from "../../engine/rows.ts";

type List<Row> = ReturnType<typeof prepareList<Row>>;

export class Views {
  readonly #db: Connection;
  readonly #find: Finder;
  readonly #journal: Journal;
  readonly #tellings: Tellings;
  readonly #payments = new Map<string, List<PaymentRow>>();
  readonly #attempts = new Map<string, List<AttemptRow>>();
  readonly #refunds = new Map<string, List<RefundRow>>();
  readonly #disputes = new Map<string, List<DisputeRow>>();
  readonly #events = new Map<string, List<EventRow>>();
  readonly #profiles = new Map<string, List<ProfileRow>>();

  constructor(db: Connection) {
    this.#db = db;
    this.#find = new Finder(db);
    this.#journal = new Journal(db);
    this.#tellings = new Tellings(db, this.#find);
  }

  payment(merchant: MerchantId, id: PaymentId, extras: Extras): PaymentView | null {
    const payment = this.#find.payment(merchant, id);
    return payment && this.#view(payment, null, extras);
  }

  attempt(merchant: MerchantId, id: AttemptId, extras: Extras): PaymentView | null {
    const attempt = this.#find.attempt(merchant, id);
    return attempt && this.#ofAttempt(attempt, extras);
  }

  refund(merchant: MerchantId, id: RefundId, extras: Extras): RefundView | null {
    const refund = this.#find.refund(merchant, id);
    return refund && this.#ofRefund(refund, extras);
  }

  payments(merchant: MerchantId, query: PaymentQuery, extras: Extras): PaymentView[] {
    return this.#rows(this.#payments, listPayments(merchant, query)).map((row) => this.#view(readPayment(row), null, extras));
  }

  attempts(merchant: MerchantId, query: AttemptQuery, extras: Extras): PaymentView[] {
    return this.#rows(this.#attempts, listAttempts(merchant, query)).map((row) => this.#ofAttempt(readAttempt(row), extras));
  }

  refunds(merchant: MerchantId, query: RefundQuery, extras: Extras): RefundView[] {
    return this.#rows(this.#refunds, listRefunds(merchant, query)).map((row) => this.#ofRefund(readRefund(row), extras));
  }

  profiles(merchant: MerchantId, ids: readonly ProfileId[]): Profile[] {
    return [...new Set(ids)].flatMap((id) => this.#find.profile(merchant, id) ?? []);
  }

  listProfiles(merchant: MerchantId, query: ProfileQuery): Profile[] {
    return this.#rows(this.#profiles, listProfiles(merchant, query)).map(readProfile);
  }

  reply(ref: KeyRef): StoredReply | null {
    return this.#find.reply(ref);
  }

  dispute(merchant: MerchantId, id: DisputeId, extras: Extras): DisputeView | null {
    const dispute = this.#find.dispute(merchant, id);
    return dispute && this.#ofDispute(dispute, extras);
  }

  disputes(merchant: MerchantId, query: DisputeQuery, extras: Extras): DisputeView[] {
    return this.#rows(this.#disputes, listDisputes(merchant, query)).map((row) => this.#ofDispute(readDispute(row), extras));
  }

  #ofDispute(dispute: Dispute, extras: Extras): DisputeView {
    const { merchant, attemptId, entryId, reversalEntryId } = dispute;
    const around = this.#view(this.#paymentOf(dispute), this.#find.attempt(merchant, attemptId), extras);
    return { ...around, dispute, withdrawalEntry: this.#find.entry(merchant, entryId), reversalEntry: this.#find.entry(merchant, reversalEntryId) };
  }

  entry(merchant: MerchantId, id: EntryId, extras: Extras): EntryView | null {
    const entry = this.#find.entry(merchant, id);
    return entry && this.#ofEntry(entry, extras);
  }

  entries(merchant: MerchantId, query: EntryQuery, extras: Extras): EntryView[] {
    return this.#journal.list(merchant, query).map((entry) => this.#ofEntry(entry, extras));
  }

  events(merchant: MerchantId, query: EventQuery): Event[] {
    return this.#rows(this.#events, listEvents(merchant, query)).map(readEvent);
  }

  told(refs: readonly EventRef[], refunds: number): Told[] {
    return this.#tellings.told(refs, refunds);
  }

  sumEntries(merchant: MerchantId, span: EntrySpan): EntrySums {
    return this.#journal.sum(merchant, span);
  }

  #ofAttempt(attempt: Attempt, extras: Extras): PaymentView {
    return this.#view(this.#paymentOf(attempt), attempt, extras);
  }

  #ofRefund(refund: Refund, extras: Extras): RefundView {
    const payment = this.#paymentOf(refund);
    const around = extras.attempts ? this.#view(payment, this.#find.attempt(refund.merchant, refund.attemptId), extras) : this.#alone(payment, extras);
    return { ...around, refund, ...this.#entriesOf(refund, extras) };
  }

  #entriesOf({ merchant, entryId, failureEntryId }: Refund, { entries }: Extras): Pick<RefundView, "refundEntry" | "failureEntry"> {
    const entry = (id: string | null) => (entries ? this.#find.entry(merchant, id) : null);
    return { refundEntry: entry(entryId), failureEntry: entry(failureEntryId) };
  }

  #ofEntry(entry: Entry, extras: Extras): EntryView {
    const { merchant, id } = entry;
    const payment = this.#paymentOf(entry);
    if (!extras.attempts) return { ...this.#alone(payment, extras), ...NO_CAUSE, entry };
    const cause = causeOf(entry, payment);
    if (cause.refund !== null) return { ...NO_CAUSE, ...this.#ofRefund(present(this.#find.refund(merchant, cause.refund), `the refund of entry ${id}`), extras), entry };
    if (cause.dispute !== null) return { ...NO_CAUSE, ...this.#ofDispute(present(this.#find.dispute(merchant, cause.dispute), `the dispute of entry ${id}`), extras), entry };
    return { ...this.#view(payment, null, extras), ...NO_CAUSE, entry };
  }

  #alone(payment: Payment, extras: Extras): PaymentView {
    return { payment, attempt: null, latest: null, ...this.#along(payment, extras) };
  }

  #paymentOf(row: Attempt | Refund | Dispute | Entry): Payment {
    return present(this.#find.payment(row.merchant, row.paymentId), `the payment of ${row.id}`);
  }

  #view(payment: Payment, named: Attempt | null, extras: Extras): PaymentView {
    const { merchant, latestAttempt } = payment;
    const latest = latestAttempt === null || latestAttempt === named?.id ? named : this.#find.attempt(merchant, latestAttempt);
    return { payment, attempt: named ?? latest, latest, ...this.#along(payment, extras) };
  }

  #along(payment: Payment, extras: Extras): Pick<PaymentView, "refunds" | "captureEntry"> {
    return {
      refunds: this.#find.newestRefunds(payment, extras.refunds),
      captureEntry: extras.entries ? this.#find.entry(payment.merchant, payment.captureEntry) : null,
    };
  }

  #rows<Row>(prepared: Map<string, List<Row>>, { sql, values }: Listing): Row[] {
    let list = prepared.get(sql);
    if (list === undefined) {
      list = prepareList<Row>(this.#db, sql);
      prepared.set(sql, list);
    }
    return list.all(...values);
  }
}

function prepareList<Row>(db: Connection, sql: string) {
  return db.prepare<Value[], Row>(sql).safeIntegers().raw();
}
