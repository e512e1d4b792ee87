/** `refundry webhooks listen`: has all that happens told to a program on this machine for as long as the command runs, and shows how that goes. */
import { setTimeout as delay } from "node:timers/promises";
import { styleText } from "node:util";
import { rowsIn, isJson, textIn, type Json, type Remote } from "./remote.ts";

const POLL_MS = 300;
const SHOWN_MAX = 10_000;

export type Api = "stripe" | "square";
const SQUARE_TYPES = ["payment.created", "payment.updated", "refund.created", "refund.updated"];

export async function listen(remote: Remote, { url, api, signal }: { readonly url: string; readonly api: Api; readonly signal: AbortSignal }): Promise<number> {
  const opened = await open(remote, { url, api });
  console.log(`Everything that happens at ${remote.server} is told to ${url}, signed with\n\n  ${opened.secret}\n\nStop with Ctrl-C: the endpoint ends with this command.\n`);
  const shown = new Map<string, string>();
  try {
    while (!signal.aborted) {
      await show(remote, opened.id, shown);
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await remote.delete(opened.path);
  }
  return 0;
}

type Opened = { readonly id: string; readonly path: string; readonly secret: string };

async function open(remote: Remote, { url, api }: { readonly url: string; readonly api: Api }): Promise<Opened> {
  if (api === "stripe") {
    const made = await remote.post("/v1/webhook_endpoints", { form: { url, "enabled_events[]": "*", description: "refundry webhooks listen" } });
    return { id: textIn(made, "id"), path: `/v1/webhook_endpoints/${textIn(made, "id")}`, secret: textIn(made, "secret") };
  }
  const made = await remote.post("/v2/webhooks/subscriptions", { json: { subscription: { name: "refundry webhooks listen", enabled: true, event_types: SQUARE_TYPES, notification_url: url } } });
  const subscription = isJson(made["subscription"]) ? made["subscription"] : {};
  return { id: textIn(subscription, "id"), path: `/v2/webhooks/subscriptions/${textIn(subscription, "id")}`, secret: textIn(subscription, "signature_key") };
}

/** A line for each delivery, and another when it has come to something else. */
async function show(remote: Remote, endpoint: string, shown: Map<string, string>): Promise<void> {
  const rows = rowsIn(await remote.get("/refundry/deliveries", { endpoint, limit: "100" }));
  for (const row of rows.toReversed()) {
    const [id, now] = [textIn(row, "id"), `${textIn(row, "state")} ${textIn(row, "tries")}`];
    if (shown.get(id) === now || textIn(row, "tries") === "0") continue;
    if (shown.size >= SHOWN_MAX) shown.clear();
    shown.set(id, now);
    console.log(lineOf(row));
  }
}

function lineOf(row: Json): string {
  const state = textIn(row, "state");
  const [sign, colour] = state === "delivered" ? (["→", "green"] as const) : state === "waiting" ? (["…", "yellow"] as const) : (["✖", "red"] as const);
  const tries = Number(textIn(row, "tries"));
  return `${styleText("dim", new Date().toISOString().slice(11, 19))}  ${styleText(colour, `${sign} ${state.padEnd(9)}`)}  ${textIn(row, "type").padEnd(38)} ${textIn(row, "event")}${tries > 1 ? `  try ${tries}` : ""}`;
}
