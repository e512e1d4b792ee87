/** More requests than can be written, as the official SDKs hear of it: nothing was done, and it passes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { SquareError } from "square";
import { Stripe } from "stripe";
import type { Store } from "../../src/engine/store.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { freshKey, squareFor, startTestServer, stripeFor } from "../test-server.ts";

/** After so many batches of this length whoever finds one under way is expected to wait too long. */
const BATCH_MS = 900;
const BATCHES = 5;

function slowStore(): Store {
  const store = openMemoryStore();
  const transact: Store["transact"] = async (needs, decide) => {
    await delay(BATCH_MS);
    await store.transact(needs, decide);
  };
  return new Proxy(store, { get: (on, name) => (name === "transact" ? transact : name === "lanes" ? 1 : bound(on, Reflect.get(on, name))) });
}

function bound(on: object, member: unknown): unknown {
  return typeof member === "function" ? member.bind(on) : member;
}

test("whoever comes when too many wait hears 429 in the API's words, which each SDK knows, and may come again", async (context) => {
  const server = await startTestServer({ store: slowStore(), unwatched: true });
  context.after(() => server.stop());
  const key = freshKey();
  const stripe = stripeFor(server, key);
  const paying = { amount: 1_000, currency: "usd", source: "tok_visa" };
  for (let i = 0; i < BATCHES; i += 1) await stripe.charges.create(paying);
  const underWay = stripe.charges.create(paying);
  await delay(BATCH_MS / 9);
  const refused = await stripe.charges.create(paying).catch((error: unknown) => error);
  assert.ok(refused instanceof Stripe.errors.StripeRateLimitError, String(refused));
  assert.deepEqual([refused.statusCode, refused.code, refused.headers?.["retry-after"], refused.headers?.["stripe-should-retry"]], [429, "rate_limit", "1", "true"]);
  assert.match(refused.message, /^Testmode request rate limit exceeded/);
  const square = await squareFor(server, key).payments.create({ sourceId: "CASH", idempotencyKey: "k", amountMoney: { amount: 100n, currency: "USD" }, cashDetails: { buyerSuppliedMoney: { amount: 100n, currency: "USD" } } }).catch((error: unknown) => error);
  assert.ok(square instanceof SquareError);
  assert.deepEqual([square.statusCode, square.errors[0]?.category, square.errors[0]?.code], [429, "RATE_LIMIT_ERROR", "RATE_LIMITED"]);
  await underWay;
  // The official client's own retries are off here; with one, it comes again by itself.
  const again = new Stripe(key, { host: "127.0.0.1", port: server.port, protocol: "http", telemetry: false, maxNetworkRetries: 3 });
  const [one, other] = [again.charges.create(paying), delay(BATCH_MS / 9).then(() => again.charges.create(paying))];
  await Promise.all([one, other]);
  const { data } = await again.charges.list({ limit: 100 });
  assert.equal(data.length, BATCHES + 1 + 2, "what was refused was not done");
});
