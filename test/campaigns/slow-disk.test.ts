import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { quantile } from "./campaign.ts";
import { Client, requests } from "./client.ts";
import { spawnServer } from "./server-process.ts";

const CONNECTIONS = 64;
const SECONDS = 4;
const WRITES_LEAST = 500;
const HEALTH_MS_MOST = 100;

it("acknowledges at least 500 writes a second on a disk whose sync takes 20 ms, and answers /healthz within 100 ms meanwhile", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "refundry-slow-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const slow = pathToFileURL(join(import.meta.dirname, "slow-disk.ts")).href;
  const server = await spawnServer({ folder, flags: ["--import", slow] });
  context.after(() => server.kill("SIGTERM"));
  const client = new Client(server.port, "sk_test_slow", CONNECTIONS);
  context.after(() => client.close());
  const until = performance.now() + SECONDS * 1_000;
  let [writes, alone] = [0, 0];
  const healthMillis: number[] = [];

  async function write(): Promise<void> {
    const { status, text } = await client.send(requests.charge(1_000));
    assert.equal(status, 200, text);
  }
  const began = performance.now();
  await write();
  alone = performance.now() - began;
  const writers = Array.from({ length: CONNECTIONS }, async () => {
    while (performance.now() < until) {
      await write();
      writes += 1;
    }
  });
  const healths = (async () => {
    while (performance.now() < until) {
      const asked = performance.now();
      assert.equal((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status, 200);
      healthMillis.push(performance.now() - asked);
      await delay(10);
    }
  })();
  await Promise.all([...writers, healths]);
  const perSecond = writes / SECONDS;
  // The writers share this process, whose own work now and then holds an answer back: so the slowest of a hundred is left out.
  const worst = quantile(healthMillis, 0.99);
  context.diagnostic(`${Math.round(perSecond)} writes a second, /healthz ${Math.round(worst)} ms at the 99th of 100, ${Math.round(Math.max(...healthMillis))} ms at most`);
  assert.ok(alone >= 20, `a write took ${alone} ms: the disk was not slow`);
  assert.ok(perSecond >= WRITES_LEAST, `${perSecond} writes a second`);
  assert.ok(worst <= HEALTH_MS_MOST, `/healthz took ${worst} ms`);
});
