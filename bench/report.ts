/** A run of the bench in words: one table, and under it what holds. */
import { table } from "../src/doors/cli/table.ts";
import type { StoreName } from "./books.ts";
import type { Goal } from "./goals.ts";
import { TITLES, type Case } from "./requests.ts";

/** One line of the table. Yardsticks have no store, and not all figures. */
export type Row = {
  readonly what: Case | "bare" | "pgbench";
  readonly store: StoreName | null;
  readonly nodes: number;
  readonly connections: number;
  readonly perSecond: number;
  readonly p50?: number;
  readonly p99?: number;
  readonly nodeMicros?: number;
  readonly databaseMicros?: number;
  readonly mebibytes?: number;
};

const YARDSTICKS = { bare: "node:http alone, the same bytes", pgbench: "pgbench, TPC-B-like, prepared" };
const HEAD = ["", "store", "nodes", "connections", "requests/s", "p50 ms", "p99 ms", "CPU µs", "of the database", "MiB"];

export type Rest = { readonly disk: { readonly p50: number; readonly p99: number }; readonly ratiosByRound: Readonly<Record<string, readonly number[]>>; readonly goals: readonly Goal[] };

export function words(rows: readonly Row[], { disk, ratiosByRound, goals }: Rest): string {
  const byRound = Object.entries(ratiosByRound).map(([name, ratios]) => `Refunds beside ${name}, round by round: ${ratios.map((one) => one.toFixed(3)).join(", ")}`);
  return [
    table([HEAD, ...rows.map(line)].map(alignRight)),
    "",
    `An fsync of this disk takes ${disk.p50.toFixed(2)} ms (p99 ${disk.p99.toFixed(2)} ms); every refund above was on it before it was answered.`,
    "CPU is what the servers used for one request, all threads together; MiB is what the greatest of them holds.",
    ...byRound,
    "",
    ...goals.map((goal) => `${goal.holds ? "HOLDS" : "FAILS"}  ${goal.words}: ${goal.reached.toFixed(goal.reached < 0.1 ? 3 : 2)} (${goal.least === undefined ? `at most ${goal.most}` : `at least ${goal.least}`})`),
  ].join("\n");
}

function line({ what, store, nodes, connections, perSecond, p50, p99, nodeMicros, databaseMicros, mebibytes }: Row): string[] {
  const title = what === "bare" || what === "pgbench" ? YARDSTICKS[what] : TITLES[what];
  const figure = (value: number | undefined, digits: number) => (value === undefined || value === 0 ? "" : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  return [
    title, store ?? "", String(nodes), String(connections), figure(perSecond, 0), figure(p50, 1), figure(p99, 1), figure(nodeMicros, 0), figure(databaseMicros, 0), figure(mebibytes, 0),
  ];
}

const WIDTHS = [0, 0, ...HEAD.slice(2).map((name) => Math.max(name.length, 7))];

function alignRight(cells: readonly string[]): string[] {
  return cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0));
}
