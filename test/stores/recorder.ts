/** An engine over a store that keeps what each change showed, to hold against it what is told of the change later. */
import assert from "node:assert/strict";
import { present } from "../../src/base/assert.ts";
import type { Command } from "../../src/domain/command.ts";
import type { Event } from "../../src/domain/event.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import type { Payment } from "../../src/domain/payment.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Done, PaymentJob, Result } from "../../src/engine/job.ts";
import type { Store } from "../../src/engine/store.ts";
import type { EventRef, Page, Told } from "../../src/engine/views.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { Maker } from "./making.ts";

export const REFUNDS = 3;
const ALL = { refunds: REFUNDS, entries: true, attempts: true };
/** Told with a payment's events and beside its images, or shown to nobody. */
const UNSHOWN = ["refunds", "entries", "journalHead", "attempts"] as const;

/** What stands beside the payment is of the change that came last of those that one command led to. */
type Record = Pick<Done, "payment" | "attempt" | "refund" | "dispute"> & { readonly refunds: readonly string[] };

export class Recorder {
  readonly maker: Maker;
  readonly #store: Store;
  readonly #engine: Engine;
  /** By the payment and the version that the change brought it to. */
  readonly #records = new Map<string, Record>();
  readonly #merchants = new Set<MerchantId>();

  constructor(store: Store, maker = new Maker()) {
    this.maker = maker;
    this.#store = store;
    const halt = (error: Error): never => {
      throw error;
    };
    this.#engine = new Engine({ store, processor: makeSandbox(), moments: () => maker.moment(), halt });
  }

  /** All in one batch; what was refused, or done before, has nothing. */
  execute(jobs: readonly Omit<PaymentJob, "extras">[]): Promise<(Result | null)[]> {
    return Promise.all(
      jobs.map(async (job) => {
        const results: Result[] = [];
        const reply = (result: Result) => {
          results.push(structuredClone(result));
          return job.reply(result);
        };
        await this.#engine.execute({ ...job, extras: ALL, reply });
        const [result = null] = results;
        if (result !== null && "done" in result) this.#record(result.done);
        return result;
      }),
    );
  }

  async run(merchant: MerchantId, command: Command, book?: MerchantId): Promise<Done> {
    const reply = () => ({ status: 200, body: "{}" });
    const [result] = await this.execute([{ merchant, requestId: "r".repeat(24), command, claims: [], reply, ...(book === undefined ? {} : { book }) }]);
    assert.ok(result && "done" in result, `${command.kind}: ${JSON.stringify(result, (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`);
    return result.done;
  }

  #record(done: Done): void {
    const { payment, attempt, refund, dispute, refunds } = done;
    this.#merchants.add(payment.merchant);
    this.#records.set(nameOf(payment, payment.version), { payment, attempt, refund, dispute, refunds: refunds.map(({ id }) => id) });
    for (const one of done.elsewhere) this.#record(one);
  }

  /** Holds what the store tells of all that happened against what each change showed. Gives the kinds of events that came. */
  async check(): Promise<ReadonlySet<string>> {
    const events = (await Promise.all([...this.#merchants].map((merchant) => everyEvent(this.#store, merchant)))).flat();
    const told = await this.#store.told(events, REFUNDS);
    assert.equal(told.length, events.length);
    const byEvent = new Map(told.map((one) => [`${one.event.merchant}/${one.event.id}`, one]));
    const ordered = events.map((event) => present(byEvent.get(`${event.merchant}/${event.id}`), event.id));
    for (const ofPayment of Map.groupBy(ordered, ({ event }) => nameOf({ merchant: event.merchant, id: event.paymentId }, 0)).values()) {
      this.#checkPayment(ofPayment.toSorted((one, other) => one.event.version - other.event.version));
    }
    const versions = new Set(events.map((event) => nameOf({ merchant: event.merchant, id: event.paymentId }, event.version)));
    for (const name of this.#records.keys()) assert.ok(versions.has(name), `${name} has an event`);
    return new Set(events.map(({ kind }) => kind));
  }

  /** Each is as its change showed it, where that was shown, and follows from the one before. */
  #checkPayment(told: readonly Told[]): void {
    const last = new Map<string, unknown>();
    let payment: Payment | null = null;
    for (const [i, one] of told.entries()) {
      const { event, before } = one;
      const name = `${event.kind} ${event.id}`;
      assert.equal(event.version, i + 1, name);
      const record = this.#records.get(nameOf(one.payment, event.version));
      if (record !== undefined) holds(one, record, name);
      if (before.payment !== null) assert.deepEqual(shown(before.payment), payment && shown(payment), `${name}: the payment before`);
      else if (payment !== null) assert.deepEqual(besideEvent(one.payment), besideEvent(payment), `${name}: the payment as it was`);
      payment = one.payment;
      for (const what of ["attempt", "refund", "dispute"] as const) {
        const row = one[what];
        if (row === null) continue;
        // What was there and was not overwritten is as it was; what is new was not there before.
        if (before[what] !== null) assert.deepEqual(before[what], last.get(row.id), `${name}: the ${what} before`);
        else if (last.has(row.id)) assert.deepEqual(row, last.get(row.id), `${name}: the ${what} as it was`);
        last.set(row.id, row);
      }
    }
  }
}

function holds(told: Told, { payment, attempt, refund, dispute, refunds }: Record, name: string): void {
  assert.deepEqual(shown(told.payment), shown(payment), name);
  assert.deepEqual([told.refund, told.dispute], [refund, dispute], name);
  assert.deepEqual(told.attempt, attempt, name);
  assert.equal(told.latest, told.attempt, name);
  assert.deepEqual(told.refunds.map(({ id }) => id), refunds, name);
}

function shown(payment: Payment): Partial<Payment> {
  return Object.fromEntries(Object.entries(payment).filter(([name]) => !UNSHOWN.some((one) => one === name)));
}

const TOTALS = ["state", "authorized", "captured", "refunded", "pending", "disputed", "feeTaken", "feeReturned", "version", "updatedAt"];

/** What no event says of a payment. */
function besideEvent(payment: Payment): unknown {
  return Object.fromEntries(Object.entries(shown(payment)).filter(([name]) => !TOTALS.includes(name)));
}

function nameOf({ merchant, id }: Pick<Payment, "merchant" | "id">, version: number): string {
  return `${merchant}/${id}/${version}`;
}

/** Oldest first, page by page. */
export async function everyEvent(store: Store, merchant: MerchantId, kinds: readonly Event["kind"][] | null = null, { order = "oldest", limit = 7 }: Partial<Pick<Page, "order" | "limit">> = {}): Promise<Event[]> {
  const found: Event[] = [];
  for (let after: string | null = null; ; ) {
    const page: readonly Event[] = await store.events(merchant, { page: { order, after, from: null, until: null, limit }, kinds, of: null });
    found.push(...page);
    if (page.length < limit) return found;
    after = present(page.at(-1), "the last").id;
  }
}

export function refOf({ merchant, id }: Event): EventRef {
  return { merchant, id };
}
