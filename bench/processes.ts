/** The processes that a measurement needs beside our own: the load, and the yardstick. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BareAnswer } from "./bare-server.ts";
import type { Load, Measured } from "./load.ts";

export async function measure(load: Load): Promise<Measured> {
  const child = forked("load.ts");
  child.send(load);
  const [measured] = await answerOf(child);
  if (!isMeasured(measured)) throw new Error("the load gave no figures");
  if (measured.failures > 0) throw new Error(`${measured.failures} of ${measured.requests} failed: ${measured.firstFailure}`);
  return measured;
}

export async function startBare(answer: BareAnswer): Promise<{ readonly port: number; readonly stop: () => void }> {
  const child = forked("bare-server.ts");
  child.send(answer);
  const [port] = await answerOf(child);
  return { port: Number(port), stop: () => child.kill() };
}

/** What the process keeps in memory, in MiB. */
export function residentMiB(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) / 1_024;
}

/** What a process, and all that it started, used of the processors so far, in milliseconds. */
export function cpuMillis(...roots: readonly number[]): number {
  const processes = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  const ours = new Set(roots);
  // A process that others started stands after the one that started it only if numbers did not wrap: so until nothing is added.
  for (let before = 0; before < ours.size; ) {
    before = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  return processes.reduce((sum, { pid, millis }) => (ours.has(pid) ? sum + millis : sum), 0);
}

const TICK_MILLIS = 10;

function statOf(pid: number): { readonly pid: number; readonly parent: number; readonly millis: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const [, parent = 0] = fields;
    return { pid, parent, millis: ((fields[11] ?? 0) + (fields[12] ?? 0)) * TICK_MILLIS };
  } catch {
    return null;
  }
}

function forked(file: string): ChildProcess {
  return fork(join(import.meta.dirname, file), { serialization: "advanced", env: { ...process.env, NODE_ENV: "production" } });
}

async function answerOf(child: ChildProcess): Promise<unknown[]> {
  const ended = once(child, "exit").then(([code]): never => {
    throw new Error(`a process of the bench ended: ${code}`);
  });
  const answer = await Promise.race([once(child, "message"), ended]);
  ended.catch(() => undefined);
  return answer;
}

function isMeasured(value: unknown): value is Measured {
  return typeof value === "object" && value !== null && "perSecond" in value && "tenths" in value;
}
