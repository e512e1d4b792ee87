/** Who is still to be told what, in the book's own file. The folder has one writer, so whoever has it open has taken everybody. */
import { idFloor, profileId, type EventId, type Millis, type ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import {
  deliveryRow, readDelivery, readNotice, readTry, tryRow, type DeliveryRow, type NoticeRow, type TryRow,
} from "../../engine/event-rows.ts";
import type { Delivery, DeliveryQuery, DeliveryRef, Notice, Outbox, Try, TryOutcome } from "../../engine/outbox.ts";
import { merchantId } from "../../engine/row-values.ts";
import type { Value } from "../../engine/rows.ts";
import { BulkInsert } from "./bulk-insert.ts";
import type { Connection } from "./connection.ts";
import * as statements from "./outbox-statements.ts";

export type OutboxParts = {
  readonly writer: Connection;
  readonly reader: Connection;
  /** Runs what writes in one transaction, and resolves when that is durable. */
  readonly write: (work: () => void) => Promise<void>;
  /** The same without waiting for that: what is lost with the power is sorted out, or told, once more. */
  readonly note: (work: () => void) => Promise<void>;
  readonly read: <T>(work: () => T) => Promise<T>;
};

export class SqliteOutbox implements Outbox {
  readonly #parts: OutboxParts;
  readonly #deliveries;
  readonly #try;
  readonly #nextNoticed;
  readonly #nextMerchant;
  readonly #nextWaiting;
  readonly #notices;
  readonly #dropNotice;
  readonly #due;
  readonly #settle;
  readonly #again;
  readonly #ofEndpoint;
  readonly #ofEvent;
  readonly #ofEvents;
  readonly #triesOf;
  readonly #nextPair;
  readonly #ended;
  readonly #dropDelivery;
  readonly #dropTries;

  constructor(parts: OutboxParts) {
    const { writer, reader } = parts;
    this.#parts = parts;
    this.#deliveries = new BulkInsert(writer, statements.DELIVERIES);
    this.#try = writer.prepare<Value[]>(statements.ADD_TRY);
    this.#nextNoticed = reader.prepare<[string], string | null>(statements.NEXT_NOTICED).pluck();
    this.#nextMerchant = reader.prepare<[string], string | null>(statements.NEXT_MERCHANT).pluck();
    this.#nextWaiting = reader.prepare<[string, string], [endpoint: string, due: number]>(statements.NEXT_WAITING).raw();
    this.#notices = reader.prepare<[string, number], NoticeRow>(statements.NOTICES_OF).raw();
    this.#dropNotice = writer.prepare<Value[]>(statements.DROP_NOTICE);
    this.#due = reader.prepare<[string, string, number, number], DeliveryRow>(statements.DUE_DELIVERIES).raw();
    this.#settle = writer.prepare<Value[]>(statements.SETTLE_DELIVERY);
    this.#again = writer.prepare<Value[]>(statements.DELIVER_AGAIN);
    this.#ofEndpoint = reader.prepare<Value[], DeliveryRow>(statements.DELIVERIES_OF).raw();
    this.#ofEvent = reader.prepare<Value[], DeliveryRow>(statements.DELIVERIES_OF_EVENT).raw();
    this.#ofEvents = reader.prepare<Value[], DeliveryRow>(statements.DELIVERIES_OF_EVENTS).raw();
    this.#triesOf = reader.prepare<Value[], TryRow>(statements.TRIES_OF).raw();
    this.#nextPair = reader.prepare<[string, string], [merchant: string, endpoint: string]>(statements.NEXT_PAIR).raw();
    this.#ended = reader.prepare<[string, string, string, number], DeliveryRow>(statements.ENDED_BEFORE).raw();
    this.#dropDelivery = writer.prepare<Value[]>(statements.DROP_DELIVERY);
    this.#dropTries = writer.prepare<Value[]>(statements.DROP_TRIES);
  }

  async take(): Promise<{ readonly noticed: readonly MerchantId[]; readonly waiting: readonly MerchantId[] }> {
    return this.#parts.read(() => ({
      noticed: [...walk((after) => this.#nextNoticed.get(after))].map(merchantId),
      waiting: [...walk((after) => this.#nextMerchant.get(after))].map(merchantId),
    }));
  }

  async release(): Promise<void> {
    // Whoever opens the folder next takes everybody.
  }

  async notices(hearer: MerchantId, limit: number): Promise<Notice[]> {
    return this.#parts.read(() => this.#notices.all(hearer, limit).map(readNotice));
  }

  async sortOut(notices: readonly Notice[], deliveries: readonly Delivery[]): Promise<void> {
    await this.#parts.note(() => {
      this.#deliveries.run(deliveries.map(deliveryRow));
      for (const { hearer, event, book } of notices) this.#dropNotice.run(hearer.merchant, event, hearer.account ?? "", book);
    });
  }

  async due(merchant: MerchantId, { endpoint, by, limit }: { readonly endpoint: ProfileId; readonly by: Millis; readonly limit: number }): Promise<Delivery[]> {
    return this.#parts.read(() => this.#due.all(merchant, endpoint, by, limit).map(readDelivery));
  }

  async waiting(merchant: MerchantId): Promise<{ readonly endpoint: ProfileId; readonly due: Millis }[]> {
    return this.#parts.read(() => {
      const found: { readonly endpoint: ProfileId; readonly due: Millis }[] = [];
      for (let row = this.#nextWaiting.get(merchant, ""); row !== undefined; row = this.#nextWaiting.get(merchant, row[0])) found.push({ endpoint: profileId(row[0]), due: row[1] });
      return found;
    });
  }

  async record(outcomes: readonly TryOutcome[]): Promise<void> {
    await this.#parts.note(() => {
      for (const { try: made, state, due } of outcomes) {
        const { changes } = this.#try.run(...tryRow(made));
        if (changes === 1 || state === "delivered") this.#settle.run(state, due, made.number, made.merchant, made.endpoint, made.event, made.part);
      }
    });
  }

  async deliveries(merchant: MerchantId, { endpoint, event, state, before, limit }: DeliveryQuery): Promise<Delivery[]> {
    return this.#parts.read(() => {
      if (event !== null) return this.#ofEvent.all(merchant, endpoint, event, state, state, limit).map(readDelivery);
      const [beforeEvent, beforePart] = before === null ? ["~", 0] : [before.event, before.part];
      return this.#ofEndpoint.all(merchant, endpoint, beforeEvent, beforePart, state, state, limit).map(readDelivery);
    });
  }

  async ofEvents(merchant: MerchantId, { endpoints, events }: { readonly endpoints: readonly ProfileId[]; readonly events: readonly EventId[] }): Promise<Delivery[]> {
    return this.#parts.read(() => this.#ofEvents.all(JSON.stringify(endpoints), JSON.stringify(events), merchant).map(readDelivery));
  }

  async tries({ merchant, endpoint, event, part }: DeliveryRef): Promise<Try[]> {
    return this.#parts.read(() => this.#triesOf.all(merchant, endpoint, event, part).map(readTry));
  }

  async again({ merchant, endpoint, event, part }: DeliveryRef, at: Millis): Promise<boolean> {
    let found = false;
    await this.#parts.write(() => {
      found = this.#again.run(at, merchant, endpoint, event, part).changes === 1;
    });
    return found;
  }

  async prune(before: Millis, limit: number): Promise<number> {
    const ended = await this.#parts.read(() => this.#endedBefore(idFloor(before), limit));
    if (ended.length === 0) return 0;
    await this.#parts.write(() => {
      for (const { merchant, endpoint, event, part } of ended) {
        const { changes } = this.#dropDelivery.run(merchant, endpoint, event, part);
        if (changes === 1) this.#dropTries.run(merchant, endpoint, event, part);
      }
    });
    return ended.length;
  }

  #endedBefore(floor: string, limit: number): Delivery[] {
    const found: Delivery[] = [];
    for (let pair = this.#nextPair.get("", ""); pair !== undefined && found.length < limit; pair = this.#nextPair.get(...pair)) {
      found.push(...this.#ended.all(...pair, floor, limit - found.length).map(readDelivery));
    }
    return found;
  }
}

/** Each name once: the first after none, and then the first after that, however many rows each has. */
function* walk(next: (after: string) => string | null | undefined): Iterable<string> {
  for (let name = next(""); name !== null && name !== undefined; name = next(name)) yield name;
}
