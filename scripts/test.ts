/**
 * The tests, in three sizes: `npm run test:quick` at each save, `npm test` before each push, and
 * `npm run test:campaigns` for the long races, crashes and floods. Each runs whole what it is for; CI runs the last two.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";

type Step = { readonly name: string; readonly command: readonly string[]; readonly env?: Readonly<Record<string, string>> };

/** How long one test may take before it counts as hung. */
const TEST_TIMEOUT_MS = 600_000;
const QUICK_SIZES = { QUICK: "1" };

const campaigns = globSync("test/campaigns/**/*.test.ts");
const others = globSync("test/**/*.test.ts").filter((file) => !campaigns.includes(file));
/** Tests that start the real program wait for it to start, drain and end: too long for each save. */
const inProcess = others.filter((file) => !/^test\/(?:doors\/|examples)/.test(file));

const checks: readonly Step[] = [
  { name: "types", command: ["node_modules/typescript/bin/tsc", "--noEmit"] },
  { name: "lint", command: ["node_modules/oxlint/bin/oxlint", "--type-aware", "--deny-warnings"] },
];

/** Campaigns measure and kill processes, so they run one after the other. */
const sizes: Readonly<Record<string, readonly Step[]>> = {
  quick: [{ name: "tests in one process", command: nodeTest(inProcess, availableParallelism()) }],
  usual: [
    ...checks,
    { name: "tests", command: nodeTest(others, availableParallelism()) },
    { name: "campaigns, small", command: nodeTest(campaigns, 1), env: QUICK_SIZES },
  ],
  campaigns: [{ name: "campaigns", command: nodeTest(campaigns, 1) }],
};

function nodeTest(files: readonly string[], concurrency: number): readonly string[] {
  return ["--test", `--test-concurrency=${concurrency}`, `--test-timeout=${TEST_TIMEOUT_MS}`, ...files.toSorted()];
}

const asked = process.argv.includes("--quick") ? "quick" : process.argv.includes("--campaigns") ? "campaigns" : "usual";
for (const { name, command, env } of sizes[asked] ?? []) {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, command, { stdio: "inherit", env: { ...process.env, ...env } });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  if (status !== 0) {
    console.error(`${name}: failed after ${seconds} s`);
    process.exit(1);
  }
  console.log(`${name}: passed in ${seconds} s`);
}
