/** A server in a process of its own, so that it can be measured from outside and killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const READY_MS = 60_000;
const POLL_MS = 5;
const ASK_MS = 10_000;

export type ServerProcess = {
  readonly port: number;
  readonly pid: number;
  /** From spawn to the first 200 of /readyz. */
  readonly readyMillis: number;
  readonly kill: (signal: "SIGKILL" | "SIGTERM") => Promise<void>;
};

/** Where the server's book is: in a folder, or in PostgreSQL. */
export type BookPlace = { readonly folder: string } | { readonly database: string };

export type ServerOptions = BookPlace & {
  /** The file that is run in place of Refundry's own. */
  readonly entry?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export async function spawnServer(options: ServerOptions): Promise<ServerProcess> {
  const { entry, flags = [], env = {} } = options;
  const place = "folder" in options ? ["--data", options.folder] : ["--database", options.database];
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...flags, entry ?? join(ROOT, "bin/refundry.js"), "serve", "--host", "127.0.0.1", "--port", "0", ...place],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NODE_ENV: "production", ...env } },
  );
  const port = await readyPortOf(child);
  const readyMillis = performance.now() - began;
  return {
    port,
    pid: child.pid ?? 0,
    readyMillis,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    },
  };
}

/** A server that does not become ready is not left behind. */
async function readyPortOf(child: ChildProcess): Promise<number> {
  try {
    const port = await portOf(child);
    await ready(port, child);
    return port;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Read from the greeting. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(() => reject(new Error(`the server did not say its port within ${READY_MS} ms\n${said}`)), READY_MS);
    child.once("exit", () => clearTimeout(late));
    child.stdout?.setEncoding("utf8");
    child.stdout?.on("data", (part: string) => {
      said += part;
      const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(late);
      resolve(Number(port));
    });
    child.once("exit", (code, signal) => reject(new Error(`the server ended at its start: ${code ?? signal}\n${said}`)));
    child.once("error", reject);
  });
}

async function ready(port: number, child: ChildProcess): Promise<void> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended before it was ready: ${child.exitCode}`);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: "close" }, signal: AbortSignal.timeout(ASK_MS) });
      await answer.text();
      if (answer.status === 200) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`the server was not ready within ${READY_MS} ms`);
}
