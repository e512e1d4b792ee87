import { after } from "node:test";
import { openBookReadOnly, openStore } from "../../src/stores/postgres/open.ts";
import { modelTest } from "../model/play.ts";
import { World } from "../model/world.ts";
import { freshDatabase } from "./database.ts";

const { url, run } = await freshDatabase({ after });

modelTest("the store in PostgreSQL", {
  // Each takes a second, most of it for the proofs.
  runs: 25,
  open: async () =>
    new World({
      store: await openStore(url),
      openBook: () => openBookReadOnly(url),
      // A database for each run would take longer than the run; the journal lets nobody take it away, but for who owns it.
      async clean() {
        await run("set session_replication_role = replica; truncate payment, attempt, refund, dispute, journal_entry, event, past, notice, delivery, delivery_try, telling_lease, profile, stored_reply, api_key");
      },
    }),
});
