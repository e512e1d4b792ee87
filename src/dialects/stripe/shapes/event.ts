/** The Event, as it is answered with and as it is sent to endpoints (Stripe's API reference: the Event object). */
import { either, flag, literal, members, named, nullable, oneOf, sometimes, text, whole, type Plain } from "../../../base/shape.ts";
import { NAMES } from "../told-names.ts";
import { time } from "./link.ts";

/** Members of the object by their names, each as it was. */
const ATTRIBUTES: Plain<Record<string, unknown>> = { kind: "plain", schema: { type: "object", additionalProperties: {} } };

export const EVENT = members(
  {
    id: text,
    object: literal("event"),
    account: sometimes(text),
    api_version: text,
    created: time,
    data: members({
      object: either(named("application_fee"), named("charge"), named("dispute"), named("fee_refund"), named("payment_intent"), named("refund"), named("transfer")),
      previous_attributes: sometimes(ATTRIBUTES),
    }),
    livemode: flag,
    pending_webhooks: whole,
    request: members({ id: nullable(text), idempotency_key: nullable(text) }),
    type: oneOf(NAMES),
  },
  "What happened to an object, and what the object was like then.",
);
