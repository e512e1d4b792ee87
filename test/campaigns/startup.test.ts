/** From spawn to the first 200 of /readyz: under a second on an empty book and on one of a million refunds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fillBook } from "../../bench/fill-book.ts";
import { freshKey } from "../test-server.ts";
import { freshFolder, proveBook, quantile, say, size } from "./campaign.ts";
import { spawnServer } from "./server-process.ts";

const READY_MS = 1_000;
const STARTS = 5;
const REFUNDS_EACH = 5;
const PART = 100n;

/** The median of a few starts, the first of which has the least in its caches. */
async function startMillis(folder: string): Promise<number> {
  const millis: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const server = await spawnServer({ folder });
    millis.push(server.readyMillis);
    await server.kill("SIGTERM");
  }
  return quantile(millis, 0.5);
}

test("a server on an empty book is ready within a second", async (t) => {
  const millis = await startMillis(freshFolder(t));
  say("startup", { refunds: 0, starts: STARTS, "median ms": Math.round(millis) });
  assert.ok(millis < READY_MS, `ready after ${millis} ms`);
});

test("a server on a great book is ready within a second", async (t) => {
  const folder = freshFolder(t);
  const refunds = size("STARTUP_REFUNDS", { quick: 20_000, full: 1_000_000 });
  const payments = Math.ceil(refunds / REFUNDS_EACH);
  const filled = await fillBook({ folder, key: freshKey(), payments, refundsEach: REFUNDS_EACH, captured: PART * BigInt(REFUNDS_EACH) });
  const millis = await startMillis(folder);
  say("startup", { refunds: filled.refunds.length, starts: STARTS, "median ms": Math.round(millis), "filled a second": Math.round(filled.refunds.length / filled.seconds) });
  assert.ok(millis < READY_MS, `ready after ${millis} ms`);
  const began = performance.now();
  const proof = await proveBook({ folder });
  assert.equal(proof.refunds, filled.refunds.length);
  say("startup, proof of that book", { refunds: proof.refunds, seconds: Math.round((performance.now() - began) / 1_000) });
});

test("control: a server that is slow to start is seen to be", async (t) => {
  const server = await spawnServer({ folder: freshFolder(t), flags: ["--import", "data:text/javascript,Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,1200)"] });
  await server.kill("SIGTERM");
  assert.ok(server.readyMillis > READY_MS, "the control was not caught: the clock does not measure the start");
});
