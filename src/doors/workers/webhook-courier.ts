/**
 * Tells events to endpoints: sorts notices out into deliveries, sends each when it is due, and keeps what every try came to. Whom this process tells it
 * takes from the others by a lease; what was being sent when a process was killed is sent again.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Millis } from "../../domain/id.ts";
import { modeOf, type MerchantId } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import { isEnabled } from "../../engine/endpoint.ts";
import type { Delivery, Outbox, TryOutcome } from "../../engine/outbox.ts";
import { StoreUnavailable, type Reader } from "../../engine/store.ts";
import type { Send, Sent, Teller } from "../../engine/teller.ts";
import { Lane, PLACES, type Errand } from "./lane.ts";
import { NoticeSorter } from "./notice-sorter.ts";
import { nameOf, ToldCache } from "./told-cache.ts";

/** A merchant is this process's for so long after it last asked; a long look asks again in time. */
export const LEASE_MS = 10_000;
const RENEW_MS = 2_000;
/** Merchants that are seen to at once. */
const MERCHANTS_AT_ONCE = 8;
/** Where nothing is due yet, it is looked again no later than this: somebody may ask to have it sent again. */
const QUIET_MS_MAX: Millis = 1_000;
/** Requests under way at once, to all endpoints together; and of them to those that let the last one wait in vain, so that these leave places to the others. */
const UNDER_WAY_MAX = 512;
const MUTE_MAX = 128;
/** So many are told a second while the desk has its hands full, and so many at once after a while of none. */
const BESIDE_PER_SECOND = 150;
const BESIDE_MAX = 16;
/** For those who test what is told: as good as at once. */
const FAST_WAITS: readonly Millis[] = [100, 200, 500, 1_000, 2_000, 2_000, 5_000, 5_000, 5_000, 10_000];
/** Of a wait, at most so much more, so that what failed together does not come again together. */
const JITTER = 0.1;
/** By that answer an endpoint says that it wants no more. */
const GONE = 410;
/** What cannot be made here and now, through a fault of ours or for want of the key, is tried again then, and no try is counted. */
const POSTPONED_MS: Millis = 300_000;
/** How soon it is tried again to keep what was made, at first and at last. */
const KEEP_AGAIN_MS = 250;
const KEEP_AGAIN_MS_MAX = 5_000;
/** So long what is under way has to end when the courier stops. */
const STOP_MS = 2_000;

export type CourierParts = {
  readonly outbox: Outbox;
  readonly read: Pick<Reader, "told" | "profiles" | "listProfiles">;
  /** By the name of their dialect. */
  readonly tellers: ReadonlyMap<string, Teller>;
  readonly send: Send;
  /** Names this process among all that share the book. */
  readonly node: string;
  readonly now: () => Millis;
  /** At least 0 and less than 1. */
  readonly chance: () => number;
  /** Whether failed tries are made again at once rather than after the vendor's waits. */
  readonly fast: boolean;
  /** Whether the desk has so much to do that telling stands back. */
  readonly busy: () => boolean;
  readonly disable: (endpoint: Profile) => Promise<void>;
  /** Told of what cannot be read, made or kept now: it is tried again. */
  readonly report: (error: unknown) => void;
};

type Made = { readonly errand: Errand; readonly lane: Lane; readonly outcome: TryOutcome };

export class WebhookCourier {
  readonly #parts: CourierParts;
  readonly #told: ToldCache;
  readonly #sorter: NoticeSorter;
  readonly #lanes = new Map<string, Lane>();
  readonly #quietUntil = new Map<MerchantId, Millis>();
  /** Whom somebody was told that he cannot be seen to, until he can. */
  readonly #troubled = new Set<string>();
  /** Tries that were made and are not kept yet. */
  #made: Made[] = [];
  #keeping: Promise<void> | null = null;
  /** By the clock of `performance`, which goes on whatever the machine's does. */
  #leaseEnds = 0;
  #underWay = 0;
  /** How many may be told now while the desk is busy, and when that was reckoned. */
  #beside = 0;
  #besideAt = 0;
  #stops = false;
  /** Nothing is kept any more: the book may be closed. */
  #gone = false;
  #idle: (() => void)[] = [];

  constructor(parts: CourierParts) {
    this.#parts = parts;
    this.#told = new ToldCache(parts.read);
    this.#sorter = new NoticeSorter({ ...parts, told: this.#told });
  }

