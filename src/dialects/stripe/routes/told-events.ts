/** Events as they are listed: those of the merchant's own book and of the books beside it, each taken apart into what it is at Stripe, in one order. */
import { cashOf } from "../../../domain/connected.ts";
import type { Event, EventKind } from "../../../domain/event.ts";
import { eventId, timeOf, type EventId, type ProfileId } from "../../../domain/id.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Profile } from "../../../domain/profile.ts";
import type { Hearer } from "../../../engine/outbox.ts";
import { DAY_MS, type Page, type Told } from "../../../engine/views.ts";
import type { Call } from "../call.ts";
import { kindsTold, tellingsOf, type EventBook, type ToldAs } from "../event-types.ts";
import { eventIdOf, eventNamed } from "../ids.ts";
import { eventObject } from "../objects/event.ts";
import { DEFAULT_VERSION } from "../versions.ts";
import { invalid, type Problem } from "../problem.ts";
import type { ToldName } from "../told-names.ts";
import { booksOf } from "./books.ts";
import { endpointsOf } from "./webhook-endpoints.ts";

/** One of Stripe's events. `waiting` and `failed`: at how many endpoints it is still to be told, and at how many it never was. */
export type ToldEvent = { readonly told: Told; readonly telling: ToldAs; readonly name: string; /** An account's, as its platform hears it. */ readonly account: ProfileId | null; readonly waiting: number; readonly failed: number };

export type EventFilter = {
  readonly isAsked: (type: ToldName) => boolean;
  /** Only those that every endpoint has heard, or only those that one has not. */
  readonly delivered: boolean | null;
};

/** So many events of each book are read at once, and so many are looked at for one page in all. */
const CHUNK = 100;
const LOOKED_AT_MAX = 50_000;

/** Whose books are read; `hearer` where another hears of them than their own merchant: the platform of an account. */
export type Place = Pick<Call, "desk" | "merchant" | "account"> & { readonly hearer?: Hearer };
type Book = { readonly merchant: MerchantId; readonly kinds: readonly EventKind[] };

export function encodeEvent({ told, telling, account, waiting }: ToldEvent, { desk }: Pick<Call, "desk">): object {
  return eventObject(told, { ...telling, apiVersion: DEFAULT_VERSION, account, pendingWebhooks: waiting }, desk.processor);
}

/** The event of that name, as long as events are shown; null if there is none. */
export async function findEvent(call: Place, named: string): Promise<ToldEvent | null> {
  const of = eventNamed(named);
  if (of === null || timeOf(of.id) < oldest(call)) return null;
  const found = (await toldAt(call, of.id)).find(({ name }) => name === named.slice(PREFIX.length));
  if (found === undefined) return null;
  return (await withDeliveries(call, [found], await endpointsOf({ desk: call.desk, merchant: hearerOf(call).merchant })))[0] ?? null;
}

const PREFIX = "evt_";

/** A page of events behind a cursor that is the body of one's id. */
export async function listEvents(call: Place, page: Page, { isAsked, delivered }: EventFilter): Promise<ToldEvent[] | Problem> {
  const books = booksToRead(call, isAsked).filter(({ kinds }) => kinds.length > 0);
  const endpoints = books.length === 0 ? [] : await endpointsOf(call);
  const isWanted = ({ failed, waiting }: ToldEvent) => delivered === null || delivered === (failed + waiting === 0);
  const take = async (bare: readonly ToldEvent[]): Promise<ToldEvent[]> => {
    const asked = bare.filter(({ telling }) => isAsked(telling.type)).toSorted((a, b) => compare(page, a.name, b.name));
    return delivered === null ? asked : (await withDeliveries(call, asked, endpoints)).filter(isWanted);
  };
  const from = Math.max(page.from ?? 0, oldest(call));
  let after: EventId | null = page.after === null ? null : eventId(page.after.slice(0, -1));
  const isWithin = ({ told: { event: { createdAt } } }: ToldEvent) => createdAt >= from && (page.until === null || createdAt < page.until);
  const beside = after === null ? [] : (await toldAt(call, after)).filter((one) => compare(page, one.name, page.after ?? "") > 0 && isWithin(one));
  const found = await take(beside);
  for (let lookedAt = 0; books.length > 0 && found.length < page.limit; lookedAt += CHUNK) {
    // A page that ends early would be taken for the last.
    if (lookedAt >= LOOKED_AT_MAX) return tooFar();
    const chunk = await chunkOf(call, books, { ...page, after, from, limit: CHUNK });
    found.push(...(await take(taken(await call.desk.read.told(chunk.events, 0)))));
    if (chunk.next === null) break;
    after = chunk.next;
  }
  const rows = found.slice(0, page.limit);
  return delivered === null ? withDeliveries(call, rows, endpoints) : rows;
}

