/**
 * What a merchant's entries come to, added up from the journal and kept nowhere beside it. Entries are never changed and their ids
 * grow with time, so what was added up once is remembered, and each question reads only what came since. What is before the
 * horizon is remembered; among what is behind it more may still appear, and it is read again each time.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Currency } from "../domain/currency.ts";
import { idFloor, type Millis } from "../domain/id.ts";
import type { MerchantId } from "../domain/merchant.ts";
import { LEAST, MOST } from "./id-range.ts";
import type { Reader } from "./store.ts";
import type { DaySum, EntrySpan } from "./views.ts";

/** So many merchants' sums are remembered; whoever asked longest ago is read anew. */
const MERCHANTS_MAX = 10_000;
/** A clock that goes back by less finds the days still told apart. */
const DAYS_KEPT = 7;
/** All days before those stand under this one. */
const LONG_AGO = 0;

/** Minor units of each currency that has any entry, in the order of their codes. */
export type Sums = ReadonlyMap<Currency, bigint>;

/** The entries made before a day, and those made since it began: both name every currency. */
export type Balance = { readonly before: Sums; readonly since: Sums };

export class Balances {
  readonly #read: Reader;
  readonly #now: () => Millis;
  readonly #tallies = new Map<MerchantId, Tally>();
  /** Long walks take their pages in turn: many of them at once keep nobody longer waiting than one. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `now` is the clock by which this process dates what it writes. */
  constructor(read: Reader, now: () => Millis) {
    this.#read = read;
    this.#now = now;
  }

  /** All entries that were acknowledged before, split where that UTC day begins. Rejects with `StoreUnavailable` when they cannot be read. */
  async of(merchant: MerchantId, day: number): Promise<Balance> {
    return split(await this.#tallyOf(merchant).count(day), day);
  }

  #tallyOf(merchant: MerchantId): Tally {
    const known = this.#tallies.get(merchant);
    // The first in order is whoever asked longest ago.
    this.#tallies.delete(merchant);
    const [oldest] = this.#tallies.keys();
    if (oldest !== undefined && this.#tallies.size >= MERCHANTS_MAX) this.#tallies.delete(oldest);
    const tally = known ?? new Tally({ read: this.#read, now: this.#now, inTurn: (work) => this.#inTurn(work) }, merchant);
    this.#tallies.set(merchant, tally);
    return tally;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => nextTurn()).then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

type Parts = {
  readonly read: Reader;
  readonly now: () => Millis;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
};

/** One merchant's sums. */
class Tally {
  readonly #parts: Parts;
  readonly #merchant: MerchantId;
  readonly #days = new Days();
  /** All entries up to this one are in the sums, and no other will come before it. */
  #after = LEAST;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<Days> | null = null;

  constructor(parts: Parts, merchant: MerchantId) {
    this.#parts = parts;
    this.#merchant = merchant;
  }

  /** Whoever comes while entries are read may know of one that was written since: all of them share the next reading. */
  count(day: number): Promise<Days> {
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      const run = this.#add(day);
      this.#running = run.catch(() => undefined);
      return run;
    });
    return this.#next;
  }

  async #add(day: number): Promise<Days> {
    const { read, now } = this.#parts;
    // Where this process alone writes, its ids only grow; but one before it may have had a clock that was ahead.
    const horizon = (await read.horizon()) ?? idFloor(now());
    await this.#walk({ after: this.#after, below: horizon }, (sums, last) => {
      this.#days.add(sums);
      this.#after = last;
    });
    this.#days.fold(day - DAYS_KEPT);
    const all = this.#days.copy();
    await this.#walk({ after: this.#after, below: MOST }, (sums) => all.add(sums));
    return all;
  }

  /** Page by page, and others have their turn in between. */
  async #walk({ after, below }: EntrySpan, take: (sums: readonly DaySum[], last: string) => void): Promise<void> {
    const sumFrom = (from: string) => this.#parts.read.sumEntries(this.#merchant, { after: from, below });
    let page = await sumFrom(after);
    for (;;) {
      const { sums, last, more } = page;
      if (last === null) return;
      take(sums, last);
      if (!more) return;
      page = await this.#parts.inTurn(() => sumFrom(last));
    }
  }
}

/** Sums by day and currency. */
class Days {
  readonly #days = new Map<number, Map<Currency, bigint>>();

  add(sums: Iterable<DaySum>): void {
    for (const { currency, day, net } of sums) {
      const sumsOfDay = this.#days.get(day) ?? new Map<Currency, bigint>();
      this.#days.set(day, sumsOfDay.set(currency, (sumsOfDay.get(currency) ?? 0n) + net));
    }
  }

  /** Nobody asks any more on which of the days before that one anything was. */
  fold(before: number): void {
    const old = [...this.all()].filter(({ day }) => day < before && day !== LONG_AGO);
    for (const { day } of old) this.#days.delete(day);
    this.add(old.map((sum) => ({ ...sum, day: LONG_AGO })));
  }

  copy(): Days {
    const copy = new Days();
    copy.add(this.all());
    return copy;
  }

  *all(): Generator<DaySum> {
    for (const [day, sums] of this.#days) for (const [currency, net] of sums) yield { currency, day, net };
  }
}

function split(days: Days, day: number): Balance {
  const all = [...days.all()].toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
  const [before, since] = [new Map<Currency, bigint>(), new Map<Currency, bigint>()];
  for (const sum of all) {
    const [own, other] = sum.day < day ? [before, since] : [since, before];
    own.set(sum.currency, (own.get(sum.currency) ?? 0n) + sum.net);
    other.set(sum.currency, other.get(sum.currency) ?? 0n);
  }
  return { before, since };
}