  /** Begins to tell what is to be told by now; true if there is more of it than one look takes on. Rejects when the book cannot be read. */
  async look(): Promise<boolean> {
    let { noticed, waiting } = await this.#take();
    let more = false;
    const merchants = [...new Set([...noticed, ...waiting])];
    for (let i = 0; i < merchants.length && !this.#stops; i += MERCHANTS_AT_ONCE) {
      if (performance.now() > this.#leaseEnds - LEASE_MS + RENEW_MS) ({ noticed, waiting } = await this.#take());
      const taken = new Set([...noticed, ...waiting]);
      const some = merchants.slice(i, i + MERCHANTS_AT_ONCE).filter((merchant) => taken.has(merchant));
      const found = await Promise.all(some.map((merchant) => this.#see(merchant, noticed.has(merchant))));
      more = more || found.includes(true);
    }
    return more;
  }

  /** Resolves when nothing is under way and every try is kept. */
  async settled(): Promise<void> {
    while (!this.#isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** What is under way ends and is kept; nothing else is begun. Who does not answer soon is not waited for: he is told again. */
  async stop(): Promise<void> {
    this.#stops = true;
    this.#drop(new Set());
    const late = new AbortController();
    await Promise.race([this.settled(), delay(STOP_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    this.#gone = true;
    await this.#parts.outbox.release(this.#parts.node);
  }

  get #isIdle(): boolean {
    return this.#underWay === 0 && this.#made.length === 0 && this.#keeping === null;
  }

  async #take(): Promise<{ readonly noticed: ReadonlySet<MerchantId>; readonly waiting: ReadonlySet<MerchantId> }> {
    const { outbox, node, now } = this.#parts;
    const [asked, at] = [performance.now(), now()];
    const { noticed, waiting } = await outbox.take({ node, now: at, until: at + LEASE_MS });
    this.#leaseEnds = asked + LEASE_MS;
    this.#drop(new Set([...noticed, ...waiting]));
    return { noticed: new Set(noticed), waiting: new Set(waiting) };
  }

  /** What another process has taken is its to tell. */
  #drop(taken: ReadonlySet<MerchantId>): void {
    for (const [name, lane] of this.#lanes) {
      if (!taken.has(lane.endpoint.merchant)) lane.clear();
      if (lane.isIdle) this.#lanes.delete(name);
    }
    for (const merchant of this.#quietUntil.keys()) if (!taken.has(merchant)) this.#quietUntil.delete(merchant);
  }

  /** One merchant's trouble is not the others'. */
  async #see(merchant: MerchantId, isNoticed: boolean): Promise<boolean> {
    try {
      const more = isNoticed && (await this.#sorter.sortOut(merchant));
      if (isNoticed || (this.#quietUntil.get(merchant) ?? 0) <= this.#parts.now()) await this.#fillLanes(merchant);
      this.#troubled.delete(merchant);
      return more;
    } catch (error) {
      if (!this.#troubled.has(merchant)) this.#parts.report(error);
      this.#troubled.add(merchant);
      return false;
    }
  }

  async #fillLanes(merchant: MerchantId): Promise<void> {
    const { outbox, read, now } = this.#parts;
    const waiting = await outbox.waiting(merchant);
    const next = Math.min(...waiting.map(({ due }) => due));
    this.#quietUntil.set(merchant, Math.min(next, now() + QUIET_MS_MAX));
    const due = waiting.flatMap(({ endpoint, due: at }) => (at <= now() ? endpoint : []));
    if (due.length === 0) return;
    for (const endpoint of await read.profiles(merchant, due)) await this.#fill(this.#laneOf(endpoint));
  }

  /** With the endpoint as it now is: what was changed of it holds for all that is sent from now on. */
  #laneOf(endpoint: Profile): Lane {
    const name = `${endpoint.merchant}/${endpoint.id}`;
    const lane = this.#lanes.get(name) ?? new Lane(endpoint);
    lane.endpoint = endpoint;
    this.#lanes.set(name, lane);
    return lane;
  }

  async #fill(lane: Lane): Promise<void> {
    if (this.#stops) return;
    const { outbox, now } = this.#parts;
    const { merchant, id } = lane.endpoint;
    await lane.fill((limit) => outbox.due(merchant, { endpoint: id, by: now(), limit }), (fresh) => this.#prepare(lane.endpoint, fresh));
    this.#pump(lane);
  }

  async #prepare(endpoint: Profile, fresh: readonly Delivery[]): Promise<Errand[]> {
    const { outbox, tellers } = this.#parts;
    const told = await this.#told.find(fresh, tellers.get(endpoint.dialect ?? "")?.refunds ?? 0);
    const errands: Errand[] = [];
    for (const delivery of fresh) {
      const of = told.get(nameOf(delivery));
      const lastProblem = delivery.tries === 0 ? null : ((await outbox.tries(delivery)).at(-1)?.problem ?? null);
      if (of !== undefined) errands.push({ delivery, told: of, lastProblem });
    }
    return errands;
  }

  /** While others have to be served first, one at a time. */
  #pump(lane: Lane): void {
    const places = this.#parts.busy() ? 1 : PLACES;
    while (this.#hasRoomFor(lane)) {
      const errand = lane.next(places);
      if (errand === null) return;
      this.#beside = Math.max(0, this.#beside - 1);
      void this.#run(errand, lane);
    }
  }

  #hasRoomFor(lane: Lane): boolean {
    if (this.#underWay >= UNDER_WAY_MAX || (this.#parts.busy() && !this.#mayBeside())) return false;
    if (!lane.isMute) return true;
    let mute = 0;
    for (const one of this.#lanes.values()) if (one.isMute) mute += one.underWay;
    return mute < MUTE_MAX;
  }

  /** Beside those who have to be served first some are told all the same, so that telling never stands still. */
  #mayBeside(): boolean {
    const now = performance.now();
    this.#beside = Math.min(BESIDE_MAX, this.#beside + ((now - this.#besideAt) * BESIDE_PER_SECOND) / 1_000);
    this.#besideAt = now;
    return this.#beside >= 1;
  }

  async #run(errand: Errand, lane: Lane): Promise<void> {
    this.#underWay += 1;
    let outcome: TryOutcome | null = null;
    try {
      // Whoever was stopped for longer than its lease lets others go on: they have the delivery by now.
      if (performance.now() < this.#leaseEnds) outcome = await this.#try(errand, lane);
    } catch (error) {
      this.#parts.report(error);
    } finally {
      this.#underWay -= 1;
    }
    if (outcome === null || this.#gone) {
      lane.leave(errand);
      return this.#wake();
    }
    this.#made.push({ errand, lane, outcome });
    this.#keeping ??= this.#keep();
  }

  /** What came of it; null where no try was made. */
  async #try({ delivery, told, lastProblem }: Errand, lane: Lane): Promise<TryOutcome | null> {
    const { tellers, now, send, outbox } = this.#parts;
    const { endpoint } = lane;
    const at = now();
    const unsent: Sent = { status: null, problem: "address", answer: "Not sent: the endpoint is disabled or deleted.", took: 0 };
    if (!isEnabled(endpoint)) return this.#outcome(endpoint, delivery, { sent: unsent, at });
    const teller = tellers.get(endpoint.dialect ?? "");
    const post = teller === undefined ? null : this.#sorter.unlessFaulty(nameOf(delivery), () => teller.post(endpoint, { told, delivery, lastProblem, now: at }));
    if (teller === undefined || post === null) {
      await outbox.again(delivery, at + POSTPONED_MS);
      return null;
    }
    const sent = await send(post, teller.patience);
    lane.isMute = sent.problem === "timeout";
    if (sent.status === GONE) {
      lane.clear();
      await this.#parts.disable(endpoint).catch((error: unknown) => this.#parts.report(error));
    }
    return this.#outcome(endpoint, delivery, { sent, at });
  }

  #outcome(endpoint: Profile, delivery: Delivery, { sent, at }: { readonly sent: Sent; readonly at: Millis }): TryOutcome {
    const { merchant, endpoint: id, event, part, tries } = delivery;
    const { status, problem, answer, took } = sent;
    const made = { merchant, endpoint: id, event, part, number: tries + 1, at, took, status, problem, answer };
    if (problem === null) return { try: made, state: "delivered", due: null };
    const waits = this.#parts.fast ? FAST_WAITS : (this.#parts.tellers.get(endpoint.dialect ?? "")?.waits(modeOf(merchant)) ?? []);
    const wait = isEnabled(endpoint) && status !== GONE ? waits[tries] : undefined;
    if (wait === undefined) return { try: made, state: "given_up", due: null };
    return { try: made, state: "waiting", due: this.#parts.now() + Math.round(wait * (1 + JITTER * this.#parts.chance())) };
  }

  /** All that was made while the last were being kept is kept together. Their places are taken until they are: nobody is told what cannot be kept as told. */
  async #keep(): Promise<void> {
    // Answers that came in one turn of the loop are kept together from the first on.
    await new Promise((resolve) => setImmediate(resolve));
    for (let wait = KEEP_AGAIN_MS; this.#made.length > 0 && !this.#gone; ) {
      const made = this.#made;
      this.#made = [];
      if (!(await this.#record(made.map(({ outcome }) => outcome)))) {
        this.#made.unshift(...made);
        await delay(wait);
        wait = Math.min(2 * wait, KEEP_AGAIN_MS_MAX);
        continue;
      }
      wait = KEEP_AGAIN_MS;
      for (const { errand, lane } of made) lane.leave(errand);
      for (const lane of this.#lanes.values()) {
        this.#pump(lane);
        // A look would come too late for whoever is told so fast.
        if (lane.hasMore) void this.#fill(lane).catch((error: unknown) => this.#parts.report(error));
      }
    }
    this.#keeping = null;
    this.#wake();
  }

  /** False where the book takes nothing now. What it refuses by itself keeps none of the others from being kept. */
  async #record(outcomes: readonly TryOutcome[]): Promise<boolean> {
    const { outbox, report } = this.#parts;
    try {
      await outbox.record(outcomes);
      this.#troubled.delete("record");
      return true;
    } catch (error) {
      if (!this.#troubled.has("record")) report(error);
      this.#troubled.add("record");
      if (error instanceof StoreUnavailable) return false;
      if (outcomes.length > 1) for (const one of outcomes) await this.#record([one]);
      return true;
    }
  }

  #wake(): void {
    if (!this.#isIdle) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
