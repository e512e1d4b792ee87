/** `refundry verify` as people run it, on a book in PostgreSQL. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { CannotOpen } from "../../src/engine/store.ts";
import { patiently } from "./campaign.ts";
import { at } from "./client.ts";

const PROGRAM = join(import.meta.dirname, "../../bin/refundry.js");
const VERIFY_MS = 300_000;
const OUTPUT_MAX = 64 * 1_024 * 1_024;

/** Fails with what it found, unless it found nothing. Resolves to the number of refunds in the book. */
export async function verifyByCommand(database: string): Promise<number> {
  const report = await patiently(() => run(database));
  const [findings, imbalances, damage] = ["findings", "imbalances", "damage"].map((name) => at(report, name));
  assert.deepEqual({ sound: at(report, "sound"), findings, imbalances, damage }, { sound: true, findings: [], imbalances: [], damage: [] });
  return Number(at(report, "refunds"));
}

/** What it printed, whether the book is sound or not; rejects with `CannotOpen` when it printed nothing. */
function run(database: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, "verify", "--json", "--database", database], { timeout: VERIFY_MS, maxBuffer: OUTPUT_MAX }, (error, stdout, stderr) => {
      if (error !== null && stdout === "") reject(new CannotOpen(`refundry verify did not run: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}
