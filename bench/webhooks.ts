/**
 * `npm run bench:webhooks`: how fast events are told, beside the bare loop of the same HTTP client in the same run; and what it costs those who refund that
 * three endpoints hear of it.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freshFolderFor } from "./fresh-folder.ts";
import { KEY, loadOf } from "./cases.ts";
import { fillBook } from "./fill-book.ts";
import { measure } from "./processes.ts";
import { SERVER_FLAGS } from "./server-flags.ts";
import { spawnServer, type ServerProcess } from "../test/campaigns/server-process.ts";
import { table } from "../src/doors/cli/table.ts";

const { values } = parseArgs({ options: { events: { type: "string", default: "30000" }, seconds: { type: "string", default: "5" }, rounds: { type: "string", default: "3" }, json: { type: "boolean", default: false } } });
const [events, seconds, rounds] = [Number(values.events), Number(values.seconds), Number(values.rounds)];
const PLACES = 8;
const RATE_MAX = 15_000;
/** Of the answer to an event of a refund. */
const BODY = JSON.stringify({ id: "evt_".padEnd(29, "0"), object: "event", data: { object: { id: "re_".padEnd(27, "0"), note: "x".repeat(900) } } }, null, 2);

type Sink = { readonly url: string; readonly count: () => Promise<number>; readonly stop: () => void };

async function openSink(): Promise<Sink> {
  const child = forked("webhook-sink.ts");
  const [port] = await once(child, "message");
  return {
    url: `http://127.0.0.1:${Number(port)}/hook`,
    async count() {
      child.send("count");
      const [count] = await once(child, "message");
      return Number(count);
    },
    stop: () => child.kill(),
  };
}

function forked(file: string): ChildProcess {
  return fork(join(import.meta.dirname, file), { serialization: "advanced", env: { ...process.env, NODE_ENV: "production" } });
}

async function listen({ port }: ServerProcess, url: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/webhook_endpoints`, { method: "POST", headers: { authorization: `Bearer ${KEY}` }, body: new URLSearchParams({ url, "enabled_events[]": "refund.created" }) });
  if (!answer.ok) throw new Error(await answer.text());
}

async function bareLoop(): Promise<number> {
  const sink = await openSink();
  const child = forked("bare-posts.ts");
  child.send({ url: sink.url, body: BODY, places: PLACES, seconds });
  const [perSecond] = await once(child, "message");
  sink.stop();
  child.kill();
  return Number(perSecond);
}

/** Deliveries a second of what is waiting when the server starts. */
async function deliveries(): Promise<number> {
  const sink = await openSink();
  const folder = freshFolderFor("webhooks");
  const first = await spawnServer({ folder: folder.path, flags: SERVER_FLAGS });
  await listen(first, sink.url);
  await first.kill("SIGTERM");
  await fillBook({ folder: folder.path, key: KEY, payments: Math.ceil(events / 5), refundsEach: 5, captured: 500n });
  const server = await spawnServer({ folder: folder.path, flags: SERVER_FLAGS });
  // The first thousand are told while the server warms up.
  while ((await sink.count()) < 1_000) await delay(5);
  const [began, before] = [performance.now(), await sink.count()];
  let count = before;
  while (count < events) {
    await delay(20);
    count = await sink.count();
  }
  const perSecond = (count - before) / ((performance.now() - began) / 1_000);
  await server.kill("SIGTERM");
  sink.stop();
  folder.remove();
  return perSecond;
}

/** Refunds a second while so many endpoints hear of each. */
async function refundsWith(endpoints: number): Promise<number> {
  const sink = await openSink();
  const folder = freshFolderFor("webhooks");
  const { payments } = await fillBook({ folder: folder.path, key: KEY, payments: Math.ceil(((seconds + 2) * RATE_MAX) / 5), refundsEach: 0, captured: 500n });
  const server = await spawnServer({ folder: folder.path, flags: SERVER_FLAGS });
  for (let i = 0; i < endpoints; i++) await listen(server, `${sink.url}/${i}`);
  const { perSecond } = await measure(loadOf({ seconds, connections: 64, serverFlags: SERVER_FLAGS }, "refund", [server.port], payments));
  await server.kill("SIGKILL");
  sink.stop();
  folder.remove();
  return perSecond;
}

const middle = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
const figures = { bare: [] as number[], told: [] as number[], alone: [] as number[], heard: [] as number[] };
for (let round = 0; round < rounds; round++) {
  figures.bare.push(await bareLoop());
  figures.told.push(await deliveries());
  figures.alone.push(await refundsWith(0));
  figures.heard.push(await refundsWith(3));
}
const [bare, told, alone, heard] = [middle(figures.bare), middle(figures.told), middle(figures.alone), middle(figures.heard)];
const least = Math.min(3_000, bare / 2);
const goals = [
  { words: "events delivered a second, of what is asked (3,000, or half of the bare loop)", reached: told / least, least: 1, holds: told >= least },
  { words: "refunds a second while three endpoints hear of each, of those while none does", reached: heard / alone, least: 0.8, holds: heard >= 0.8 * alone },
];
if (values.json) console.log(JSON.stringify({ command: `npm run bench:webhooks -- --events ${events} --seconds ${seconds} --rounds ${rounds} --json`, date: new Date().toISOString().slice(0, 10), events, seconds, rounds, figures, goals }, null, 2));
else {
  console.log(table([["", "a second"], ["a bare loop of the same client", Math.round(bare)], ["events delivered", Math.round(told)], ["refunds, nobody hears", Math.round(alone)], ["refunds, three endpoints hear", Math.round(heard)]]));
  for (const { words, reached, least: goal, holds } of goals) console.log(`${holds ? "HOLDS" : "FAILS"}  ${words}: ${reached.toFixed(2)} (at least ${goal})`);
}
