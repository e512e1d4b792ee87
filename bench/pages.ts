/**
 * `npm run bench:pages`: page 1 and page 10,000 of the same list, asked for in turn. What a page costs must not grow with the pages
 * that were turned before it.
 */
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { table } from "../src/doors/cli/table.ts";
import { spawnServer } from "../test/campaigns/server-process.ts";
import { SERVER_FLAGS } from "./server-flags.ts";
import { Books, STORES, type StoreName } from "./books.ts";
import { KEY } from "./cases.ts";
import { fillBook } from "./fill-book.ts";

const PAGE = 100;
const DEEP = 10_000;
const GROWTH_MOST = 1.3;
const REFUNDS_EACH = 5;
/** More than are turned, so that the deep page is a full one. */
const PAYMENTS = (DEEP * PAGE) / REFUNDS_EACH + PAGE;
const CAPTURED = 100_000n;
const WARM_UP = 50;

const { values } = parseArgs({ options: { stores: { type: "string", default: STORES.join(",") }, times: { type: "string", default: "400" }, json: { type: "boolean", default: false } } });
const stores = STORES.filter((store) => values.stores.split(",").includes(store));
const times = Number(values.times);

type Row = { readonly store: StoreName; readonly first: number; readonly deep: number; readonly ratio: number; readonly holds: boolean };

const books = new Books();
const rows: Row[] = [];
try {
  for (const store of stores) await books.use(store, async (place) => void rows.push(await measurePages(store, place)));
} finally {
  await books.close();
}
if (values.json) console.log(JSON.stringify({ date: new Date().toISOString().slice(0, 10), command: `npm run bench:pages -- ${process.argv.slice(2).join(" ")}`.trim(), refunds: PAYMENTS * REFUNDS_EACH, rows }, null, 2));
else {
  console.log(table([["GET /v1/refunds?limit=100", "page 1 ms", `page ${DEEP.toLocaleString("en")} ms`, "ratio", ""], ...rows.map(({ store, first, deep, ratio, holds }) => [store, first.toFixed(2), deep.toFixed(2), ratio.toFixed(2), holds ? "HOLDS" : `FAILS (at most ${GROWTH_MOST})`])]));
}

async function measurePages(store: StoreName, place: Parameters<Parameters<Books["use"]>[1]>[0]): Promise<Row> {
  const { refunds } = await fillBook({ ...place, key: KEY, payments: PAYMENTS, refundsEach: REFUNDS_EACH, captured: CAPTURED, oneOf: 1, last: 0 });
  const before = refunds.at(-PAGE * (DEEP - 1));
  if (before === undefined) throw new Error("the book has too few refunds");
  const server = await spawnServer({ ...place, flags: SERVER_FLAGS });
  const bar = process.stderr.isTTY ? new cliProgress.SingleBar({ format: `Turning pages on ${store} {bar}`, stream: process.stderr, clearOnComplete: true }, cliProgress.Presets.shades_classic) : null;
  bar?.start(times, 0);
  const ask = async (query: string): Promise<number> => {
    const began = performance.now();
    const answer = await fetch(`http://127.0.0.1:${server.port}/v1/refunds?limit=${PAGE}${query}`, { headers: { authorization: `Bearer ${KEY}` } });
    const text = await answer.text();
    const took = performance.now() - began;
    const count = text.split('"object": "refund"').length - 1;
    if (answer.status !== 200 || count !== PAGE) throw new Error(`a page of ${count} refunds came with ${answer.status}`);
    return took;
  };
  const [first, deep]: [number[], number[]] = [[], []];
  for (let i = -WARM_UP; i < times; i++) {
    const [one, other] = [await ask(""), await ask(`&starting_after=re_${before}`)];
    if (i < 0) continue;
    first.push(one);
    deep.push(other);
    bar?.update(i);
  }
  bar?.stop();
  await server.kill("SIGTERM");
  const [one, other] = [median(first), median(deep)];
  return { store, first: one, deep: other, ratio: other / one, holds: other <= one * GROWTH_MOST };
}

function median(figures: readonly number[]): number {
  return figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)] ?? Number.NaN;
}
