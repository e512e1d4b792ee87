/**
 * Runs one PostgreSQL of its own and keeps it for as long as its standard input is open: whoever started it may end in any
 * way at all, by Ctrl-C or by `kill -9`, and no server and no folder stays behind. The first line that it prints says where it is.
 * Each line that it reads is an order, which it answers with a line: `stop`, `start`, or `standby`, which makes one that follows.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { copyAsStandby } from "./base-backup.ts";
import { makeCertificate } from "./certificate.ts";
import { freePort, give, initialize, launch, layGround, primaryConnectionInfo, removeAtExit, urlOf } from "./instance.ts";

const TRIES = 3;

type Started = { readonly server: ChildProcess; readonly port: number };

const folder = mkdtempSync(join(tmpdir(), "refundry-postgres-"));
const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const server of running) server.kill("SIGQUIT");
  removeAtExit(folder);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
process.stdin.on("error", () => process.exit(0));

const ground = layGround(folder);
const shown = makeCertificate({ names: ["localhost"], addresses: ["127.0.0.1"] });

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
  // Whoever asks for encryption gets it; nobody must.
  ssl: "on",
  ssl_cert_file: ownFile("server.crt", shown.certificate),
  ssl_key_file: ownFile("server.key", shown.key),
  ...Object.fromEntries(process.argv.slice(2).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])),
};

const data = join(folder, "data");
initialize(ground, data);
let primary = await start(data, null);
console.log(JSON.stringify({ url: urlOf(primary.port), certificate: shown.certificate }));
for await (const order of createInterface({ input: process.stdin })) console.log(await obey(order));
process.exit(0);

async function obey(order: string): Promise<string> {
  if (order === "standby") return urlOf((await startStandby()).port);
  if (order === "stop") await stop(primary.server);
  else primary = await start(data, primary.port);
  return "done";
}

/** PostgreSQL takes a private key only from a file that is its own and nobody else's. */
function ownFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  give(ground, path);
  return path;
}

async function start(directory: string, samePort: number | null): Promise<Started> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const port = samePort ?? (await freePort());
    const { server, ready } = launch(ground, directory, { port, settings: SETTINGS });
    running.add(server);
    if (await ready) {
      // A server that ends without being told to has nothing more to be kept for.
      server.on("exit", () => running.has(server) && process.exit(1));
      return { server, port };
    }
    running.delete(server);
  }
  throw new Error("PostgreSQL did not start: see the lines above");
}

/** Clients that are still there are sent away. */
async function stop(server: ChildProcess): Promise<void> {
  running.delete(server);
  const ended = once(server, "exit");
  server.kill("SIGINT");
  await ended;
}

async function startStandby(): Promise<Started> {
  const copy = join(folder, "standby");
  await copyAsStandby(ground, { url: urlOf(primary.port), data }, { data: copy, conninfo: primaryConnectionInfo(primary.port) });
  return start(copy, null);
}
