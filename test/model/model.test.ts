import { modelTest } from "./play.ts";
import { sqliteWorld } from "./world.ts";

modelTest("the store in SQLite", { open: sqliteWorld, runs: 100 });
