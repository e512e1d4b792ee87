/** Every object that is answered with, by Square's name for it: what each looks like, and the type that its encoder returns. */
import { list, members, named, sometimes, text, type Members, type Shape, type Shown } from "../../../base/shape.ts";
import { present } from "../../../base/assert.ts";
import type { Returns } from "../../../engine/declaration.ts";
import type { ERROR } from "./errors.ts";
import { LOCATION } from "./location.ts";
import { CARD, CUSTOMER, GIFT_CARD, ORDER } from "./named.ts";
import { PAYMENT } from "./payment.ts";
import { PAYMENT_REFUND } from "./refund.ts";
import { WEBHOOK_EVENT_TYPES, WEBHOOK_SIGNATURE_KEY, WEBHOOK_SUBSCRIPTION, WEBHOOK_TEST_RESULT } from "./webhooks.ts";

/** What is answered with by whoever has nothing to tell. */
export const NOTHING = "Nothing";

/** What the wrapping member is called around one of them, and around many. */
const WRAPPERS = {
  Payment: { one: "payment", many: "payments" },
  PaymentRefund: { one: "refund", many: "refunds" },
  Location: { one: "location", many: "locations" },
  Order: { one: "order", many: "orders" },
  Customer: { one: "customer", many: "customers" },
  Card: { one: "card", many: "cards" },
  GiftCard: { one: "gift_card", many: "gift_cards" },
  WebhookSubscription: { one: "subscription", many: "subscriptions" },
} as const;

/** What is answered as it is, in no wrapper. */
const BARE = ["WebhookSignatureKey", "WebhookEventTypes", "WebhookTestResult"] as const;

export type ObjectName = keyof typeof WRAPPERS | (typeof BARE)[number];

export const OBJECTS = {
  Payment: PAYMENT,
  PaymentRefund: PAYMENT_REFUND,
  Location: LOCATION,
  Order: ORDER,
  Customer: CUSTOMER,
  Card: CARD,
  GiftCard: GIFT_CARD,
  WebhookSubscription: WEBHOOK_SUBSCRIPTION,
  WebhookSignatureKey: WEBHOOK_SIGNATURE_KEY,
  WebhookEventTypes: WEBHOOK_EVENT_TYPES,
  WebhookTestResult: WEBHOOK_TEST_RESULT,
} satisfies Readonly<Record<ObjectName, Members>>;

/** Those that another object holds. */
type Held = { readonly Payment: Shown<typeof PAYMENT, never, undefined>; readonly PaymentRefund: Shown<typeof PAYMENT_REFUND, never, undefined> };

/** What the encoder of that object returns; a member that does not apply may be undefined, and `JSON.stringify` leaves it out. */
export type Answer<Name extends ObjectName> = Shown<(typeof OBJECTS)[Name], Held, undefined>;
export type ErrorAnswer = Shown<typeof ERROR, never>;

const wrappers: ReadonlyMap<string, (typeof WRAPPERS)[keyof typeof WRAPPERS]> = new Map(Object.entries(WRAPPERS));

/** The object in its wrapper, or a page of them: an empty list has no wrapper, and the last page no cursor. */
export function answerShape({ object, list: isList }: Returns): Shape {
  if (object === NOTHING) return members({});
  if (BARE.some((bare) => bare === object)) return named(object);
  const wrapper = present(wrappers.get(object), `the wrapper of ${object}`);
  return isList ? members({ [wrapper.many]: sometimes(list(named(object))), cursor: sometimes(text) }) : members({ [wrapper.one]: named(object) });
}
