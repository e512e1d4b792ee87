/** Events: retrieve, list, and send one to an endpoint once more (Stripe's API reference: Events). */
import { merchantOfAccount } from "../../../domain/connected.ts";
import { fail, show, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { asksFor } from "../event-types.ts";
import { answerList, createdField, pageFields } from "../pages.ts";
import { flag, list, optional, required, text } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { findAccount } from "./accounts.ts";
import { encodeEvent, findEvent, listEvents as eventsIn, type Place, type ToldEvent } from "./told-events.ts";
import { findEndpoint } from "./webhook-endpoints.ts";

const SOURCE = "Stripe's API reference: Events";
const RETURNS = { object: "event", list: false } as const;
const TYPE_MAX = 100;
const TYPES_MAX = 20;

const type = text("A type of event, or the beginning of some with `*` behind it, as `charge.*`.", TYPE_MAX);

const retrieveEvent = endpoint({
  method: "GET",
  path: "/v1/events/:id",
  title: "Retrieve an event",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  async run(call) {
    const named = call.ids["id"] ?? "";
    const found = await findEvent(call, named);
    return found === null ? fail(call, missing("event", named, { param: "id" })) : show(call, encodeEvent(found, call));
  },
});

const listEvents = endpoint({
  method: "GET",
  path: "/v1/events",
  title: "List events",
  source: SOURCE,
  params: {
    created: createdField,
    delivery_success: optional(flag("Only events that each endpoint has heard that was to hear of them; or, if false, only those that some endpoint has not heard, or not yet.")),
    type: optional(type),
    types: optional(list("Only events of these types.", type, TYPES_MAX)),
    ...pageFields,
  },
  returns: { object: "event", list: true },
  async run(call, params) {
    // OURS: that only one of them may be sent is documented, and not in which words it is said.
    if (params.type !== undefined && params.types !== undefined) return fail(call, invalid("Received both type and types parameters. Please pass in only one."));
    const asked = params.type === undefined ? params.types : [params.type];
    const patterns = asked?.map(asksFor);
    const filter = { isAsked: patterns === undefined ? () => true : (name: Parameters<ReturnType<typeof asksFor>>[0]) => patterns.some((one) => one(name)), delivered: params.delivery_success ?? null };
    let refused: Problem | null = null;
    const reply = await answerList<ToldEvent>(call, {
      cursors: params,
      span: params.created,
      what: "event",
      find: async (id) => (await findEvent(call, id))?.name ?? null,
      async rows(page) {
        const found = await eventsIn(call, page, filter);
        if (Array.isArray(found)) return found;
        refused = found;
        return [];
      },
      encode: (row) => encodeEvent(row, call),
    });
    return refused === null ? reply : fail(call, refused);
  },
});

const retryEvent = endpoint({
  method: "POST",
  path: "/v1/events/:id/retry",
  title: "Send an event to a webhook endpoint once more",
  source: "Stripe's command line: events resend",
  params: {
    webhook_endpoint: required(text("The endpoint that it is sent to.")),
    account: optional(text("The connected account whose event it is, of an endpoint that hears of accounts.")),
    for_stripecli: optional(flag("Taken without effect.")),
  },
  returns: RETURNS,
  async run(call, params) {
    const named = call.ids["id"] ?? "";
    const to = await findEndpoint(call, params.webhook_endpoint);
    if (to === null) return fail(call, missing("webhook endpoint", params.webhook_endpoint, { param: "webhook_endpoint" }));
    const place = params.account === undefined ? call : await placeOf(call, params.account);
    if (place === null) return fail(call, missing("account", params.account ?? "", { param: "account" }));
    const found = await findEvent(place, named);
    if (found === null) return fail(call, missing("event", named, { param: "id" }));
    const { told: { event }, telling } = found;
    const sent = await call.desk.outbox.again({ merchant: call.merchant, endpoint: to.id, event: event.id, part: telling.part }, call.desk.now());
    // OURS.
    if (!sent) return fail(call, invalid(`The event ${named} was never sent to the webhook endpoint ${params.webhook_endpoint}: it did not ask for it when it happened.`, { param: "webhook_endpoint" }));
    return show(call, encodeEvent((await findEvent(place, named)) ?? found, call));
  },
});

/** The account's own books, of which its platform hears. */
async function placeOf(call: Call, named: string): Promise<Place | null> {
  const { desk, merchant: platform } = call;
  const profile = await findAccount(call, named);
  return profile === null ? null : { desk, merchant: merchantOfAccount(platform, profile.id), account: { platform, profile }, hearer: { merchant: platform, account: profile.id } };
}

export const eventEndpoints: readonly StripeEndpoint[] = [retrieveEvent, listEvents, retryEvent];
