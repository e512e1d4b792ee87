/** What is measured against what. Each measurement runs on a server, and a book, of its own. */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnServer, type ServerProcess } from "../test/campaigns/server-process.ts";
import type { BareAnswer } from "./bare-server.ts";
import { fillBook, type Filled } from "./fill-book.ts";
import type { Load, Measured } from "./load.ts";
import { measure, residentMiB, startBare } from "./processes.ts";
import { makeRequests, type Case } from "./requests.ts";

const KEY = "sk_test_bench";
/** More than any server here answers in a second, so that no run ends for want of requests. */
const RATE_MAX = 15_000;
const PARTS = 5;
const PART = 100n;
const HOT_REFUNDS = 20_000;
const HOT_WARM_UP = 4_000;
const MEMORY_POINTS = [20_000, 50_000, 100_000, 200_000];

export type Settings = { readonly seconds: number; readonly connections: number; readonly serverFlags: readonly string[] };

async function withServer<T>({ serverFlags }: Settings, payments: number, captured: bigint, act: (server: ServerProcess, filled: Filled) => Promise<T>, refundsEach = 0): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "refundry-bench-"));
  try {
    const filled = await fillBook({ folder, key: KEY, payments, refundsEach, captured });
    const server = await spawnServer({ folder, flags: serverFlags });
    try {
      return await act(server, filled);
    } finally {
      await server.kill("SIGTERM");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function loadOf(settings: Settings, what: Case, ports: readonly number[], ids: readonly string[]): Load {
  const { seconds, connections } = settings;
  const warmUpSeconds = Math.min(2, seconds / 3);
  return { ports, connections, what, apiKey: KEY, ids, run: what, count: Math.ceil((seconds + warmUpSeconds) * RATE_MAX), again: false, seconds, warmUpSeconds };
}

export function measureRefundry(settings: Settings, what: Case): Promise<Measured> {
  const payments = what === "get_refund" ? 4_000 : Math.ceil(((settings.seconds + 2) * RATE_MAX) / PARTS);
  const each = what === "get_refund" ? PARTS : 0;
  return withServer(
    settings,
    payments,
    PART * BigInt(PARTS),
    ({ port }, filled) => measure({ ...loadOf(settings, what, [port], each > 0 ? filled.refunds : filled.payments), again: each > 0 }),
    each,
  );
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
export function anAnswer(settings: Settings): Promise<BareAnswer> {
  return withServer(settings, 1, PART, async ({ port }, { payments }) => {
    const [request] = makeRequests("refund", KEY, payments, 1, "one");
    const body = request?.toString("latin1").split("\r\n\r\n")[1] ?? "";
    const answer = await fetch(`http://127.0.0.1:${port}/v1/refunds`, {
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
export function measureHot(settings: Settings): Promise<Hot> {
  return withServer(settings, 2, PART * BigInt(HOT_REFUNDS), async ({ port }, { payments: [warm, hot] }) => {
    const load = { ...loadOf(settings, "refund", [port], [warm ?? ""]), seconds: null, warmUpSeconds: 0 };
    await measure({ ...load, run: "warm", count: HOT_WARM_UP });
    const { requests, tenths } = await measure({ ...load, ids: [hot ?? ""], run: "hot", count: HOT_REFUNDS });
    const [first = Number.NaN, last = Number.NaN] = [tenths[0], tenths.at(-1)];
    return { refunds: requests, firstTenthSeconds: first, lastTenthSeconds: last, ratio: last / first };
  });
}

export type Memory = { readonly points: readonly { readonly refunds: number; readonly mebibytes: number }[]; readonly ratio: number };

/** What the server keeps in memory after some refunds, and after up to ten times as many. */
export function measureMemory(settings: Settings): Promise<Memory> {
  const most = Math.max(...MEMORY_POINTS);
  return withServer(settings, most / PARTS, PART * BigInt(PARTS), async ({ port, pid }, { payments }) => {
    const load = { ...loadOf(settings, "refund", [port], payments), seconds: null, warmUpSeconds: 0 };
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
