/**
 * `npm run bench:growth`: the same requests, in turn, to a server on a small book and to one on a great book. What a request
 * costs must not grow with the payments and refunds that are there already.
 */
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { table } from "../src/doors/cli/table.ts";
import { spawnServer, type BookPlace, type ServerProcess } from "../test/campaigns/server-process.ts";
import { SERVER_FLAGS } from "./server-flags.ts";
import { Books, STORES, type StoreName } from "./books.ts";
import { KEY, loadOf, type Settings } from "./cases.ts";
import { fillBook, type Filled } from "./fill-book.ts";
import { measure, residentMiB } from "./processes.ts";
import { BY_REFUND, TITLES, type Case } from "./requests.ts";

const GROWTH_MOST = 1.3;
const READY_MS_MOST = 2_000;
const MEBIBYTES_MOST = 300;
const STARTS = 5;
/** Of 1,000.00 each, so that no run comes to an end of what can be refunded. */
const SMALL_PAYMENTS = 40_000;
/** Ids from all over the great book, and of what was made last: what is refunded is mostly recent, and its pages are in memory. */
const ANYWHERE = 200_000;
const RECENT = 100_000;
const PLACES = ["recent", "anywhere"] as const;
type Place = (typeof PLACES)[number];
const CAPTURED = 100_000n;
const MEASURED: readonly Case[] = ["refund", "square_refund", "get_refund", "list_refunds", "list_charges"];

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "sqlite" },
    payments: { type: "string", default: "10000000" },
    refunds: { type: "string", default: "5000000" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    connections: { type: "string", default: "64" },
    json: { type: "boolean", default: false },
  },
});
const store = STORES.find((name) => name === values.store);
if (store === undefined) throw new Error(`--store is one of ${STORES.join(", ")}`);
const [payments, refunds, rounds] = [Number(values.payments), Number(values.refunds), Number(values.rounds)];
const settings: Settings = { seconds: Number(values.seconds), connections: Number(values.connections), serverFlags: SERVER_FLAGS };

type Book = { readonly filled: Filled; readonly readyMillis: number; server: ServerProcess };

const books = new Books();
try {
  await books.use(store, (small) => books.use(store, (great) => compare(store, small, great)));
} finally {
  await books.close();
}

async function compare(name: StoreName, smallPlace: BookPlace, greatPlace: BookPlace): Promise<void> {
  const small = await open(smallPlace, SMALL_PAYMENTS, SMALL_PAYMENTS / 2);
  const great = await open(greatPlace, payments, refunds);
  const bar = process.stderr.isTTY ? new cliProgress.SingleBar({ format: "Measuring {bar} {what}", stream: process.stderr, clearOnComplete: true }, cliProgress.Presets.shades_classic) : null;
  bar?.start(MEASURED.length * rounds, 0, { what: "" });
  const rows: Row[] = [];
  for (const what of MEASURED) {
    const p50: Record<"small" | Place, number[]> = { small: [], recent: [], anywhere: [] };
    for (let round = 0; round < rounds; round++) {
      bar?.update({ what: TITLES[what] });
      p50.small.push(await once(what, small, "recent", round));
      for (const place of PLACES) p50[place].push(await once(what, great, place, round));
      bar?.increment();
    }
    const before = median(p50.small);
    for (const place of PLACES) rows.push({ what, place, smallMillis: before, greatMillis: median(p50[place]), ratio: median(p50[place]) / before });
  }
  bar?.stop();
  const mebibytes = { small: residentMiB(small.server.pid), great: residentMiB(great.server.pid) };
  for (const { server } of [small, great]) await server.kill("SIGTERM");
  const grown = (place: Place) => rows.filter((row) => row.place === place).every(({ ratio }) => ratio <= GROWTH_MOST);
  const holds = { recent: grown("recent"), anywhere: grown("anywhere"), ready: great.readyMillis <= READY_MS_MOST, memory: mebibytes.great <= MEBIBYTES_MOST };
  const report = { store: name, payments, refunds, filledInSeconds: great.filled.seconds, rows, readyMillis: { small: small.readyMillis, great: great.readyMillis }, mebibytes, holds };
  console.log(values.json ? JSON.stringify({ date: new Date().toISOString().slice(0, 10), command: `npm run bench:growth -- ${process.argv.slice(2).join(" ")}`.trim(), ...report }, null, 2) : words(report));
}

