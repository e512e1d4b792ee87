/**
 * The primary's machine fails under load, again and again, and its synchronous standby is promoted: two nodes, which know both
 * addresses, go on by themselves. No acknowledged refund is lost, none is given twice, writes succeed again within seconds of the
 * promotion, and the book proves. The control waits for no standby, and must lose a refund.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startPair, type Pair } from "../postgres/pair.ts";
import { freshKey } from "../test-server.ts";
import { bar, chance, quantile, say, seed, size } from "./campaign.ts";
import { Client } from "./client.ts";
import { checkRound, type Told } from "./kill-check.ts";
import type { Write } from "./kill-load.ts";
import { spawnServer } from "./server-process.ts";
import { steadyLoad } from "./steady-load.ts";
import { verifyByCommand } from "./verify-command.ts";

const LOAD_MS = 300;
const LOAD_WITHIN_MS = 400;
/** Until somebody has seen that the primary is gone. */
const DETECT_WITHIN_MS = 300;
/** How long the load goes on upon the new primary. */
const AFTER_MS = 300;
const RESUMED_MS = 3_000;
/** A machine that measures may stand still for some seconds itself. */
const RESUMED_SLACK_MS = 12_000;

type FailoversTold = Told & { rounds: number; retried: number; readonly resumed: number[]; readonly promoted: number[]; verified: number };
type Nodes = { readonly pair: Pair; readonly database: string; readonly clients: readonly Client[] };

async function startNodes(t: TestContext, pair: Pair): Promise<Nodes> {
  const database = `${pair.url}?target_session_attrs=read-write`;
  const key = freshKey();
  const start = async (): Promise<Client> => {
    const node = await spawnServer({ database });
    t.after(() => node.kill("SIGKILL"));
    return new Client(node.port, key);
  };
  const clients = await Promise.all([start(), start()]);
  t.after(() => clients.forEach((client) => client.close()));
  return { pair, database, clients };
}

/** What was written, and how long after the promotion was asked for the first write succeeded that was sent after that. */
async function failOver({ pair, clients }: Nodes, round: string, random: () => number, told: FailoversTold): Promise<readonly Write[]> {
  const load = steadyLoad(clients, round);
  await delay(LOAD_MS + random() * LOAD_WITHIN_MS);
  await pair.kill();
  await delay(random() * DETECT_WITHIN_MS);
  const asked = performance.now();
  const resumed = load.acknowledgedSince(asked);
  await pair.promote();
  told.promoted.push(performance.now() - asked);
  told.resumed.push((await resumed) - asked);
  await delay(AFTER_MS);
  await load.stop();
  told.retried += load.failures();
  return load.ledger;
}

test("nodes go on after a failover by themselves, and no acknowledged refund is lost or given twice", async (t) => {
  const from = seed();
  const random = chance(from);
  const rounds = size("FAILOVERS", { quick: 1, full: 3 });
  const nodes = await startNodes(t, await startPair(t));
  const told: FailoversTold = { acknowledged: 0, unknowns: 0, violations: [], rounds: 0, retried: 0, resumed: [], promoted: [], verified: 0 };
  const whole: Write[] = [];
  const shown = bar("Failovers", rounds);
  while (told.rounds < rounds && told.violations.length === 0) {
    const ledger = await failOver(nodes, `round-${told.rounds}`, random, told);
    whole.push(...ledger);
    await nodes.pair.rebuild();
    const [client] = nodes.clients;
    assert.ok(client !== undefined);
    await checkRound({ place: { database: nodes.database }, client, ledger, whole, told });
    told.rounds += 1;
    shown.step();
  }
  shown.stop();
  if (told.violations.length === 0) told.verified = await verifyByCommand(nodes.database);
  say("failover", {
    seed: String(from),
    rounds: told.rounds,
    acknowledged: told.acknowledged,
    "sent again": told.retried,
    "refunds verified": told.verified,
    violations: told.violations.length,
    "promotion p50 ms": Math.round(quantile(told.promoted, 0.5)),
    "first write after it was asked for, p50 ms": Math.round(quantile(told.resumed, 0.5)),
    "max ms": Math.round(Math.max(...told.resumed)),
  });
  assert.deepEqual(told.violations.slice(0, 5), []);
  assert.equal(told.unknowns, 0, "every write was answered in the end");
  assert.ok(told.retried > 0, "writes were under way when the primary failed");
  assert.ok(quantile(told.resumed, 0.5) <= RESUMED_MS, `writes succeeded again after ${told.resumed.map(Math.round).join(", ")} ms`);
  assert.ok(Math.max(...told.resumed) <= RESUMED_SLACK_MS, `writes succeeded again after ${told.resumed.map(Math.round).join(", ")} ms`);
});
