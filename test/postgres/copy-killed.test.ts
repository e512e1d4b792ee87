/** The real program, killed in the middle of a copy and started again, into PostgreSQL and back. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { Client } from "pg";
import { fillBook } from "../../bench/fill-book.ts";
import { run } from "../doors/child-server.ts";
import { folderGround } from "../stores/folder-ground.ts";
import { databaseGround } from "./ground.ts";

const PAYMENTS = 500;
const REFUNDS_EACH = 5;
const ROWS = PAYMENTS * (4 + 4 * REFUNDS_EACH);
const POLL_MS = 2;
const WAIT_MS = 30_000;
const TRIES = 10;

type Report = { readonly outcome: string; readonly tables: readonly { readonly rows: number; readonly written: number }[] };

test("a copy that is killed goes on where it was, into PostgreSQL and back into a folder, and all is equal at the end", async (context) => {
  const first = await folderGround(context);
  await fillBook({ folder: first.place, key: "sk_test_killed", payments: PAYMENTS, refundsEach: REFUNDS_EACH, captured: 1_000n });
  const database = await databaseGround(context);
  await (await database.openStore()).close();
  for (const table of ["refund", "event"]) await killAtTable(database.url, table, ["copy", "--from", first.place, "--to", database.url]);
  await refusesToServe(["--database", database.url]);
  const there = await run(["copy", "--from", first.place, "--to", database.url, "--json"]);
  const report: Report = JSON.parse(there.stdout);
  assert.equal(report.outcome, "copied", there.stderr);
  const rows = sum(report, "rows");
  assert.equal(rows, ROWS);
  assert.ok(sum(report, "written") > 0 && sum(report, "written") < rows / 2, "it did not begin anew");
  const expected = await first.dump();
  assert.deepEqual(await database.dump(), expected);

  const last = await killInFolder(context, database.url);
  await refusesToServe(["--data", last.place]);
  const back = await run(["copy", "--from", database.url, "--to", last.place, "--json"]);
  const returned: Report = JSON.parse(back.stdout);
  assert.equal(returned.outcome, "copied", back.stderr);
  assert.ok(sum(returned, "written") < sum(returned, "rows"), "it did not begin anew");
  assert.deepEqual(await last.dump(), expected);
});

/** The batch that waits for the table is done by the server after its client was killed. */
async function killAtTable(url: string, table: string, args: readonly string[]): Promise<void> {
  const holder = new Client({ connectionString: url });
  await holder.connect();
  await holder.query(`begin; lock table ${table} in share mode`);
  const child = spawn(process.execPath, ["bin/refundry.js", ...args], { stdio: "ignore" });
  const ended = once(child, "exit");
  await until(async () => (await holder.query(`select 1 from pg_locks where not granted and relation = '${table}'::regclass`)).rows.length > 0);
  child.kill("SIGKILL");
  await ended;
  await holder.end();
}

/** A copy into a folder that was killed when some rows were there; one that was quicker than the eye is made again. */
async function killInFolder(context: TestContext, from: string): ReturnType<typeof folderGround> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const target = await folderGround(context);
    const child = spawn(process.execPath, ["bin/refundry.js", "copy", "--from", from, "--to", target.place], { stdio: "ignore" });
    const ended = once(child, "exit");
    await until(async () => countIn(target.place, "payment") > 0 || child.exitCode !== null);
    child.kill("SIGKILL");
    await ended;
    if (countIn(target.place, "unfinished_copy") === 1) return target;
  }
  throw new Error(`each of ${TRIES} copies was at its end before it could be killed`);
}

function countIn(place: string, table: string): number {
  const path = join(place, "book.db");
  if (!existsSync(path)) return 0;
  const db = new Database(path);
  try {
    return Number(db.prepare(`select count(*) from ${table}`).pluck().get());
  } catch {
    return 0;
  } finally {
    db.close();
  }
}

async function refusesToServe(place: readonly string[]): Promise<void> {
  const { code, stderr } = await run(["serve", "--port", "0", ...place]);
  assert.equal(code, 1);
  assert.match(stderr, /is an unfinished copy of .* Run the same `refundry copy` again/);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const late = performance.now() + WAIT_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < late, "it did not come to that");
    await delay(POLL_MS);
  }
}

function sum({ tables }: Report, what: "rows" | "written"): number {
  return tables.reduce((total, table) => total + table[what], 0);
}
