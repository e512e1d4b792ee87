#!/usr/bin/env -S node --max-semi-space-size=16 --no-parallel-scavenge
// The first file that runs, and the only one that an old Node can read: it looks before anything native is loaded.
import { existsSync } from "node:fs";

const NEEDS = [22, 19];
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < NEEDS[0] || (major === NEEDS[0] && minor < NEEDS[1])) {
  console.error(`Refundry needs Node ${NEEDS.join(".")} or newer, and this is Node ${process.versions.node}.`);
  console.error("In a checkout, `npm ci` brings a Node of its own along, and `npm start` and `npm run refundry -- …` use it.");
  process.exit(1);
}

// A checkout runs its sources as they are; a published package holds what was built from them.
const source = new URL("../src/main.ts", import.meta.url);
let refundry;
try {
  refundry = await import(existsSync(source) ? source.href : new URL("../dist/main.js", import.meta.url).href);
} catch (error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND" || !/Cannot find package/.test(error.message)) throw error;
  console.error(`Refundry's dependencies are not installed: ${error.message.split(" imported from ")[0]}.`);
  console.error("In a checkout, run `npm ci` first; elsewhere, install the package again.");
  process.exit(1);
}
await refundry.main(process.argv);
