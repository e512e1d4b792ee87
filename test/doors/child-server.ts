/** The real program in a process of its own, as a user would start it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export type Child = {
  readonly process: ChildProcess;
  readonly url: string;
  /** Everything it said on stdout so far. */
  readonly said: () => string;
  /** Sends SIGTERM and resolves to the exit code. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
};

const READY_MS_MAX = 15_000;

export async function startChild(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const child = spawn(process.execPath, ["bin/refundry.js", ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
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
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it was ready`)));
  });
  return {
    process: child,
    url,
    said: () => said,
    async end(signal = "SIGTERM") {
      if (child.exitCode === null) {
        child.kill(signal);
        await once(child, "exit");
      }
      return child.exitCode;
    },
  };
}

/** Runs the program to its end. */
export async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, ["bin/refundry.js", ...args], { env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code]: unknown[] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, stdout, stderr };
}
