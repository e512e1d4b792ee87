/**
 * docs/coverage says what the declarations say, and what was recorded of the tests. That the recording is what the tests
 * really send is held by the last step of `npm test`, when all of them have run.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { coverageDocuments, dialects, nameOf, rowsOf } from "../scripts/coverage-document.ts";
import { readRecording, RECORDING_PATH, recordingText } from "../scripts/recording.ts";
import { addressOf, REFUND_FAMILY } from "../scripts/refund-family.ts";

const recording = readRecording();

test("the coverage documents say what the declarations say (npm run coverage writes them)", () => {
  for (const [path, text] of coverageDocuments(recording)) assert.equal(readFileSync(path, "utf8"), text);
  assert.equal(readFileSync(RECORDING_PATH, "utf8"), recordingText(recording));
});

test("nothing was recorded that is not declared, and every endpoint was answered with success", () => {
  for (const { name, endpoints } of dialects()) {
    const recorded = new Map(Object.entries(recording[name] ?? {}));
    for (const { declaration } of endpoints) {
      const sent = recorded.get(nameOf(declaration));
      assert.equal(sent?.endpoint, "done", nameOf(declaration));
      const declared = new Set(rowsOf(declaration).map(({ path }) => path));
      assert.deepEqual(Object.keys(sent?.parameters ?? {}).filter((path) => !declared.has(path)), [], nameOf(declaration));
      recorded.delete(nameOf(declaration));
    }
    assert.deepEqual([...recorded.keys()], []);
  }
});

test("each endpoint of the refund family is named once, and those that are not served are told", () => {
  const texts = coverageDocuments(recording);
  for (const { name, endpoints } of dialects()) {
    const family = REFUND_FAMILY[name] ?? [];
    assert.equal(new Set(family.map(addressOf)).size, family.length);
    const served = new Set(endpoints.map(({ declaration }) => addressOf(declaration)));
    for (const known of family) {
      const told = texts.get(`docs/coverage/${name}.md`)?.includes(`\n- \`${known.method} ${known.path}\`:`);
      assert.equal(told, !served.has(addressOf(known)), `${known.method} ${known.path}`);
    }
  }
});
