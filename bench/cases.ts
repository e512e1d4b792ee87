/** What is measured against what. Each measurement runs on a server, and a book, of its own. */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnServer, type ServerProcess } from "../test/campaigns/server-process.ts";
import type { BareAnswer } from "./bare-server.ts";
import { fillBook, type Filled } from "./fill-book.ts";
import type { Load, Measured } from "./load.ts";
import { cpuMillis, measure, residentMiB, startBare } from "./processes.ts";
import type { Books, StoreName } from "./books.ts";
import { BY_REFUND, LISTS, makeRequests, type Case } from "./requests.ts";

export const KEY = "sk_test_bench";
/** More than any server here answers in a second, so that no run ends for want of requests. */
const RATE_MAX = 15_000;
const PARTS = 5;
const PART = 100n;
const HOT_REFUNDS = 20_000;
const HOT_WARM_UP = 4_000;
const MEMORY_POINTS = [20_000, 50_000, 100_000, 200_000];

export type Settings = { readonly seconds: number; readonly connections: number; readonly serverFlags: readonly string[] };

/** What runs, and where its book stands. */
export type Setup = { readonly books: Books; readonly store: StoreName; readonly nodes: number };

/** A measurement, with what it used of the processors for each request, in microseconds, and of memory at its end. */
export type Cost = Measured & { readonly nodeMicros: number; readonly databaseMicros: number; readonly mebibytes: number };

type Filler = { readonly payments: number; readonly refundsEach?: number; readonly captured: bigint };

function withServers<T>({ serverFlags }: Settings, { books, store, nodes }: Setup, filler: Filler, act: (servers: readonly ServerProcess[], filled: Filled) => Promise<T>): Promise<T> {
  return books.use(store, async (place) => {
    const filled = await fillBook({ ...place, key: KEY, refundsEach: 0, ...filler });
    const servers: ServerProcess[] = [];
    try {
      for (let i = 0; i < nodes; i++) servers.push(await spawnServer({ ...place, flags: serverFlags }));
      return await act(servers, filled);
    } finally {
      for (const server of servers) await server.kill("SIGTERM");
    }
  });
}

export function loadOf(settings: Settings, what: Case, ports: readonly number[], ids: readonly string[]): Load {
  const { seconds, connections } = settings;
  const warmUpSeconds = Math.min(2, seconds / 3);
  const again = isRead(what);
  const count = again ? ids.length : Math.ceil((seconds + warmUpSeconds) * RATE_MAX);
  return { ports, connections: LISTS.includes(what) ? 1 : connections, what, apiKey: KEY, ids, run: what, count, again, seconds, warmUpSeconds };
}

export function measureRefundry(settings: Settings, what: Case, setup: Setup): Promise<Cost> {
  const filler = isRead(what)
    ? { payments: 4_000, refundsEach: PARTS, captured: PART * BigInt(PARTS) }
    : { payments: Math.ceil(((settings.seconds + 2) * RATE_MAX) / PARTS), captured: PART * BigInt(PARTS) };
  return withServers(settings, setup, filler, async (servers, { payments, refunds }) => {
    const pids = servers.map(({ pid }) => pid);
    const load = loadOf(settings, what, servers.map(({ port }) => port), BY_REFUND.includes(what) ? refunds : payments);
    const database = setup.store === "postgres" ? await setup.books.postgresPid() : null;
    const before = { nodes: cpuMillis(...pids), database: database === null ? 0 : cpuMillis(database) };
    const measured = await measure(load);
    const used = { nodes: cpuMillis(...pids) - before.nodes, database: database === null ? 0 : cpuMillis(database) - before.database };
    // The load warmed up at the same rate, about, and that is in what was used.
    const requests = (measured.requests * ((load.seconds ?? 0) + load.warmUpSeconds)) / (load.seconds ?? 1);
    const micros = (millis: number) => (millis * 1_000) / requests;
    return { ...measured, nodeMicros: micros(used.nodes), databaseMicros: micros(used.database), mebibytes: Math.max(...pids.map(residentMiB)) };
  });
}

function isRead(what: Case): boolean {
  return what === "get_refund" || LISTS.includes(what);
}

