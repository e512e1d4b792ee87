/** What happened, in the book's own words and oldest first: for whoever follows it. */
import { cashOf, feesOf, receivedOf, transfersOf, unlinkedOf } from "../../../domain/connected.ts";
import type { Event } from "../../../domain/event.ts";
import type { MerchantId } from "../../../domain/merchant.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { makeEndpoint } from "../endpoint.ts";
import { eventNamed } from "../ids.ts";
import { eventObject } from "../objects.ts";
import { text, whole } from "../params.ts";
import { invalid } from "../problem.ts";

const LIMIT = 100;
const limit = whole("limit", "How many to answer with: 100 unless told.", { min: 1, max: LIMIT });
const after = text("after", "The id of the event after which the page begins.");
const since = whole("since", "Only what happened at or after that time, in milliseconds since 1970.", { min: 0, max: 8_640_000_000_000 });

function booksOf(merchant: MerchantId): readonly MerchantId[] {
  return [merchant, feesOf(merchant), transfersOf(merchant), receivedOf(merchant), cashOf(merchant), unlinkedOf(merchant)];
}

function nameOf({ merchant, id }: Pick<Event, "merchant" | "id">): string {
  return `${merchant}/${id}`;
}

export function listEvents({ read }: Pick<Desk, "read">): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/refundry/events",
    title: "List events",
    returns: { object: "event", list: true },
    params: [limit, after, since],
    async answer({ merchant, query }) {
      const named = query.value(after);
      const cursor = named === null ? null : eventNamed(named);
      if (named !== null && cursor === null) return invalid("'after' is no id of an event.");
      const count = query.value(limit) ?? LIMIT;
      const page = { order: "oldest", after: cursor, from: query.value(since), until: null, limit: count + 1 } as const;
      const found = (await Promise.all(booksOf(merchant).map((book) => read.events(book, { page, of: null })))).flat().toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const last = found[count - 1];
      // What happens in several books at once has one id in all of them, and is not taken apart.
      const shown = last === undefined ? found : found.filter(({ id }) => id <= last.id);
      const told = new Map((await read.told(shown.map(({ merchant: book, id }) => ({ merchant: book, id })), 0)).map((one) => [nameOf(one.event), one]));
      return { data: shown.flatMap((event) => told.get(nameOf(event)) ?? []).map(eventObject), next: found.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
    },
  });
}
