/** Webhook endpoints: create, retrieve, update, list, delete (Stripe's API reference: Webhook Endpoints). */
import type { Profile } from "../../../domain/profile.ts";
import { allEndpoints } from "../../../engine/all-endpoints.ts";
import { endpointNotes, ENDPOINTS_MAX, movedTo, switched } from "../../../engine/endpoint.ts";
import { fail, show, type Call } from "../call.ts";
import { endpoint, type StripeEndpoint } from "../endpoint.ts";
import { EVENT_NAMES } from "../event-names.ts";
import { endpointNamed } from "../ids.ts";
import { metadata, metadataPatch, newNotes } from "../metadata.ts";
import { API_VERSION, CONNECT, deletedWebhookEndpoint, DESCRIPTION, ENABLED_EVENTS, newWebhookEndpoint, webhookEndpoint } from "../objects/webhook-endpoint.ts";
import { answerList, pageFields } from "../pages.ts";
import { choice, clearableText, flag, list, optional, required, text } from "../params.ts";
import { invalid, missing, type Problem } from "../problem.ts";
import { writeProfile } from "../profile-call.ts";
import type { Naming } from "../profile-errors.ts";
import { newSecret } from "../signature.ts";
import { versionOf } from "../versions.ts";
import { saidOf } from "./payment-intents.ts";

const SOURCE = "Stripe's API reference: Webhook Endpoints";
const RETURNS = { object: "webhook_endpoint", list: false } as const;
const WHAT = "webhook endpoint";
const PARAM = "webhook_endpoint";
const DIALECT = "stripe";
const EVENTS_MAX = EVENT_NAMES.length + 1;

const NAMING: Naming = { customer: { param: PARAM, status: 404 }, method: { param: PARAM, status: 404 }, paying: false };

const enabledEvents = list("The types of events that it asks for, or `*` for all.", choice("A type of event.", ["*", ...EVENT_NAMES]), EVENTS_MAX);
const url = text("Where events are sent to.");
const description = optional(clearableText("What it is for."));

const createEndpoint = endpoint({
  method: "POST",
  path: "/v1/webhook_endpoints",
  title: "Create a webhook endpoint",
  source: SOURCE,
  params: {
    enabled_events: required(enabledEvents),
    url: required(url),
    api_version: optional(text("The API version that its events name, in place of your own.")),
    connect: optional(flag("Whether it hears of your connected accounts, and not of yourself.")),
    description,
    metadata: optional(metadata),
  },
  returns: RETURNS,
  async run(call, params) {
    const { vault } = call.desk;
    // OURS: this and what follows, but for the words of a version.
    if (vault === null) return fail(call, invalid("Webhook endpoints need a key under which their secrets are sealed, and this server has none. Set REFUNDRY_SECRET_KEY, the same on all servers of the book."));
    if (params.enabled_events.length === 0) return fail(call, noEvents());
    if (params.api_version !== undefined && versionOf(params.api_version) === null) return fail(call, invalid(`Invalid Stripe API version: ${params.api_version.slice(0, 100)}`, { param: "api_version" }));
    const no = (await isAnswered(call)) ? null : (badUrl(call, params.url) ?? (await tooMany(call)));
    if (no !== null) return fail(call, no);
    const notes = newNotes(params.metadata, {
      ...endpointNotes({ url: params.url, secret: vault.seal(call.merchant, newSecret()) }),
      [ENABLED_EVENTS]: JSON.stringify(params.enabled_events),
      [API_VERSION]: params.api_version,
      [CONNECT]: params.connect === true ? "true" : null,
      [DESCRIPTION]: params.description,
    });
    const reply = await writeProfile(call, { command: { kind: "open_endpoint", dialect: DIALECT, notes }, naming: NAMING, encode: newWebhookEndpoint });
    return { ...reply, body: vault.reveal(call.merchant, reply.body) };
  },
});

