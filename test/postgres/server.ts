/** A PostgreSQL for tests: one for the whole of `npm test`, which hands its address down, or one for the file that runs alone. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Where `scripts/test.ts` says which server runs already. */
export const SERVER_VARIABLE = "TEST_POSTGRES_URL";

/** All of the server's processes descend from `pid`. */
export type PostgresServer = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> };

/** Settings are `name=value`, as PostgreSQL knows them. Rejects when no PostgreSQL can be run here, and says why. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const keeper = spawn(process.execPath, [join(import.meta.dirname, "keeper.ts"), ...settings], {
    stdio: ["pipe", "pipe", "inherit"],
    // A group of its own: Ctrl-C is meant for us, and the keeper sees that we are gone.
    detached: true,
  });
  const ended = once(keeper, "exit");
  const first = await Promise.race([once(createInterface({ input: keeper.stdout }), "line"), ended.then(() => [null])]);
  const url: unknown = first[0];
  if (typeof url !== "string") throw new Error("No PostgreSQL could be started for the tests: see the lines above.");
  // What is left behind must not hold the process that is done with it.
  keeper.unref();
  for (const pipe of [keeper.stdin, keeper.stdout]) if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  return {
    url,
    pid: keeper.pid ?? 0,
    async stop() {
      keeper.ref();
      keeper.stdin.end();
      await ended;
    },
  };
}

let own: Promise<PostgresServer> | null = null;

/** The address of a server for this process. */
export async function postgresUrl(): Promise<string> {
  const given = process.env[SERVER_VARIABLE];
  if (given !== undefined) return given;
  own ??= startPostgres();
  return (await own).url;
}
