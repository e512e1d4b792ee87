/**
 * The primary's machine fails under load, again and again, and its synchronous standby is promoted: two nodes, which know both
 * addresses, go on by themselves. In every other round the link to the standby fails first. No acknowledged refund is lost, none is given twice, writes succeed again within seconds of the
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
/** How long the primary is alone before it fails, when the link fails first. */
const CUT_MS = 150;
const LOAD_WITHIN_MS = 400;
/** Until somebody has seen that the primary is gone. */
const DETECT_WITHIN_MS = 300;
/** How long the load goes on upon the new primary. */
const AFTER_MS = 300;
const CONTROL_ROUNDS = 5;
const RESUMED_MS = 3_000;
/** A machine that measures may stand still for some seconds itself. */
const RESUMED_SLACK_MS = 12_000;

type FailoversTold = Told & { rounds: number; caught: number; retried: number; readonly resumed: number[]; readonly promoted: number[] };
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

/** What was written; and how long after the promotion was asked for the first write succeeded that was sent after that. */
async function failOver({ pair, clients }: Nodes, { round, cut, random, told }: { readonly round: string; readonly cut: boolean; readonly random: () => number; readonly told: FailoversTold }): Promise<readonly Write[]> {
  const load = steadyLoad(clients, round);
  await delay(LOAD_MS + random() * LOAD_WITHIN_MS);
  if (cut) {
    await pair.cut();
    await delay(CUT_MS);
  }
  await pair.kill();
  told.caught += load.underWay();
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

/** Rounds until all are done, or until the first violation. */
async function failovers(nodes: Nodes, rounds: number, { from, cuts, name }: { readonly from: number; readonly cuts: "always" | "every other"; readonly name: string }): Promise<FailoversTold> {
  const random = chance(from);
  const told: FailoversTold = { acknowledged: 0, unknowns: 0, violations: [], rounds: 0, caught: 0, retried: 0, resumed: [], promoted: [] };
  const whole: Write[] = [];
  const shown = bar(name, rounds);
  while (told.rounds < rounds && told.violations.length === 0) {
    const cut = cuts === "always" || told.rounds % 2 === 1;
    const ledger = await failOver(nodes, { round: `round-${told.rounds}`, cut, random, told });
    whole.push(...ledger);
    const [client] = nodes.clients;
    assert.ok(client !== undefined);
    await checkRound({ place: { database: nodes.database }, client, ledger, whole, told });
    told.rounds += 1;
    if (told.rounds < rounds) await nodes.pair.rebuild();
    shown.step();
  }
  shown.stop();
  return told;
}

test("nodes go on after a failover by themselves, and no acknowledged refund is lost or given twice", async (t) => {
  const from = seed();
  const nodes = await startNodes(t, await startPair(t, "synchronous"));
  const told = await failovers(nodes, size("FAILOVERS", { quick: 1, full: 2 }), { from, cuts: "every other", name: "Failovers" });
  // A standby that only reads is among the hosts again: the proof must find the primary.
  await nodes.pair.rebuild();
  const verified = told.violations.length === 0 ? await verifyByCommand(nodes.database) : 0;
  say("failover", {
    seed: String(from),
    rounds: told.rounds,
    acknowledged: told.acknowledged,
    "under way when the primary failed": told.caught,
    "sent again": told.retried,
    "refunds verified": verified,
    violations: told.violations.length,
    "promotion p50 ms": Math.round(quantile(told.promoted, 0.5)),
    "first write after it was asked for, p50 ms": Math.round(quantile(told.resumed, 0.5)),
    "max ms": Math.round(Math.max(...told.resumed)),
  });
  assert.deepEqual(told.violations.slice(0, 5), []);
  assert.equal(told.unknowns, 0, "every write was answered in the end");
  // Most of them are never sent again: the nodes hold them until there is a primary.
  assert.ok(told.caught > 0, "writes were under way when the primary failed");
  assert.ok(quantile(told.resumed, 0.5) <= RESUMED_MS, `writes succeeded again after ${told.resumed.map(Math.round).join(", ")} ms`);
  assert.ok(Math.max(...told.resumed) <= RESUMED_SLACK_MS, `writes succeeded again after ${told.resumed.map(Math.round).join(", ")} ms`);
});

test("control: a primary that waits for no standby is seen to lose a refund", { skip: process.platform !== "linux" && "the link is cut by the names of processes" }, async (t) => {
  const nodes = await startNodes(t, await startPair(t, "asynchronous"));
  const told = await failovers(nodes, CONTROL_ROUNDS, { from: seed(), cuts: "always", name: "Control" });
  say("failover, control that waits for no standby", { rounds: told.rounds, violations: told.violations.length });
  assert.ok(told.violations.some(({ kind }) => kind === "lost"), "the control was not caught: the campaign proves nothing");
});
