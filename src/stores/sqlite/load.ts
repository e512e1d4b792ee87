/** Loads what a batch needs: each row once, whoever in the batch asked for it. */
import type { MerchantId } from "../../domain/merchant.ts";
import type { AttemptId, DisputeId, PaymentId, ProfileId, RefundId } from "../../domain/id.ts";
import type { Dispute } from "../../domain/dispute.ts";
import type { Entry } from "../../domain/journal.ts";
import type { Attempt, Payment } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Refund } from "../../domain/refund.ts";
import { ByName } from "../../engine/by-name.ts";
import { besideCounterparts, counterpartNeeds } from "../../engine/load-counterparts.ts";
import type { Extras } from "../../engine/views.ts";
import type { KeyRef, LoadedRows, Needs, PaymentRef, ProfileRef, StoredReply } from "../../engine/store.ts";
import type { Connection } from "./connection.ts";
import {
  readAttempt, readDispute, readEntry, readPayment, readProfile, readRefund, readReply, type AttemptRow, type DisputeRow, type EntryRow, type PaymentRow,
  type ProfileRow, type RefundRow, type ReplyRow,
} from "../../engine/rows.ts";
import * as statements from "./statements.ts";

type Wanted = { readonly payment: Payment; refunds: number; entries: boolean };

/** What is found on the way to the payments. */
type Found = { readonly refunds: ByName<Refund>; readonly disputes: ByName<Dispute>; readonly attempts: ByName<Attempt>; readonly entries: Entry[] };

/** Look-ups by key, prepared once for one connection. */
export class Finder {
  readonly #payment;
  readonly #attempt;
  readonly #refund;
  readonly #dispute;
  readonly #replies;
  readonly #entry;
  readonly #newest;
  readonly #profile;

  constructor(db: Connection) {
    this.#payment = db.prepare<[string, string], PaymentRow>(statements.FIND_PAYMENT).raw();
    this.#attempt = db.prepare<[string, string], AttemptRow>(statements.FIND_ATTEMPT).raw();
    this.#refund = db.prepare<[string, string], RefundRow>(statements.FIND_REFUND).raw();
    this.#dispute = db.prepare<[string, string], DisputeRow>(statements.FIND_DISPUTE).raw();
    this.#replies = db.prepare<[string, string, string], ReplyRow>(statements.FIND_REPLIES).raw();
    this.#entry = db.prepare<[string, string], EntryRow>(statements.FIND_ENTRY).raw();
    this.#profile = db.prepare<[string, string], ProfileRow>(statements.FIND_PROFILE).raw();
    this.#newest = db.prepare<[string, string, string, string, number, number], RefundRow>(statements.NEWEST_REFUNDS_OF_PAYMENT).raw();
  }

  payment(merchant: MerchantId, id: PaymentId): Payment | null {
    const row = this.#payment.get(merchant, id);
    return row === undefined ? null : readPayment(row);
  }

  reply({ merchant, scope, key }: KeyRef): StoredReply | null {
    const [row] = this.#replies.all(JSON.stringify([key]), merchant, scope);
    return row === undefined ? null : readReply(row);
  }

  attempt(merchant: MerchantId, id: AttemptId): Attempt | null {
    const row = this.#attempt.get(merchant, id);
    return row === undefined ? null : readAttempt(row);
  }

  refund(merchant: MerchantId, id: RefundId): Refund | null {
    const row = this.#refund.get(merchant, id);
    return row === undefined ? null : readRefund(row);
  }

  dispute(merchant: MerchantId, id: DisputeId): Dispute | null {
    const row = this.#dispute.get(merchant, id);
    return row === undefined ? null : readDispute(row);
  }

  entry(merchant: MerchantId, id: string | null): Entry | null {
    const row = id === null ? undefined : this.#entry.get(merchant, id);
    return row === undefined ? null : readEntry(row);
  }

  newestRefunds(payment: Payment, count: number): Refund[] {
    return count === 0 || payment.refunds === 0 ? [] : this.#newest.all(payment.merchant, payment.id, payment.merchant, payment.id, count, count).map(readRefund);
  }

  profile(merchant: MerchantId, id: ProfileId): Profile | null {
    const row = this.#profile.get(merchant, id);
    return row === undefined ? null : readProfile(row);
  }

