/** Refundry as it is, on a store with one fault planted: what the process does about it can only be seen from outside. */
import { setTimeout as delay } from "node:timers/promises";
import { BrokenInvariant } from "../../src/base/assert.ts";
import { readConfig } from "../../src/doors/cli/config.ts";
import { OutcomeUnknown, type Store } from "../../src/engine/store.ts";
import { halt, serveOn } from "../../src/main.ts";
import { withTransact } from "../campaigns/unprotected-stores.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";

const folder = process.argv.at(process.argv.indexOf("--data") + 1);
const config = readConfig({ port: "0", host: process.env["HOST"], data: folder }, { LOG_LEVEL: "fatal" });
if ("mistake" in config) throw new Error(config.mistake);
const store = openStore(config.data);
await serveOn(planted(store), config);

function planted(real: Store): Store {
  switch (process.env["FAULT"]) {
    case "commit-fails":
      // It is on the disk all the same: the worst that a failed commit can mean.
      return withTransact(real, async (needs, decide) => {
        await real.transact(needs, decide);
        throw new OutcomeUnknown("the commit failed: planted");
      });
    case "invariant-breaks-often":
      return withTransact(real, async () => {
        halt(new BrokenInvariant("planted first"));
        halt(new BrokenInvariant("planted again"));
        throw new BrokenInvariant("planted at last");
      });
    case "invariant-breaks":
      return withTransact(real, async () => {
        throw new BrokenInvariant("planted");
      });
    case "slow":
      return withTransact(real, async (needs, decide) => {
        await delay(Number(process.env["SLOW_MS"]));
        await real.transact(needs, decide);
      });
    default:
      throw new Error("FAULT names no fault that could be planted");
  }
}
