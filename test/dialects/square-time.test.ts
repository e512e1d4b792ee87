/** What depends on time, under a clock that the test moves; and a merchant of another currency. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { openRoom } from "./square-desk.ts";

const DAY = 86_400_000;
const room = openRoom();
const yen = openRoom({ code: "JPY" });
after(() => Promise.all([room.close(), yen.close()]));

let keys = 0;
const key = () => `key ${keys++}`;
const usd = (amount: number) => ({ amount, currency: "USD" });

async function pay(): Promise<string> {
  const json = { source_id: "cnon:card-nonce-ok", idempotency_key: key(), amount_money: usd(1000) };
  const { json: answer } = await room.call("POST", "/v2/payments", { json });
  return String(Object(answer).payment.id);
}

const refund = (paymentId: string) =>
  room.call("POST", "/v2/refunds", { json: { idempotency_key: key(), amount_money: usd(10), payment_id: paymentId } });

test("a payment is refundable for a year to the millisecond", async () => {
  const payment = await pay();
  const { json } = await room.call("GET", `/v2/payments/${payment}`);
  const made = Date.parse(String(Object(Object(json).payment).created_at));
  room.stopAt(made + 365 * DAY);
  assert.equal((await refund(payment)).reply.status, 200);
  room.stopAt(made + 365 * DAY + 1);
  assert.match((await refund(payment)).reply.body, /PAYMENT_NOT_REFUNDABLE/);
  room.stopAt(null);
});

test("a payment is refundable for a year, and not a day longer", async () => {
  const payment = await pay();
  room.wait(365 * DAY - 60_000);
  assert.equal((await refund(payment)).reply.status, 200);
  room.wait(120_000);
  const { reply, json } = await refund(payment);
  assert.equal(reply.status, 400);
  assert.deepEqual(json, {
    errors: [
      {
        category: "REFUND_ERROR",
        code: "PAYMENT_NOT_REFUNDABLE",
        detail: "The payment is not refundable. For example, the payment is too old to be refunded.",
      },
    ],
  });
});

test("lists go back a year when nothing else is said", async () => {
  const payment = await pay();
  await refund(payment);
  const count = async (list: string, query: string) => {
    const { json } = await room.call("GET", `/v2/${list}`, { query });
    return Array.isArray(Object(json)[list]) ? Object(json)[list].length : 0;
  };
  const before = { refunds: await count("refunds", ""), payments: await count("payments", "") };
  assert.ok(before.refunds > 0 && before.payments > 0);
  room.wait(366 * DAY);
  assert.equal(await count("refunds", ""), 0);
  assert.equal(await count("payments", ""), 0);
  assert.ok((await count("refunds", "begin_time=2020-01-01T00:00:00Z")) >= before.refunds);
  assert.ok((await count("payments", "begin_time=2020-01-01T00:00:00Z")) >= before.payments);
});

test("a cursor is good for a quarter of an hour, and each page gives a new one", async () => {
  const payment = await pay();
  for (let i = 0; i < 4; i++) await refund(payment);
  const page = async (cursor: string | null) => {
    const { json } = await room.call("GET", "/v2/refunds", { query: cursor === null ? "limit=1" : `limit=1&cursor=${cursor}` });
    return { cursor: String(Object(json).cursor), json };
  };
  const first = await page(null);
  room.wait(15 * 60_000 - 5_000);
  const second = await page(first.cursor);
  room.wait(10_000);
  const late = await page(first.cursor);
  assert.deepEqual(late.json, {
    errors: [{ category: "INVALID_REQUEST_ERROR", code: "INVALID_CURSOR", detail: "The pagination cursor included in the request is invalid.", field: "cursor" }],
  });
  room.wait(14 * 60_000);
  const third = await page(second.cursor);
  assert.equal(Object(third.json).refunds.length, 1);
});

test("a refund's key is good for as long as the book is", async () => {
  const json = { idempotency_key: key(), amount_money: usd(10), payment_id: await pay() };
  const first = await room.call("POST", "/v2/refunds", { json });
  room.wait(400 * DAY);
  const again = await room.call("POST", "/v2/refunds", { json });
  assert.equal(first.reply.status, 200);
  assert.equal(again.reply.body, first.reply.body);
});

test("a merchant of another currency takes and shows that one", async () => {
  const { json: locations } = await yen.call("GET", "/v2/locations/main");
  assert.equal(Object(locations).location.currency, "JPY");
  assert.equal(Object(locations).location.country, "JP");
  const json = { source_id: "cnon:card-nonce-ok", idempotency_key: key(), amount_money: usd(1000) };
  const refused = await yen.call("POST", "/v2/payments", { json });
  assert.match(refused.reply.body, /This merchant can only process payments in JPY, but amount was provided in USD\./);
  const paid = await yen.call("POST", "/v2/payments", { json: { ...json, amount_money: { amount: 1000, currency: "JPY" } } });
  assert.equal(paid.reply.status, 200);
});

test("a payment that is being made as its key is canceled by is waited for, and canceled", async (context) => {
  // It tells at once what stands in the book, also while a batch waits for its turn.
  const swift = openRoom({ store: openMemoryStore() });
  context.after(() => swift.close());
  const json = { source_id: "cnon:card-nonce-ok", idempotency_key: "no answer yet", amount_money: { amount: 1000, currency: "USD" }, autocomplete: false };
  const making = swift.call("POST", "/v2/payments", { json });
  const canceling = swift.call("POST", "/v2/payments/cancel", { json: { idempotency_key: json.idempotency_key } });
  const [made, canceled] = await Promise.all([making, canceling]);
  const id = String(/"id":"(\w{24})"/.exec(made.reply.body)?.[1]);
  assert.deepEqual([made.reply.status, canceled.reply.status, canceled.reply.body], [200, 200, "{}"]);
  assert.match((await swift.call("GET", `/v2/payments/${id}`)).reply.body, /"status":"CANCELED"/);
});
