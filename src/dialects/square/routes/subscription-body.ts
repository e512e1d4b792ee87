/** What a subscription can be told to be (Square's API reference: WebhookSubscription). What else of one is sent, such as an id that was read before, is passed over. */
import type { Desk } from "../../../engine/wire.ts";
import { DETAIL, squareError } from "../errors.ts";
import { EVENT_TYPES, type EventType } from "../event-types.ts";
import { boolean, list, matching, nullable, oneOf, string, text, type Field } from "../params.ts";
import { VERSION_FORM } from "../version.ts";

const NAME_MAX = 64;
/** One type may be named more than once. */
const TYPES_MAX = 100;

/** An address that nothing may be sent to is a wrong one. */
export function notificationUrl({ mayTell }: Pick<Desk, "mayTell">): Field<string> {
  const plain = string("Where events are sent to.");
  return {
    declaration: plain.declaration,
    read(value, place) {
      const read = plain.read(value, place);
      const why = read === null ? null : mayTell(read.value);
      if (why === null) return read;
      place.report(squareError("INVALID_VALUE", DETAIL.notificationUrl(why), place.field));
      return null;
    },
  };
}

export const eventTypes: Field<readonly EventType[]> = list("The types of events that are sent.", oneOf(EVENT_TYPES, "A type of event."), { max: TYPES_MAX });

export const REST = {
  name: text("What it is called.", { max: NAME_MAX, nullable: true }),
  enabled: nullable(boolean("Whether anything is sent.")),
  api_version: nullable(matching(VERSION_FORM, "The API version that it is for. It is kept and shown: all versions are sent the same.", { code: "INVALID_VALUE", detail: DETAIL.apiVersion })),
};
