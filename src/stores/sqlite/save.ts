/** Saves what a batch changed. Every guard of the book stands behind these statements. */
import { assert } from "../../base/assert.ts";
import type { Changes } from "../../engine/store.ts";
import type { Connection } from "./connection.ts";
import {
  attemptChange, attemptRow, entryRow, eventRow, paymentChange, paymentRow, refundRow, replyRow, type Value,
} from "./rows.ts";
import * as statements from "./statements.ts";

export class Saver {
  readonly #addPayment;
  readonly #changePayment;
  readonly #addAttempt;
  readonly #changeAttempt;
  readonly #addRefund;
  readonly #addEntry;
  readonly #addEvent;
  readonly #addReply;

  constructor(db: Connection) {
    this.#addPayment = db.prepare<Value[]>(statements.ADD_PAYMENT);
    this.#changePayment = db.prepare<Value[]>(statements.CHANGE_PAYMENT);
    this.#addAttempt = db.prepare<Value[]>(statements.ADD_ATTEMPT);
    this.#changeAttempt = db.prepare<Value[]>(statements.CHANGE_ATTEMPT);
    this.#addRefund = db.prepare<Value[]>(statements.ADD_REFUND);
    this.#addEntry = db.prepare<Value[]>(statements.ADD_ENTRY);
    this.#addEvent = db.prepare<Value[]>(statements.ADD_EVENT);
    this.#addReply = db.prepare<Value[]>(statements.ADD_REPLY);
  }

  /** Parents before children, so that no row ever stands without the one it belongs to. */
  save(changes: Changes): void {
    for (const payment of changes.newPayments) this.#addPayment.run(...paymentRow(payment));
    for (const { payment, loadedVersion } of changes.changedPayments) {
      const { changes: rows } = this.#changePayment.run(...paymentChange(payment, loadedVersion));
      assert(rows === 1, `payment ${payment.id} is no longer at version ${loadedVersion}`);
    }
    for (const attempt of changes.newAttempts) this.#addAttempt.run(...attemptRow(attempt));
    for (const attempt of changes.changedAttempts) {
      const { changes: rows } = this.#changeAttempt.run(...attemptChange(attempt));
      assert(rows === 1, `attempt ${attempt.id} is gone`);
    }
    for (const refund of changes.newRefunds) this.#addRefund.run(...refundRow(refund));
    for (const entry of changes.newEntries) this.#addEntry.run(...entryRow(entry));
    for (const event of changes.newEvents) this.#addEvent.run(...eventRow(event));
    for (const reply of changes.newKeys) this.#addReply.run(...replyRow(reply));
  }
}
