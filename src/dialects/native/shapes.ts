/** Every object that is answered with: what each looks like, and the type that its encoder returns. Amounts are texts of minor units, so that none is rounded. */
import { flag, formatted, list, members, named, nullable, oneOf, sometimes, text, whole, type Members, type Shape, type Shown } from "../../base/shape.ts";
import type { Returns } from "../../engine/declaration.ts";
import type { DeliveryState, TryProblem } from "../../engine/outbox.ts";

const time = formatted(text, "date-time");
const STATES: readonly DeliveryState[] = ["waiting", "delivered", "given_up"];
const PROBLEMS: readonly TryProblem[] = ["timeout", "status", "tls", "address", "connection"];

const ENDPOINT = members(
  { id: text, api: text, url: text, enabled: flag, created_at: time, secret: sometimes(text) },
  "Where a merchant's events are told, whichever API it was made in. The secret is only there in the answer to its roll.",
);
const TRY = members({ number: whole, at: time, took_ms: whole, status: nullable(whole), problem: nullable(oneOf(PROBLEMS)), answer: text }, "One try to deliver. `answer` has the first bytes of the receiver's, or says what went wrong.");
const DELIVERY = members(
  { id: text, endpoint: text, event: text, type: text, account: nullable(text), created_at: time, state: oneOf(STATES), tries: whole, due_at: nullable(time), made: sometimes(list(TRY)) },
  "One of an API's events to one endpoint. `made` has its tries where it is asked for by its id.",
);
const EVENT = members(
  {
    id: text, at: time, kind: text, payment: text, attempt: nullable(text), refund: nullable(text), dispute: nullable(text), request: nullable(text), currency: text,
    amount: nullable(text), state: text, captured: text, refunded: text, pending: text, disputed: text,
  },
  "What happened to a payment, with its totals from then on. `amount` is the refund's or the dispute's.",
);
export const ERROR = members({ error: members({ code: text, message: text }) });

export const OBJECTS = { endpoint: ENDPOINT, delivery: DELIVERY, event: EVENT } satisfies Readonly<Record<string, Members>>;
export type ObjectName = keyof typeof OBJECTS;
export type Answer<Name extends ObjectName> = Shown<(typeof OBJECTS)[Name], never, undefined>;

/** The object, or a page of them: `next` is the cursor of the page after it. */
export function answerShape({ object, list: isList }: Returns): Shape {
  return isList ? members({ data: list(named(object)), next: nullable(text) }) : named(object);
}