  load(needs: Needs): LoadedRows {
    const rows = this.#load(needs);
    const beside = counterpartNeeds(rows);
    return beside === null ? rows : besideCounterparts(rows, this.#load(beside));
  }

  #load(needs: Needs): LoadedRows {
    const wanted = new ByName<Wanted>();
    const attempts = new ByName<Attempt>();
    const refunds = new ByName<Refund>();
    const disputes = new ByName<Dispute>();
    const entries: Entry[] = [];
    for (const need of needs.payments) {
      const { merchant, extras } = need;
      const id = this.#paymentOf(need, { refunds, disputes, attempts, entries });
      if (id === undefined) continue;
      const known = wanted.get(merchant, id);
      if (known !== undefined) {
        known.refunds = Math.max(known.refunds, extras.refunds);
        known.entries ||= extras.entries;
        continue;
      }
      const payment = this.payment(merchant, id);
      if (payment === null) continue;
      wanted.set(merchant, id, { payment, refunds: extras.refunds, entries: extras.entries });
      if (payment.latestAttempt !== null) this.#remember(attempts, merchant, payment.latestAttempt);
    }
    const found = wanted.all();
    return {
      payments: found.map(({ payment }) => payment),
      attempts: attempts.all(),
      refunds: found.flatMap(({ payment, refunds }) => this.newestRefunds(payment, refunds)),
      namedRefunds: refunds.all(),
      namedDisputes: disputes.all(),
      entries: [...entries, ...found.flatMap(({ payment, entries: wants }) => (wants ? (this.entry(payment.merchant, payment.captureEntry) ?? []) : []))],
      profiles: this.#profiles(needs.profiles),
      keys: this.#keys(needs.keys),
    };
  }

  #paymentOf(need: Needs["payments"][number], found: Found): PaymentId | undefined {
    switch (need.by) {
      case "payment":
        return need.id;
      case "attempt":
        return this.#remember(found.attempts, need.merchant, need.id)?.paymentId;
      case "refund":
        return this.#name(need, found);
      case "dispute":
        return this.#nameDispute(need, found);
    }
  }

  /** The payment of a dispute that was named, with the dispute and its entries. Its attempt is the payment's latest. */
  #nameDispute({ merchant, id }: PaymentRef & { readonly by: "dispute" }, found: Found): PaymentId | undefined {
    const known = found.disputes.get(merchant, id);
    if (known !== undefined) return known.paymentId;
    const dispute = this.dispute(merchant, id);
    if (dispute === null) return undefined;
    found.disputes.set(merchant, id, dispute);
    found.entries.push(...[dispute.entryId, dispute.reversalEntryId].flatMap((entry) => this.entry(merchant, entry) ?? []));
    return dispute.paymentId;
  }

  /** The payment of a refund that was named, with the refund and what belongs to it. */
  #name({ merchant, id, extras }: PaymentRef & { readonly by: "refund"; readonly extras: Extras }, found: Found): PaymentId | undefined {
    const refund = found.refunds.get(merchant, id) ?? this.refund(merchant, id);
    if (refund === null) return undefined;
    found.refunds.set(merchant, id, refund);
    this.#remember(found.attempts, merchant, refund.attemptId);
    if (extras.entries) found.entries.push(...[refund.entryId, refund.failureEntryId].flatMap((entry) => this.entry(merchant, entry) ?? []));
    return refund.paymentId;
  }

  #remember(attempts: ByName<Attempt>, merchant: MerchantId, id: AttemptId): Attempt | null {
    const known = attempts.get(merchant, id);
    if (known !== undefined) return known;
    const attempt = this.attempt(merchant, id);
    if (attempt !== null) attempts.set(merchant, id, attempt);
    return attempt;
  }

  /** Each with its owner and with what it prefers. */
  #profiles(refs: readonly ProfileRef[]): Profile[] {
    const found = new ByName<Profile>();
    const remember = (merchant: MerchantId, id: ProfileId | null): Profile | null => {
      if (id === null) return null;
      const profile = found.get(merchant, id) ?? this.profile(merchant, id);
      if (profile !== null) found.set(merchant, id, profile);
      return profile;
    };
    for (const { merchant, id } of refs) {
      const profile = remember(merchant, id);
      remember(merchant, profile?.owner ?? null);
      remember(merchant, profile?.preferred ?? null);
    }
    return found.all();
  }

  /** Each reply once, however often its key was asked for. */
  #keys(refs: readonly KeyRef[]): StoredReply[] {
    const groups = new Map<string, { readonly ref: KeyRef; readonly keys: Set<string> }>();
    for (const ref of refs) {
      const name = `${ref.merchant}/${ref.scope}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, { ref, keys: new Set([ref.key]) });
      else group.keys.add(ref.key);
    }
    return [...groups.values()].flatMap(({ ref, keys }) =>
      this.#replies.all(JSON.stringify([...keys]), ref.merchant, ref.scope).map(readReply),
    );
  }
}
