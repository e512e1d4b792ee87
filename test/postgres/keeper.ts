/**
 * Runs one PostgreSQL of its own and keeps it for as long as its standard input is open: whoever started it may end in any
 * way at all, by Ctrl-C or by `kill -9`, and no server and no folder stays behind. The first line that it prints says where it is.
 * Each line that it reads is an order, which it answers with a line: `stop`, `start`, or `standby`, which makes one that follows.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { makeCertificate } from "./certificate.ts";
import { installPrograms } from "./programs.ts";
import { serverUser } from "./server-user.ts";

const PASSWORD = "secret of the tests";
const READY = /database system is ready to accept (?:read-only )?connections/;
const START_MS = 30_000;
const TRIES = 3;

type Started = { readonly process: ChildProcess; readonly port: number };

const folder = mkdtempSync(join(tmpdir(), "refundry-postgres-"));
const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const server of running) server.kill("SIGQUIT");
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
process.stdin.on("error", () => process.exit(0));

const user = serverUser();
const programs = installPrograms(join(folder, "programs"));
const data = join(folder, "data");
const files = { certificate: join(folder, "server.crt"), key: join(folder, "server.key"), password: join(folder, "password") };

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
  ssl_cert_file: files.certificate,
  ssl_key_file: files.key,
  ...Object.fromEntries(process.argv.slice(2).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])),
};

const shown = makeCertificate({ names: ["localhost"], addresses: ["127.0.0.1"] });
chmodSync(folder, 0o755);
give(files.password, PASSWORD);
give(files.certificate, shown.certificate);
give(files.key, shown.key);
initialize();
let primary = await start(data, null);
console.log(JSON.stringify({ url: urlOf(primary), certificate: shown.certificate }));
for await (const order of createInterface({ input: process.stdin })) console.log(await obey(order));
process.exit(0);

async function obey(order: string): Promise<string> {
  if (order === "standby") return urlOf(await startStandby());
  if (order === "stop") await stop(primary.process);
  else primary = await start(data, primary.port);
  return "done";
}

function urlOf({ port }: Started): string {
  return `postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
}

function initialize(): void {
  const { initdb, env } = programs;
  const { uid, gid } = user;
  // A collation that is not of bytes: whatever is sorted without saying how is found out.
  const how = ["--username=postgres", `--pwfile=${files.password}`, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"];
  // It makes its folder itself, and so in a place of its own.
  const place = join(folder, "data");
  chownTo(folder);
  execFileSync(initdb, ["--pgdata", place, ...how], { uid, gid, env, cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

/** PostgreSQL takes a private key only from a file that is its own and nobody else's. */
function give(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chownTo(path);
}

function chownTo(path: string): void {
  const { uid, gid } = user;
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

async function start(directory: string, samePort: number | null): Promise<Started> {
  const { postgres, env } = programs;
  const { uid, gid } = user;
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  for (let tries = 1; ; tries++) {
    const port = samePort ?? (await freePort());
    const server = spawn(postgres, ["-D", directory, "-p", String(port), ...settings], { uid, gid, env, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    running.add(server);
    if (await isReady(server)) return { process: server, port };
    running.delete(server);
    if (tries === TRIES) throw new Error("PostgreSQL did not start: see the lines above");
  }
}

/** Clients that are still there are sent away. */
async function stop(server: ChildProcess): Promise<void> {
  running.delete(server);
  const ended = once(server, "exit");
  server.kill("SIGINT");
  await ended;
}

/** A copy of the stopped primary, which follows it from there. */
async function startStandby(): Promise<Started> {
  await stop(primary.process);
  const copy = join(folder, "standby");
  cpSync(data, copy, { recursive: true });
  writeFileSync(join(copy, "standby.signal"), "");
  writeFileSync(join(copy, "postgresql.auto.conf"), `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres password=''${PASSWORD}'''\n`);
  for (const name of readdirSync(copy, { recursive: true, encoding: "utf8" })) chownTo(join(copy, name));
  chownTo(copy);
  chmodSync(copy, 0o700);
  primary = await start(data, primary.port);
  return start(copy, null);
}

async function isReady(child: ChildProcess): Promise<boolean> {
  if (child.stderr === null) return false;
  const said: string[] = [];
  const late = setTimeout(() => child.kill("SIGQUIT"), START_MS);
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (!READY.test(line)) continue;
    clearTimeout(late);
    child.stderr.resume();
    // A server that ends without being told to has nothing more to be kept for.
    child.on("exit", () => running.has(child) && process.exit(1));
    return true;
  }
  clearTimeout(late);
  console.error(said.join("\n"));
  return false;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
