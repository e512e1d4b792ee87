/** The WebhookSubscription object (Square's API reference: WebhookSubscription): an endpoint of the house, with what Square's callers say of it as notes. */
import { parseJson } from "../../../base/json.ts";
import { notesUnder, type NotesPatch } from "../../../domain/notes.ts";
import type { Profile } from "../../../domain/profile.ts";
import { isEnabled, sealedSecretOf, urlOf } from "../../../engine/endpoint.ts";
import { isEventType, type EventType } from "../event-types.ts";
import { subscriptionIdOf } from "../ids.ts";
import type { Answer } from "../shapes/objects.ts";
import { wireTime } from "../times.ts";
import { DEFAULT_VERSION } from "../version.ts";
import { NOTE_PREFIX } from "./notes.ts";

/** What is said of it; null leaves that as it is, and an empty name takes the name away. */
export type SubscriptionFacts = { readonly name: string | null; readonly eventTypes: readonly EventType[] | null; readonly apiVersion: string | null };

export function subscriptionNotes({ name, eventTypes, apiVersion }: SubscriptionFacts): NonNullable<NotesPatch["set"]> {
  return {
    ...(name === null ? {} : { [`${NOTE_PREFIX}name`]: name === "" ? null : name }),
    ...(eventTypes === null ? {} : { [`${NOTE_PREFIX}event_types`]: JSON.stringify([...new Set(eventTypes)]) }),
    ...(apiVersion === null ? {} : { [`${NOTE_PREFIX}api_version`]: apiVersion }),
  };
}

export function eventTypesOf({ notes }: Profile): readonly EventType[] {
  const parsed = parseJson(notes[`${NOTE_PREFIX}event_types`] ?? "[]")?.value;
  return Array.isArray(parsed) ? parsed.filter(isEventType) : [];
}

/** Its key is sealed. */
export function subscriptionObject(endpoint: Profile): Answer<"WebhookSubscription"> {
  const notes = notesUnder(endpoint.notes, NOTE_PREFIX);
  return {
    id: subscriptionIdOf(endpoint.id),
    name: notes["name"],
    enabled: isEnabled(endpoint),
    event_types: [...eventTypesOf(endpoint)],
    notification_url: urlOf(endpoint),
    api_version: notes["api_version"] ?? DEFAULT_VERSION,
    signature_key: sealedSecretOf(endpoint),
    created_at: wireTime(endpoint.createdAt),
    updated_at: wireTime(endpoint.updatedAt),
  };
}
