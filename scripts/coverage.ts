/**
 * Writes `docs/coverage`: every endpoint and parameter from the declarations that decode the requests, and whether tests
 * send it. It runs those tests to see. With `--check FOLDER` it writes nothing and says whether what is committed is what
 * the tests that recorded into the folder have sent: so `npm test` ends.
 */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RECORD_VARIABLE, type Recording } from "../test/watch/watch.ts";
import { coverageDocuments } from "./coverage-document.ts";
import { mergeRecordings, RECORDING_PATH, recordingText } from "./recording.ts";

function filesOf(recording: Recording): ReadonlyMap<string, string> {
  return new Map([[RECORDING_PATH, recordingText(recording)], ...coverageDocuments(recording)]);
}

function check(folder: string): void {
  const stale = [...filesOf(mergeRecordings(folder))].filter(([path, text]) => readFileSync(path, "utf8") !== text);
  if (stale.length === 0) return;
  console.error(`${stale.map(([path]) => path).join(", ")}: not what the declarations say and the tests send. Run: npm run coverage`);
  process.exitCode = 1;
}

function write(): void {
  const folder = mkdtempSync(join(tmpdir(), "refundry-coverage-"));
  const tests = globSync(["test/conformance/**/*.test.ts", "test/dialects/**/*.test.ts"]);
  const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=dot", ...tests], { stdio: "inherit", env: { ...process.env, [RECORD_VARIABLE]: folder } });
  if (status !== 0) {
    console.error("Nothing was written: a test failed.");
    process.exitCode = 1;
    return;
  }
  mkdirSync("docs/coverage", { recursive: true });
  for (const [path, text] of filesOf(mergeRecordings(folder))) {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
  rmSync(folder, { recursive: true });
}

const asked = process.argv.indexOf("--check");
if (asked < 0) write();
else check(process.argv[asked + 1] ?? "");
