/** Builds `dist/` for publishing: Node runs no TypeScript below `node_modules`. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
if (status !== 0) process.exit(1);
for (const store of ["sqlite", "postgres"]) cpSync(`src/stores/${store}/migrations`, `dist/stores/${store}/migrations`, { recursive: true });
