/** `refundry events resend`: has an event, or one delivery of it, delivered once more. */
import { setTimeout as delay } from "node:timers/promises";
import { plainJson } from "./plain.ts";
import { table } from "./table.ts";
import { isJson, rowsIn, textIn, type Json, type Remote } from "./remote.ts";

const POLL_MS = 200;
const WAIT_MS = 10_000;

/** `id`: of a delivery, or of an event as any of the APIs names it. */
export async function resend(remote: Remote, id: string, { endpoint, json }: { readonly endpoint: string | null; readonly json: boolean }): Promise<number> {
  const found = id.startsWith("dlv_") ? [await remote.get(`/refundry/deliveries/${id}`)] : await deliveriesOf(remote, id, endpoint);
  if (found.length === 0) {
    console.error(`Event ${id} was told to nobody. Its endpoint must have been there when it happened: \`refundry webhooks list\` shows those that are.`);
    return 1;
  }
  const sent = await Promise.all(found.map((delivery) => sendOne(remote, delivery)));
  console.log(json ? plainJson(sent) : table(sent.map((one) => [textIn(one, "type"), textIn(one, "endpoint"), textIn(one, "state"), lastOf(one)])));
  return sent.every((one) => one["state"] === "delivered") ? 0 : 1;
}

async function deliveriesOf(remote: Remote, event: string, endpoint: string | null): Promise<readonly Json[]> {
  return rowsIn(await remote.get("/refundry/deliveries", { event, limit: "100", ...(endpoint === null ? {} : { endpoint }) }));
}

/** As it stands after the new try, or after we have waited long enough for it. */
async function sendOne(remote: Remote, delivery: Json): Promise<Json> {
  const path = `/refundry/deliveries/${textIn(delivery, "id")}`;
  const before = Number(textIn(delivery, "tries"));
  await remote.post(`${path}/resend`);
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const now = await remote.get(path);
    if (Number(textIn(now, "tries")) > before || Date.now() > until) return now;
    await delay(POLL_MS);
  }
}

function lastOf({ made }: Json): string {
  const last: unknown = Array.isArray(made) ? made.at(-1) : null;
  return isJson(last) ? `${textIn(last, "status") || "no answer"} ${textIn(last, "answer").slice(0, 60)}` : "";
}
