/** The webhook endpoint (Stripe's API reference: Webhook Endpoints): a profile to which events are told. */
import { modeOf } from "../../../domain/merchant.ts";
import type { Profile } from "../../../domain/profile.ts";
import { isEnabled, sealedSecretOf, urlOf } from "../../../engine/endpoint.ts";
import { endpointIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { note } from "./details.ts";
import { metadataOf, seconds } from "./encode.ts";

type Endpoint = Answer<"webhook_endpoint">;

export const ENABLED_EVENTS = "stripe:enabled_events";
export const API_VERSION = "stripe:api_version";
export const CONNECT = "stripe:connect";
export const DESCRIPTION = "stripe:description";

export function webhookEndpoint(profile: Profile): Endpoint {
  const { merchant, id, notes, createdAt } = profile;
  return {
    id: endpointIdOf(id),
    object: "webhook_endpoint",
    api_version: note(notes, API_VERSION),
    application: null,
    created: seconds(createdAt),
    description: note(notes, DESCRIPTION),
    enabled_events: [...enabledEvents(profile)],
    livemode: modeOf(merchant) === "live",
    metadata: metadataOf(profile),
    status: isEnabled(profile) ? "enabled" : "disabled",
    url: urlOf(profile),
  };
}

/** With its secret, sealed: it is opened on the way out, and the book does not hold it in the clear. */
export function newWebhookEndpoint(profile: Profile): Endpoint {
  return { ...webhookEndpoint(profile), secret: sealedSecretOf(profile) };
}

export function deletedWebhookEndpoint({ id }: Profile): Answer<"deleted_webhook_endpoint"> {
  return { id: endpointIdOf(id), object: "webhook_endpoint", deleted: true };
}

/** Names of event types, or `*`. */
export function enabledEvents({ notes }: Profile): readonly string[] {
  const kept: unknown = JSON.parse(note(notes, ENABLED_EVENTS) ?? "[]");
  return Array.isArray(kept) ? kept.filter((name) => typeof name === "string") : [];
}

/** Whether it hears of a platform's accounts, and not of the platform itself. */
export function hearsAccounts({ notes }: Profile): boolean {
  return note(notes, CONNECT) === "true";
}
