/**
 * Answers to COMMIT are lost at random between two nodes and PostgreSQL. Each is looked up, and so nobody hears of it: every caller
 * is answered rightly at the first time, also one who gave no idempotency key and could not ask again; nothing is lost or doubled,
 * and the book proves. The control looks the outcomes up in another book, so that it believes every lost commit to have failed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freshDatabase } from "../postgres/database.ts";
import { freshKey } from "../test-server.ts";
import { bar, chance, say, seed, size } from "./campaign.ts";
import { Client, paymentBody, requests, type Answered, type Sent } from "./client.ts";
import { startCommitProxy, type CommitProxy } from "./commit-proxy.ts";
import { checkRound, compare, type Told } from "./kill-check.ts";
import type { Write } from "./kill-load.ts";
import { spawnServer, type ServerOptions } from "./server-process.ts";
import { steadyLoad } from "./steady-load.ts";
import { verifyByCommand } from "./verify-command.ts";

const SHARE = 0.1;
const POLL_MS = 50;
const WAIT_MS = 300_000;
const CAPTURED = 100;
const PARTS = [30, 70];
const KEYLESS_WORKERS = 4;
const CONTROL = join(import.meta.dirname, "control-server.ts");
const CONTROL_LOST = 30;

type Nodes = { readonly database: string; readonly clients: readonly [Client, Client]; readonly proxy: CommitProxy };

async function startNodes(t: TestContext, random: () => number, options: (database: string) => Partial<ServerOptions> = () => ({})): Promise<Nodes> {
  const { url: database } = await freshDatabase(t);
  const address = new URL(database);
  const proxy = await startCommitProxy({ port: Number(address.port) }, random);
  t.after(() => proxy.close());
  address.port = String(proxy.port);
  const key = freshKey();
  const start = async (): Promise<Client> => {
    const more = options(database);
    // What goes on by itself would wait for rows beside what is asked for: here it is late, so that who is refused was refused for a lost commit.
    const node = await spawnServer({ ...more, database: address.href, env: { REFUNDRY_SANDBOX_DELAY: "3600000", ...more.env } });
    t.after(() => node.kill("SIGKILL"));
    return new Client(node.port, key);
  };
  const clients = await Promise.all([start(), start()] as const);
  t.after(() => clients.forEach((client) => client.close()));
  return { database, clients, proxy };
}

function lostOf({ count: { done, got, lost } }: CommitProxy): number {
  return done + got + lost;
}

/** Until so many commits have lost their answers. */
async function untilLost(proxy: CommitProxy, wanted: number, name: string): Promise<void> {
  const shown = bar(name, wanted);
  const until = performance.now() + WAIT_MS;
  proxy.lose(SHARE);
  for (let seen = 0; seen < wanted && performance.now() < until; await delay(POLL_MS)) {
    const now = Math.min(wanted, lostOf(proxy));
    shown.step(now - seen);
    seen = now;
  }
  proxy.lose(0);
  shown.stop();
  assert.ok(lostOf(proxy) >= wanted, `${wanted} answers were lost in ${WAIT_MS} ms`);
}

type Keyless = { readonly ledger: readonly Write[]; readonly stop: () => Promise<void> };

/** Payments and refunds without a key: what a server does twice on its own account is there twice. */
function keylessLoad(clients: readonly Client[]): Keyless {
  const ledger: Write[] = [];
  const stopping = new AbortController();
  let turn = 0;
  const send = async (sent: Sent, refundOf: string | null, amount: number): Promise<Answered | null> => {
    turn += 1;
    const answer = (await clients[turn % clients.length]?.send(sent).catch(() => null)) ?? null;
    ledger.push({ dialect: "stripe", sent, refundOf, amount, answer });
    return answer?.status === 200 ? answer : null;
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const taken = await send(requests.charge(CAPTURED), null, CAPTURED);
      if (taken === null) await delay(POLL_MS);
      else for (const part of PARTS) await send(requests.refund(paymentBody(taken), part), paymentBody(taken), part);
    }
  };
  const running = Promise.all(Array.from({ length: KEYLESS_WORKERS }, work));
  return {
    ledger,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

test("a lost answer to a commit is looked up: nothing is reported as failed, lost or doubled", async (t) => {
  const from = seed();
  const { database, clients, proxy } = await startNodes(t, chance(from));
  const keyed = steadyLoad(clients, "keyed");
  const keyless = keylessLoad(clients);
  await untilLost(proxy, size("LOST_COMMITS", { quick: 30, full: 100 }), "Lost commits");
  await keyed.stop();
  await keyless.stop();
  const { done, got, lost, lookups } = proxy.count;
  const keylessFailures = keyless.ledger.filter(({ answer }) => answer?.status !== 200);
  const told: Told = { acknowledged: 0, unknowns: 0, violations: [] };
  await checkRound({ place: { database }, client: clients[0], ledger: keyed.ledger, whole: [...keyed.ledger, ...keyless.ledger], told });
  say("lost answers to COMMIT", {
    seed: String(from),
    "done and not told": done,
    "got, and maybe done": got,
    "never got": lost,
    "looked up": lookups,
    acknowledged: told.acknowledged + keyless.ledger.length,
    "of them without a key": keyless.ledger.length,
    "reported as failed": keyed.failures() + keylessFailures.length,
    violations: told.violations.length,
  });
  assert.deepEqual(told.violations.slice(0, 5), []);
  assert.equal(keyed.failures(), 0, "nothing was reported as failed");
  assert.deepEqual(keylessFailures.map(({ answer }) => answer).slice(0, 5), []);
  assert.equal(told.unknowns, 0);
  assert.ok(Math.min(done, got, lost) > 0, "commits were lost in every way");
  assert.ok(lookups >= done, "every commit that was done and not told was looked up");
  assert.ok((await verifyByCommand(database)) > 0);
});

test("control: nodes that take every lost commit for failed are seen to do it twice", async (t) => {
  const elsewhere = await freshDatabase(t);
  const { database, clients, proxy } = await startNodes(t, chance(seed()), () => ({ entry: CONTROL, env: { CONTROL: "looks-elsewhere", CONTROL_DATABASE: elsewhere.url } }));
  const keyless = keylessLoad(clients);
  await untilLost(proxy, CONTROL_LOST, "Control");
  await keyless.stop();
  const found = await compare({ database }, keyless.ledger);
  say("lost answers to COMMIT, control that looks elsewhere", { lost: lostOf(proxy), violations: found.length });
  assert.ok(found.some(({ kind }) => kind === "doubled") && found.some(({ kind }) => kind === "stray"), "the control was not caught: the campaign proves nothing");
});
