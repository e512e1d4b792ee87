/** Saves what a batch changed. Every guard of the book stands behind these statements. */
import { assert } from "../../base/assert.ts";
import type { Payment } from "../../domain/payment.ts";
import type { ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Profile, ProfileKind } from "../../domain/profile.ts";
import { profilesNamedBy } from "../../engine/named-profiles.ts";
import type { Changes } from "../../engine/store.ts";
import { BulkInsert } from "./bulk-insert.ts";
import type { Connection } from "./connection.ts";
import {
  attemptChange, attemptRow, disputeChange, disputeRow, entryRow, isOnlyRefunded, paymentChange, paymentRow, profileChange, profileRow, refundChange, refundedChange, refundRow, replyRow, type Value,
} from "../../engine/rows.ts";
import { eventRow, noticeRow, pastRow } from "../../engine/event-rows.ts";
import { FirstRefunds } from "./first-refunds.ts";
import { HEARERS, NOTICES } from "./outbox-statements.ts";
import * as statements from "./statements.ts";

export class Saver {
  readonly #payments;
  readonly #attempts;
  readonly #refunds;
  readonly #disputes;
  readonly #entries;
  readonly #events;
  readonly #pasts;
  readonly #notices;
  readonly #hearers;
  readonly #replies;
  readonly #profiles;
  readonly #changeProfile;
  readonly #kindOfProfile;
  readonly #changePayment;
  readonly #changeRefunded;
  readonly #changeAttempt;
  readonly #changeRefund;
  readonly #changeDispute;
  /** Merchants with endpoints, as they were found; null when that may have changed. The folder has one writer. */
  #hearing: ReadonlySet<string> | null = null;

  constructor(db: Connection) {
    this.#payments = new BulkInsert(db, statements.PAYMENTS);
    this.#attempts = new BulkInsert(db, statements.ATTEMPTS);
    this.#refunds = new BulkInsert(db, statements.REFUNDS);
    this.#disputes = new BulkInsert(db, statements.DISPUTES);
    this.#entries = new BulkInsert(db, statements.ENTRIES);
    this.#events = new BulkInsert(db, statements.EVENTS);
    this.#pasts = new BulkInsert(db, statements.PASTS);
    this.#notices = new BulkInsert(db, NOTICES);
    this.#hearers = db.prepare<[], string>(HEARERS).pluck();
    this.#replies = new BulkInsert(db, statements.REPLIES);
    this.#profiles = new BulkInsert(db, statements.PROFILES);
    this.#changeProfile = db.prepare<Value[]>(statements.CHANGE_PROFILE);
    this.#kindOfProfile = db.prepare<[string, string], string>(statements.KIND_OF_PROFILE).pluck();
    this.#changePayment = db.prepare<Value[]>(statements.CHANGE_PAYMENT);
    this.#changeRefunded = db.prepare<Value[]>(statements.CHANGE_REFUNDED);
    this.#changeAttempt = db.prepare<Value[]>(statements.CHANGE_ATTEMPT);
    this.#changeRefund = db.prepare<Value[]>(statements.CHANGE_REFUND);
    this.#changeDispute = db.prepare<Value[]>(statements.CHANGE_DISPUTE);
  }

  /** Parents before children, so that no row ever stands without the one it belongs to. */
  save(changes: Changes): void {
    this.#profiles.run(changes.newProfiles.map(profileRow));
    for (const { profile, loaded } of changes.changedProfiles) {
      const { changes: rows } = this.#changeProfile.run(...profileChange(profile, loaded.version));
      assert(rows === 1, `profile ${profile.id} is no longer at version ${loaded.version}`);
    }
    for (const { merchant, id, kind } of profilesNamedBy(changes)) this.#expect(merchant, id, kind);
    this.#payments.run(changes.newPayments.map(paymentRow));
    const firstRefunds = new FirstRefunds(changes);
    for (const { payment, loaded } of changes.changedPayments) this.#change(payment, loaded, firstRefunds.addedTo(payment));
    this.#attempts.run(changes.newAttempts.map(attemptRow));
    for (const attempt of changes.changedAttempts) {
      const { changes: rows } = this.#changeAttempt.run(...attemptChange(attempt));
      assert(rows === 1, `attempt ${attempt.id} is gone`);
    }
    this.#refunds.run(changes.newRefunds.map(refundRow));
    for (const refund of changes.changedRefunds) {
      const { changes: rows } = this.#changeRefund.run(...refundChange(refund));
      assert(rows === 1, `refund ${refund.id} is gone`);
    }
    this.#disputes.run(changes.newDisputes.map(disputeRow));
    for (const dispute of changes.changedDisputes) {
      const { changes: rows } = this.#changeDispute.run(...disputeChange(dispute));
      assert(rows === 1, `dispute ${dispute.id} is gone`);
    }
    this.#entries.run(changes.newEntries.map(entryRow));
    this.#events.run(changes.newEvents.map((event) => [...eventRow(event), firstRefunds.isListed(event) ? 1 : 0]));
    this.#pasts.run(changes.newPasts.map(pastRow));
    this.#notify(changes);
    this.#replies.run(changes.newKeys.map(replyRow));
  }

  #notify({ newNotices, newProfiles, changedProfiles }: Changes): void {
    const isEndpoint = ({ kind }: Profile) => kind === "endpoint";
    const changesHearers = newProfiles.some(isEndpoint) || changedProfiles.some(({ profile }) => isEndpoint(profile));
    const hearing = (changesHearers ? null : this.#hearing) ?? new Set(this.#hearers.all());
    // What this transaction changed is known to stand only once it is committed.
    this.#hearing = changesHearers ? null : hearing;
    if (hearing.size > 0) this.#notices.run(newNotices.filter(({ hearer }) => hearing.has(hearer.merchant)).map(noticeRow));
  }

  /** A foreign key would look for a profile with every payment; few name one. */
  #expect(merchant: MerchantId, id: ProfileId, kind: ProfileKind): void {
    assert(this.#kindOfProfile.get(merchant, id) === kind, `there is no ${kind} ${id} for this merchant`);
  }

  #change(payment: Payment, loaded: Payment, firstRefunds: string): void {
    const { changes: rows } = isOnlyRefunded(payment, loaded)
      ? this.#changeRefunded.run(firstRefunds, ...refundedChange(payment, loaded.version))
      : this.#changePayment.run(firstRefunds, ...paymentChange(payment, loaded.version));
    assert(rows === 1, `payment ${payment.id} is no longer at version ${loaded.version}`);
  }
}
