/** The rows of one batch while it is decided: each job sees the effect of the one before it. */
import type { Accepted } from "../domain/outcome.ts";
import type { Target } from "../domain/command.ts";
import type { Found } from "../domain/change-payment.ts";
import type { Event } from "../domain/event.ts";
import type { Entry } from "../domain/journal.ts";
import type { MerchantId } from "../domain/merchant.ts";
import type { Attempt, Payment } from "../domain/payment.ts";
import type { Refund } from "../domain/refund.ts";
import type { Done } from "./job.ts";
import type { Changes, KeyRef, LoadedRows, StoredReply } from "./store.ts";
import type { Extras } from "./views.ts";

export class WorkingSet {
  readonly #loadedPayments = new Map<string, Payment>();
  readonly #loadedAttempts = new Set<string>();
  readonly #payments = new Map<string, Payment>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #keys = new Map<string, StoredReply>();
  readonly #recent = new Map<string, Refund[]>();
  readonly #entries = new Map<string, Entry>();
  readonly #changedPayments = new Set<string>();
  readonly #changedAttempts = new Set<string>();
  readonly #newRefunds: Refund[] = [];
  readonly #newEntries: Entry[] = [];
  readonly #newEvents: Event[] = [];
  readonly #newKeys: StoredReply[] = [];

  constructor(rows: LoadedRows) {
    for (const payment of rows.payments) {
      const name = nameOf(payment.merchant, payment.id);
      this.#payments.set(name, payment);
      this.#loadedPayments.set(name, payment);
    }
    for (const attempt of rows.attempts) {
      const name = nameOf(attempt.merchant, attempt.id);
      this.#attempts.set(name, attempt);
      this.#loadedAttempts.add(name);
    }
    for (const refund of rows.refunds) this.#remember(refund, "last");
    for (const entry of rows.entries) this.#entries.set(nameOf(entry.merchant, entry.id), entry);
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
    const named = target.by === "attempt" ? this.#attempts.get(nameOf(merchant, target.id)) : undefined;
    if (target.by === "attempt" && named === undefined) return null;
    const payment = this.#payments.get(nameOf(merchant, named?.paymentId ?? target.id));
    if (payment === undefined || !isKnownAs(payment, target.as)) return null;
    const latest = payment.latestAttempt;
    const attempt = named ?? (latest === null ? undefined : this.#attempts.get(nameOf(merchant, latest)));
    return { payment, attempt: attempt ?? null };
  }

  /** What was done, as it will stand once it is applied. */
  view(done: Accepted, extras: Extras): Done {
    const { payment, attempt, refund, entry } = done;
    const before = this.#recent.get(nameOf(payment.merchant, payment.id)) ?? [];
    const refunds = (refund ? [refund, ...before] : before).slice(0, extras.refunds);
    const captured = payment.captureEntry;
    const captureEntry =
      captured === null ? null
      : captured === entry?.id ? entry
      : (this.#entries.get(nameOf(payment.merchant, captured)) ?? null);
    const latest = payment.latestAttempt;
    const last = latest === null || latest === attempt?.id ? attempt : this.#attempts.get(nameOf(payment.merchant, latest));
    return { payment, attempt, latest: last ?? null, refund, refunds, captureEntry, refundEntry: refund ? entry : null };
  }

  apply(done: Accepted): void {
    const { payment, attempt, refund, entry, event } = done;
    const name = nameOf(payment.merchant, payment.id);
    this.#payments.set(name, payment);
    this.#changedPayments.add(name);
    if (attempt) {
      const attemptName = nameOf(attempt.merchant, attempt.id);
      if (this.#attempts.get(attemptName) !== attempt) {
        this.#attempts.set(attemptName, attempt);
        this.#changedAttempts.add(attemptName);
      }
    }
    if (refund) {
      this.#newRefunds.push(refund);
      this.#remember(refund, "first");
    }
    if (entry) {
      this.#newEntries.push(entry);
      this.#entries.set(nameOf(entry.merchant, entry.id), entry);
    }
    this.#newEvents.push(event);
  }

  changes(): Changes {
    const payments = pick(this.#payments, this.#changedPayments);
    const attempts = pick(this.#attempts, this.#changedAttempts);
    return {
      newPayments: payments.filter(([name]) => !this.#loadedPayments.has(name)).map(([, payment]) => payment),
      changedPayments: payments.flatMap(([name, payment]) => {
        const loaded = this.#loadedPayments.get(name);
        return loaded === undefined ? [] : [{ payment, loaded }];
      }),
      newAttempts: attempts.filter(([name]) => !this.#loadedAttempts.has(name)).map(([, attempt]) => attempt),
      changedAttempts: attempts.filter(([name]) => this.#loadedAttempts.has(name)).map(([, attempt]) => attempt),
      newRefunds: this.#newRefunds,
      newEntries: this.#newEntries,
      newEvents: this.#newEvents,
      newKeys: this.#newKeys,
    };
  }

  #remember(refund: Refund, where: "first" | "last"): void {
    const name = nameOf(refund.merchant, refund.paymentId);
    const known = this.#recent.get(name);
    if (known === undefined) this.#recent.set(name, [refund]);
    else if (where === "first") known.unshift(refund);
    else known.push(refund);
  }
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

function nameOf(merchant: MerchantId, id: string): string {
  return `${merchant}/${id}`;
}

/** A caller chose the key, and scopes may hold slashes: the scope's length says where it ends. */
function nameOfKey(ref: KeyRef): string {
  return `${ref.merchant}/${ref.scope.length}/${ref.scope}/${ref.key}`;
}

function pick<T>(rows: ReadonlyMap<string, T>, names: ReadonlySet<string>): [string, T][] {
  return [...names].flatMap((name) => {
    const row = rows.get(name);
    return row === undefined ? [] : [[name, row] satisfies [string, T]];
  });
}
