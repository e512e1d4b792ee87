/**
 * Tells events to endpoints: sorts notices out into deliveries, sends each when it is due, and keeps what every try came to. Whom this process tells it
 * takes from the others by a lease; what was being sent when a process was killed is sent again.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Millis } from "../../domain/id.ts";
import { modeOf, type MerchantId } from "../../domain/merchant.ts";
import type { Profile } from "../../domain/profile.ts";
import { allEndpoints } from "../../engine/all-endpoints.ts";
import { isEnabled } from "../../engine/endpoint.ts";
import type { Delivery, Outbox, TryOutcome } from "../../engine/outbox.ts";
import { StoreUnavailable, type Reader } from "../../engine/store.ts";
import type { Send, Sent, Teller } from "../../engine/teller.ts";
import type { Told } from "../../engine/views.ts";
import { Lane, PLACES, type Errand } from "./lane.ts";
import { sortOut } from "./sort-out.ts";
import { nameOf, ToldCache } from "./told-cache.ts";

/** Notices of one merchant that one look sorts out. */
const SORTED_MAX = 128;
/** Deliveries of one endpoint that are held here at once; when half of them are gone, more are fetched. */
const QUEUED_MAX = 64;
/** A merchant is this process's for so long after it last asked. */
export const LEASE_MS = 10_000;
/** For those who test what is told: as good as at once. */
const FAST_WAITS: readonly Millis[] = [100, 200, 500, 1_000, 2_000, 2_000, 5_000, 5_000, 5_000, 10_000];
/** Of a wait, at most so much more, so that what failed together does not come again together. */
const JITTER = 0.1;
/** So long what is under way has to end when the courier stops. */
const STOP_MS = 2_000;
/** So many faults are told of. */
const FAULTY_MAX = 1_000;
/** By that answer an endpoint says that it wants no more. */
const GONE = 410;

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
  /** Told of what cannot be read or kept now: it is tried again. */
  readonly report: (error: unknown) => void;
};

/** `more`: the book had as many as were asked for, and so perhaps others. */
type Served = { endpoint: Profile; readonly lane: Lane; more: boolean; filling: boolean };
type Made = { readonly errand: Errand; readonly lane: Lane; readonly outcome: TryOutcome };

export class WebhookCourier {
  readonly #parts: CourierParts;
  readonly #told: ToldCache;
  readonly #served = new Map<string, Served>();
  /** Tries that were made and are not kept yet. */
  #made: Made[] = [];
  #keeping: Promise<void> | null = null;
  #leaseEnds: Millis = 0;
  readonly #faulty = new Set<string>();
  #underWay = 0;
  #stops = false;
  /** Nothing is kept any more: the book may be closed. */
  #gone = false;
  #idle: (() => void)[] = [];

  constructor(parts: CourierParts) {
    this.#parts = parts;
    this.#told = new ToldCache(parts.read);
  }

  /** Begins to tell what is to be told by now; true if there is more of it than one look takes on. Rejects when the book cannot be read. */
  async look(): Promise<boolean> {
    const { outbox, read, node, now } = this.#parts;
    const until = now() + LEASE_MS;
    const merchants = await outbox.take({ node, now: now(), until });
    this.#leaseEnds = until;
    this.#drop(new Set(merchants));
    let more = false;
    for (const merchant of merchants) {
      if (this.#stops) return false;
      more = (await this.#sortOut(merchant)) || more;
      const waiting = await outbox.waiting(merchant);
      for (const profile of await read.profiles(merchant, waiting)) await this.#fill(this.#lane(profile));
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

  /** What another process has taken is its to tell. */
  #drop(taken: ReadonlySet<MerchantId>): void {
    for (const [name, { endpoint, lane }] of this.#served) {
      if (!taken.has(endpoint.merchant)) lane.clear();
      if (lane.isIdle) this.#served.delete(name);
    }
  }

  /** With the endpoint as it now is: what was changed of it holds for all that is sent from now on. */
  #lane(endpoint: Profile): Served {
    const name = `${endpoint.merchant}/${endpoint.id}`;
    const known = this.#served.get(name) ?? { endpoint, lane: new Lane(), more: false, filling: false };
    known.endpoint = endpoint;
    this.#served.set(name, known);
    return known;
  }

  async #sortOut(merchant: MerchantId): Promise<boolean> {
    const { outbox, read, tellers, now } = this.#parts;
    const notices = await outbox.notices(merchant, SORTED_MAX);
    if (notices.length === 0) return false;
    const endpoints = (await allEndpoints(read, merchant, null)).filter(isEnabled);
    const told = endpoints.length === 0 ? new Map<string, Told>() : await this.#told.find(notices, Math.max(...endpoints.map((endpoint) => this.#refundsFor(endpoint))));
    const sorting = { endpoints, tellers, now: now() };
    const sorted = notices.flatMap((notice) => {
      const one = told.get(nameOf(notice));
      const deliveries = one === undefined ? [] : this.#unlessFaulty(nameOf(notice), () => sortOut(notice, one, sorting));
      return deliveries === null ? [] : { notice, deliveries };
    });
    // One that cannot be told through a fault of ours stays where it is, for a version without that fault, and holds up no other.
    await outbox.sortOut(sorted.map(({ notice }) => notice), sorted.flatMap(({ deliveries }) => deliveries));
    return notices.length === SORTED_MAX && sorted.length > 0;
  }

  /** Fetches what is due, once the lane has room for it. */
  async #fill(served: Served): Promise<void> {
    if (served.filling || served.lane.queued > QUEUED_MAX / 2 || this.#stops) return;
    served.filling = true;
    try {
      await this.#fetch(served);
    } finally {
      served.filling = false;
    }
    this.#pump(served);
  }

  async #fetch(served: Served): Promise<void> {
    const { endpoint, lane } = served;
    const { outbox, now } = this.#parts;
    const limit = QUEUED_MAX + lane.size;
    const due = await outbox.due(endpoint.merchant, { endpoint: endpoint.id, by: now(), limit });
    served.more = due.length === limit;
    const fresh = due.filter((delivery) => !lane.knows(delivery));
    if (fresh.length === 0) return;
    const told = await this.#told.find(fresh, this.#refundsFor(endpoint));
    for (const delivery of fresh) {
      const of = told.get(nameOf(delivery));
      const lastProblem = delivery.tries === 0 ? null : ((await outbox.tries(delivery)).at(-1)?.problem ?? null);
      if (of !== undefined && !this.#stops && !lane.knows(delivery)) lane.add({ delivery, told: of, lastProblem });
    }
  }

  /** While others have to be served first, one at a time. */
  #pump(served: Served): void {
    const places = this.#parts.busy() ? 1 : PLACES;
    for (let errand = served.lane.next(places); errand !== null; errand = served.lane.next(places)) void this.#run(errand, served);
  }

