/**
 * Runs one PostgreSQL of its own and keeps it for as long as its standard input is open: whoever started it may end in any
 * way at all, by Ctrl-C or by `kill -9`, and no server and no folder stays behind. The first line that it prints is the URL.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installPrograms, type Programs } from "./programs.ts";
import { serverUser, type ServerUser } from "./server-user.ts";

const PASSWORD = "secret of the tests";
const READY = /database system is ready to accept connections/;
const START_MS = 30_000;
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
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0)).resume();

const user = serverUser();
const programs = installPrograms(join(folder, "programs"));
const data = join(folder, "data");
prepare(programs, user);
const port = await start(programs, user);
console.log(`postgres://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`);

function prepare({ initdb, env }: Programs, { uid, gid }: ServerUser): void {
  const secret = join(folder, "password");
  writeFileSync(secret, PASSWORD);
  for (const path of [folder, secret]) {
    chmodSync(path, path === folder ? 0o755 : 0o644);
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
  }
  // A collation that is not of bytes: whatever is sorted without saying how is found out.
  const how = ["--username=postgres", `--pwfile=${secret}`, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"];
  execFileSync(initdb, ["--pgdata", data, ...how], { uid, gid, env, cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

async function start({ postgres, env }: Programs, { uid, gid }: ServerUser): Promise<number> {
  for (let tries = 1; ; tries++) {
    const free = await freePort();
    const settings = Object.entries({ ...SETTINGS, ...extraSettings() }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn(postgres, ["-D", data, "-p", String(free), ...settings], { uid, gid, env, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    server = child;
    if (await isReady(child)) return free;
    if (tries === TRIES) throw new Error("PostgreSQL did not start: see the lines above");
  }
}

/** `name=value` of whoever wants a server of another kind. */
function extraSettings(): Record<string, string> {
  return Object.fromEntries(process.argv.slice(2).map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
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
    // A server that ends by itself has nothing more to be kept for.
    child.on("exit", () => process.exit(1));
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
