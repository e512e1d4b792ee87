/**
 * kill -9 of one of two nodes on one book in PostgreSQL, again and again, under load at both of them: every acknowledged refund
 * is there, every unanswered one is sent again under its key and has one effect, the node that lives refuses nobody, and the book
 * proves. The controls run the same rounds with nodes that acknowledge before they commit, and with nodes that forget keys.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freshDatabase } from "../postgres/database.ts";
import { freshKey } from "../test-server.ts";
import { bar, chance, quantile, say, seed, size } from "./campaign.ts";
import { Client } from "./client.ts";
import { checkRound, type Told } from "./kill-check.ts";
import { load, type Write } from "./kill-load.ts";
import { spawnServer, type ServerProcess } from "./server-process.ts";
import { verifyByCommand } from "./verify-command.ts";

/** A new database after so many rounds: each round is proved by reading its whole book. */
const ROUNDS_OF_BOOK = 10;
const KILL_AFTER_MS = 100;
const KILL_WITHIN_MS = 250;
const CONTROL = join(import.meta.dirname, "control-server.ts");
const CONTROL_ROUNDS = 20;

type Options = { readonly name: string; readonly from: number; readonly entry?: string; readonly env?: Readonly<Record<string, string>> };
type KillsTold = Told & { rounds: number; verified: number; readonly ready: number[] };

/** Rounds until all are done, or until the first violation: what follows upon one proves nothing. */
async function killRounds(t: TestContext, rounds: number, options: Options): Promise<KillsTold> {
  const random = chance(options.from);
  const told: KillsTold = { acknowledged: 0, unknowns: 0, violations: [], rounds: 0, verified: 0, ready: [] };
  const shown = bar(options.name, rounds);
  while (told.rounds < rounds && told.violations.length === 0) {
    const { url } = await freshDatabase(t);
    await roundsOfBook(url, { ...options, upTo: Math.min(rounds, told.rounds + ROUNDS_OF_BOOK), told, random, step: () => shown.step() });
    if (told.violations.length === 0) told.verified += await verifyByCommand(url);
  }
  shown.stop();
  return told;
}

async function roundsOfBook(database: string, { upTo, told, random, step, ...options }: Options & { readonly upTo: number; readonly told: KillsTold; readonly random: () => number; readonly step: () => void }): Promise<void> {
  const nodes: ServerProcess[] = [];
  const start = async (): Promise<ServerProcess> => {
    const node = await spawnServer({ ...options, database });
    nodes.push(node);
    return node;
  };
  const key = freshKey();
  const whole: Write[] = [];
  try {
    // Both at once, on an empty database: one makes the tables, the other waits for it.
    await Promise.all([start(), start()]);
    while (told.rounds < upTo && told.violations.length === 0) {
      const clients = nodes.map(({ port }) => new Client(port, key));
      const loading = load(clients, `round-${told.rounds}`);
      await delay(KILL_AFTER_MS + random() * KILL_WITHIN_MS);
      const [victim] = nodes.splice(random() < 0.5 ? 0 : 1, 1);
      await victim?.kill("SIGKILL");
      const ledger = await loading;
      for (const client of clients) client.close();
      whole.push(...ledger);
      const next = await start();
      told.ready.push(next.readyMillis);
      const client = new Client(next.port, key);
      await checkRound({ place: { database }, client, ledger, whole, told });
      client.close();
      told.rounds += 1;
      step();
    }
  } finally {
    for (const node of nodes) await node.kill("SIGKILL");
  }
}

test("no acknowledged refund is lost and none is given twice, however often one of two nodes is killed", async (t) => {
  const from = seed();
  const told = await killRounds(t, size("NODE_KILLS", { quick: 1, full: 4 }), { from, name: "Kills of a node" });
  say("kill -9 of a node on PostgreSQL", {
    seed: String(from),
    rounds: told.rounds,
    acknowledged: told.acknowledged,
    unknowns: told.unknowns,
    "refunds verified": told.verified,
    violations: told.violations.length,
    "ready p50 ms": Math.round(quantile(told.ready, 0.5)),
    "ready max ms": Math.round(Math.max(...told.ready)),
  });
  assert.deepEqual(told.violations.slice(0, 5), []);
  assert.ok(told.acknowledged > told.rounds, "the load reached the nodes");
  assert.ok(told.unknowns > 0, "some were under way when a node was killed");
});

test("control: nodes that acknowledge before they commit are seen to lose a refund", async (t) => {
  const told = await killRounds(t, CONTROL_ROUNDS, { from: seed(), name: "Control", entry: CONTROL, env: { CONTROL: "commits-late" } });
  assert.ok(told.violations.some(({ kind }) => kind === "lost"), "the control was not caught: the campaign proves nothing");
  say("kill -9 of a node, control that commits late", { rounds: told.rounds, violations: told.violations.length });
});

test("control: nodes that forget keys are seen to refund twice", async (t) => {
  const told = await killRounds(t, CONTROL_ROUNDS, { from: seed(), name: "Control", entry: CONTROL, env: { CONTROL: "forgets-keys" } });
  assert.ok(told.violations.some(({ kind }) => kind === "doubled"), "the control was not caught: the campaign proves nothing");
  say("kill -9 of a node, control that forgets keys", { rounds: told.rounds, violations: told.violations.length });
});
