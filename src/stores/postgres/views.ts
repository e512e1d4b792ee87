/** Reads the book for those who ask: what was asked for first, and then, in one more round, all that is shown with it. */
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
import { NO_CAUSE, causeOf } from "../../engine/entry-cause.ts";
import { currencyCode, whole } from "../../engine/row-values.ts";
import {
  readAttempt, readDispute, readEntry, readPayment, readProfile, readRefund, readReply, type AttemptRow, type DisputeRow, type EntryRow, type PaymentRow, type ProfileRow, type RefundRow, type ReplyRow,
} from "../../engine/rows.ts";
import { readEvent, type EventRow } from "../../engine/event-rows.ts";
import { arrayOf } from "./bulk.ts";
import type { Asked, Connection } from "./connection.ts";
import { listEntries, sumEntries, type EntrySumRow } from "./entry-statements.ts";
import { isLost, translate } from "./failure.ts";
import { listAttempts, listDisputes, listEvents, listPayments, listProfiles, listRefunds } from "./list-statements.ts";
import type { Limits } from "./limits.ts";
import { namesOf } from "./load.ts";
import type { Pool } from "./pool.ts";
import type { Pools } from "./store.ts";
import { nameOf, SharedLookups, type Look, type Name } from "./shared-lookups.ts";
import * as statements from "./statements.ts";
import { FIND_EVENTS } from "./telling-statements.ts";
import { tellings } from "./tellings.ts";

/** By the extras that come along, of which there are few. */
type Sharing<View> = Map<string, SharedLookups<View>>;

/** First the rows that were asked for, and then what is shown with them. */
type Ask<Row extends unknown[]> = (on: Connection) => Promise<Asked<Row>>;
type Show<Row extends unknown[], View> = (on: Connection, rows: Row[]) => Promise<View[]>;

/** What a page of rows needs to be shown, beside the rows that are in hand. */
type Around = {
  readonly payments: readonly Name[] | { readonly inHand: readonly Payment[] };
  /** Those that are named, with their payments' latest; those in hand, with the latest where it is another; or none at all. */
  readonly attempts: readonly Name[] | { readonly inHand: readonly Attempt[] } | null;
  readonly entries: readonly Name[];
  /** With their attempts and entries. */
  readonly refunds?: readonly Name[];
  /** Payments whose disputes are shown, with their entries. What is disputed is the latest attempt. */
  readonly disputesOf?: readonly Name[];
};

/** Added up at once: a few hundredths of a second of the database's time. */
const SUMMED_MAX = 10_000;

export class Views {
  readonly #pools: Pools;
  readonly #limits: Limits;
  readonly #begin: string;
  readonly #payments: Sharing<PaymentView> = new Map();
  readonly #attempts: Sharing<PaymentView> = new Map();
  readonly #refunds: Sharing<RefundView> = new Map();
  readonly #disputes: Sharing<DisputeView> = new Map();
  readonly #entries: Sharing<EntryView> = new Map();
  /** Until when a replica that failed is left alone. */
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(pools: Pools, limits: Limits) {
    this.#pools = pools;
    this.#limits = limits;
    this.#begin = statements.beginReading(limits);
  }

