/** `npm run bench`: Refundry against its yardsticks in one run, as a table for people or as JSON for machines. */
import { execFileSync } from "node:child_process";
import { arch, cpus, platform, totalmem } from "node:os";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { Books, STORES, type StoreName } from "./books.ts";
import { anAnswer, measureBare, measureDisk, measureHot, measureMemory, measureRefundry, type Cost, type Settings } from "./cases.ts";
import { goalsOf, type Goal } from "./goals.ts";
import { words, type Row } from "./report.ts";
import type { Measured } from "./load.ts";
import type { Case } from "./requests.ts";
import { SERVER_FLAGS } from "./server-flags.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    connections: { type: "string", default: "64" },
    rounds: { type: "string", default: "3" },
    stores: { type: "string", default: STORES.join(",") },
    "only-ratio": { type: "boolean", default: false },
    "cpu-prof": { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const settings: Settings = {
  seconds: Number(values.seconds),
  connections: Number(values.connections),
  // As `npm start` has it: V8 would let the space for young objects grow with the load, though little is kept.
  serverFlags: [...SERVER_FLAGS, ...(values["cpu-prof"] === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values["cpu-prof"]}`])],
};
const rounds = Number(values.rounds);
const stores = STORES.filter((store) => values.stores.split(",").includes(store));

/** Beside the refund by each store, which takes turns with its yardstick. */
const OTHERS: Readonly<Record<StoreName, readonly Case[]>> = {
  sqlite: ["report_refund", "charge_refund", "square_refund", "get_refund", "list_refunds", "list_charges"],
  postgres: ["square_refund", "get_refund", "list_refunds", "list_charges"],
};
const MANY_CONNECTIONS = 256;

const more = !values["only-ratio"];
const steps = 1 + stores.reduce((sum, store) => sum + rounds * (store === "sqlite" || !more ? 2 : 3) + (more ? OTHERS[store].length + (store === "sqlite" ? 2 : 1) : 0), 0);
const bar = process.stderr.isTTY ? new cliProgress.SingleBar({ format: "Measuring {bar} {what}", stream: process.stderr, clearOnComplete: true }, cliProgress.Presets.shades_classic) : null;
bar?.start(steps, 0, { what: "the disk" });

async function step<T>(what: string, act: () => Promise<T>): Promise<T> {
  bar?.update({ what });
  const done = await act();
  bar?.increment();
  return done;
}

/** The run in the middle, by its rate: one run that others on the machine disturbed does not move it. */
function median<Run extends Pick<Measured, "perSecond">>(runs: readonly Run[]): Run {
  const middle = runs.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor(runs.length / 2)];
  if (middle === undefined) throw new Error("nothing was measured: give at least one round");
  return middle;
}

const books = new Books();
const disk = measureDisk();
const rows: Row[] = [];
const ratiosByRound: Record<string, number[]> = {};
let [hot, memory]: [Awaited<ReturnType<typeof measureHot>> | null, Awaited<ReturnType<typeof measureMemory>> | null] = [null, null];

const run = (what: Case, store: StoreName, nodes = 1, connections = settings.connections) =>
  step(`${what} on ${store}${nodes > 1 ? `, ${nodes} nodes` : ""}`, () => measureRefundry({ ...settings, connections }, what, { books, store, nodes }));
const rowOf = (what: Case, store: StoreName, cost: Cost, nodes = 1, connections = settings.connections): Row => ({ what, store, nodes, connections, ...cost });

/** The yardstick and Refundry in turn; their medians, and what stands between them in each round. */
async function inTurn<Yard extends Pick<Measured, "perSecond">>(name: string, yardstick: () => Promise<Yard>, ours: readonly (() => Promise<Cost>)[]): Promise<{ readonly yard: Yard; readonly costs: readonly Cost[] }> {
  const yards: Yard[] = [];
  const costs: Cost[][] = ours.map(() => []);
  for (let round = 0; round < rounds; round++) {
    yards.push(await step(name, yardstick));
    for (const [i, measure] of ours.entries()) costs[i]?.push(await measure());
  }
  ratiosByRound[name] = yards.map(({ perSecond }, round) => (costs[0]?.[round]?.perSecond ?? Number.NaN) / perSecond);
  return { yard: median(yards), costs: costs.map(median) };
}

try {
  const answer = await step("one answer", () => anAnswer(settings, books));
  if (stores.includes("sqlite")) {
    const { yard, costs: [cost] } = await inTurn("node:http alone", () => measureBare(settings, answer), [() => run("refund", "sqlite")]);
    rows.push({ what: "bare", store: null, nodes: 1, connections: settings.connections, ...yard });
    if (cost) rows.push(rowOf("refund", "sqlite", cost));
  }
  if (stores.includes("postgres")) {
    const { yard, costs: [one, two] } = await inTurn("pgbench", async () => ({ perSecond: await books.pgbench(settings.seconds) }), [
      () => run("refund", "postgres"),
      ...(more ? [() => run("refund", "postgres", 2)] : []),
    ]);
    rows.push({ what: "pgbench", store: null, nodes: 1, connections: 32, ...yard });
    if (one) rows.push(rowOf("refund", "postgres", one));
    if (two) rows.push(rowOf("refund", "postgres", two, 2));
    if (more) rows.push(rowOf("refund", "postgres", await run("refund", "postgres", 1, MANY_CONNECTIONS), 1, MANY_CONNECTIONS));
  }
  if (more) {
    for (const store of stores) for (const what of OTHERS[store]) rows.push(rowOf(what, store, await run(what, store)));
    if (stores.includes("sqlite")) {
      hot = await step("one hot payment", () => measureHot(settings, { books, store: "sqlite", nodes: 1 }));
      memory = await step("memory", () => measureMemory(settings, { books, store: "sqlite", nodes: 1 }));
    }
  }
} finally {
  bar?.stop();
  await books.close();
}

const goals: Goal[] = goalsOf(rows, { hot, memory });
const report = {
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  command: `npm run bench -- ${process.argv.slice(2).join(" ")}`.trim(),
  machine: { cores: cpus().length, cpu: cpus()[0]?.model ?? "", memoryGiB: Math.round(totalmem() / 2 ** 30), system: `${platform()} ${arch()}`, node: process.version },
  settings: { seconds: settings.seconds, connections: settings.connections, rounds },
  fsyncMillis: disk,
  rows: rows.map(({ what, store, nodes, connections, perSecond, p50, p99, nodeMicros, databaseMicros, mebibytes }) => ({ what, store, nodes, connections, perSecond, p50, p99, nodeMicros, databaseMicros, mebibytes })),
  ratiosByRound,
  hot,
  memory,
  goals,
};

console.log(values.json ? JSON.stringify(rounded(report), null, 2) : words(rows, { disk, ratiosByRound, goals }));

/** What was measured; `unknown` outside a checkout. */
function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_name, member: unknown) => (typeof member === "number" ? Number(member.toPrecision(4)) : member)));
}
