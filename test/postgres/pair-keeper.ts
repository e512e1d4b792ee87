/**
 * Runs a primary and its synchronous standby, and keeps them for as long as its standard input is open. The first line that it
 * prints is the URL of both; then each line that it reads is a word, "cut", "kill", "promote" or "rebuild", which is answered with
 * a line when it is done. Started with the word "asynchronous", the primary waits for no standby.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { copyAsStandby } from "./base-backup.ts";
import { runOn } from "./database.ts";
import { cleanAfterKill, freePort, initialize, killWhole, launch, layGround, primaryConnectionInfo, processOf, removeAtExit, urlOf } from "./instance.ts";

const SYNC_MS = 60_000;
const PAUSE_MS = 20;
const PROMOTE_SECONDS = 60;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "60",
  shared_buffers: "64MB",
  wal_level: "replica",
  hot_standby: "on",
  synchronous_commit: "on",
  // What a standby needs for its first steps must still be there.
  wal_keep_size: "512MB",
  max_wal_size: "4GB",
  log_min_messages: "log",
};

type Member = { readonly data: string; readonly port: number; server: ChildProcess | null };

const isSynchronous = process.argv[2] !== "asynchronous";
const folder = mkdtempSync(join(tmpdir(), "refundry-pair-"));
let members: Member[] = [];
/** The process by which the standby follows, while it is held up. */
let receiver: number | null = null;

process.on("exit", () => {
  for (const { server, data } of members) {
    if (server?.kill("SIGQUIT") !== true) cleanAfterKill(ground, data);
  }
  removeAtExit(folder);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

const lines = createInterface({ input: process.stdin });
process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0));

const ground = layGround(folder);
members = [
  { data: join(folder, "a"), port: await freePort(), server: null },
  { data: join(folder, "b"), port: await freePort(), server: null },
];
let [primary, standby] = members;
if (primary === undefined || standby === undefined) throw new Error("a pair has two members");
initialize(ground, primary.data);
await start(primary);
await follow(standby, primary);
console.log(urlOf(...members.map(({ port }) => port)));

for await (const word of lines) {
  switch (word) {
    case "cut":
      // As when the link between the two fails some moments before the primary does.
      receiver = processOf(standby.server, "walreceiver");
      if (receiver !== null) process.kill(receiver, "SIGSTOP");
      break;
    case "kill":
      if (primary.server !== null) await killWhole(primary.server);
      primary.server = null;
      // It must not read what came in after the cut: it is told to end before it goes on.
      for (const signal of ["SIGTERM", "SIGCONT"] as const) if (receiver !== null) process.kill(receiver, signal);
      receiver = null;
      break;
    case "promote":
      // Nobody else follows it yet, and so it waits for nobody: what it acknowledges alone, the next standby gets with its copy.
      await runOn(urlOf(standby.port), `select pg_promote(true, ${PROMOTE_SECONDS})`);
      [primary, standby] = [standby, primary];
      break;
    case "rebuild":
      cleanAfterKill(ground, standby.data);
      rmSync(standby.data, { recursive: true });
      await follow(standby, primary);
      break;
    default:
      throw new Error(`'${word}' is none of the words that are known here`);
  }
  console.log(word);
}

async function start(member: Member): Promise<void> {
  const { server, ready } = launch(ground, member.data, { port: member.port, settings: SETTINGS });
  member.server = server;
  if (!(await ready)) throw new Error("PostgreSQL did not start: see the lines above");
}

/** From its return on, a synchronous primary acknowledges nothing that the standby does not have. */
async function follow(standby: Member, primary: Member): Promise<void> {
  const url = urlOf(primary.port);
  await copyAsStandby(ground, { url, data: primary.data }, { data: standby.data, conninfo: primaryConnectionInfo(primary.port) });
  await start(standby);
  if (isSynchronous) {
    await runOn(url, "alter system set synchronous_standby_names = '*'");
    await runOn(url, "select pg_reload_conf()");
  }
  const until = performance.now() + SYNC_MS;
  while (performance.now() < until) {
    const [row] = await runOn(url, "select sync_state from pg_stat_replication where state = 'streaming'");
    if (row?.[0] === (isSynchronous ? "sync" : "async")) return;
    await delay(PAUSE_MS);
  }
  throw new Error(`the standby was not in step within ${SYNC_MS} ms`);
}
