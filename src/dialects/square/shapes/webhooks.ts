/** Webhook subscriptions, and what is told to them (Square's API reference: webhooks). */
import { flag, list, literal, members, named, nullable, oneOf, sometimes, text, whole } from "../../../base/shape.ts";
import { EVENT_TYPES, INTRODUCED } from "../event-types.ts";
import { time } from "./money.ts";

export const WEBHOOK_SUBSCRIPTION = members(
  {
    id: text,
    name: sometimes(text),
    enabled: flag,
    event_types: list(oneOf(EVENT_TYPES)),
    notification_url: text,
    api_version: text,
    signature_key: text,
    created_at: time,
    updated_at: time,
  },
  "Who is told of events, of which, and the key that shows that they come from here.",
);

export const WEBHOOK_SIGNATURE_KEY = members({ signature_key: text }, "The key that notifications are signed with from now on.");

export const WEBHOOK_EVENT_TYPES = members(
  {
    event_types: sometimes(list(oneOf(EVENT_TYPES))),
    metadata: sometimes(list(members({ event_type: oneOf(EVENT_TYPES), api_version_introduced: literal(INTRODUCED), release_status: literal("PUBLIC") }))),
  },
  "What can be listened to.",
);

/** The body of whatever is sent. One that only tests has no object. */
const NOTIFICATION = members({
  merchant_id: text,
  type: text,
  event_id: text,
  created_at: time,
  data: members({
    type: oneOf(["payment", "refund", "webhooks"]),
    id: text,
    object: sometimes(members({ payment: sometimes(named("Payment")), refund: sometimes(named("PaymentRefund")) })),
  }),
});

const RESULT = { notification_url: text, status_code: nullable(whole), passes_filter: flag };

export const WEBHOOK_TEST_RESULT = members(
  {
    subscription_test_result: members({ id: text, ...RESULT, payload: text, created_at: time, updated_at: time }),
    ...RESULT,
    payload: NOTIFICATION,
  },
  "What was sent to try a subscription, and the status that it was answered with; null where no answer came.",
);