/** node:http, answering the same bytes to the same requests. */
export async function measureBare(settings: Settings, answer: BareAnswer): Promise<Measured> {
  const bare = await startBare(answer);
  try {
    return await measure({ ...loadOf(settings, "refund", [bare.port], [KEY.padEnd(24, "0")]), again: true });
  } finally {
    bare.stop();
  }
}

/** One refund's answer, as it stood on the wire. */
export function anAnswer(settings: Settings, books: Books): Promise<BareAnswer> {
  return withServers(settings, { books, store: "sqlite", nodes: 1 }, { payments: 1, captured: PART }, async ([server], { payments }) => {
    const [request] = makeRequests("refund", KEY, payments, 1, "one");
    const body = request?.toString("latin1").split("\r\n\r\n")[1] ?? "";
    const answer = await fetch(`http://127.0.0.1:${server?.port}/v1/refunds`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "idempotency-key": "one", "content-type": "application/x-www-form-urlencoded" },
      body,
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`no refund: ${text}`);
    const ours = [...answer.headers].filter(([name]) => !["date", "connection", "keep-alive"].includes(name));
    return { headers: Object.fromEntries(ours), body: text };
  });
}

export type Hot = { readonly refunds: number; readonly firstTenthSeconds: number; readonly lastTenthSeconds: number; readonly ratio: number };

/** One payment, refunded again and again: the last tenth against the first. */
export function measureHot(settings: Settings, setup: Setup): Promise<Hot> {
  return withServers(settings, setup, { payments: 2, captured: PART * BigInt(HOT_REFUNDS) }, async (servers, { payments: [warm, hot] }) => {
    const load = { ...loadOf(settings, "refund", servers.map(({ port }) => port), [warm ?? ""]), seconds: null, warmUpSeconds: 0 };
    await measure({ ...load, run: "warm", count: HOT_WARM_UP });
    const { requests, tenths } = await measure({ ...load, ids: [hot ?? ""], run: "hot", count: HOT_REFUNDS });
    const [first = Number.NaN, last = Number.NaN] = [tenths[0], tenths.at(-1)];
    return { refunds: requests, firstTenthSeconds: first, lastTenthSeconds: last, ratio: last / first };
  });
}

export type Memory = { readonly points: readonly { readonly refunds: number; readonly mebibytes: number }[]; readonly ratio: number };

/** What the server keeps in memory after some refunds, and after up to ten times as many. */
export function measureMemory(settings: Settings, setup: Setup): Promise<Memory> {
  const most = Math.max(...MEMORY_POINTS);
  return withServers(settings, setup, { payments: most / PARTS, captured: PART * BigInt(PARTS) }, async ([server], { payments }) => {
    const pid = server?.pid ?? 0;
    const load = { ...loadOf(settings, "refund", [server?.port ?? 0], payments), seconds: null, warmUpSeconds: 0 };
    const points: { refunds: number; mebibytes: number }[] = [];
    let done = 0;
    for (const refunds of MEMORY_POINTS) {
      await measure({ ...load, ids: payments.slice(done / PARTS, refunds / PARTS), run: `memory-${refunds}`, count: refunds - done });
      points.push({ refunds, mebibytes: residentMiB(pid) });
      done = refunds;
    }
    return { points, ratio: (points.at(-1)?.mebibytes ?? Number.NaN) / (points[0]?.mebibytes ?? Number.NaN) };
  });
}

/** How long the disk takes to make a page durable: median and p99 of a few hundred, in milliseconds. */
export function measureDisk(): { readonly p50: number; readonly p99: number } {
  const folder = mkdtempSync(join(tmpdir(), "refundry-disk-"));
  const file = openSync(join(folder, "file"), "w");
  const page = Buffer.alloc(4_096, 1);
  const millis = Array.from({ length: 300 }, (_, i) => {
    writeSync(file, page, 0, page.length, i * page.length);
    const began = performance.now();
    fsyncSync(file);
    return performance.now() - began;
  }).toSorted((one, other) => one - other);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return { p50: millis[150] ?? Number.NaN, p99: millis[297] ?? Number.NaN };
}