const updateEndpoint = endpoint({
  method: "POST",
  path: "/v1/webhook_endpoints/:webhook_endpoint",
  title: "Update a webhook endpoint, or switch it off and on",
  source: SOURCE,
  params: {
    description,
    disabled: optional(flag("Whether it hears of nothing. What happens meanwhile is not told later.")),
    enabled_events: optional(enabledEvents),
    metadata: optional(metadata),
    url: optional(url),
  },
  returns: RETURNS,
  async run(call, params) {
    const named = call.ids[PARAM] ?? "";
    const id = endpointNamed(named);
    if (id === null) return fail(call, none(named));
    if (params.enabled_events?.length === 0) return fail(call, noEvents());
    const no = params.url === undefined || (await isAnswered(call)) ? null : badUrl(call, params.url);
    if (no !== null) return fail(call, no);
    const notes = metadataPatch(params.metadata, {
      ...(params.url === undefined ? {} : movedTo(params.url)),
      ...(params.disabled === undefined ? {} : switched(!params.disabled)),
      ...saidOf({ [ENABLED_EVENTS]: params.enabled_events === undefined ? undefined : JSON.stringify(params.enabled_events), [DESCRIPTION]: params.description }),
    });
    return writeProfile(call, { command: { kind: "describe_endpoint", dialect: DIALECT, endpoint: id, notes }, naming: NAMING, encode: webhookEndpoint });
  },
});

const deleteEndpoint = endpoint({
  method: "DELETE",
  path: "/v1/webhook_endpoints/:webhook_endpoint",
  title: "Delete a webhook endpoint",
  source: SOURCE,
  params: {},
  returns: { object: "deleted_webhook_endpoint", list: false },
  async run(call) {
    const named = call.ids[PARAM] ?? "";
    const id = endpointNamed(named);
    if (id === null) return fail(call, none(named));
    return writeProfile(call, { command: { kind: "delete_endpoint", dialect: DIALECT, endpoint: id }, naming: NAMING, encode: deletedWebhookEndpoint });
  },
});

const retrieveEndpoint = endpoint({
  method: "GET",
  path: "/v1/webhook_endpoints/:webhook_endpoint",
  title: "Retrieve a webhook endpoint",
  source: SOURCE,
  params: {},
  returns: RETURNS,
  async run(call) {
    const named = call.ids[PARAM] ?? "";
    const found = await findEndpoint(call, named);
    return found === null ? fail(call, none(named)) : show(call, webhookEndpoint(found));
  },
});

const listEndpoints = endpoint({
  method: "GET",
  path: "/v1/webhook_endpoints",
  title: "List webhook endpoints",
  source: SOURCE,
  params: pageFields,
  returns: { object: "webhook_endpoint", list: true },
  run: (call, params) =>
    answerList<Profile>(call, {
      cursors: params,
      span: undefined,
      what: WHAT,
      find: async (id) => (await findEndpoint(call, id))?.id ?? null,
      rows: (page) => call.desk.read.listProfiles(call.merchant, { page, of: "endpoints", dialect: DIALECT }),
      encode: webhookEndpoint,
    }),
});

/** All that the merchant has. */
export function endpointsOf({ desk, merchant }: Pick<Call, "desk" | "merchant">): Promise<Profile[]> {
  return allEndpoints(desk.read, merchant, DIALECT);
}

/** One that was not deleted; null if there is none of that name. */
export async function findEndpoint({ desk, merchant }: Pick<Call, "desk" | "merchant">, named: string): Promise<Profile | null> {
  const id = endpointNamed(named);
  const [found] = id === null ? [] : await desk.read.profiles(merchant, [id]);
  return found?.kind === "endpoint" && found.dialect === DIALECT && found.state === "active" ? found : null;
}

function none(named: string): Problem {
  return missing(WHAT, named, { param: PARAM });
}

function noEvents(): Problem {
  return invalid("You must specify at least one event type in `enabled_events`.", { param: "enabled_events" });
}

function badUrl({ desk }: Call, named: string): Problem | null {
  const why = desk.mayTell(named);
  return why === null ? null : invalid(`Invalid URL: ${why}.`, { code: "url_invalid", param: "url" });
}

async function tooMany(call: Call): Promise<Problem | null> {
  const endpoints = await endpointsOf(call);
  return endpoints.length < ENDPOINTS_MAX ? null : invalid(`You can have at most ${ENDPOINTS_MAX} webhook endpoints. Delete one that you no longer need.`);
}

/** What was answered before under the same key is answered again, however things stand now. */
async function isAnswered({ desk, merchant, key }: Call): Promise<boolean> {
  return key !== null && (await desk.read.reply({ merchant, scope: key.scope, key: key.key })) !== null;
}

export const webhookEndpoints: readonly StripeEndpoint[] = [createEndpoint, retrieveEndpoint, updateEndpoint, listEndpoints, deleteEndpoint];
