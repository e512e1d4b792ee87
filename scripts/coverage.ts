/** Writes `docs/coverage.md`: every endpoint and parameter, read from the declarations that decode the requests. */
import { readFileSync, writeFileSync } from "node:fs";
import { coverageDocument } from "./coverage-document.ts";

const PATH = "docs/coverage.md";
const document = coverageDocument();
if (process.argv.includes("--check")) {
  if (readFileSync(PATH, "utf8") !== document) {
    console.error(`${PATH} is not what the declarations say. Run: npm run coverage`);
    process.exit(1);
  }
} else {
  writeFileSync(PATH, document);
  console.log(`wrote ${PATH}`);
}