async function open(place: BookPlace, taken: number, refunded: number): Promise<Book> {
  const filled = await fillBook({ ...place, key: KEY, payments: taken, refundsEach: refunded / taken, captured: CAPTURED, oneOf: Math.max(1, Math.floor(taken / ANYWHERE)), last: RECENT });
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const server = await spawnServer({ ...place, flags: settings.serverFlags });
    starts.push(server.readyMillis);
    if (i === STARTS - 1) return { filled, readyMillis: median(starts), server };
    await server.kill("SIGTERM");
  }
  throw new Error("no start was measured");
}

/** The median time of an answer, over payments or refunds in no order. */
async function once(what: Case, { filled, server }: Book, place: Place, round: number): Promise<number> {
  const known = BY_REFUND.includes(what) ? filled.refunds : filled.payments;
  const ids = scattered(place === "recent" ? known.slice(-RECENT / 2) : known, round + 1);
  const { p50 } = await measure({ ...loadOf(settings, what, [server.port], ids), run: `${what}-${place}-${round}` });
  return p50;
}

/** Every id once, in an order that jumps: by a step that shares no divisor with their number. */
function scattered(ids: readonly string[], start: number): string[] {
  let step = Math.floor(ids.length * 0.618);
  while (divisor(step, ids.length) !== 1) step += 1;
  return Array.from(ids, (_, i) => ids[(start * 7_919 + i * step) % ids.length] ?? "");
}

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other);
}

function median(figures: readonly number[]): number {
  return figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

type Row = { readonly what: Case; readonly place: Place; readonly smallMillis: number; readonly greatMillis: number; readonly ratio: number };

type Report = {
  readonly store: StoreName;
  readonly payments: number;
  readonly refunds: number;
  readonly filledInSeconds: number;
  readonly rows: readonly Row[];
  readonly readyMillis: { readonly small: number; readonly great: number };
  readonly mebibytes: { readonly small: number; readonly great: number };
  readonly holds: { readonly recent: boolean; readonly anywhere: boolean; readonly ready: boolean; readonly memory: boolean };
};

function words({ store: name, payments: taken, refunds: refunded, filledInSeconds, rows, readyMillis, mebibytes, holds }: Report): string {
  const verdict = (held: boolean) => (held ? "HOLDS" : "FAILS");
  return [
    `${name}: ${taken.toLocaleString("en")} payments and ${refunded.toLocaleString("en")} refunds, written in ${Math.round(filledInSeconds)} s, beside a book of ${SMALL_PAYMENTS.toLocaleString("en")} payments`,
    "",
    table([["p50", "", "small ms", "great ms", "great / small"], ...rows.map(({ what, place, smallMillis, greatMillis, ratio }) => [TITLES[what], place, smallMillis.toFixed(2).padStart(8), greatMillis.toFixed(2).padStart(8), ratio.toFixed(2).padStart(13)])]),
    "",
    `${verdict(holds.recent)}  none grew by more than ${GROWTH_MOST} for what was made last (${RECENT.toLocaleString("en")} payments)`,
    `${verdict(holds.anywhere)}  none grew by more than ${GROWTH_MOST} anywhere in the book: where that is greater than memory, the disk is read for nearly each`,
    `${verdict(holds.ready)}  ready after ${Math.round(readyMillis.great)} ms (${Math.round(readyMillis.small)} ms on the small book; at most ${READY_MS_MOST} ms)`,
    `${verdict(holds.memory)}  ${Math.round(mebibytes.great)} MiB (${Math.round(mebibytes.small)} MiB on the small book; at most ${MEBIBYTES_MOST} MiB)`,
  ].join("\n");
}
