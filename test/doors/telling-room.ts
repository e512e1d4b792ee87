/** A desk whose events are told: an engine on a store, a courier, and a clock that is driven. The API that it tells in is as plain as can be. */
import type { TestContext } from "node:test";
import { present } from "../../src/base/assert.ts";
import { currency } from "../../src/domain/currency.ts";
import type { PaymentId, ProfileId } from "../../src/domain/id.ts";
import { Addresses } from "../../src/doors/workers/addresses.ts";
import { disableEndpoint } from "../../src/doors/workers/disable-endpoint.ts";
import { Sender } from "../../src/doors/workers/sender.ts";
import { WebhookCourier } from "../../src/doors/workers/webhook-courier.ts";
import { Engine } from "../../src/engine/engine.ts";
import { endpointNotes, switched, urlOf } from "../../src/engine/endpoint.ts";
import type { Done, PaymentJob } from "../../src/engine/job.ts";
import { makeMoments } from "../../src/engine/moments.ts";
import type { Store } from "../../src/engine/store.ts";
import type { Teller } from "../../src/engine/teller.ts";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { ACME, TestSources } from "../stores/making.ts";

const DIALECT = "plain";
const USD = present(currency("USD"), "USD");
const MINUTE = 60_000;
export const WAITS = [1, 5, 30, 120, 600, 1_440, 2_000].map((minutes) => minutes * MINUTE);

/** Tells each event of the book as one of its own, by the kind that it has there. */
/** `faulty`: events of that kind it fails at, as our own code might. */
export function plainTeller(patience = 300, faulty = "", waits: readonly number[] = WAITS): Teller {
  return {
    refunds: 0,
    tell({ event }) {
      if (event.kind === faulty) throw new Error("this event cannot be told");
      return [{ part: 0, type: event.kind }];
    },
    hears: (_endpoint, _telling, hearer) => hearer.account === null,
    post: (endpoint, { told: { event }, lastProblem }) => ({
      url: urlOf(endpoint),
      headers: { "content-type": "application/json", ...(lastProblem === null ? {} : { "last-problem": lastProblem }) },
      body: JSON.stringify({ id: event.id, kind: event.kind }),
    }),
    newSecret: () => "new",
    waits: () => waits,
    patience,
  };
}

export type RoomOptions = { readonly store?: Store; readonly patience?: number; readonly fast?: boolean; readonly chance?: () => number; readonly node?: string; readonly faulty?: string; readonly waits?: readonly number[] };

export class TellingRoom {
  readonly sources = new TestSources();
  readonly store: Store;
  readonly engine: Engine;
  readonly courier: WebhookCourier;
  readonly reports: unknown[] = [];
  #requests = 0;

  constructor(t: Pick<TestContext, "after">, { store = openMemoryStore(), patience, fast = false, chance = () => 0, node = "one", faulty, waits }: RoomOptions = {}) {
    this.store = store;
    const processor = makeSandbox();
    this.engine = new Engine({ store, processor, moments: makeMoments(this.sources), halt: (error) => this.reports.push(error) });
    const sender = new Sender(new Addresses({ open: true, allowed: [] }));
    t.after(() => sender.close());
    this.courier = new WebhookCourier({
      outbox: store.outbox, read: store, tellers: new Map([[DIALECT, plainTeller(patience, faulty, waits)]]), send: (post, wait) => sender.send(post, wait), node, now: () => this.sources.at, chance, fast, busy: () => false,
      disable: (endpoint) => disableEndpoint(this.engine, endpoint, this.#requestId()), report: (error) => this.reports.push(error),
    });
  }

  /** All that is to be told by now has been tried once. */
  async tell(): Promise<void> {
    let more = true;
    while (more) {
      more = await this.courier.look();
      await this.courier.settled();
    }
  }

  async listen(url: string): Promise<ProfileId> {
    let id: ProfileId | null = null;
    await this.engine.execute({
      merchant: ACME, requestId: this.#requestId(), claims: [], profile: { kind: "open_endpoint", dialect: DIALECT, notes: endpointNotes({ url, secret: "none" }) },
      reply(result) {
        if ("done" in result) id = result.done.profile.id;
        return { status: 200, body: "" };
      },
    });
    return present<ProfileId>(id, "an endpoint");
  }

  async change(endpoint: ProfileId, to: "disabled" | "deleted"): Promise<void> {
    const profile = to === "deleted" ? ({ kind: "delete_endpoint", dialect: DIALECT, endpoint } as const) : ({ kind: "describe_endpoint", dialect: DIALECT, endpoint, notes: { set: switched(false) } } as const);
    await this.engine.execute({ merchant: ACME, requestId: this.#requestId(), claims: [], profile, reply: () => ({ status: 200, body: "" }) });
  }

  take(amount = 1_000n): Promise<Done> {
    return this.run({
      kind: "take_payment", intent: false, money: { amount, currency: USD }, tender: { by: "token", token: "tok_visa", capture: true }, whose: { customer: null, onFile: null }, fee: 0n,
      reference: null, notes: {}, attemptNotes: {},
    });
  }

  refund(payment: PaymentId, amount: bigint): Promise<Done> {
    return this.run({
      kind: "refund_payment", target: { by: "payment", id: payment, as: "any" }, within: null, money: { amount, currency: null }, fee: { kind: "none" }, channel: "executed", reference: null, release: false,
      askAt: null, expectedVersion: null, refundsMax: null, ageMax: null, notes: {}, paymentNotes: {},
    });
  }

  async run(command: PaymentJob["command"]): Promise<Done> {
    let done: Done | null = null;
    await this.engine.execute({
      merchant: ACME, requestId: this.#requestId(), claims: [], command, extras: NO_EXTRAS,
      reply(result) {
        if ("done" in result) done = result.done;
        return { status: 200, body: "" };
      },
    });
    return present<Done>(done, "what was done");
  }

  #requestId(): string {
    this.#requests += 1;
    return String(this.#requests).padStart(24, "0");
  }
}
