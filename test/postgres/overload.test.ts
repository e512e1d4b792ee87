/** More requests than can be served: some are told to come back, at once, and those that are let in are served soon. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "../../src/engine/store.ts";
import { EXPECTED_MS_MAX, WAIT_MS_MAX } from "../../src/engine/waiting-line.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { Client, requests } from "../campaigns/client.ts";
import { endChildren, startChild } from "../doors/child-server.ts";
import { folder } from "../stores/closed-book.ts";
import { freshKey, startTestServer } from "../test-server.ts";
import { take } from "./acting.ts";
import { freshDatabase } from "./database.ts";

after(endChildren);

/** A machine that stops us for a while must not count. */
const NOISE_MS = 3_000;
const CONNECT_MS = 1_000;

/** A store in memory each batch of which takes so long, one after the other. */
function slowStore(waitFor: () => Promise<unknown>): Store {
  const store = openMemoryStore();
  return new Proxy(store, {
    get(target, name) {
      if (name === "lanes") return 1;
      if (name === "transact") {
        return async (...args: Parameters<Store["transact"]>) => {
          await waitFor();
          return target.transact(...args);
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

type Load = { readonly statuses: Map<number, number>; readonly admittedMs: number[]; readonly refusedMs: number[] };

/** So many callers, each of whom asks again as soon as it was answered. What is asked while they all connect is not counted. */
async function loadOn(port: number, { callers, forMs }: { readonly callers: number; readonly forMs: number }): Promise<Load> {
  const client = new Client(port, freshKey(), callers);
  const load: Load = { statuses: new Map(), admittedMs: [], refusedMs: [] };
  const from = performance.now() + CONNECT_MS;
  const until = from + forMs;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < until) {
        const began = performance.now();
        const { status, text } = await client.send(requests.charge(1_000));
        load.statuses.set(status, (load.statuses.get(status) ?? 0) + 1);
        if (began > from) (status === 200 ? load.admittedMs : load.refusedMs).push(performance.now() - began);
        if (status !== 200) assert.match(text, /nothing was done|rate limit exceeded/);
        // As Retry-After says, but sooner: an impatient client.
        if (status !== 200) await delay(200);
      }
    }),
  );
  client.close();
  return load;
}

function percentile(millis: readonly number[], part: number): number {
  return millis.toSorted((one, other) => one - other)[Math.floor((millis.length - 1) * part)] ?? 0;
}

function shown({ statuses, admittedMs, refusedMs }: Load): string {
  const of = (millis: readonly number[]) => `p50 ${Math.round(percentile(millis, 0.5))} ms, p99 ${Math.round(percentile(millis, 0.99))} ms`;
  return `${[...statuses].map(([status, count]) => `${status}×${count}`).join(" ")}; let in: ${of(admittedMs)}; refused: ${of(refusedMs)}`;
}

describe("too many requests", () => {
  it("are refused by the time that their turn is expected to take, and whoever is let in is served within that", async (context) => {
    const batchMs = 500;
    const server = await startTestServer({ store: slowStore(() => delay(batchMs)), unwatched: true });
    context.after(() => server.stop());
    const load = await loadOn(server.port, { callers: 2_500, forMs: 2_500 });
    context.diagnostic(shown(load));
    for (const status of load.statuses.keys()) assert.ok([200, 429, 503].includes(status), `${status}`);
    assert.ok((load.statuses.get(429) ?? 0) > 0, shown(load));
    assert.ok(percentile(load.admittedMs, 0.99) < WAIT_MS_MAX + batchMs + NOISE_MS, shown(load));
    assert.ok(percentile(load.admittedMs, 0.5) < 2 * EXPECTED_MS_MAX + batchMs + NOISE_MS / 2, shown(load));
    assert.equal((await take(server, freshKey())).status, 200, "all is well as soon as they are gone");
  });

  it("that wait for a store which does not get on are sent away, and others are not let in until it does", async (context) => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const server = await startTestServer({ store: slowStore(() => gate), unwatched: true });
    context.after(() => server.stop());
    const key = freshKey();
    const first = take(server, key);
    await delay(50);
    const began = performance.now();
    const waiting = await Promise.all(Array.from({ length: 20 }, () => take(server, key)));
    const waited = performance.now() - began;
    assert.deepEqual([...new Set(waiting.map(({ status, headers }) => `${status} ${headers.get("retry-after")}`))], ["503 1"]);
    assert.ok(waited < WAIT_MS_MAX + NOISE_MS, `${waited} ms`);
    const later = performance.now();
    assert.equal((await take(server, key)).status, 503);
    assert.ok(performance.now() - later < NOISE_MS / 2, "nobody waits for what stands still");
    go();
    assert.equal((await first).status, 200);
    assert.equal((await take(server, key)).status, 200);
  });

  for (const kind of ["a folder", "PostgreSQL"] as const) {
    it(`leave a server on ${kind} that answers`, async (context) => {
      const place = kind === "a folder" ? ["--data", folder(context)] : ["--database", (await freshDatabase(context)).url];
      const server = await startChild(["--port", "0", ...place]);
      const port = Number(new URL(server.url).port);
      const load = await loadOn(port, { callers: 1_000, forMs: 1_000 });
      context.diagnostic(shown(load));
      for (const status of load.statuses.keys()) assert.ok(status === 200 || status === 429 || status === 503, `${status}`);
      assert.ok(percentile(load.admittedMs, 0.99) < WAIT_MS_MAX + NOISE_MS, shown(load));
      assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
      assert.equal(await server.end(), 0);
    });
  }
});
