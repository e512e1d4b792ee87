/** Refundry with one protection taken out, as a process that can be killed. Only the controls of the campaigns run it. */
import { greeting } from "../../src/doors/cli/program.ts";
import { readConfig } from "../../src/doors/cli/config.ts";
import { startServer } from "../../src/main.ts";
import type { Store } from "../../src/engine/store.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { committingLate, forgettingKeys } from "./unprotected-stores.ts";

/** Longer than a round's load lasts on average, so that many a kill falls between the answer and its commit. */
const LATE_MS = 40;

const folder = process.argv.at(process.argv.indexOf("--data") + 1);
const config = readConfig({ port: "0", host: "127.0.0.1", data: folder }, { LOG_LEVEL: "fatal" });
if ("mistake" in config) throw new Error(config.mistake);
const { port } = await startServer({
  store: unprotected(openStore(config.data)),
  config,
  halt(error) {
    throw error;
  },
});
console.log(greeting(config, port));

function unprotected(store: Store): Store {
  switch (process.env["CONTROL"]) {
    case "commits-late":
      return committingLate(store, LATE_MS);
    case "forgets-keys":
      return forgettingKeys(store);
    default:
      throw new Error("CONTROL names no protection that could be taken out");
  }
}
