/**
 * Look-ups by name that arrive together, or while others are under way, share one transaction: to begin and end one, and to wait
 * for its two rounds, costs far more than what is looked up.
 */
import type { MerchantId } from "../../domain/merchant.ts";
import { StoreUnavailable } from "../../engine/store.ts";

export type Name = { readonly merchant: MerchantId; readonly id: string };

/** What was found, by `nameOf`; what is not there is missing. */
export type Look<View> = (names: readonly Name[]) => Promise<ReadonlyMap<string, View>>;

type Waiting<View> = { readonly name: Name; readonly since: number; readonly resolve: (view: View | null) => void; readonly reject: (error: unknown) => void };

/** Look-ups of one transaction. More wait for the next, so that no one waits long for what others ask. */
const TOGETHER_MAX = 128;
/** Who waits behind as many is not let in, and who has waited this long is sent away: a book that hangs must not collect all who ask. */
const WAITING_MAX = 10_000;
const WAIT_MS_MAX = 2_000;
/** Transactions under way at once. */
const LANES = 2;

export class SharedLookups<View> {
  readonly #look: Look<View>;
  #waiting: Waiting<View>[] = [];
  #underWay = 0;
  #woken = false;

  constructor(look: Look<View>) {
    this.#look = look;
  }

  find(name: Name): Promise<View | null> {
    if (this.#waiting.length >= WAITING_MAX) return Promise.reject(new StoreUnavailable("too many wait to read the book"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ name, since: performance.now(), resolve, reject });
      this.#wake();
    });
  }

  /** At the end of this turn of the loop, so that what arrived together goes together. */
  #wake(): void {
    if (this.#woken || this.#waiting.length === 0 || this.#underWay === LANES) return;
    this.#woken = true;
    setImmediate(() => {
      this.#woken = false;
      this.#sendAway();
      const asked = this.#waiting.slice(0, TOGETHER_MAX);
      this.#waiting = this.#waiting.slice(TOGETHER_MAX);
      if (asked.length === 0) return;
      this.#underWay += 1;
      void this.#answer(asked).finally(() => {
        this.#underWay -= 1;
        this.#wake();
      });
      this.#wake();
    });
  }

  /** They came in order, so the first that may stay ends the search. */
  #sendAway(): void {
    const since = performance.now() - WAIT_MS_MAX;
    const fresh = this.#waiting.findIndex((one) => one.since >= since);
    const gone = this.#waiting.splice(0, fresh < 0 ? this.#waiting.length : fresh);
    for (const { reject } of gone) reject(new StoreUnavailable("the book does not get on, and the request waited too long for its turn to read"));
  }

  async #answer(asked: readonly Waiting<View>[]): Promise<void> {
    try {
      const names = new Map(asked.map(({ name }) => [nameOf(name), name]));
      const found = await this.#look([...names.values()]);
      for (const { name, resolve } of asked) resolve(found.get(nameOf(name)) ?? null);
    } catch (error) {
      // What one name leads to may be broken: the others are found without it.
      if (asked.length > 1 && !(error instanceof StoreUnavailable)) await Promise.all(asked.map((one) => this.#answer([one])));
      else for (const { reject } of asked) reject(error);
    }
  }
}

export function nameOf({ merchant, id }: Name): string {
  return `${merchant}/${id}`;
}
