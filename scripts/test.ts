/**
 * The tests, in three sizes: `npm run test:quick` at each save, `npm test` before each push, and
 * `npm run test:campaigns` for the long races, crashes and floods. Each runs whole what it is for; CI runs the last two.
 * `npm run test:storm` runs the campaigns on PostgreSQL, and that of webhooks, at the sizes of which docs/campaigns.md tells.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { RECORD_VARIABLE } from "../test/watch/watch.ts";
import { CERTIFICATE_VARIABLE, SERVER_VARIABLE, SHARED_SETTINGS, startPostgres } from "../test/postgres/server.ts";

type Step = {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it needs a PostgreSQL, which is started for the first that does and serves them all. */
  readonly postgres?: boolean;
};

/** Compiled sources are kept from run to run. */
const COMPILED = { NODE_COMPILE_CACHE: join("node_modules", ".cache", "refundry-tests") };
/** How long one test may take before it counts as hung. */
const TEST_TIMEOUT_MS = 600_000;
const STORM_TIMEOUT_MS = 6 * TEST_TIMEOUT_MS;
/** The files of a quick run share a few processes: to load the house anew for each would take longer than its tests. */
const HANDS = Math.min(availableParallelism(), 4);
const QUICK_SIZES = { QUICK: "1" };
const STORM_SIZES = { NODE_RACES: "1000", NODE_KILLS: "300", FAILOVERS: "30", LOST_COMMITS: "2000", SCRIPT_COMMANDS: "100000", WEBHOOK_EVENTS: "100000", WEBHOOK_KILLS: "100" };

const campaigns = globSync("test/campaigns/**/*.test.ts");
const storm = ["nodes-race", "nodes-kill", "failover", "lost-commits", "same-script", "webhooks"].map((name) => `test/campaigns/${name}.test.ts`);
const onPostgres = globSync("test/postgres/**/*.test.ts");
const others = globSync("test/**/*.test.ts").filter((file) => !campaigns.includes(file) && !onPostgres.includes(file));
/** What a caller sees must be the same whichever store the server stands on. */
const ofCallers = globSync(["test/conformance/**/*.test.ts", "test/dialects/**/*.test.ts"]);
/** Tests that start the real program, fill whole books, spoil or copy them, or wait as an SDK does before it tries again: too long for each save. */
const LONG = /^test\/(?:doors\/|examples|conformance\/square\/retries|stores\/sqlite-(?:proof|copy|checkpoints|failures|open))/;
const short = others.filter((file) => !LONG.test(file));

/** Where the tests write down which parameters they send. */
const recorded = mkdtempSync(join(tmpdir(), "refundry-recorded-"));
process.on("exit", () => rmSync(recorded, { recursive: true, force: true }));

const checks: readonly Step[] = [
  { name: "types", command: ["node_modules/typescript/bin/tsc", "--noEmit"] },
  { name: "lint", command: ["node_modules/oxlint/bin/oxlint", "--type-aware", "--deny-warnings"] },
];

/** Campaigns measure and kill processes, so they run one after the other. */
const sizes: Readonly<Record<string, readonly Step[]>> = {
  usual: [
    ...checks,
    { name: "tests", command: nodeTest(others, availableParallelism()), env: { [RECORD_VARIABLE]: recorded } },
    { name: "coverage documents", command: ["scripts/coverage.ts", "--check", recorded] },
    { name: "tests of PostgreSQL", command: nodeTest(onPostgres, availableParallelism()), postgres: true },
    { name: "conformance on PostgreSQL", command: nodeTest(ofCallers, availableParallelism()), env: { TEST_STORE: "postgres" }, postgres: true },
    { name: "campaigns, small", command: nodeTest(campaigns, 1), env: QUICK_SIZES, postgres: true },
  ],
  campaigns: [{ name: "campaigns", command: nodeTest(campaigns, 1), postgres: true }],
  storm: [{ name: "storm", command: nodeTest(storm, 1, STORM_TIMEOUT_MS), env: STORM_SIZES, postgres: true }],
};

function nodeTest(files: readonly string[], concurrency: number, timeout = TEST_TIMEOUT_MS): readonly string[] {
  return ["--test", `--test-concurrency=${concurrency}`, `--test-timeout=${timeout}`, ...files.toSorted()];
}

async function passes({ name, command, env }: Step): Promise<boolean> {
  const began = performance.now();
  const child = spawn(process.execPath, command, { stdio: "inherit", env: { ...process.env, ...COMPILED, ...env } });
  const [status] = await once(child, "exit");
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  if (status === 0) console.log(`${name}: passed in ${seconds} s`);
  else console.error(`${name}: failed after ${seconds} s`);
  return status === 0;
}

/** All files at once, dealt out to a few processes. */
async function quickly(): Promise<boolean> {
  const hands = Array.from({ length: HANDS }, (_, hand) => short.toSorted().filter((_file, i) => i % HANDS === hand));
  const steps = hands.map((files, hand): Step => ({
    name: `tests, part ${hand + 1} of ${HANDS}`,
    command: ["--test", "--test-isolation=none", `--test-timeout=${TEST_TIMEOUT_MS}`, ...files],
    env: { MODEL_RUNS: "10" },
  }));
  return (await Promise.all(steps.map(passes))).every((passed) => passed);
}

if (process.argv.includes("--quick")) process.exit((await quickly()) ? 0 : 1);
const asked = ["campaigns", "storm"].find((name) => process.argv.includes(`--${name}`)) ?? "usual";
let server = null;
for (const step of sizes[asked] ?? []) {
  if (step.postgres === true && server === null && process.env[SERVER_VARIABLE] === undefined) {
    server = await startPostgres(SHARED_SETTINGS);
    process.env[SERVER_VARIABLE] = server.url;
    process.env[CERTIFICATE_VARIABLE] = server.certificate;
  }
  // Whatever is left when we end, the keeper of the server sees it and takes it away.
  if (!(await passes(step))) process.exit(1);
}
await server?.stop();
