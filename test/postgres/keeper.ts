/**
 * Runs one PostgreSQL of its own and keeps it for as long as its standard input is open: whoever started it may end in any
 * way at all, by Ctrl-C or by `kill -9`, and no server and no folder stays behind. The first line that it prints is the URL.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, initialize, launch, layGround, removeAtExit, urlOf, type Ground } from "./instance.ts";

const TRIES = 3;

/** Small, for many databases of a few rows; and with a wait for deadlocks that a test can afford. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "64MB",
  deadlock_timeout: "50ms",
  log_min_messages: "log",
  // Every test makes a database, and a checkpoint with each would take longer than the tests.
  max_wal_size: "4GB",
  checkpoint_timeout: "1h",
};

const folder = mkdtempSync(join(tmpdir(), "refundry-postgres-"));
let server: ChildProcess | null = null;

process.on("exit", () => {
  server?.kill("SIGQUIT");
  removeAtExit(folder);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0)).resume();

const ground = layGround(folder);
const data = join(folder, "data");
initialize(ground, data);
const port = await start(ground);
console.log(urlOf(port));

async function start(on: Ground): Promise<number> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const port = await freePort();
    const launched = launch(on, data, { port, settings: { ...SETTINGS, ...extraSettings() } });
    ({ server } = launched);
    if (!(await launched.ready)) continue;
    // A server that ends by itself has nothing more to be kept for.
    server.on("exit", () => process.exit(1));
    return port;
  }
  throw new Error("PostgreSQL did not start: see the lines above");
}

/** `name=value` of whoever wants a server of another kind. */
function extraSettings(): Record<string, string> {
  return Object.fromEntries(process.argv.slice(2).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
}
