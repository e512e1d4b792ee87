/** Who is still to be told what, in memory. */
import { idFloor, type EventId, type Millis, type ProfileId } from "../../domain/id.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Delivery, DeliveryQuery, DeliveryRef, Notice, Outbox, Try, TryOutcome } from "../../engine/outbox.ts";

export class MemoryOutbox implements Outbox {
  readonly #notices = new Map<string, Notice>();
  readonly #deliveries = new Map<string, Delivery>();
  readonly #tries = new Map<string, Map<number, Try>>();

  /** As its event is saved. */
  notify(notice: Notice): void {
    this.#notices.set(nameOfNotice(notice), notice);
  }

  async take(): Promise<{ readonly noticed: readonly MerchantId[]; readonly waiting: readonly MerchantId[] }> {
    const waiting = [...this.#deliveries.values()].filter(({ due }) => due !== null);
    const once = (all: readonly MerchantId[]) => [...new Set(all)].toSorted();
    return { noticed: once([...this.#notices.values()].map(({ hearer }) => hearer.merchant)), waiting: once(waiting.map(({ merchant }) => merchant)) };
  }

  async release(): Promise<void> {
    // Whoever holds the book holds all of it.
  }

  async notices(hearer: MerchantId, limit: number): Promise<Notice[]> {
    const found = [...this.#notices.values()].filter((notice) => notice.hearer.merchant === hearer);
    return found.toSorted((a, b) => compare(a.event, b.event)).slice(0, limit);
  }

  async sortOut(notices: readonly Notice[], deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) this.#deliveries.set(nameOf(delivery), delivery);
    for (const notice of notices) this.#notices.delete(nameOfNotice(notice));
  }

  async due(merchant: MerchantId, { endpoint, by, limit }: { readonly endpoint: ProfileId; readonly by: Millis; readonly limit: number }): Promise<Delivery[]> {
    const found = [...this.#deliveries.values()].filter((one) => one.merchant === merchant && one.endpoint === endpoint && one.due !== null && one.due <= by);
    return found.toSorted((a, b) => (a.due ?? 0) - (b.due ?? 0) || inOrder(a, b)).slice(0, limit);
  }

  async waiting(merchant: MerchantId): Promise<{ readonly endpoint: ProfileId; readonly due: Millis }[]> {
    const found = [...this.#deliveries.values()].flatMap((one) => (one.merchant === merchant && one.due !== null ? { endpoint: one.endpoint, due: one.due } : []));
    const groups = [...Map.groupBy(found, ({ endpoint }) => endpoint)].toSorted(([a], [b]) => compare(a, b));
    return groups.map(([endpoint, all]) => ({ endpoint, due: Math.min(...all.map(({ due }) => due)) }));
  }

  async record(outcomes: readonly TryOutcome[]): Promise<void> {
    for (const { try: made, state, due } of outcomes) {
      const name = nameOf(made);
      const tries = this.#tries.get(name) ?? new Map<number, Try>();
      this.#tries.set(name, tries);
      if (tries.has(made.number) && state !== "delivered") continue;
      if (!tries.has(made.number)) tries.set(made.number, made);
      const delivery = this.#deliveries.get(name);
      if (delivery?.state === "waiting") this.#deliveries.set(name, { ...delivery, state, due, tries: made.number });
    }
  }

  async deliveries(merchant: MerchantId, { endpoint, event, state, before, limit }: DeliveryQuery): Promise<Delivery[]> {
    const found = [...this.#deliveries.values()].filter(
      (one) => one.merchant === merchant && one.endpoint === endpoint && (event === null || one.event === event) && (state === null || one.state === state) && (before === null || inOrder(one, before) < 0),
    );
    return found.toSorted((a, b) => inOrder(b, a)).slice(0, limit);
  }

  async ofEvents(merchant: MerchantId, { endpoints, events }: { readonly endpoints: readonly ProfileId[]; readonly events: readonly EventId[] }): Promise<Delivery[]> {
    const found = [...this.#deliveries.values()].filter((one) => one.merchant === merchant && endpoints.includes(one.endpoint) && events.includes(one.event));
    return found.toSorted(inOrder);
  }

  async tries(ref: DeliveryRef): Promise<Try[]> {
    return [...(this.#tries.get(nameOf(ref))?.values() ?? [])].toSorted((a, b) => a.number - b.number);
  }

  async again(ref: DeliveryRef, at: Millis): Promise<boolean> {
    const delivery = this.#deliveries.get(nameOf(ref));
    if (delivery !== undefined) this.#deliveries.set(nameOf(ref), { ...delivery, state: "waiting", due: at });
    return delivery !== undefined;
  }

  async prune(before: Millis, limit: number): Promise<number> {
    const floor = idFloor(before);
    const ended = [...this.#deliveries].filter(([, { event, state }]) => event < floor && state !== "waiting").slice(0, limit);
    for (const [name] of ended) {
      this.#deliveries.delete(name);
      this.#tries.delete(name);
    }
    return ended.length;
  }
}

function nameOfNotice({ hearer, event, book }: Notice): string {
  return `${hearer.merchant}/${event}/${hearer.account ?? ""}/${book}`;
}

function nameOf({ merchant, endpoint, event, part }: DeliveryRef): string {
  return `${merchant}/${endpoint}/${event}/${part}`;
}

type Place = Pick<DeliveryRef, "event" | "part">;

function inOrder(one: Place, other: Place): number {
  return compare(one.event, other.event) || one.part - other.part;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
