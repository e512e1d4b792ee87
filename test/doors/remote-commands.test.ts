/** What asks a server that runs: events are followed, told again, and brought to a program on this machine. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Stripe } from "stripe";
import { freshKey } from "../test-server.ts";
import { endChildren, run, startChild, startTalking } from "./child-server.ts";
import { openReceiver } from "./receiver.ts";

let server: Awaited<ReturnType<typeof startChild>>;
before(async () => {
  server = await startChild(["--port", "0", "--data", ":memory:"], { REFUNDRY_WEBHOOK_RETRIES: "fast" });
});
after(endChildren);

const stripeOf = (key: string) => new Stripe(key, { host: "127.0.0.1", port: Number(new URL(server.url).port), protocol: "http", telemetry: false });
const at = (key: string) => ["--server", server.url, "--key", key];

async function refund(key: string): Promise<Stripe.Refund> {
  const charge = await stripeOf(key).charges.create({ amount: 1_000, currency: "usd", source: "tok_visa" });
  return stripeOf(key).refunds.create({ charge: charge.id, amount: 300 });
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 20_000; !isSo(); await delay(20)) assert.ok(Date.now() < end, what);
}

test("events shows what happened, a line for each, or as JSON", async () => {
  const key = freshKey();
  const { id } = await refund(key);
  const lines = (await run(["events", ...at(key)])).stdout.trim().split("\n");
  assert.deepEqual(lines.map((line) => /(?:payment|refund)\.\w+/.exec(line)?.[0]), ["payment.captured", "refund.created"]);
  const [, last] = (await run(["events", "--json", ...at(key)])).stdout.trim().split("\n");
  const row: unknown = JSON.parse(last ?? "");
  assert.ok(typeof row === "object" && row !== null && "refund" in row);
  assert.equal(`re_${String(row.refund)}`, id);
});

test("events --follow shows what happens from then on, and Ctrl-C ends it with 0", async () => {
  const key = freshKey();
  const follower = startTalking(["events", "--follow", ...at(key)]);
  await refund(key);
  await until(() => /refund\.created/.test(follower.said()), "the refund was not shown");
  assert.equal(await follower.end("SIGINT"), 0);
});

test("events resend has an event delivered once more, and says what came of it", async (t) => {
  const key = freshKey();
  const receiver = await openReceiver(t);
  await stripeOf(key).webhookEndpoints.create({ url: receiver.url("/hook"), enabled_events: ["refund.created"] });
  await refund(key);
  await until(() => receiver.received.length === 1, "it was not told");
  const { data: [event] } = await stripeOf(key).events.list({ type: "refund.created" });
  const { code, stdout } = await run(["events", "resend", event?.id ?? "", ...at(key)]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /refund\.created .* delivered .*200 answered 200/);
  assert.equal(receiver.received.length, 2);
  const nobody = await run(["events", "resend", "evt_0000000000000000000000000", ...at(key)]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /was told to nobody/);
});

for (const api of ["stripe", "square"] as const) {
  test(`webhooks listen has everything told to a program as ${api} does, prints the secret, and takes the endpoint away at its end`, async (t) => {
    const key = freshKey();
    const receiver = await openReceiver(t);
    const listener = startTalking(["webhooks", "listen", "--forward-to", receiver.url("/hook"), "--api", api, ...at(key)]);
    await until(() => /Stop with Ctrl-C/.test(listener.said()), "it does not listen");
    await refund(key);
    await until(() => /delivered.*refund\.created/.test(listener.said()), `the delivery was not shown: ${listener.said()}`);
    assert.ok(receiver.received.some(({ body }) => body.includes("refund.created")));
    assert.match(listener.said(), api === "stripe" ? /\n {2}whsec_\w{32}\n/ : /\n {2}\w{22}\n/);
    assert.match((await run(["webhooks", "list", ...at(key)])).stdout, new RegExp(`${api} +enabled +http`));
    assert.equal(await listener.end("SIGINT"), 0);
    assert.match((await run(["webhooks", "list", ...at(key)])).stdout, /^None\./);
  });
}

test("a server that is not there, and a key that it does not know, are told with what to do", async () => {
  const gone = await run(["webhooks", "list", "--server", "http://127.0.0.1:9"]);
  assert.deepEqual([gone.code, /There is no Refundry at http:\/\/127\.0\.0\.1:9: .* --server/.test(gone.stderr)], [1, true], gone.stderr);
  const unknown = await run(["webhooks", "list", ...at("sk_live_nobody")]);
  assert.deepEqual([unknown.code, /refuses \(401\)/.test(unknown.stderr)], [1, true], unknown.stderr);
  assert.equal((await run(["webhooks", "listen", "--forward-to", "http://127.0.0.1:1/", "--api", "other"])).code, 2);
});
