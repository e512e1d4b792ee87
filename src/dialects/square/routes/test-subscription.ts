/** TestWebhookSubscription (Square's API reference: Webhook Subscriptions): one notification, sent now and not tried again. */
import { randomUUID } from "node:crypto";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError, subscriptionNotFound } from "../errors.ts";
import { EVENT_TYPES } from "../event-types.ts";
import { notificationOf } from "../notification.ts";
import { eventTypesOf } from "../objects/subscription.ts";
import { nullable, oneOf } from "../params.ts";
import { sampleOf } from "../sample.ts";
import type { Answer } from "../shapes/objects.ts";
import { PATIENCE, signedPost } from "../signed-post.ts";
import { wireTime } from "../times.ts";
import { urlOf } from "../../../engine/endpoint.ts";
import { makeEndpoint, okReply } from "./endpoint.ts";
import { findSubscription } from "./find-subscription.ts";
import { unsealed } from "./unsealed.ts";

/** What is sent to those who name no type. */
const TEST = "webhooks.test_notification";

export function testSubscription(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/webhooks/subscriptions/:subscription_id/test",
    title: "Test webhook subscription",
    source: "Square's API reference: Webhook Subscriptions",
    returns: { object: "WebhookTestResult", list: false },
    pathParameter: "The subscription's id.",
    query: {},
    body: { event_type: nullable(oneOf(EVENT_TYPES, "The type of the notification, one that the subscription listens to, with an object that is made up; one of no type, and without an object, when left out.")) },
    bodyIs: "optional",
    answer: ({ request: { merchant }, id, body: { event_type: asked } }) =>
      unsealed(desk, merchant, async (vault) => {
        const endpoint = await findSubscription(desk, merchant, id);
        if (endpoint === null) return errorReply([subscriptionNotFound(id)]);
        const types = eventTypesOf(endpoint);
        if (asked !== null && !types.includes(asked)) return errorReply([squareError("INVALID_VALUE", DETAIL.notSubscribed(types), "event_type")]);
        const now = desk.now();
        const notification = notificationOf({
          merchant,
          type: asked ?? TEST,
          eventId: randomUUID(),
          at: now,
          data: asked === null ? { type: "webhooks", id: randomUUID() } : sampleOf(asked, { merchant, now }),
        });
        const body = JSON.stringify(notification);
        const post = signedPost(endpoint, vault, { body, firstAt: now, tries: 0, lastProblem: null });
        if (post === null) return errorReply([squareError("BAD_REQUEST", DETAIL.signatureKeyLost)]);
        const { status } = await desk.send(post, PATIENCE);
        const result = { notification_url: urlOf(endpoint), status_code: status, passes_filter: true };
        const at = wireTime(now);
        const answer: Answer<"WebhookTestResult"> = { subscription_test_result: { id: randomUUID(), ...result, payload: body, created_at: at, updated_at: at }, ...result, payload: notification };
        return okReply(answer);
      }),
  });
}
