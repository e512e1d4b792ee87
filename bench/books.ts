/** The places in which a measured book stands: a folder, or a database of a PostgreSQL with the settings of one that is meant for work. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BookPlace } from "../test/campaigns/server-process.ts";
import { runOn } from "../test/postgres/database.ts";
import { startPostgres, type PostgresServer } from "../test/postgres/server.ts";

export const STORES = ["sqlite", "postgres"] as const;
export type StoreName = (typeof STORES)[number];

/** As its own documentation proposes for a machine of this size; every commit is on the disk before it is answered. */
const SETTINGS = ["shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=5min", "log_min_messages=warning", "deadlock_timeout=1s", "fsync=on", "synchronous_commit=on"];

export class Books {
  #server: PostgresServer | null = null;

  async use<T>(store: StoreName, act: (place: BookPlace) => Promise<T>): Promise<T> {
    return store === "sqlite" ? inFolder((folder) => act({ folder })) : this.#inDatabase((database) => act({ database }));
  }

  /** The process from which all of PostgreSQL's own descend. */
  async postgresPid(): Promise<number> {
    return (await this.#postgres()).pid;
  }

  /** Transactions a second of `pgbench`, TPC-B-like and prepared, with 32 clients on as many branches, on the same server. */
  async pgbench(seconds: number): Promise<number> {
    return this.#inDatabase(async (database) => {
      const { hostname, port, username, password, pathname } = new URL(database);
      const name = pathname.slice(1);
      const run = (...flags: readonly string[]) =>
        execFileSync("pgbench", ["-h", hostname, "-p", port, "-U", username, ...flags, name], {
          env: { ...process.env, PGPASSWORD: decodeURIComponent(password) }, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"],
        });
      run("--initialize", "--quiet", `--scale=${PGBENCH_CLIENTS}`);
      const said = run("--protocol=prepared", `--client=${PGBENCH_CLIENTS}`, "--jobs=2", `--time=${Math.ceil(seconds)}`);
      return Number(/^tps = ([\d.]+)/m.exec(said)?.[1]);
    });
  }

  async close(): Promise<void> {
    await this.#server?.stop();
  }

  async #postgres(): Promise<PostgresServer> {
    this.#server ??= await startPostgres(SETTINGS);
    return this.#server;
  }

  async #inDatabase<T>(act: (database: string) => Promise<T>): Promise<T> {
    const { url } = await this.#postgres();
    const name = `bench_${randomBytes(6).toString("hex")}`;
    await runOn(url, `create database ${name} template template0`);
    try {
      const address = new URL(url);
      address.pathname = name;
      return await act(address.href);
    } finally {
      await runOn(url, `drop database ${name} with (force)`);
      // What was dropped must not be written out in the middle of the next measurement.
      await runOn(url, "checkpoint");
    }
  }
}

const PGBENCH_CLIENTS = 32;

async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "refundry-bench-"));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
