/**
 * Who is still to be told what, where several nodes share a book: each tells the merchants that it has taken. Everything that is written here may
 * be written once more to no other effect, so that what a lost answer leaves open is simply asked again.
 */
import { idFloor, profileId, type EventId, type Millis, type ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import {
  deliveryRow, readDelivery, readNotice, readTry, tryRow, type DeliveryRow, type NoticeRow, type TryRow,
} from "../../engine/event-rows.ts";
import type { Delivery, DeliveryQuery, DeliveryRef, Lease, Notice, Outbox, Try, TryOutcome } from "../../engine/outbox.ts";
import { merchantId, whole } from "../../engine/row-values.ts";
import { arrayOf, columnsOf } from "./bulk.ts";
import type { Connection, Statement } from "./connection.ts";
import { isLost, isWorthRepeating, translate } from "./failure.ts";
import type { Limits } from "./limits.ts";
import { compare } from "./load.ts";
import * as outbox from "./outbox-statements.ts";
import type { Pool } from "./pool.ts";
import * as statements from "./statements.ts";

/** One that met another, or whose connection had died since it was last used, is asked so often. */
const TRIES_MAX = 3;
/** Taken away in one transaction: so many are gone before anybody notices. */
const PRUNE_STEP = 500;
/** Above every id. */
const ABOVE = "~";

export class PostgresOutbox implements Outbox {
  readonly #pools: { readonly writing: Pool; readonly reading: Pool };
  readonly #limits: Limits;
  readonly #beginReading: string;
  readonly #beginWriting: string;

  constructor(pools: { readonly writing: Pool; readonly reading: Pool }, limits: Limits) {
    this.#pools = pools;
    this.#limits = limits;
    this.#beginReading = statements.beginReading(limits);
    this.#beginWriting = statements.begin({ ...limits, insistOnSync: false });
  }

  async take({ node, now, until }: Lease): Promise<{ readonly noticed: readonly MerchantId[]; readonly waiting: readonly MerchantId[] }> {
    const rows = await this.#write<[merchant: string, isNoticed: bigint, waits: bigint]>([{ text: outbox.TAKE, values: [node, until - now] }]);
    const named = (of: typeof rows) => of.map(([merchant]) => merchantId(merchant)).toSorted();
    return { noticed: named(rows.filter(([, isNoticed]) => isNoticed === 1n)), waiting: named(rows.filter(([, , waits]) => waits === 1n)) };
  }

  async release(node: string): Promise<void> {
    await this.#write([{ text: outbox.RELEASE, values: [node] }]);
  }

  async notices(hearer: MerchantId, limit: number): Promise<Notice[]> {
    return (await this.#read<NoticeRow>({ text: outbox.NOTICES_OF, values: [hearer, limit] })).map(readNotice);
  }

  async sortOut(notices: readonly Notice[], deliveries: readonly Delivery[]): Promise<void> {
    if (notices.length === 0) return;
    const settled = notices.toSorted(inOrder);
    const names = [settled.map(({ hearer }) => hearer.merchant), settled.map(({ event }) => event), settled.map(({ hearer }) => hearer.account ?? ""), settled.map(({ book }) => book)].map(arrayOf);
    await this.#write([{ text: outbox.SORT_OUT, values: [...names, ...columnsOf(deliveries.map(deliveryRow), outbox.DELIVERY_WIDTH)] }]);
  }

  async due(merchant: MerchantId, { endpoint, by, limit }: { readonly endpoint: ProfileId; readonly by: Millis; readonly limit: number }): Promise<Delivery[]> {
    return (await this.#read<DeliveryRow>({ text: outbox.DUE_DELIVERIES, values: [merchant, endpoint, by, limit] })).map(readDelivery);
  }

  async waiting(merchant: MerchantId): Promise<{ readonly endpoint: ProfileId; readonly due: Millis }[]> {
    return (await this.#read<[string, bigint]>({ text: outbox.WAITING_ENDPOINTS, values: [merchant] })).map(([endpoint, due]) => ({ endpoint: profileId(endpoint), due: whole(due) }));
  }

  async record(outcomes: readonly TryOutcome[]): Promise<void> {
    if (outcomes.length === 0) return;
    // Each its own statement: by the whole key, and what comes later sees what came before it.
    const ordered = outcomes.toSorted((one, other) => compare(nameOf(one.try), nameOf(other.try)));
    await this.#write(ordered.map(({ try: made, state, due }) => ({ text: outbox.RECORD, values: [...tryRow(made), state, due] })));
  }

  async deliveries(merchant: MerchantId, { endpoint, event, state, before, limit }: DeliveryQuery): Promise<Delivery[]> {
    const values = [merchant, endpoint, before?.event ?? ABOVE, before?.part ?? 0, state, limit];
    const asked = event === null ? { text: outbox.DELIVERIES_OF, values } : { text: outbox.DELIVERIES_OF_EVENT, values: [...values, event] };
    return (await this.#read<DeliveryRow>(asked)).map(readDelivery);
  }

  async ofEvents(merchant: MerchantId, { endpoints, events }: { readonly endpoints: readonly ProfileId[]; readonly events: readonly EventId[] }): Promise<Delivery[]> {
    if (endpoints.length === 0 || events.length === 0) return [];
    return (await this.#read<DeliveryRow>({ text: outbox.DELIVERIES_OF_EVENTS, values: [merchant, arrayOf(endpoints), arrayOf(events)] })).map(readDelivery);
  }

  async tries({ merchant, endpoint, event, part }: DeliveryRef): Promise<Try[]> {
    return (await this.#read<TryRow>({ text: outbox.TRIES_OF, values: [merchant, endpoint, event, part] })).map(readTry);
  }

  async again({ merchant, endpoint, event, part }: DeliveryRef, at: Millis): Promise<boolean> {
    const rows = await this.#write([{ text: outbox.DELIVER_AGAIN, values: [merchant, endpoint, event, part, at] }]);
    return rows.length === 1;
  }

  async prune(before: Millis, limit: number): Promise<number> {
    for (let gone = 0; ; ) {
      const step = Math.min(PRUNE_STEP, limit - gone);
      const [row] = step <= 0 ? [] : await this.#write<[bigint]>([{ text: outbox.PRUNE, values: [idFloor(before), step] }]);
      const more = Number(row?.[0] ?? 0n);
      gone += more;
      if (more < step || step <= 0) return gone;
    }
  }

  #read<Row extends unknown[]>(statement: Statement): Promise<Row[]> {
    return this.#transact<Row>(this.#pools.reading, this.#beginReading, [statement]);
  }

  /** What the first of them gives back. */
  #write<Row extends unknown[]>(asked: readonly Statement[]): Promise<Row[]> {
    return this.#transact<Row>(this.#pools.writing, this.#beginWriting, asked);
  }

  async #transact<Row extends unknown[]>(pool: Pool, begin: string, asked: readonly Statement[]): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await pool.use((connection) => connection.together(this.#limits.answerMs, () => askAll<Row>(connection, begin, asked)));
      } catch (error) {
        if (tries === TRIES_MAX || !(isWorthRepeating(error) || isLost(error) || pool.isUnprepared(error))) throw translate(error);
      }
    }
  }
}

/** All travels together; whoever uses the connection next finds everything answered, also where something was refused. */
async function askAll<Row extends unknown[]>(connection: Connection, begin: string, asked: readonly Statement[]): Promise<Row[]> {
  const begun = connection.tell(begin);
  const answers = asked.map((statement) => connection.ask<Row>(statement));
  const committed = connection.tell(statements.COMMIT);
  await Promise.allSettled([begun, ...answers, committed]);
  const [, [first]] = await Promise.all([begun, Promise.all(answers), committed]);
  return first?.rows ?? [];
}

function inOrder(one: Notice, other: Notice): number {
  return compare(one.hearer.merchant, other.hearer.merchant) || compare(one.event, other.event) || compare(one.hearer.account ?? "", other.hearer.account ?? "") || compare(one.book, other.book);
}

/** In the order of the deliveries' key, and of its tries among those of one. */
function nameOf({ merchant, endpoint, event, part, number }: Try): string {
  return `${merchant}/${endpoint}/${event}/${String(part).padStart(9, "0")}/${String(number).padStart(9, "0")}`;
}
