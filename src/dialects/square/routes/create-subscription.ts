/** CreateWebhookSubscription (Square's API reference: Webhook Subscriptions). */
import type { MerchantId } from "../../../domain/merchant.ts";
import { ENDPOINTS_MAX, endpointNotes, switched } from "../../../engine/endpoint.ts";
import type { Claim } from "../../../engine/job.ts";
import type { Desk, Endpoint } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError } from "../errors.ts";
import { NAME } from "../name.ts";
import { subscriptionNotes, subscriptionObject } from "../objects/subscription.ts";
import { object, text } from "../params.ts";
import { makeSignatureKey } from "../signature.ts";
import { DEFAULT_VERSION, VERSION_HEADER, versionOfHeader } from "../version.ts";
import { changeSubscription, claimsOf } from "./change-subscription.ts";
import { makeEndpoint } from "./endpoint.ts";
import { eventTypes, notificationUrl, REST } from "./subscription-body.ts";
import { unsealed } from "./unsealed.ts";

const bodyIn = (desk: Desk) => ({
  idempotency_key: text("Names this request: the same key never makes a second subscription.", { max: 45 }),
  subscription: object("The subscription.", { name: REST.name, enabled: REST.enabled, event_types: eventTypes, notification_url: notificationUrl(desk), api_version: REST.api_version }),
});

export function createSubscription(desk: Desk): Endpoint {
  return makeEndpoint({
    method: "POST",
    path: "/v2/webhooks/subscriptions",
    title: "Create webhook subscription",
    source: "Square's API reference: Webhook Subscriptions",
    returns: { object: "WebhookSubscription", list: false },
    query: {},
    body: bodyIn(desk),
    bodyIs: "required",
    answer: ({ request, body }) =>
      unsealed(desk, request.merchant, async (vault) => {
        const { merchant } = request;
        const claims = claimsOf("square:create_subscription", request, body);
        if (!(await isAnswered(desk, merchant, claims)) && (await isFull(desk, merchant))) {
          return errorReply([squareError("BAD_REQUEST", DETAIL.tooManySubscriptions(ENDPOINTS_MAX))]);
        }
        const { name, enabled, event_types: types, notification_url: url, api_version: version } = body.subscription;
        const apiVersion = version ?? versionOfHeader(request.header(VERSION_HEADER)) ?? DEFAULT_VERSION;
        const notes = { ...endpointNotes({ url, secret: vault.seal(merchant, makeSignatureKey()) }), ...switched(enabled ?? true), ...subscriptionNotes({ name, eventTypes: types, apiVersion }) };
        return changeSubscription(desk, {
          request,
          profile: { kind: "open_endpoint", dialect: NAME, notes: withoutNulls(notes) },
          claims,
          asked: "",
          done: (endpoint) => ({ subscription: subscriptionObject(endpoint) }),
        });
      }),
  });
}

/** What was answered before is answered again, however many there are by now. */
async function isAnswered({ read }: Desk, merchant: MerchantId, claims: readonly Claim[]): Promise<boolean> {
  const replies = await Promise.all(claims.map(({ scope, key }) => read.reply({ merchant, scope, key })));
  return replies.some((reply) => reply !== null);
}

async function isFull({ read }: Desk, merchant: MerchantId): Promise<boolean> {
  const page = { order: "oldest", after: null, from: null, until: null, limit: ENDPOINTS_MAX } as const;
  return (await read.listProfiles(merchant, { of: "endpoints", dialect: NAME, page })).length >= ENDPOINTS_MAX;
}

function withoutNulls(notes: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(notes).filter((note): note is [string, string] => note[1] !== null));
}