/** OURS: the words, and that there is an end. */
function tooFar(): Problem {
  return invalid(`More than ${LOOKED_AT_MAX} events stand before the next ones that you ask for. Narrow the time with \`created\`, or ask for all types.`, { param: "created" });
}

/** The next events of all books, as far as it is sure that none of them is between; `next` is null where there is nothing behind them. */
async function chunkOf({ desk }: Place, books: readonly Book[], page: Page): Promise<{ readonly events: readonly Event[]; readonly next: EventId | null }> {
  const lists = await Promise.all(books.map(({ merchant, kinds }) => desk.read.events(merchant, { page, kinds, of: null })));
  const ends = lists.flatMap((list) => (list.length < page.limit ? [] : (list.at(-1)?.id ?? [])));
  const next = ends.toSorted((a, b) => compare(page, a, b))[0] ?? null;
  const events = lists.flat().filter(({ id }) => next === null || compare(page, id, next) <= 0);
  return { events, next };
}

/** All that events of that id are, in whatever book of the merchant's. */
async function toldAt(call: Place, id: EventId): Promise<ToldEvent[]> {
  const books = booksToRead(call, () => true);
  return taken(await call.desk.read.told(books.map(({ merchant }) => ({ merchant, id })), 0));
}

function taken(told: readonly Told[]): ToldEvent[] {
  return told.flatMap((one) => tellingsOf(one).map((telling) => ({ told: one, telling, name: eventIdOf(one.event.id, telling.part).slice(PREFIX.length), account: null, waiting: 0, failed: 0 })));
}

const MARKS: Readonly<Record<string, readonly EventBook[]>> = { "": ["charged", "reported"], f: ["fees"], t: ["transfers"], p: ["received"] };

function booksToRead(call: Place, isAsked: (type: ToldName) => boolean): Book[] {
  const own = booksOf(call).map(({ mark, merchant }) => ({ merchant, kinds: kindsTold(MARKS[mark] ?? [], isAsked) }));
  return [...own, { merchant: cashOf(call.merchant), kinds: kindsTold(["cash"], isAsked) }];
}

async function withDeliveries(place: Place, events: readonly ToldEvent[], endpoints: readonly Profile[]): Promise<ToldEvent[]> {
  const { merchant, account } = hearerOf(place);
  const all = await place.desk.outbox.ofEvents(merchant, { endpoints: endpoints.map(({ id }) => id), events: [...new Set(events.map(({ told: { event } }) => event.id))] });
  const nameOf = (event: EventId, part: number, of: ProfileId | null) => `${event}/${part}/${of ?? ""}`;
  const found = Map.groupBy(all, (one) => nameOf(one.event, one.part, one.account));
  return events.map((row) => {
    const mine = found.get(nameOf(row.told.event.id, row.telling.part, account)) ?? [];
    const count = (state: "waiting" | "given_up") => mine.filter((one) => one.state === state).length;
    return { ...row, account, waiting: count("waiting"), failed: count("given_up") };
  });
}

function hearerOf({ hearer, merchant }: Place): Hearer {
  return hearer ?? { merchant, account: null };
}

function oldest({ desk }: Place): number {
  return desk.now() - desk.eventDays * DAY_MS;
}

/** In the order of the page: less than nothing where `a` comes first. */
function compare({ order }: Pick<Page, "order">, a: string, b: string): number {
  const ascending = a < b ? -1 : a > b ? 1 : 0;
  return order === "oldest" ? ascending : -ascending;
}
