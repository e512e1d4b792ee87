/** `refundry events`: what happened of late, and with `--follow` what happens, a line for each. */
import { setTimeout as delay } from "node:timers/promises";
import { styleText } from "node:util";
import { plainJson } from "./plain.ts";
import { rowsIn, textIn, type Json, type Remote } from "./remote.ts";

const POLL_MS = 300;
/** Servers that share a book may commit out of the order of time: so far back it is looked again, and what was shown is not shown twice. */
const OVERLAP_MS = 3_000;
const PAGE = "100";
const HOUR_MS = 3_600_000;
/** So many are remembered as shown. */
const SHOWN_MAX = 20_000;

export type FollowOptions = { readonly follow: boolean; readonly json: boolean; readonly signal: AbortSignal };

export async function followEvents(remote: Remote, { follow, json, signal }: FollowOptions): Promise<number> {
  let shown = new Set<string>();
  let since = Date.now() - HOUR_MS;
  for (;;) {
    for (const row of await pages(remote, since)) {
      // What happens in several books at once has one id in all of them.
      const id = `${textIn(row, "id")} ${textIn(row, "payment")} ${textIn(row, "kind")}`;
      if (shown.has(id)) continue;
      if (shown.size >= SHOWN_MAX) shown = new Set([...shown].slice(SHOWN_MAX / 2));
      shown.add(id);
      console.log(json ? plainJson(row) : lineOf(row));
      since = Math.max(since, Date.parse(textIn(row, "at")) - OVERLAP_MS);
    }
    if (!follow) break;
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return 0;
  }
  if (shown.size === 0 && !json) console.error("Nothing happened in the last hour. With --follow this waits for what happens next.");
  return 0;
}

async function pages(remote: Remote, since: number): Promise<Json[]> {
  const rows: Json[] = [];
  for (let after: string | null = null; ; ) {
    const body: Json = await remote.get("/refundry/events", { since: String(Math.max(0, since)), limit: PAGE, ...(after === null ? {} : { after }) });
    rows.push(...rowsIn(body));
    after = textIn(body, "next") || null;
    if (after === null) return rows;
  }
}

/** Good is green, what waits yellow, what came to nothing red. */
function lineOf(row: Json): string {
  const kind = textIn(row, "kind");
  const colour = /failed|rejected|canceled|lost|needs_response/.test(kind) ? "red" : /pending|opened|initiated|created|review/.test(kind) ? "yellow" : "green";
  const [amount, captured] = [textIn(row, "amount"), textIn(row, "captured")];
  const money = `${amount || captured} ${textIn(row, "currency")}`;
  const refund = textIn(row, "refund");
  return [
    styleText("dim", textIn(row, "at").slice(11, 23)), styleText(colour, kind.padEnd(26)), money.padStart(14), textIn(row, "payment"),
    refund === "" ? "" : `refund ${refund}`, styleText("dim", `refunded ${textIn(row, "refunded")} of ${captured}`),
  ].filter((part) => part !== "").join("  ");
}
