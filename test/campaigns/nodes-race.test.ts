/**
 * Two node processes on one book in PostgreSQL refund the same payments at the same moment, through both dialects: never more than
 * was captured, every loser hears its vendor's own refusal and never a 5xx, and nobody who still fitted was refused. The control
 * runs the same races on nodes that take no locks, on a book without its constraint, and must over-refund.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { freshDatabase, type Database } from "../postgres/database.ts";
import { freshKey } from "../test-server.ts";
import { bar, inFlight, proveBook, say, size } from "./campaign.ts";
import { Client, paymentBody, requests } from "./client.ts";
import { violations, type Asked, type Finish, type Race } from "./race.ts";
import { spawnServer, type ServerOptions } from "./server-process.ts";
import { verifyByCommand } from "./verify-command.ts";

const CAPTURED = 1_000;
const HOT_RACERS = 1_000;
const HOT_PART = 7;
const RACERS = 5;
const PART = 300;
/** Requests under way at once, over both nodes. */
const CONNECTIONS = 1_000;
const CONTROL = join(import.meta.dirname, "control-server.ts");
const CONTROL_PAYMENTS = 40;
const CONTROL_ROUNDS = 25;

type Nodes = { readonly database: Database; readonly clients: readonly [Client, Client] };

async function startNodes(t: TestContext, options: Omit<ServerOptions, "folder" | "database"> = {}): Promise<Nodes> {
  const database = await freshDatabase(t);
  const key = freshKey();
  const start = async (): Promise<Client> => {
    const node = await spawnServer({ ...options, database: database.url });
    t.after(() => node.kill("SIGKILL"));
    return new Client(node.port, key, CONNECTIONS / 2);
  };
  const clients = await Promise.all([start(), start()] as const);
  t.after(() => clients.forEach((client) => client.close()));
  return { database, clients };
}

async function take({ clients: [client] }: Nodes, count: number): Promise<string[]> {
  const bodies: string[] = [];
  await inFlight(Array.from({ length: count }), 64, async () => {
    bodies.push(paymentBody(await client.send(requests.charge(CAPTURED))));
  });
  return bodies;
}

/** Stripe and Square in turn; `run` sends each pair of them to one node and the next pair to the other. */
function race(body: string, racers: number, part: number): Race {
  const asked = (i: number): Asked =>
    i % 2 === 0
      ? { amount: part, sent: requests.refund(body, part, `${body}-${i}`), shape: "stripe" }
      : { amount: part, sent: requests.squareRefund(body, part, `${body}-${i}`), shape: "square" };
  return { captured: CAPTURED, racers: Array.from({ length: racers }, (_, i) => asked(i)) };
}

async function run({ clients }: Nodes, one: Race): Promise<Finish[]> {
  return Promise.all(
    one.racers.map(async (asked, i): Promise<Finish> => {
      const [first, second] = clients;
      return { asked, answer: await (i % 4 < 2 ? first : second).send(asked.sent) };
    }),
  );
}

function winners(finishes: readonly Finish[]): number {
  return finishes.filter(({ answer }) => answer.status === 200).length;
}

async function runAll(nodes: Nodes, races: readonly Race[], name: string): Promise<{ readonly won: number; readonly found: readonly string[] }> {
  const shown = bar(name, races.length);
  const found: string[] = [];
  let won = 0;
  await inFlight(races, CONNECTIONS / RACERS, async (one) => {
    const finishes = await run(nodes, one);
    won += winners(finishes);
    found.push(...violations(one, finishes));
    shown.step();
  });
  shown.stop();
  return { won, found };
}

/** The last line of defence, behind the locks and the versions. */
async function dropConstraint({ run }: Database): Promise<void> {
  await run("alter table payment drop constraint never_beyond_captured");
}

test("of 1,000 refunds of 7 that reach two nodes at once, 142 fit into 1,000 and succeed, and every other is refused by its vendor's rule", async (t) => {
  const nodes = await startNodes(t);
  const [body] = await take(nodes, 1);
  assert.ok(body !== undefined);
  const hot = race(body, HOT_RACERS, HOT_PART);
  const began = performance.now();
  const finishes = await run(nodes, hot);
  const millis = performance.now() - began;
  assert.deepEqual(violations(hot, finishes).slice(0, 5), []);
  assert.equal(winners(finishes), 142);
  const bySquare = winners(finishes.filter(({ asked }) => asked.shape === "square"));
  assert.ok(bySquare > 0 && bySquare < 142, "both contracts won some");
  assert.equal(await verifyByCommand(nodes.database.url), 142);
  say("race of two nodes, one payment", { racers: HOT_RACERS, refunds: 142, "of them through Square": bySquare, refused: HOT_RACERS - 142, "5xx": 0, millis: Math.round(millis) });
});

test("of five refunds of 300 that two nodes get at once for each of many payments, exactly three succeed", async (t) => {
  const nodes = await startNodes(t);
  const count = size("NODE_RACES", { quick: 100, full: 500 });
  const bodies = await take(nodes, count);
  const began = performance.now();
  const { won, found } = await runAll(nodes, bodies.map((body) => race(body, RACERS, PART)), "Races of nodes");
  const millis = performance.now() - began;
  assert.deepEqual(found.slice(0, 5), []);
  assert.equal(won, count * 3);
  assert.equal(await verifyByCommand(nodes.database.url), won);
  say("race of two nodes, many payments", { payments: count, asked: count * RACERS, refunds: won, refused: count * RACERS - won, "over-refunds": 0, "5xx": 0, millis: Math.round(millis) });
});

test("control: nodes that take no locks over-refund in the same races and are caught", async (t) => {
  const nodes = await startNodes(t, { entry: CONTROL, env: { CONTROL: "takes-no-locks" } });
  await dropConstraint(nodes.database);
  // Refunds of one payment may happen to meet in one batch of one node, or each batch to end before the next begins: whether any two overlap is up to the machine.
  let hot = 0;
  for (let round = 0; round < CONTROL_ROUNDS && hot <= 142; round++) {
    for (const body of await take(nodes, 1)) hot = winners(await run(nodes, race(body, HOT_RACERS, HOT_PART)));
  }
  const [bodies, caught]: [string[], string[]] = [[], []];
  for (let round = 0; round < CONTROL_ROUNDS && caught.length === 0; round++) {
    const more = await take(nodes, CONTROL_PAYMENTS);
    const { found } = await runAll(nodes, more.map((body) => race(body, RACERS, PART)), "Control");
    bodies.push(...more);
    caught.push(...found.filter((one) => one.startsWith("over-refunded")));
  }
  say("race of two nodes, control that takes no locks", { "refunds of 7 out of 1,000": hot, payments: bodies.length, "over-refunds": caught.length });
  assert.ok(hot > 142 && caught.length > 0, "the control was not caught: the campaign proves nothing");
  await assert.rejects(proveBook({ database: nodes.database.url }), /is not sound/);
});
