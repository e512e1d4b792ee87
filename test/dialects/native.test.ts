/** Refundry's own API: what happened, in the book's words; how it was told, try by try, and again by hand; and a new secret beside the old. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { present } from "../../src/base/assert.ts";
import { isJson, rowsIn, textIn, type Json } from "../../src/doors/cli/remote.ts";
import { openReceiver, type Receiver } from "../doors/receiver.ts";
import { freshKey, startTestServer, stripeFor, type TestServer } from "../test-server.ts";

let server: TestServer;
before(async () => {
  server = await startTestServer({ flags: { webhookRetries: "fast" } });
});
after(() => server.stop());

async function ask(key: string, path: string, method = "GET"): Promise<{ readonly status: number; readonly body: Json }> {
  const answer = await fetch(`${server.url}${path}`, { method, headers: { authorization: `Bearer ${key}` } });
  const body: unknown = await answer.json();
  return { status: answer.status, body: isJson(body) ? body : {} };
}

const rows = async (key: string, path: string) => rowsIn((await ask(key, path)).body);

async function until<T>(find: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + 10_000; ; await delay(10)) {
    const found = await find();
    if (found !== null) return found;
    assert.ok(Date.now() < end, "it has not come to that");
  }
}

type Heard = { readonly key: string; readonly stripe: Stripe; readonly endpoint: Stripe.WebhookEndpoint; readonly receiver: Receiver };

async function heard(t: Parameters<typeof openReceiver>[0], types: Stripe.WebhookEndpointCreateParams.EnabledEvent[] = ["refund.created"]): Promise<Heard> {
  const key = freshKey();
  const stripe = stripeFor(server, key);
  const receiver = await openReceiver(t);
  return { key, stripe, receiver, endpoint: await stripe.webhookEndpoints.create({ url: receiver.url("/hook"), enabled_events: types }) };
}

async function refund({ stripe }: Pick<Heard, "stripe">, amount = 300): Promise<Stripe.Refund> {
  const charge = await stripe.charges.create({ amount: 1_000, currency: "usd", source: "tok_visa" });
  return stripe.refunds.create({ charge: charge.id, amount });
}

test("a delivery is listed with its state, found by its id with every try, and sent once more by hand", async (t) => {
  const merchant = await heard(t);
  const { key, receiver } = merchant;
  receiver.answering = (_received, nth) => (nth === 0 ? 500 : 200);
  await refund(merchant);
  const delivered = await until(async () => (await rows(key, "/refundry/deliveries?state=delivered"))[0] ?? null);
  assert.deepEqual([delivered["type"], delivered["tries"], delivered["due_at"], delivered["account"]], ["refund.created", 2, null, null]);
  const { body } = await ask(key, `/refundry/deliveries/${textIn(delivered, "id")}`);
  assert.ok(Array.isArray(body["made"]));
  assert.deepEqual(body["made"].map((made: unknown) => (isJson(made) ? [made["number"], made["status"], made["problem"], made["answer"]] : null)), [[1, 500, "status", "answered 500"], [2, 200, null, "answered 200"]]);
  assert.equal((await ask(key, `/refundry/deliveries/${textIn(delivered, "id")}/resend`, "POST")).status, 200);
  await until(async () => (receiver.received.length === 3 ? true : null));
  assert.equal(new Set(receiver.received.map((one) => one.body)).size, 1, "the same bytes each time");
});

test("deliveries are listed newest first, by event, by endpoint and by state, page by page", async (t) => {
  const merchant = await heard(t, ["charge.succeeded", "charge.refunded", "refund.created"]);
  const { key, endpoint } = merchant;
  await refund(merchant);
  await until(async () => ((await rows(key, "/refundry/deliveries?state=delivered")).length === 3 ? true : null));
  const all = await rows(key, "/refundry/deliveries");
  assert.deepEqual(all.map((row) => row["type"]), ["charge.refunded", "refund.created", "charge.succeeded"]);
  const first = await ask(key, "/refundry/deliveries?limit=2");
  assert.deepEqual(rowsIn(first.body), all.slice(0, 2));
  const second = await ask(key, `/refundry/deliveries?limit=2&before=${textIn(first.body, "next")}`);
  assert.deepEqual([rowsIn(second.body), second.body["next"]], [all.slice(2), null]);
  assert.equal((await rows(key, `/refundry/deliveries?event=evt_${textIn(present(all[0], "a row"), "event")}1`)).length, 2);
  assert.equal((await rows(key, `/refundry/deliveries?endpoint=${endpoint.id}`)).length, 3);
  assert.deepEqual(await rows(key, "/refundry/deliveries?state=given_up"), []);
});

test("a new secret signs beside the old one until that one's time is over", async (t) => {
  const merchant = await heard(t);
  const { key, stripe, endpoint, receiver } = merchant;
  const { body } = await ask(key, `/refundry/endpoints/${endpoint.id}/roll_secret?keep_seconds=3600`, "POST");
  const [before, now] = [present(endpoint.secret, "the first secret"), textIn(body, "secret")];
  assert.match(now, /^whsec_[0-9A-Za-z]{32}$/);
  assert.notEqual(now, before);
  await refund(merchant);
  await until(async () => (receiver.received.length === 1 ? true : null));
  await ask(key, `/refundry/endpoints/${endpoint.id}/roll_secret?keep_seconds=0`, "POST");
  await refund(merchant);
  await until(async () => (receiver.received.length === 2 ? true : null));
  const holds = (i: number, secret: string) => {
    const { body: bytes, headers } = present(receiver.received[i], "what was told");
    try {
      return stripe.webhooks.constructEvent(bytes, present(headers["stripe-signature"], "a signature"), secret).type === "refund.created";
    } catch {
      return false;
    }
  };
  assert.deepEqual([holds(0, before), holds(0, now), holds(1, before), holds(1, now)], [true, true, false, false]);
});

test("endpoints of every API are listed, without their secrets", async (t) => {
  const { key, endpoint } = await heard(t);
  const [row] = await rows(key, "/refundry/endpoints");
  assert.deepEqual(Object.keys(present(row, "a row")).toSorted(), ["api", "created_at", "enabled", "id", "url"]);
  assert.deepEqual([`we_${textIn(present(row, "a row"), "id")}`, row?.["api"], row?.["enabled"], row?.["url"]], [endpoint.id, "stripe", true, endpoint.url]);
});

test("events are listed oldest first, in the book's words and with the totals that they left", async (t) => {
  const merchant = await heard(t);
  const { key } = merchant;
  const { id } = await refund(merchant);
  const all = await rows(key, "/refundry/events");
  assert.deepEqual(all.map(({ kind, amount, captured, refunded, currency }) => ({ kind, amount, captured, refunded, currency })), [
    { kind: "payment.captured", amount: null, captured: "1000", refunded: "0", currency: "USD" },
    { kind: "refund.created", amount: "300", captured: "1000", refunded: "300", currency: "USD" },
  ]);
  assert.equal(`re_${textIn(present(all[1], "the refund"), "refund")}`, id);
  const first = await ask(key, "/refundry/events?limit=1");
  assert.deepEqual(rowsIn(first.body), all.slice(0, 1));
  assert.deepEqual(await rows(key, `/refundry/events?after=${textIn(first.body, "next")}`), all.slice(1));
  assert.deepEqual(await rows(key, `/refundry/events?since=${Date.now() + 60_000}`), []);
});

test("another merchant sees none of it, and sends none of it again", async (t) => {
  const merchant = await heard(t);
  await refund(merchant);
  const delivery = await until(async () => (await rows(merchant.key, "/refundry/deliveries"))[0] ?? null);
  const stranger = freshKey();
  for (const path of ["/refundry/deliveries", "/refundry/endpoints", "/refundry/events", `/refundry/deliveries?endpoint=${merchant.endpoint.id}`]) assert.deepEqual(await rows(stranger, path), [], path);
  for (const path of [`/refundry/deliveries/${textIn(delivery, "id")}/resend`, `/refundry/endpoints/${merchant.endpoint.id}/roll_secret`]) {
    const { status, body } = await ask(stranger, path, "POST");
    assert.deepEqual([status, isJson(body["error"]) && body["error"]["code"]], [404, "not_found"], path);
  }
});

test("what is wrong with a request is said, and what is not known is refused", async () => {
  const key = freshKey();
  const wrong = [
    ["/refundry/deliveries?limit=0", "'limit' must be a whole number from 1 to 100."], ["/refundry/deliveries?state=lost", "'state' must be one of waiting, delivered, given_up."],
    ["/refundry/deliveries?event=%20", "'event' is no id of an event."], ["/refundry/deliveries?before=dlv_1", "'before' is no id of a delivery."],
    ["/refundry/events?after=1", "'after' is no id of an event."], ["/refundry/events?of=1", "'of' is no parameter here. There are: limit, after, since."],
    [`/refundry/deliveries?endpoint=${"a".repeat(101)}`, "'endpoint' has more than 100 characters."],
  ] as const;
  for (const [path, message] of wrong) assert.deepEqual(await ask(key, path), { status: 400, body: { error: { code: "invalid_request", message } } }, path);
  assert.deepEqual(await ask(key, "/refundry/deliveries/dlv_1"), { status: 404, body: { error: { code: "not_found", message: "There is no delivery 'dlv_1'." } } });
  assert.equal((await ask(key, "/refundry/nothing")).status, 404);
  assert.equal((await ask("sk_live_of_nobody", "/refundry/events")).status, 401);
});
