/** `npm run bench`: Refundry against its yardsticks in one run, as a table for people or as JSON for machines. */
import { execFileSync } from "node:child_process";
import { arch, cpus, platform, totalmem } from "node:os";
import { parseArgs } from "node:util";
import cliProgress from "cli-progress";
import { table } from "../src/doors/cli/table.ts";
import { anAnswer, measureBare, measureDisk, measureHot, measureMemory, measureRefundry, type Settings } from "./cases.ts";
import type { Measured } from "./load.ts";
import { CASES, TITLES, type Case } from "./requests.ts";

/** The promise: durable refunds at no less than this share of what node:http alone answers. */
const RATIO_LEAST = 0.18;
const DRIFT_MOST = 1.2;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    connections: { type: "string", default: "64" },
    rounds: { type: "string", default: "3" },
    "only-ratio": { type: "boolean", default: false },
    "cpu-prof": { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const settings: Settings = {
  seconds: Number(values.seconds),
  connections: Number(values.connections),
  // As `npm start` has it: V8 would let the space for young objects grow with the load, though little is kept.
  serverFlags: ["--max-semi-space-size=8", ...(values["cpu-prof"] === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values["cpu-prof"]}`])],
};
const rounds = Number(values.rounds);
const others = values["only-ratio"] ? [] : CASES.filter((one) => one !== "refund");

const bar = process.stderr.isTTY ? new cliProgress.SingleBar({ format: "Measuring {bar} {what}", stream: process.stderr, clearOnComplete: true }, cliProgress.Presets.shades_classic) : null;
bar?.start(rounds * 2 + others.length + (values["only-ratio"] ? 1 : 3), 0, { what: "the disk" });

async function step<T>(what: string, act: () => Promise<T>): Promise<T> {
  bar?.update({ what });
  const done = await act();
  bar?.increment();
  return done;
}

type Figures = Pick<Measured, "perSecond" | "p50" | "p99">;

/** The run in the middle, by its rate: one run that others on the machine disturbed does not move it. */
function median(runs: readonly Measured[]): Figures {
  const { perSecond, p50, p99 } = runs.toSorted((one, other) => one.perSecond - other.perSecond)[Math.floor(runs.length / 2)] ?? { perSecond: Number.NaN, p50: Number.NaN, p99: Number.NaN };
  return { perSecond, p50, p99 };
}

const disk = measureDisk();
const answer = await step("one answer", () => anAnswer(settings));
const [bareRuns, refundRuns]: [Measured[], Measured[]] = [[], []];
for (let i = 0; i < rounds; i++) {
  bareRuns.push(await step("node:http alone", () => measureBare(settings, answer)));
  refundRuns.push(await step(TITLES.refund, () => measureRefundry(settings, "refund")));
}
const cases: [Case, Figures][] = [["refund", median(refundRuns)]];
for (const what of others) cases.push([what, median([await step(TITLES[what], () => measureRefundry(settings, what))])]);
const hot = values["only-ratio"] ? null : await step("one hot payment", () => measureHot(settings));
const memory = values["only-ratio"] ? null : await step("memory", () => measureMemory(settings));
bar?.stop();

const bare = median(bareRuns);
const ratios = refundRuns.map((run, i) => run.perSecond / (bareRuns[i]?.perSecond ?? Number.NaN));
const ratio = median(refundRuns).perSecond / bare.perSecond;
const holds = {
  ratio: ratio >= RATIO_LEAST,
  ...(hot === null ? {} : { hotPayment: hot.ratio <= DRIFT_MOST }),
  ...(memory === null ? {} : { memory: memory.ratio <= DRIFT_MOST }),
};
const report = {
  date: new Date().toISOString().slice(0, 10),
  commit: commit(),
  command: `npm run bench -- ${process.argv.slice(2).join(" ")}`.trim(),
  machine: { cores: cpus().length, cpu: cpus()[0]?.model ?? "", memoryGiB: Math.round(totalmem() / 2 ** 30), system: `${platform()} ${arch()}`, node: process.version },
  settings: { seconds: settings.seconds, connections: settings.connections, rounds },
  fsyncMillis: disk,
  bare,
  cases: Object.fromEntries(cases),
  ratio,
  ratios,
  ratioLeast: RATIO_LEAST,
  hot,
  memory,
  holds,
};

console.log(values.json ? JSON.stringify(rounded(report), null, 2) : words());

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

function words(): string {
  const row = (title: string, { perSecond, p50, p99 }: Figures) => [title, Math.round(perSecond).toLocaleString("en").padStart(10), `${p50.toFixed(1)} ms`.padStart(9), `${p99.toFixed(1)} ms`.padStart(9)];
  const rows = [["", "requests/s".padStart(10), "p50".padStart(9), "p99".padStart(9)], row("node:http alone, the same bytes", bare), ...cases.map(([what, figures]) => row(TITLES[what], figures))];
  const lines = [
    table(rows),
    "",
    `An fsync of this disk takes ${disk.p50.toFixed(2)} ms (p99 ${disk.p99.toFixed(2)} ms); every refund above was on it before it was answered.`,
    `${verdict(holds.ratio)}  durable refunds at ${ratio.toFixed(3)} of node:http alone (at least ${RATIO_LEAST}; by round ${ratios.map((one) => one.toFixed(3)).join(", ")})`,
  ];
  if (hot) lines.push(`${verdict(holds.hotPayment)}  one payment, ${hot.refunds.toLocaleString("en")} refunds: the last tenth took ${hot.ratio.toFixed(2)} of the first's time (at most ${DRIFT_MOST})`);
  if (memory) {
    const points = memory.points.map(({ refunds, mebibytes }) => `${mebibytes.toFixed(0)} MiB after ${refunds.toLocaleString("en")} refunds`);
    lines.push(`${verdict(holds.memory)}  memory: ${points.join(", ")} (the last at most ${DRIFT_MOST} times the first)`);
  }
  return lines.join("\n");
}

function verdict(held: boolean | undefined): string {
  return held === true ? "HOLDS" : "FAILS";
}
