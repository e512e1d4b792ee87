/** Subscriptions read and deleted, and what can be subscribed to (Square's API reference: Webhook Subscriptions). */
import { isEnabled } from "../../../engine/endpoint.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, subscriptionNotFound } from "../errors.ts";
import { EVENT_TYPES, INTRODUCED } from "../event-types.ts";
import { endpointNamed } from "../ids.ts";
import { NAME } from "../name.ts";
import { subscriptionObject } from "../objects/subscription.ts";
import { cutPage, makeCursor, readCursor } from "../pages.ts";
import { boolean, matching, optional } from "../params.ts";
import { NOTHING as NO_OBJECT } from "../shapes/objects.ts";
import { VERSION_FORM } from "../version.ts";
import { changeSubscription } from "./change-subscription.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";
import { findSubscription } from "./find-subscription.ts";
import { pageFields, queryName, sizeOf } from "./lists.ts";
import { unsealed } from "./unsealed.ts";

const NOTHING = {};
const SOURCE = "Square's API reference: Webhook Subscriptions";

export function getSubscription(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/webhooks/subscriptions/:subscription_id",
    title: "Retrieve webhook subscription",
    source: SOURCE,
    returns: { object: "WebhookSubscription", list: false },
    pathParameter: "The subscription's id.",
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    answer: ({ request: { merchant }, id }) =>
      unsealed(desk, merchant, async () => {
        const found = await findSubscription(desk, merchant, id);
        return found === null ? errorReply([subscriptionNotFound(id)]) : okReply({ subscription: subscriptionObject(found) });
      }),
  });
}

const { cursor, sort_order: sortOrder, limit } = pageFields("subscription", "ASC");
const QUERY = { cursor, include_disabled: optional(boolean("Whether those that nothing is sent to are listed too.")), sort_order: sortOrder, limit };

/** Those that are disabled are left out of a page once it was read, so that it may be short, and its cursor then goes on. */
export function listSubscriptions(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/webhooks/subscriptions",
    title: "List webhook subscriptions",
    source: SOURCE,
    returns: { object: "WebhookSubscription", list: true },
    query: QUERY,
    body: NOTHING,
    bodyIs: "none",
    answer: ({ request: { merchant }, query }) =>
      unsealed(desk, merchant, async () => {
        const asking = { merchant, query: queryName("subscriptions", query), now: desk.now() };
        const from = readCursor(asking, query.cursor);
        if ("error" in from) return errorReply([from.error]);
        const size = sizeOf(query.limit);
        const order = query.sort_order === "DESC" ? "newest" : "oldest";
        const rows = await desk.read.listProfiles(merchant, { of: "endpoints", dialect: NAME, page: { order, after: from.after?.id ?? null, from: null, until: null, limit: size + 1 } });
        const { page, last } = cutPage(rows, size);
        const shown = page.filter((endpoint) => query.include_disabled === true || isEnabled(endpoint));
        return okReply({
          subscriptions: shown.length === 0 ? undefined : shown.map(subscriptionObject),
          cursor: last === null ? undefined : makeCursor(asking, last),
        });
      }),
  });
}

export function deleteSubscription(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "DELETE",
    path: "/v2/webhooks/subscriptions/:subscription_id",
    title: "Delete webhook subscription",
    source: SOURCE,
    returns: { object: NO_OBJECT, list: false },
    pathParameter: "The subscription's id.",
    query: NOTHING,
    body: NOTHING,
    bodyIs: "none",
    answer: ({ request, id }) => changeSubscription(desk, { request, profile: { kind: "delete_endpoint", dialect: NAME, endpoint: endpointNamed(id) }, claims: [], asked: id, done: () => ({}) }),
  });
}

export function listEventTypes(): Endpoint {
  return makeEndpoint({
    method: "GET",
    path: "/v2/webhooks/event-types",
    title: "List webhook event types",
    source: SOURCE,
    returns: { object: "WebhookEventTypes", list: false },
    query: { api_version: optional(matching(VERSION_FORM, "Only those that this API version has.", { code: "INVALID_VALUE", detail: DETAIL.apiVersion })) },
    body: NOTHING,
    bodyIs: "none",
    answer: ({ query: { api_version: version } }) =>
      okReply(
        version !== null && version < INTRODUCED
          ? {}
          : { event_types: [...EVENT_TYPES], metadata: EVENT_TYPES.map((type) => ({ event_type: type, api_version_introduced: INTRODUCED, release_status: "PUBLIC" })) },
      ),
  });
}
