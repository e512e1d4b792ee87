/**
 * Those who wait to be written, in the order in which they came. Nobody is let in whose turn would come too late: a short refusal,
 * which may be sent again, is worth more than an answer that nobody waits for any more, and whoever is let in is served soon.
 */

/** Whatever their turn, more than these are never kept. */
export const QUEUE_MAX = 10_000;
/** Whose turn is expected later than this is not let in. */
export const EXPECTED_MS_MAX = 500;
/** Who was let in and has waited this long, since nothing moves any more, is sent away. */
export const WAIT_MS_MAX = 2_000;

/** Time that passes while nothing moves is counted in beats: a process that was paused has missed them, and nobody pays for it. */
const BEAT_MS = 100;
const WAIT_BEATS = WAIT_MS_MAX / BEAT_MS;
/** The part that the last batch has in the expectation. */
const NEWEST_PART = 0.2;
/** More than this between two batches was no work, but a pause. */
const PACE_MS_MAX = 1_000;

type Waiting<Item> = { readonly item: Item; readonly since: number };

export class WaitingLine<Item> {
  readonly #batchMax: number;
  readonly #sendAway: (item: Item) => void;
  #waiting: Waiting<Item>[] = [];
  #beating: NodeJS.Timeout | null = null;
  #beats = 0;
  /** The beat, and the time, when a batch last began on an idle store or ended. */
  #movedAtBeat = 0;
  #movedAt = performance.now();
  /** Between the ends of two batches, when one follows the other. */
  #pace = 0;

  constructor(batchMax: number, sendAway: (item: Item) => void) {
    this.#batchMax = batchMax;
    this.#sendAway = sendAway;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Why another may not join, or null: `too_many` are before it, or what they wait for is `stuck`. `busy` when every lane is taken, so that the first batch has to wait too. */
  refusal(busy: boolean): "too_many" | "stuck" | null {
    const batches = Math.ceil((this.#waiting.length + 1) / this.#batchMax) - (busy ? 0 : 1);
    const stillFor = busy ? (this.#beats - this.#movedAtBeat) * BEAT_MS : 0;
    if (this.#waiting.length < QUEUE_MAX && batches * Math.max(this.#pace, stillFor) <= EXPECTED_MS_MAX) return null;
    return stillFor > EXPECTED_MS_MAX ? "stuck" : "too_many";
  }

  join(item: Item): void {
    this.#waiting.push({ item, since: this.#beats });
    this.#beating ??= setInterval(() => this.#beat(), BEAT_MS);
  }

  /** The next batch. */
  cut(): Item[] {
    const batch = this.#waiting.slice(0, this.#batchMax);
    this.#waiting = this.#waiting.slice(this.#batchMax);
    if (this.#waiting.length === 0) this.#rest();
    return batch.map(({ item }) => item);
  }

  cutAll(): Item[] {
    const all = this.#waiting.map(({ item }) => item);
    this.#waiting = [];
    this.#rest();
    return all;
  }

  /** A batch began while none was under way: what passed before was idle. */
  began(): void {
    this.#moved();
  }

  ended(): void {
    const took = Math.min(performance.now() - this.#movedAt, PACE_MS_MAX);
    this.#pace += (took - this.#pace) * NEWEST_PART;
    this.#moved();
  }

  #moved(): void {
    this.#movedAt = performance.now();
    this.#movedAtBeat = this.#beats;
  }

  #beat(): void {
    this.#beats += 1;
    const fresh = this.#waiting.findIndex(({ since }) => this.#beats - since < WAIT_BEATS);
    const gone = this.#waiting.slice(0, fresh < 0 ? this.#waiting.length : fresh);
    this.#waiting = this.#waiting.slice(gone.length);
    if (this.#waiting.length === 0) this.#rest();
    for (const { item } of gone) this.#sendAway(item);
  }

  #rest(): void {
    if (this.#beating !== null) clearInterval(this.#beating);
    this.#beating = null;
  }
}
