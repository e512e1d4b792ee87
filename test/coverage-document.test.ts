import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { coverageDocument } from "../scripts/coverage-document.ts";

test("docs/coverage.md says what the declarations say (npm run coverage writes it)", () => {
  assert.equal(readFileSync("docs/coverage.md", "utf8"), coverageDocument());
});
