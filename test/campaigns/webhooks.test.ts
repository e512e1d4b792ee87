/**
 * What happened is told, whatever becomes of whoever tells it: a receiver that fails one in five, and a server that is killed again and again while it tells, lose no event;
 * few are told twice, each under one id; and the first try at each goes out in order. One receiver that never answers makes nobody else wait.
 */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { join } from "node:path";
import { Stripe } from "stripe";
import { fillBook } from "../../bench/fill-book.ts";
import { freshKey } from "../test-server.ts";
import { bar, chance, freshFolder, proveBook, say, seed, size } from "./campaign.ts";
import { Client, paymentBody, requests } from "./client.ts";
import { spawnServer, type ServerProcess } from "./server-process.ts";
import { WebhookReceiver, type ReceiverOptions } from "./webhook-receiver.ts";

/** Places of one endpoint: so many may be told twice after each kill. */
const PLACES = 8;
const FAST = { REFUNDRY_WEBHOOK_RETRIES: "fast" };
const WAIT_MS = 300_000;

async function receive(t: TestContext, options?: ReceiverOptions): Promise<{ readonly receiver: WebhookReceiver; readonly url: string }> {
  const receiver = new WebhookReceiver(options);
  const port = await receiver.listen();
  t.after(() => receiver.close());
  return { receiver, url: `http://127.0.0.1:${port}` };
}

function stripeAt({ port }: ServerProcess, key: string): Stripe {
  return new Stripe(key, { host: "127.0.0.1", port, protocol: "http", telemetry: false });
}

async function until(isSo: () => boolean | Promise<boolean>, what: string, millis = WAIT_MS): Promise<void> {
  const end = performance.now() + millis;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, what);
    await delay(20);
  }
}

test("every event is delivered though one try in five fails and the server is killed again and again, in order, and few twice", async (t) => {
  const events = size("WEBHOOK_EVENTS", { quick: 2_000, full: 10_000 });
  const kills = size("WEBHOOK_KILLS", { quick: 3, full: 10 });
  const from = seed();
  const random = chance(from);
  const folder = freshFolder(t);
  const key = freshKey();
  const failing = chance(from + 1);
  const { receiver, url } = await receive(t, { fails: () => failing() < 0.2 });
  const first = await spawnServer({ folder, env: FAST });
  await stripeAt(first, key).webhookEndpoints.create({ url: `${url}/hook`, enabled_events: ["refund.created"] });
  await first.kill("SIGTERM");
  await fillBook({ folder, key, payments: Math.ceil(events / 5), refundsEach: 5, captured: 500n });
  const shown = bar("Deliveries", events);
  const began = performance.now();
  let killed = 0;
  let server = await spawnServer({ folder, env: FAST });
  // Each kill comes after about the same part of the events, give or take chance.
  while (killed < kills) {
    const goal = ((killed + random()) * events) / kills;
    await until(() => receiver.delivered >= Math.min(goal, events - 1), `only ${receiver.delivered} of ${events} were delivered after ${killed} kills`);
    await server.kill("SIGKILL");
    killed += 1;
    shown.step(0);
    server = await spawnServer({ folder, env: FAST });
  }
  await until(() => receiver.delivered === events, "some event was never delivered");
  const seconds = (performance.now() - began) / 1_000;
  shown.stop();
  // Whatever is still to be told again is told, and kept.
  await until(() => isQuiet(folder), "something is still to be told");
  await server.kill("SIGTERM");
  const { duplicates } = receiver;
  say("webhooks", {
    seed: from, events, kills, "failed tries": receiver.requests - receiver.delivered - duplicates, "delivered, %": (100 * receiver.delivered) / events, duplicates,
    "duplicates, %": Number(((100 * duplicates) / events).toFixed(3)), "a second, with the restarts": Math.round(events / seconds),
  });
  assert.equal(receiver.delivered, events);
  assert.ok(duplicates <= kills * PLACES, `${duplicates} were delivered twice, with ${PLACES} places and ${kills} kills`);
  assert.ok(duplicates < events / 100 || kills * PLACES >= events / 100, `${duplicates} of ${events} were delivered twice`);
  // What was under way at a kill and is not kept is begun again, after what was.
  const outOfOrder = disorderInBook(folder);
  assert.ok(outOfOrder <= kills * PLACES, `${outOfOrder} first tries were begun before that of an earlier event`);
  await proveBook({ folder });
});

function isQuiet(folder: string): boolean {
  const db = new Database(join(folder, "book.db"), { readonly: true });
  const count = db.prepare<[], number>("select (select count(*) from notice) + (select count(*) from delivery where state = 'waiting')").pluck().get();
  db.close();
  return count === 0;
}

/** First tries, as they are kept, that were begun before that of an event before theirs. */
function disorderInBook(folder: string): number {
  const db = new Database(join(folder, "book.db"), { readonly: true });
  const rows = db.prepare<[], number>("select at from delivery_try where number = 1 order by event_id, part").pluck().all();
  db.close();
  return rows.filter((at, i) => i > 0 && at < (rows[i - 1] ?? 0)).length;
}

test("an endpoint that never answers makes the one beside it wait hardly longer, from commit to delivery", async (t) => {
  const rounds = size("WEBHOOK_ROUNDS", { quick: 1, full: 2 });
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < rounds; round++) {
    alone.push(await delayOf(t, { mute: false }));
    beside.push(await delayOf(t, { mute: true }));
  }
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const ratio = middle(beside) / middle(alone);
  say("webhooks, beside one that never answers", { rounds, "p99 alone, ms": middle(alone).toFixed(1), "p99 beside it, ms": middle(beside).toFixed(1), ratio: ratio.toFixed(2) });
  // In the small size the rounds are too few for a figure.
  assert.ok(ratio < (process.env["QUICK"] === "1" ? 3 : 1.2), `${ratio}`);
});

const PACED = 400;
const PACE_MS = 5;

/** Milliseconds at the 99th of 100, from the refund's answer to the event's delivery. */
async function delayOf(t: TestContext, { mute }: { readonly mute: boolean }): Promise<number> {
  const { receiver, url } = await receive(t, { mutePath: "/mute" });
  const key = freshKey();
  const server = await spawnServer({ folder: freshFolder(t) });
  const stripe = stripeAt(server, key);
  await stripe.webhookEndpoints.create({ url: `${url}/good`, enabled_events: ["refund.created"] });
  if (mute) await stripe.webhookEndpoints.create({ url: `${url}/mute`, enabled_events: ["refund.created"] });
  const client = new Client(server.port, key, 8);
  const payment = paymentBody(await client.send(requests.charge(1_000_000)));
  const committed = new Map<string, number>();
  const asked: Promise<void>[] = [];
  for (let i = 0; i < PACED; i++) {
    asked.push(client.send(requests.refund(payment, 1, `paced-${i}`)).then((answer) => void committed.set(answer.text.match(/re_([0-9A-Za-z]{24})/)?.[1] ?? "", performance.now())));
    await delay(PACE_MS);
  }
  await Promise.all(asked);
  await until(() => receiver.delivered === PACED, "an event was not delivered");
  client.close();
  await server.kill("SIGKILL");
  const waits = [...committed].map(([id, at]) => Math.max(0, (receiver.doneAt.get([...receiver.doneAt.keys()].find((event) => event.includes(id)) ?? "") ?? Infinity) - at));
  return waits.toSorted((a, b) => a - b)[Math.ceil(waits.length * 0.99) - 1] ?? Infinity;
}
