/** The real program in a process of its own, as a user would start it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export type Child = {
  readonly process: ChildProcess;
  readonly url: string;
  /** Everything it said on stdout so far. */
  readonly said: () => string;
  /** Everything it said on stderr so far. */
  readonly complained: () => string;
  /** Resolves to the exit code, once it has ended by itself. */
  readonly ended: Promise<number | null>;
  /** Sends SIGTERM and resolves to the exit code. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
};

const READY_MS_MAX = 15_000;
const living = new Set<ChildProcess>();

/** What a test that failed has left running would hold its file for ever. */
export function endChildren(): void {
  for (const child of living) child.kill("SIGKILL");
}

export async function startChild(args: readonly string[], env: Readonly<Record<string, string>> = {}, entry = "bin/refundry.js"): Promise<Child> {
  const child = spawn(process.execPath, [entry, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  living.add(child);
  child.once("exit", () => living.delete(child));
  let [said, complained] = ["", ""];
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (chunk: string) => (complained += chunk));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  child.stdout.setEncoding("utf8");
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${READY_MS_MAX} ms: ${said}`)), READY_MS_MAX);
    child.stdout.on("data", (chunk: string) => {
      said += chunk;
      const ready = /Refundry is listening on (http:\S+)/.exec(said)?.[1];
      if (ready === undefined) return;
      clearTimeout(timer);
      resolve(ready);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it was ready: ${complained}`)));
  });
  return {
    process: child,
    url,
    said: () => said,
    complained: () => complained,
    ended,
    end(signal = "SIGTERM") {
      if (child.exitCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** A command that goes on until it is told to end. */
export function startTalking(args: readonly string[], env: Readonly<Record<string, string>> = {}): Pick<Child, "said" | "end"> {
  const child = spawn(process.execPath, ["bin/refundry.js", ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  living.add(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      living.delete(child);
      resolve(code);
    });
  });
  return {
    said: () => said,
    end(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

/** Runs the program to its end. */
export async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, entry = "bin/refundry.js"): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [entry, ...args], { env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code]: unknown[] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, stdout, stderr };
}
