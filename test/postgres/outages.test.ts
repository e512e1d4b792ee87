/** Connections that are all taken, are killed, or cannot be had: callers wait a moment and hear 503, and all goes on by itself. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { call, freshKey, type Answer } from "../test-server.ts";
import { chargeOf, idIn, prove, refund, refundedOf, startNode, take } from "./acting.ts";
import { inFlight } from "../campaigns/campaign.ts";
import { freshDatabase, runOn } from "./database.ts";
import { postgresUrl } from "./server.ts";

const WORKERS = 12;
const LOAD_MS = 1_500;
const KILL_EVERY_MS = 120;
/** What is refused at once on a machine that may stop us for some seconds. */
const SOON_MS = 8_000;

function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status, headers } of answers) {
    counts[status] = (counts[status] ?? 0) + 1;
    if (status === 503) assert.equal(headers.get("retry-after"), "1");
  }
  return counts;
}

describe("connections to PostgreSQL", () => {
  it("that are all in use are waited for a moment and no longer; when they are free, all is as before", async (context) => {
    const database = await freshDatabase(context);
    const node = await startNode(context, database.url, { limits: { waitMs: 200, statementMs: 1_500, lockMs: 1_000 } });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    const other = new Client({ connectionString: database.url });
    other.on("error", () => undefined);
    await other.connect();
    context.after(() => other.end());
    await other.query("begin");
    await other.query("lock table payment in access exclusive mode");
    const began = performance.now();
    const answers = await Promise.all([
      ...Array.from({ length: 30 }, () => call(node, key, { path: `/v1/charges/${charge}` })),
      ...Array.from({ length: 30 }, () => refund(node, key, { charge, amount: "10" })),
    ]);
    assert.deepEqual(tally(answers), { 503: 60 });
    assert.ok(performance.now() - began < SOON_MS, `${performance.now() - began} ms`);
    await other.query("rollback");
    assert.equal((await refund(node, key, { charge, amount: "10" })).status, 200);
    assert.equal(await refundedOf(node, key, charge), 10);
  });

  it("that the server does not grant are a 503, also for a user that owns nothing but the book", async (context) => {
    const database = await freshDatabase(context);
    const role = `desk_${randomBytes(4).toString("hex")}`;
    const name = new URL(database.url).pathname.slice(1);
    await database.run(`create role ${role} login password 'desk' connection limit 3; grant connect on database ${name} to ${role}; grant usage, create on schema public to ${role}`);
    // After the database, and all that the role owns in it, is gone.
    context.after(async () => void (await runOn(await postgresUrl(), `drop role ${role}`)));
    const url = new URL(database.url);
    [url.username, url.password] = [role, "desk"];
    const node = await startNode(context, url.href, { limits: { waitMs: 500 } });
    const key = freshKey();
    const charge = await chargeOf(node, key);
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? refund(node, key, { charge, amount: "10" }) : call(node, key, { path: `/v1/charges/${charge}` }))),
    );
    const counts = tally(answers);
    assert.equal((counts[200] ?? 0) + (counts[503] ?? 0), 80, JSON.stringify(counts));
    const done = answers.filter(({ status }, i) => i % 2 === 0 && status === 200).length;
    // The pools keep what they have, and what they have serves everybody.
    await delay(100);
    assert.equal(await refundedOf(node, key, charge), done * 10);
    await prove(database);
  });

  it("that are killed again and again under load lose no acknowledged refund, double none, and are made anew by themselves", async (context) => {
    const database = await freshDatabase(context);
    const node = await startNode(context, database.url);
    const key = freshKey();
    const until = performance.now() + LOAD_MS;
    const acknowledged = new Map<string, { readonly name: string; readonly text: string }>();
    const odd: string[] = [];
    let [unavailable, killed] = [0, 0];
    const worker = async (who: number): Promise<void> => {
      for (let i = 0; performance.now() < until; i++) {
        const taken = await take(node, key);
        if (taken.status !== 200) {
          unavailable += 1;
          continue;
        }
        const name = `refund-${who}-${i}`;
        const charge = idIn(taken);
        const { status, text } = await refund(node, key, { charge, amount: "600" }, { "idempotency-key": name });
        if (status === 200) acknowledged.set(charge, { name, text });
        else if (status === 503) unavailable += 1;
        else odd.push(`${status} ${text}`);
        // Without a key: were the first one doubled, or lost, this would say so.
        const again = await refund(node, key, { charge, amount: "600" });
        if (status === 200 && again.status !== 400 && again.status !== 503) odd.push(`after a refund: ${again.status} ${again.text}`);
      }
    };
    const killer = async (): Promise<void> => {
      while (performance.now() < until) {
        await delay(KILL_EVERY_MS);
        killed += (await database.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'refundry'")).length;
      }
    };
    await Promise.all([...Array.from({ length: WORKERS }, (_, who) => worker(who)), killer()]);
    assert.deepEqual(odd, []);
    context.diagnostic(`${acknowledged.size} refunds acknowledged, ${unavailable} told to come back, ${killed} connections killed`);
    assert.ok(acknowledged.size > 10 && killed > 4, `${acknowledged.size} refunds, ${killed} killed`);
    assert.equal((await take(node, key)).status, 200);
    await inFlight([...acknowledged], WORKERS, async ([charge, { name, text }]) => {
      assert.equal(await refundedOf(node, key, charge), 600);
      assert.equal((await refund(node, key, { charge, amount: "600" }, { "idempotency-key": name })).text, text);
    });
    await prove(database);
  });
});
