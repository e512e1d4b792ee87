/**
 * kill -9 under load, again and again on the same book: every acknowledged refund is there after the restart, every
 * unanswered one is sent again under its key and has one effect, and the book proves. The controls run the same rounds
 * against a server that acknowledges before it commits, which must lose a refund, and one that forgets keys, which must
 * give one back twice.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { freshKey } from "../test-server.ts";
import { Client } from "./client.ts";
import { bar, chance, freshFolder, quantile, say, seed, size } from "./campaign.ts";
import { checkRound, type Kind, type Told } from "./kill-check.ts";
import { load, type Write } from "./kill-load.ts";
import { spawnServer, type ServerOptions } from "./server-process.ts";

/** A new book after so many rounds: each round is proved by reading its whole book. */
const ROUNDS_OF_BOOK = 20;
const KILL_AFTER_MS = 30;
const KILL_WITHIN_MS = 120;
const READY_P99_MS = 2_000;
const CONTROL = join(import.meta.dirname, "control-server.ts");
const CONTROL_ROUNDS = 20;

type KillsTold = Told & { readonly ready: number[] };

type Rounds = Omit<ServerOptions, "folder" | "database"> & { readonly from: number; readonly name: string; /** A control goes on until it was caught at what it does wrong. */ readonly until?: Kind };

/** Rounds until all are done, or until the first violation: what follows upon one proves nothing. */
async function killRounds(t: TestContext, rounds: number, options: Rounds): Promise<KillsTold & { readonly rounds: number }> {
  const random = chance(options.from);
  const root = freshFolder(t);
  const told: KillsTold = { acknowledged: 0, unknowns: 0, ready: [], violations: [] };
  const shown = bar(options.name, rounds);
  const isOver = () => told.violations.some(({ kind }) => options.until === undefined || kind === options.until);
  let done = 0;
  while (done < rounds && !isOver()) {
    const folder = join(root, `book-${done}`);
    mkdirSync(folder);
    const upTo = Math.min(rounds, done + ROUNDS_OF_BOOK);
    const key = freshKey();
    const whole: Write[] = [];
    let server = await spawnServer({ ...options, folder });
    try {
      while (done < upTo && !isOver()) {
        const client = new Client(server.port, key);
        const loading = load([client], `round-${done}`);
        await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS + random() * KILL_WITHIN_MS));
        await server.kill("SIGKILL");
        const ledger = await loading;
        client.close();
        whole.push(...ledger);
        server = await spawnServer({ ...options, folder });
        told.ready.push(server.readyMillis);
        const again = new Client(server.port, key);
        await checkRound({ place: { folder }, client: again, ledger, whole, told });
        again.close();
        done += 1;
        shown.step();
      }
    } finally {
      await server.kill("SIGKILL");
    }
  }
  shown.stop();
  return { ...told, rounds: done };
}

test("no acknowledged refund is lost and none is given twice, however often the server is killed", async (t) => {
  const from = seed();
  const told = await killRounds(t, size("KILL_ROUNDS", { quick: 5, full: 150 }), { from, name: "Kills" });
  say("kill -9", {
    seed: String(from),
    rounds: told.rounds,
    acknowledged: told.acknowledged,
    unknowns: told.unknowns,
    violations: told.violations.length,
    "ready p50 ms": Math.round(quantile(told.ready, 0.5)),
    "ready p99 ms": Math.round(quantile(told.ready, 0.99)),
  });
  assert.deepEqual(told.violations.slice(0, 5), []);
  assert.ok(told.acknowledged > told.rounds, "the load reached the server");
  assert.ok(quantile(told.ready, 0.99) < READY_P99_MS, "a server is ready again within two seconds");
});

test("control: a server that acknowledges before it commits is seen to lose a refund", async (t) => {
  const told = await killRounds(t, CONTROL_ROUNDS, { from: seed(), name: "Control", entry: CONTROL, env: { CONTROL: "commits-late" }, until: "lost" });
  assert.ok(told.violations.some(({ kind }) => kind === "lost"), "the control was not caught: the campaign proves nothing");
  say("kill -9, control that commits late", { rounds: told.rounds, violations: told.violations.length });
});

test("control: a server that forgets keys is seen to refund twice", async (t) => {
  const told = await killRounds(t, CONTROL_ROUNDS, { from: seed(), name: "Control", entry: CONTROL, env: { CONTROL: "forgets-keys" }, until: "doubled" });
  assert.ok(told.violations.some(({ kind }) => kind === "doubled"), "the control was not caught: the campaign proves nothing");
  say("kill -9, control that forgets keys", { rounds: told.rounds, violations: told.violations.length });
});
