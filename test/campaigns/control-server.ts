/** Refundry with one protection taken out, as a process that can be killed. Only the controls of the campaigns run it. */
import { greeting } from "../../src/doors/cli/program.ts";
import { readConfig } from "../../src/doors/cli/config.ts";
import { startServer } from "../../src/main.ts";
import type { Store } from "../../src/engine/store.ts";
import { openStore as openPostgres } from "../../src/stores/postgres/open.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { lookingElsewhere, withoutLocks } from "./unprotected-postgres.ts";
import { committingLate, forgettingKeys } from "./unprotected-stores.ts";

/** Longer than a round's load lasts on average, so that many a kill falls between the answer and its commit. */
const LATE_MS = 40;

const config = readConfig({ port: "0", host: "127.0.0.1", data: flag("--data"), database: flag("--database") }, { LOG_LEVEL: "fatal" });
if ("mistake" in config) throw new Error(config.mistake);
const { data, database } = config;
const { port } = await startServer({
  store: await unprotected(database === null ? openStore(data) : await openPostgres(database)),
  config,
  halt(error) {
    throw error;
  },
});
console.log(greeting(config, port));

function unprotected(store: Store): Store | Promise<Store> {
  switch (process.env["CONTROL"]) {
    case "commits-late":
      return committingLate(store, LATE_MS);
    case "forgets-keys":
      return forgettingKeys(store);
    case "takes-no-locks":
      if (database === null) break;
      return withoutLocks(store, database);
    case "looks-elsewhere":
      if (database === null) break;
      return lookingElsewhere(database, process.env["CONTROL_DATABASE"] ?? "");
    default:
  }
  throw new Error("CONTROL names no protection that could be taken out");
}

function flag(name: string): string | undefined {
  const place = process.argv.indexOf(name);
  return place === -1 ? undefined : process.argv[place + 1];
}
