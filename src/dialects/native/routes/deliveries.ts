/** What was told to whom, try by try; and told again by hand. */
import { allEndpoints } from "../../../engine/all-endpoints.ts";
import type { Delivery, DeliveryState } from "../../../engine/outbox.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { makeEndpoint, type Asked } from "../endpoint.ts";
import { deliveryIdOf, deliveryNamed, endpointNamed, eventNamed } from "../ids.ts";
import { deliveryObject } from "../objects.ts";
import { oneOf, text, whole } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";

const LIMIT_DEFAULT = 20;
const STATES: readonly DeliveryState[] = ["waiting", "delivered", "given_up"];
const endpoint = text("endpoint", "Only those to that endpoint.");
const event = text("event", "Only those of that event.");
const state = oneOf("state", "Only those in that state.", STATES);
const before = text("before", "The id of the delivery after which the page begins.");
const limit = whole("limit", "How many to answer with: 20 unless told.", { min: 1, max: 100 });

type Reading = Pick<Desk, "read" | "outbox">;

/** Newest event first. Those of one event to several endpoints stand together, also where the page is one of them longer for it. */
export function listDeliveries(desk: Reading): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/refundry/deliveries",
    title: "List deliveries",
    returns: { object: "delivery", list: true },
    params: [endpoint, event, state, before, limit],
    async answer({ merchant, query }) {
      const [endpointText, eventText, cursorText] = [query.value(endpoint), query.value(event), query.value(before)];
      const of = eventText === null ? null : eventNamed(eventText);
      const cursor = cursorText === null ? null : deliveryNamed(cursorText);
      if (eventText !== null && of === null) return invalid("'event' is no id of an event.");
      if (cursorText !== null && cursor === null) return invalid("'before' is no id of a delivery.");
      const endpoints = endpointText === null ? (await allEndpoints(desk.read, merchant, null)).map(({ id }) => id) : [endpointNamed(endpointText)].flatMap((id) => id ?? []);
      const count = query.value(limit) ?? LIMIT_DEFAULT;
      const asked = { event: of, state: query.value(state), before: cursor, limit: count + 1 };
      const lists = await Promise.all(endpoints.map((id) => desk.outbox.deliveries(merchant, { endpoint: id, ...asked })));
      const found = lists.flat().toSorted(newestFirst);
      const last = found[count - 1];
      const page = last === undefined ? found : found.filter((one) => newestFirst(one, last) <= 0);
      const ending = page.at(-1);
      return { data: page.map((one) => deliveryObject(one)), next: found.length > page.length && ending !== undefined ? deliveryIdOf(ending) : null };
    },
  });
}

export function getDelivery(desk: Reading): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/refundry/deliveries/:id",
    title: "Get a delivery with its tries",
    returns: { object: "delivery", list: false },
    params: [],
    answer: (asked) => shown(desk, asked),
  });
}

export function resendDelivery(desk: Reading & Pick<Desk, "now">): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/refundry/deliveries/:id/resend",
    title: "Deliver once more",
    returns: { object: "delivery", list: false },
    params: [],
    async answer(asked) {
      const ref = deliveryNamed(asked.id);
      const found = ref !== null && (await desk.outbox.again({ merchant: asked.merchant, ...ref }, desk.now()));
      return found ? shown(desk, asked) : missing("delivery", asked.id);
    },
  });
}

async function shown({ outbox }: Reading, { merchant, id }: Asked): Promise<object | Problem> {
  const ref = deliveryNamed(id);
  const found = ref === null ? [] : await outbox.ofEvents(merchant, { endpoints: [ref.endpoint], events: [ref.event] });
  const delivery = found.find(({ part }) => part === ref?.part);
  return delivery === undefined ? missing("delivery", id) : deliveryObject(delivery, await outbox.tries(delivery));
}

function newestFirst(one: Delivery, other: Delivery): number {
  return one.event === other.event ? other.part - one.part : one.event < other.event ? 1 : -1;
}
