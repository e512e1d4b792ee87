/** The webhook endpoint, as it is answered with, and what is left of one that was deleted (Stripe's API reference: Webhook Endpoints). */
import { flag, list, literal, members, nothing, nullable, oneOf, sometimes, text, texts, yes } from "../../../base/shape.ts";
import { time } from "./link.ts";

export const WEBHOOK_ENDPOINT = members(
  {
    id: text,
    object: literal("webhook_endpoint"),
    api_version: nullable(text),
    application: nothing,
    created: time,
    description: nullable(text),
    enabled_events: list(text),
    livemode: flag,
    metadata: texts,
    secret: sometimes(text),
    status: oneOf(["enabled", "disabled"]),
    url: text,
  },
  "Where events are sent to. Its secret is told once, when it is made.",
);

export const DELETED_WEBHOOK_ENDPOINT = members({ id: text, object: literal("webhook_endpoint"), deleted: yes }, "All that is known of an endpoint that was deleted.");
