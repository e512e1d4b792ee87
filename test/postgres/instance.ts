/** A PostgreSQL server of a test: where it stands, and how it is made, started, killed and taken away. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installPrograms, type Programs } from "./programs.ts";
import { serverUser, type ServerUser } from "./server-user.ts";

const PASSWORD = "secret of the tests";
const READY = /database system is ready to accept (?:read-only )?connections/;
const START_MS = 30_000;
const CLEAN_MS = 30_000;
const REMOVE_TRIES = 100;
const REMOVE_PAUSE_MS = 50;

/** A folder that the servers' user may enter, with the programs in it. */
export type Ground = { readonly folder: string; readonly programs: Programs; readonly user: ServerUser };

export type Settings = Readonly<Record<string, string>>;

export function layGround(folder: string): Ground {
  const ground = { folder, user: serverUser(), programs: installPrograms(join(folder, "programs")) };
  chmodSync(folder, 0o755);
  give(ground, folder);
  return ground;
}

/** Hands a path to the user that the servers run as. */
export function give({ user: { uid, gid } }: Ground, path: string): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

export function urlOf(...ports: readonly number[]): string {
  return `postgres://postgres:${encodeURIComponent(PASSWORD)}@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/postgres`;
}

export function primaryConnectionInfo(port: number): string {
  return `host=127.0.0.1 port=${port} user=postgres password='${PASSWORD}'`;
}

export function initialize(ground: Ground, data: string): void {
  const { folder, programs: { initdb, env }, user: { uid, gid } } = ground;
  const secret = join(folder, "password");
  writeFileSync(secret, PASSWORD);
  chmodSync(secret, 0o644);
  give(ground, secret);
  // A collation that is not of bytes: whatever is sorted without saying how is found out.
  const how = ["--username=postgres", `--pwfile=${secret}`, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"];
  execFileSync(initdb, ["--pgdata", data, ...how], { uid, gid, env, cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

export type Launched = {
  /** There from the first moment, so that whoever ends before it is ready can take it along. */
  readonly server: ChildProcess;
  /** False when it did not become ready; then it has said why, and is gone. */
  readonly ready: Promise<boolean>;
};

export function launch(ground: Ground, data: string, { port, settings }: { readonly port: number; readonly settings: Settings }): Launched {
  const { folder, programs: { postgres, env }, user: { uid, gid } } = ground;
  const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(postgres, ["-D", data, "-p", String(port), ...given], { uid, gid, env, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  return { server, ready: isReady(server) };
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
    return true;
  }
  clearTimeout(late);
  console.error(said.join("\n"));
  return false;
}

/** As when a machine fails: the server and all its processes at one moment, none of which says goodbye. */
export async function killWhole(server: ChildProcess): Promise<void> {
  const { pid } = server;
  if (pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  // Stopped first, so that it makes no process that is not on the list.
  server.kill("SIGSTOP");
  for (const child of childrenOf(pid)) {
    try {
      process.kill(child, "SIGKILL");
    } catch {
      // It has ended by itself meanwhile.
    }
  }
  server.kill("SIGKILL");
  await ended;
}

/** The process of a server that is called so, such as `walreceiver`; null also where processes have no names to be read. */
export function processOf(server: ChildProcess | null, name: string): number | null {
  return childrenOf(server?.pid ?? -1).find((pid) => commandOf(pid).startsWith(`postgres: ${name}`)) ?? null;
}

/** What a killed server leaves in the system's shared memory, its next start takes away: here one that listens to nobody. */
export function cleanAfterKill({ folder, programs: { postgres, env }, user: { uid, gid } }: Ground, data: string): void {
  if (!existsSync(join(data, "postmaster.pid"))) return;
  spawnSync(postgres, ["--single", "-D", data, "postgres"], { uid, gid, env, cwd: folder, stdio: "ignore", timeout: CLEAN_MS, killSignal: "SIGKILL" });
}

/** Servers that were told to end still write into it for a moment, and what was not removed is not always told as an error. */
export function removeAtExit(folder: string): void {
  for (let tries = 1; existsSync(folder) && tries <= REMOVE_TRIES; tries++) {
    if (tries > 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVE_PAUSE_MS);
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (tries === REMOVE_TRIES) throw error;
    }
  }
}

/** Where there is no /proc they end by themselves, as soon as they see that their parent is gone. */
function childrenOf(parent: number): number[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc").map(Number).filter((pid) => Number.isInteger(pid) && parentOf(pid) === parent);
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program comes before, in brackets, and may hold anything.
    return Number(stat.slice(stat.lastIndexOf(")") + 1).trim().split(" ")[1]);
  } catch {
    return null;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return address.port;
}
