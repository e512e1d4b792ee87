/** UpdateWebhookSubscription, and UpdateWebhookSubscriptionSignatureKey (Square's API reference: Webhook Subscriptions). */
import { movedTo, replaced, sealedSecretOf, switched } from "../../../engine/endpoint.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { endpointNamed } from "../ids.ts";
import { NAME } from "../name.ts";
import { subscriptionNotes, subscriptionObject } from "../objects/subscription.ts";
import { nullable, object, optional, text } from "../params.ts";
import { makeSignatureKey } from "../signature.ts";
import { changeSubscription, claimsOf } from "./change-subscription.ts";
import { makeEndpoint } from "./endpoint.ts";
import { eventTypes, notificationUrl, REST } from "./subscription-body.ts";
import { unsealed } from "./unsealed.ts";

const bodyIn = (desk: Desk) => ({
  subscription: optional(
    object("What is to change of it. What is left out stays as it is.", {
      name: REST.name,
      enabled: REST.enabled,
      event_types: nullable(eventTypes),
      notification_url: nullable(notificationUrl(desk)),
      api_version: REST.api_version,
    }),
  ),
});

export function updateSubscription(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "PUT",
    path: "/v2/webhooks/subscriptions/:subscription_id",
    title: "Update webhook subscription",
    source: "Square's API reference: Webhook Subscriptions",
    returns: { object: "WebhookSubscription", list: false },
    pathParameter: "The subscription's id.",
    query: {},
    body: bodyIn(desk),
    bodyIs: "optional",
    answer: ({ request, id, body: { subscription } }) =>
      unsealed(desk, request.merchant, () => {
        const { name = null, enabled = null, event_types: types = null, notification_url: url = null, api_version: apiVersion = null } = subscription ?? {};
        const set = { ...(url === null ? {} : movedTo(url)), ...(enabled === null ? {} : switched(enabled)), ...subscriptionNotes({ name, eventTypes: types, apiVersion }) };
        return changeSubscription(desk, {
          request,
          profile: { kind: "describe_endpoint", dialect: NAME, endpoint: endpointNamed(id), notes: { set } },
          claims: [],
          asked: id,
          done: (endpoint) => ({ subscription: subscriptionObject(endpoint) }),
        });
      }),
  });
}

export function replaceSignatureKey(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/webhooks/subscriptions/:subscription_id/signature-key",
    title: "Update webhook subscription signature key",
    source: "Square's API reference: Webhook Subscriptions",
    returns: { object: "WebhookSignatureKey", list: false },
    pathParameter: "The subscription's id.",
    query: {},
    body: { idempotency_key: text("Names this request: the same key never makes a second signature key.", { max: 45, nullable: true }) },
    bodyIs: "optional",
    answer: ({ request, id, body }) =>
      unsealed(desk, request.merchant, (vault) =>
        changeSubscription(desk, {
          request,
          profile: { kind: "describe_endpoint", dialect: NAME, endpoint: endpointNamed(id), notes: replaced(vault.seal(request.merchant, makeSignatureKey())) },
          claims: claimsOf("square:signature_key", request, body),
          asked: id,
          done: (endpoint) => ({ signature_key: sealedSecretOf(endpoint) }),
        })),
  });
}