  #refundsFor({ dialect }: Profile): number {
    return this.#parts.tellers.get(dialect ?? "")?.refunds ?? 0;
  }

  async #run(errand: Errand, served: Served): Promise<void> {
    this.#underWay += 1;
    const at = this.#parts.now();
    // Whoever was stopped for longer than its lease lets others go on: they have the delivery by now.
    const sent = at < this.#leaseEnds ? await this.#send(served.endpoint, errand, at) : null;
    this.#underWay -= 1;
    if (sent === null || this.#gone) {
      served.lane.leave(errand);
      return this.#wake();
    }
    if (sent.status === GONE) await this.#disable(served.endpoint);
    this.#made.push({ errand, lane: served.lane, outcome: this.#outcome(served.endpoint, errand.delivery, { sent, at }) });
    this.#keeping ??= this.#keep();
  }

  async #send(endpoint: Profile, { delivery, told, lastProblem }: Errand, now: Millis): Promise<Sent> {
    const teller = this.#parts.tellers.get(endpoint.dialect ?? "");
    const unsent = (why: string): Sent => ({ status: null, problem: "address", answer: `Not sent: ${why}.`, took: 0 });
    if (!isEnabled(endpoint)) return unsent("the endpoint is disabled or deleted");
    if (teller === undefined) return unsent("this server does not speak the endpoint's API");
    const made = this.#unlessFaulty(nameOf(delivery), () => ({ post: teller.post(endpoint, { told, delivery, lastProblem, now }) }));
    if (made === null) return unsent("it cannot be made, through a fault of ours");
    const { post } = made;
    if (post === null) return unsent("the endpoint's secret cannot be opened with the key that this server was given");
    return this.#parts.send(post, teller.patience);
  }

  /** What is made, or null through a fault of ours, which is reported once: one event that cannot be told must not stop the others, nor refunds. */
  #unlessFaulty<T>(name: string, make: () => T): T | null {
    try {
      return make();
    } catch (error) {
      if (!this.#faulty.has(name) && this.#faulty.size < FAULTY_MAX) {
        this.#faulty.add(name);
        this.#parts.report(error);
      }
      return null;
    }
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

  async #disable(endpoint: Profile): Promise<void> {
    await this.#parts.disable(endpoint).catch((error: unknown) => this.#parts.report(error));
  }

  /** All that was made while the last were being kept is kept together. */
  async #keep(): Promise<void> {
    // Answers that came in one turn of the loop are kept together from the first on.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#made.length > 0) {
      const made = this.#made;
      this.#made = [];
      await this.#record(made.map(({ outcome }) => outcome));
      for (const { errand, lane } of made) lane.leave(errand);
      for (const served of this.#served.values()) {
        this.#pump(served);
        // A look would come too late for whoever is told so fast.
        if (served.more) void this.#fill(served).catch((error: unknown) => this.#parts.report(error));
      }
    }
    this.#keeping = null;
    this.#wake();
  }

  /** What cannot be kept is found waiting again, and told again; it keeps none of the others from being kept. */
  async #record(outcomes: readonly TryOutcome[]): Promise<void> {
    const { outbox, report } = this.#parts;
    try {
      await outbox.record(outcomes);
    } catch (error) {
      if (error instanceof StoreUnavailable || outcomes.length === 1) return report(error);
      for (const one of outcomes) await this.#record([one]);
    }
  }

  #wake(): void {
    if (!this.#isIdle) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
