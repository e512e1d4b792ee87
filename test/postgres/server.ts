/** A PostgreSQL for tests: one for the whole of `npm test`, which hands its address down, or one for the file that runs alone. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Where `scripts/test.ts` says which server runs already. */
export const SERVER_VARIABLE = "TEST_POSTGRES_URL";
/** And the certificate that it shows. */
export const CERTIFICATE_VARIABLE = "TEST_POSTGRES_CERTIFICATE";

/** Stops the server, starts it again on the same data, or makes a standby and answers with its address. */
export type Order = "stop" | "start" | "standby";

/** All of the server's processes descend from `pid`. */
export type PostgresServer = {
  readonly url: string;
  readonly pid: number;
  readonly certificate: string;
  readonly order: (order: Order) => Promise<string>;
  readonly stop: () => Promise<void>;
};

/** Settings are `name=value`, as PostgreSQL knows them. Rejects when no PostgreSQL can be run here, and says why. */
export async function startPostgres(settings: readonly string[] = []): Promise<PostgresServer> {
  const keeper = spawn(process.execPath, [join(import.meta.dirname, "keeper.ts"), ...settings], {
    stdio: ["pipe", "pipe", "inherit"],
    // A group of its own: Ctrl-C is meant for us, and the keeper sees that we are gone.
    detached: true,
  });
  const ended = once(keeper, "exit");
  const lines = createInterface({ input: keeper.stdout });
  const nextLine = async (): Promise<string> => {
    const [line]: unknown[] = await Promise.race([once(lines, "line"), ended.then(() => [null])]);
    if (typeof line !== "string") throw new Error("No PostgreSQL could be kept for the tests: see the lines above.");
    return line;
  };
  const { url, certificate } = told(await nextLine());
  // What is left behind must not hold the process that is done with it.
  const hold = (held: boolean) => {
    for (const one of [keeper, keeper.stdin, keeper.stdout]) {
      if (held && "ref" in one && typeof one.ref === "function") one.ref();
      if (!held && "unref" in one && typeof one.unref === "function") one.unref();
    }
  };
  hold(false);
  return {
    url,
    pid: keeper.pid ?? 0,
    certificate,
    async order(order) {
      hold(true);
      keeper.stdin.write(`${order}\n`);
      const answer = await nextLine();
      hold(false);
      return answer;
    },
    async stop() {
      hold(true);
      keeper.stdin.end();
      await ended;
    },
  };
}

function told(line: string): { readonly url: string; readonly certificate: string } {
  const said: unknown = JSON.parse(line);
  if (typeof said === "object" && said !== null && "url" in said && "certificate" in said) return { url: String(said.url), certificate: String(said.certificate) };
  throw new Error(`the keeper of PostgreSQL said ${line}`);
}

/**
 * For the server that all share: no test of it cuts the power, and each database that is taken away would have every file of it on the
 * disk first, which takes a minute where others use the disk.
 */
export const SHARED_SETTINGS = ["fsync=off"];

let own: Promise<PostgresServer> | null = null;

/** The address of a server for this process. */
export async function postgresUrl(): Promise<string> {
  return (await server()).url;
}

/** That server, and the certificate that it shows. */
export async function server(): Promise<Pick<PostgresServer, "url" | "certificate">> {
  const { [SERVER_VARIABLE]: url, [CERTIFICATE_VARIABLE]: certificate } = process.env;
  if (url !== undefined && certificate !== undefined) return { url, certificate };
  own ??= startPostgres(SHARED_SETTINGS);
  return own;
}