  payment(merchant: MerchantId, id: PaymentId, extras: Extras): Promise<PaymentView | null> {
    const lookups = shared(this.#payments, extras, async (names) => {
      const statement = { text: statements.LOAD_BY_PAYMENT.findPayments, values: namesOf(names) };
      const views = await this.#read("reading", (on) => on.ask<PaymentRow>(statement), (on, rows) => paymentViews(on, rows, extras));
      return new Map(views.map((view) => [nameOf(view.payment), view]));
    });
    return lookups.find({ merchant, id });
  }

  attempt(merchant: MerchantId, id: AttemptId, extras: Extras): Promise<PaymentView | null> {
    const lookups = shared(this.#attempts, extras, async (names) => {
      const statement = { text: statements.FIND_ATTEMPTS, values: namesOf(names) };
      const views = await this.#read("reading", (on) => on.ask<AttemptRow>(statement), (on, rows) => attemptViews(on, rows, extras));
      return new Map(views.map((view) => [nameOf(present(view.attempt, "the attempt that was looked up")), view]));
    });
    return lookups.find({ merchant, id });
  }

  refund(merchant: MerchantId, id: RefundId, extras: Extras): Promise<RefundView | null> {
    const lookups = shared(this.#refunds, extras, async (names) => {
      const statement = { text: statements.FIND_REFUNDS, values: namesOf(names) };
      const views = await this.#read("reading", (on) => on.ask<RefundRow>(statement), (on, rows) => refundViews(on, rows, extras));
      return new Map(views.map((view) => [nameOf(view.refund), view]));
    });
    return lookups.find({ merchant, id });
  }

  dispute(merchant: MerchantId, id: DisputeId, extras: Extras): Promise<DisputeView | null> {
    const lookups = shared(this.#disputes, extras, async (names) => {
      const statement = { text: statements.FIND_DISPUTES, values: namesOf(names) };
      const views = await this.#read("reading", (on) => on.ask<DisputeRow>(statement), (on, rows) => disputeViews(on, rows, extras));
      return new Map(views.map((view) => [nameOf(view.dispute), view]));
    });
    return lookups.find({ merchant, id });
  }

  disputes(merchant: MerchantId, query: DisputeQuery, extras: Extras): Promise<DisputeView[]> {
    return this.#read("listing", (on) => on.ask<DisputeRow>(listDisputes(merchant, query)), (on, rows) => disputeViews(on, rows, extras));
  }

  payments(merchant: MerchantId, query: PaymentQuery, extras: Extras): Promise<PaymentView[]> {
    return this.#read("listing", (on) => on.ask<PaymentRow>(listPayments(merchant, query)), (on, rows) => paymentViews(on, rows, extras));
  }

  attempts(merchant: MerchantId, query: AttemptQuery, extras: Extras): Promise<PaymentView[]> {
    return this.#read("listing", (on) => on.ask<AttemptRow>(listAttempts(merchant, query)), (on, rows) => attemptViews(on, rows, extras));
  }

  refunds(merchant: MerchantId, query: RefundQuery, extras: Extras): Promise<RefundView[]> {
    return this.#read("listing", (on) => on.ask<RefundRow>(listRefunds(merchant, query)), (on, rows) => refundViews(on, rows, extras));
  }

  async reply({ merchant, scope, key }: KeyRef): Promise<StoredReply | null> {
    const asked = { text: statements.FIND_REPLIES, values: [merchant, scope, key].map((name) => arrayOf([name])) };
    const [reply] = await this.#read("reading", (on) => on.ask<ReplyRow>(asked), async (_on, rows) => rows.map(readReply));
    return reply ?? null;
  }

  async profiles(merchant: MerchantId, ids: readonly ProfileId[]): Promise<Profile[]> {
    const names = [...new Set(ids)].map((id) => ({ merchant, id }));
    if (names.length === 0) return [];
    return this.#read("reading", (on) => on.ask<ProfileRow>({ text: statements.FIND_PROFILES, values: namesOf(names) }), async (_on, rows) => rows.map(readProfile));
  }

  listProfiles(merchant: MerchantId, query: ProfileQuery): Promise<Profile[]> {
    // Who is told of an event is decided by that list.
    return this.#read(query.of === "endpoints" ? "reading" : "listing", (on) => on.ask<ProfileRow>(listProfiles(merchant, query)), async (_on, rows) => rows.map(readProfile));
  }

  entry(merchant: MerchantId, id: EntryId, extras: Extras): Promise<EntryView | null> {
    const lookups = shared(this.#entries, extras, async (names) => {
      const statement = { text: statements.FIND_ENTRIES, values: namesOf(names) };
      const views = await this.#read("reading", (on) => on.ask<EntryRow>(statement), (on, rows) => entryViews(on, rows, extras));
      return new Map(views.map((view) => [nameOf(view.entry), view]));
    });
    return lookups.find({ merchant, id });
  }

  entries(merchant: MerchantId, query: EntryQuery, extras: Extras): Promise<EntryView[]> {
    return this.#read("listing", (on) => on.ask<EntryRow>(listEntries(merchant, query)), (on, rows) => entryViews(on, rows, extras));
  }

  events(merchant: MerchantId, query: EventQuery): Promise<Event[]> {
    // One that is asked for by its id is looked up, and no list.
    return this.#read((query.of?.id ?? null) === null ? "listing" : "reading", (on) => on.ask<EventRow>(listEvents(merchant, query)), async (_on, rows) => rows.map(readEvent));
  }

  async told(refs: readonly EventRef[], refunds: number): Promise<Told[]> {
    if (refs.length === 0) return [];
    return this.#read("reading", (on) => on.ask<EventRow>({ text: FIND_EVENTS, values: namesOf(refs) }), (on, rows) => tellings(on, rows.map(readEvent), refunds));
  }

  async sumEntries(merchant: MerchantId, span: EntrySpan): Promise<EntrySums> {
    const rows = await this.#read("reading", (on) => on.ask<EntrySumRow>(sumEntries(merchant, span, SUMMED_MAX)), async (_on, found) => found);
    const last = rows.map(([, , , id]) => id).toSorted().at(-1) ?? null;
    return {
      sums: rows.flatMap(([currency, day, net]) => (net === null ? [] : { currency: currencyCode(currency), day: whole(day), net: BigInt(net) })),
      last,
      more: rows.reduce((count, [, , , , entries]) => count + Number(entries), 0) === SUMMED_MAX,
    };
  }

  async #read<Row extends unknown[], View>(pool: "reading" | "listing", ask: Ask<Row>, show: Show<Row, View>): Promise<View[]> {
    const { [pool]: asked, reading: primary } = this.#pools;
    const once = (from: Pool) => from.use((connection) => this.#readOnce(connection, ask, show));
    if (asked !== primary && performance.now() > this.#restsUntil) {
      try {
        return await once(asked);
      } catch {
        // A replica that is gone, far behind, or not even of this book is no reason to show no list: the primary has it too.
        this.#restsUntil = performance.now() + this.#limits.replicaRestMs;
      }
    }
    try {
      return await once(primary);
    } catch (error) {
      // A connection may have died since it was last used: whoever only reads may ask once more, on another.
      if (!isLost(error) && !primary.isUnprepared(error)) throw translate(error);
    }
    try {
      return await once(primary);
    } catch (error) {
      throw translate(error);
    }
  }

  /** Every statement sees the book as it was at one moment. */
  async #readOnce<Row extends unknown[], View>(connection: Connection, ask: Ask<Row>, show: Show<Row, View>): Promise<View[]> {
    const { answerMs } = this.#limits;
    try {
      const [, { rows }] = await connection.together(answerMs, () => Promise.all([connection.tell(this.#begin), ask(connection)]));
      return await connection.together(answerMs, async () => {
        const [views] = await Promise.all([rows.length === 0 ? [] : show(connection, rows), connection.tell(statements.COMMIT)]);
        return views;
      });
    } catch (error) {
      if (!connection.lost) await connection.together(answerMs, () => connection.tell(statements.ROLLBACK)).catch(() => connection.destroy());
      throw error;
    }
  }
}

async function paymentViews(connection: Connection, rows: readonly PaymentRow[], extras: Extras): Promise<PaymentView[]> {
  const payments = rows.map(readPayment);
  const shown = await around(connection, extras, { payments: { inHand: payments }, attempts: [], entries: [] });
  return payments.map((payment) => shown.view(payment, null));
}

async function attemptViews(connection: Connection, rows: readonly AttemptRow[], extras: Extras): Promise<PaymentView[]> {
  const attempts = rows.map(readAttempt);
  const payments = attempts.map(({ merchant, paymentId }) => ({ merchant, id: paymentId }));
  const shown = await around(connection, extras, { payments, attempts: { inHand: attempts }, entries: [] });
  return attempts.map((attempt) => shown.view(shown.payment(attempt), attempt));
}

async function refundViews(connection: Connection, rows: readonly RefundRow[], extras: Extras): Promise<RefundView[]> {
  const refunds = rows.map(readRefund);
  const shown = await around(connection, extras, {
    payments: refunds.map(({ merchant, paymentId }) => ({ merchant, id: paymentId })),
    attempts: extras.attempts ? refunds.map(({ merchant, attemptId }) => ({ merchant, id: attemptId })) : null,
    entries: refunds.flatMap(({ merchant, entryId, failureEntryId }) => (extras.entries ? [entryId, failureEntryId].flatMap((id) => (id === null ? [] : { merchant, id })) : [])),
  });
  return refunds.map((refund) => shown.refundView(refund));
}

async function disputeViews(connection: Connection, rows: readonly DisputeRow[], extras: Extras): Promise<DisputeView[]> {
  const disputes = rows.map(readDispute);
  const shown = await around(connection, extras, {
    payments: disputes.map(({ merchant, paymentId }) => ({ merchant, id: paymentId })),
    attempts: disputes.map(({ merchant, attemptId }) => ({ merchant, id: attemptId })),
    entries: disputes.flatMap(({ merchant, entryId, reversalEntryId }) => [entryId, reversalEntryId].flatMap((id) => (id === null ? [] : { merchant, id }))),
  });
  return disputes.map((dispute) => shown.disputeView(dispute));
}

async function entryViews(connection: Connection, rows: readonly EntryRow[], extras: Extras): Promise<EntryView[]> {
  const entries = rows.map(readEntry);
  const caused = extras.attempts ? entries : [];
  const shown = await around(connection, extras, {
    payments: entries.map(({ merchant, paymentId }) => ({ merchant, id: paymentId })),
    attempts: extras.attempts ? [] : null,
    entries: [],
    refunds: caused.flatMap(({ merchant, refundId }) => (refundId === null ? [] : { merchant, id: refundId })),
    disputesOf: caused.flatMap(({ merchant, kind, paymentId }) => (kind === "chargeback" || kind === "chargeback_reversal" ? { merchant, id: paymentId } : [])),
  });
  return entries.map((entry) => shown.entryView(entry, extras));
}

/** All that is shown with these payments, asked for at once. */
async function around(connection: Connection, extras: Extras, wanted: Around): Promise<Shown> {
  const ask = async <Row extends unknown[]>(text: string, names: readonly Name[], ...more: readonly string[]): Promise<Row[]> =>
    names.length === 0 ? [] : (await connection.ask<Row>({ text, values: [...namesOf(names), ...more] })).rows;
  const inHand = "inHand" in wanted.payments ? wanted.payments.inHand : null;
  const payments = once("inHand" in wanted.payments ? wanted.payments.inHand : wanted.payments);
  const attempts = wanted.attempts ?? [];
  const { findPayments, latestAttempts, captureEntries } = statements.LOAD_BY_PAYMENT;
  const withRefunds = extras.refunds > 0 ? payments : [];
  const ofRefunds = once(wanted.refunds ?? []);
  const ofDisputes = once(wanted.disputesOf ?? []);
  const [found, latest, named, newest, captures, entries, refunds, refunded, moved, disputes, withdrawn] = await Promise.all([
    ask<PaymentRow>(findPayments, inHand === null ? payments : []),
    "inHand" in attempts
      ? ask<AttemptRow>(statements.LATER_ATTEMPTS, attempts.inHand.map(({ merchant, paymentId }) => ({ merchant, id: paymentId })), arrayOf(attempts.inHand.map(({ id }) => id)))
      : ask<AttemptRow>(latestAttempts, wanted.attempts === null ? [] : payments),
    ask<AttemptRow>(statements.FIND_ATTEMPTS, "inHand" in attempts ? [] : once(attempts)),
    ask<RefundRow>(statements.NEWEST_REFUNDS, withRefunds, arrayOf(withRefunds.map(() => extras.refunds)), arrayOf(withRefunds.map(() => "payment"))),
    ask<EntryRow>(captureEntries, extras.entries ? payments : []),
    ask<EntryRow>(statements.FIND_ENTRIES, once(wanted.entries)),
    ask<RefundRow>(statements.FIND_REFUNDS, ofRefunds),
    ask<AttemptRow>(statements.REFUNDED_ATTEMPTS, ofRefunds),
    ask<EntryRow>(statements.ENTRIES_OF_REFUNDS, extras.entries ? ofRefunds : []),
    ask<DisputeRow>(statements.DISPUTES_OF_PAYMENTS, ofDisputes),
    ask<EntryRow>(statements.ENTRIES_OF_PAYMENTS_DISPUTES, ofDisputes),
  ]);
  return new Shown({
    payments: inHand ?? found.map(readPayment),
    attempts: [...latest, ...named, ...refunded].map(readAttempt),
    newest: newest.map(readRefund),
    refunds: refunds.map(readRefund),
    disputes: disputes.map(readDispute),
    entries: [...captures, ...entries, ...moved, ...withdrawn].map(readEntry),
    withEntries: extras.entries,
  });
}

type ShownRows = {
  readonly payments: readonly Payment[];
  readonly attempts: readonly Attempt[];
  /** Newest first, of payments whose extras ask for them. */
  readonly newest: readonly Refund[];
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
  readonly entries: readonly Entry[];
  readonly withEntries: boolean;
};

class Shown {
  readonly #payments: ReadonlyMap<string, Payment>;
  readonly #attempts: ReadonlyMap<string, Attempt>;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #refunds: ReadonlyMap<string, Refund>;
  readonly #disputes: ReadonlyMap<string, Dispute>;
  readonly #newest: ReadonlyMap<string, Refund[]>;
  readonly #withEntries: boolean;

  constructor(rows: ShownRows) {
    this.#payments = byName(rows.payments);
    this.#attempts = byName(rows.attempts);
    this.#entries = byName(rows.entries);
    this.#refunds = byName(rows.refunds);
    this.#disputes = byName(rows.disputes);
    this.#newest = Map.groupBy(rows.newest, ({ merchant, paymentId }) => `${merchant}/${paymentId}`);
    this.#withEntries = rows.withEntries;
  }

  payment({ merchant, paymentId, id }: Attempt | Refund | Dispute | Entry): Payment {
    return present(this.#payments.get(`${merchant}/${paymentId}`), `the payment of ${id}`);
  }

  attempt(merchant: MerchantId, id: string | null): Attempt | null {
    return this.#attempts.get(`${merchant}/${id}`) ?? null;
  }

  refund(merchant: MerchantId, id: string): Refund {
    return present(this.#refunds.get(`${merchant}/${id}`), `the refund ${id}`);
  }

  dispute(merchant: MerchantId, id: string): Dispute {
    return present(this.#disputes.get(`${merchant}/${id}`), `the dispute ${id}`);
  }

  entry(merchant: MerchantId, id: string | null): Entry | null {
    return this.#entries.get(`${merchant}/${id}`) ?? null;
  }

  refundView(refund: Refund): RefundView {
    const { merchant, attemptId, entryId, failureEntryId } = refund;
    const entry = (id: string | null) => (this.#withEntries ? this.entry(merchant, id) : null);
    return { ...this.view(this.payment(refund), this.attempt(merchant, attemptId)), refund, refundEntry: entry(entryId), failureEntry: entry(failureEntryId) };
  }

  disputeView(dispute: Dispute): DisputeView {
    const { merchant, attemptId, entryId, reversalEntryId } = dispute;
    const around = this.view(this.payment(dispute), this.attempt(merchant, attemptId));
    return { ...around, dispute, withdrawalEntry: this.entry(merchant, entryId), reversalEntry: this.entry(merchant, reversalEntryId) };
  }

  entryView(entry: Entry, { attempts }: Extras): EntryView {
    const payment = this.payment(entry);
    const cause = causeOf(entry, payment);
    if (attempts && cause.refund !== null) return { ...NO_CAUSE, ...this.refundView(this.refund(entry.merchant, cause.refund)), entry };
    if (attempts && cause.dispute !== null) return { ...NO_CAUSE, ...this.disputeView(this.dispute(entry.merchant, cause.dispute)), entry };
    return { ...this.view(payment, null), ...NO_CAUSE, entry };
  }

  view(payment: Payment, named: Attempt | null): PaymentView {
    const { merchant, id, latestAttempt, captureEntry } = payment;
    const latest = latestAttempt === named?.id ? named : this.attempt(merchant, latestAttempt);
    return {
      payment,
      attempt: named ?? latest,
      latest,
      refunds: this.#newest.get(`${merchant}/${id}`) ?? [],
      captureEntry: this.#withEntries ? this.entry(merchant, captureEntry) : null,
    };
  }
}

function byName<Row extends Name>(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [`${row.merchant}/${row.id}`, row]));
}

function once(names: readonly Name[]): Name[] {
  return [...byName(names).values()];
}

/** Those who want the same extras may look together. */
function shared<View>(sharing: Sharing<View>, { refunds, entries, attempts }: Extras, look: Look<View>): SharedLookups<View> {
  const what = `${refunds}/${entries}/${attempts}`;
  const known = sharing.get(what);
  if (known !== undefined) return known;
  const lookups = new SharedLookups(look);
  sharing.set(what, lookups);
  return lookups;
}
