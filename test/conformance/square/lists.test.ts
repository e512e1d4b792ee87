import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Square } from "square";
import { startTestServer } from "../../test-server.ts";
import { openShop, pay, refund, request, send, usd, type Shop } from "./shop.ts";

let server: Awaited<ReturnType<typeof startTestServer>>;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

async function idsOf(pages: Promise<AsyncIterable<{ id?: string | undefined }>>): Promise<(string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  for await (const { id } of await pages) ids.push(id);
  return ids;
}

async function shopWithRefunds(count: number): Promise<{ shop: Shop; ids: string[]; payment: Square.Payment & { id: string } }> {
  const shop = openShop(server.url);
  const payment = await pay(shop);
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await refund(shop, payment.id, i + 1)).id);
  return { shop, ids, payment };
}

test("the SDK walks all pages of refunds, newest or oldest first", async () => {
  const { shop, ids } = await shopWithRefunds(7);
  for (const limit of [1, 2, 7, 100]) {
    assert.deepEqual(await idsOf(shop.square.refunds.list({ limit })), ids.toReversed());
    assert.deepEqual(await idsOf(shop.square.refunds.list({ limit, sortOrder: "ASC" })), ids);
    assert.deepEqual(await idsOf(shop.square.refunds.list({ limit, sortField: "UPDATED_AT" })), ids.toReversed());
    assert.deepEqual(await idsOf(shop.square.refunds.list({ limit, sortField: "UPDATED_AT", sortOrder: "ASC" })), ids);
  }
});

test("the last page has no cursor, and a limit above 100 is cut", async () => {
  const { shop } = await shopWithRefunds(2);
  for (const limit of ["2", "100", "101", "99999999999999999999"]) {
    const { status, json } = await send(shop, "GET", `/v2/refunds?limit=${limit}`);
    if (limit.length > 10) assert.equal(status, 400);
    else assert.deepEqual(Object.keys(Object(json)), ["refunds"]);
  }
});

test("lists of nothing are an empty object, which the SDK reads as no refunds", async () => {
  const shop = openShop(server.url);
  assert.equal((await send(shop, "GET", "/v2/refunds")).text, "{}");
  assert.equal((await send(shop, "GET", "/v2/payments")).text, "{}");
  assert.deepEqual(await idsOf(shop.square.refunds.list()), []);
});

test("refunds are filtered by status, source, location and time", async () => {
  const { shop, ids, payment } = await shopWithRefunds(2);
  const cash = await pay(shop, { sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(1000) } });
  const last = await refund(shop, cash.id, 5);
  const all = [last.id, ...ids.toReversed()];
  const list = (query: Square.ListRefundsRequest) => idsOf(shop.square.refunds.list(query));
  assert.deepEqual(await list({ status: "COMPLETED" }), [last.id], "cash is a record");
  assert.deepEqual(await list({ status: "PENDING" }), ids.toReversed());
  assert.deepEqual(await list({ status: "REJECTED" }), []);
  assert.deepEqual(await list({ sourceType: "CASH" }), [last.id]);
  assert.deepEqual(await list({ sourceType: "CARD" }), ids.toReversed());
  assert.deepEqual(await list({ sourceType: "WALLET" }), []);
  assert.deepEqual(await list({ locationId: payment.locationId ?? null }), all);
  assert.deepEqual(await list({ locationId: "L1" }), []);
  const { createdAt = "" } = last;
  assert.deepEqual(await list({ beginTime: createdAt, endTime: createdAt, sourceType: "CASH" }), [last.id]);
  assert.deepEqual(await list({ endTime: "2020-01-01T00:00:00Z", beginTime: "2019-01-01T00:00:00+01:00" }), []);
  assert.deepEqual(await list({ updatedAtBeginTime: createdAt, updatedAtEndTime: createdAt, sourceType: "CASH" }), [last.id]);
  assert.deepEqual(await list({ updatedAtEndTime: "2020-01-01T00:00:00Z" }), []);
});

test("payments are listed and filtered by total and card", async () => {
  const shop = openShop(server.url);
  const small = await pay(shop, { amount: 100, tipMoney: usd(11) });
  const large = await pay(shop, { amount: 5000 });
  const cash = await pay(shop, { amount: 5000, sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(5000) } });
  const list = (query: Square.ListPaymentsRequest) => idsOf(shop.square.payments.list(query));
  for (const limit of [1, 2, 100]) {
    assert.deepEqual(await list({ limit }), [cash.id, large.id, small.id]);
    assert.deepEqual(await list({ limit, total: 111n }), [small.id]);
    assert.deepEqual(await list({ limit, last4: "5858" }), [large.id, small.id]);
    assert.deepEqual(await list({ limit, cardBrand: "VISA", total: 5000n }), [large.id]);
    assert.deepEqual(await list({ limit, cardBrand: "JCB" }), []);
  }
  assert.deepEqual(await list({ sortOrder: "ASC" }), [small.id, large.id, cash.id]);
  assert.deepEqual(await list({ locationId: "L1" }), []);
});

test("payments are listed by their last change, and within a span of it", async () => {
  const shop = openShop(server.url);
  const first = await pay(shop, { amount: 100 });
  const second = await pay(shop, { amount: 200 });
  const third = await pay(shop, { amount: 200, autocomplete: false });
  await delay(5);
  const changed = await refund(shop, first.id, 10);
  await delay(5);
  await shop.square.payments.cancel({ paymentId: third.id });
  const list = (query: Square.ListPaymentsRequest) => idsOf(shop.square.payments.list(query));
  for (const limit of [1, 2, 100]) {
    assert.deepEqual(await list({ limit, sortField: "UPDATED_AT" }), [third.id, first.id, second.id]);
    assert.deepEqual(await list({ limit, sortField: "UPDATED_AT", sortOrder: "ASC" }), [second.id, first.id, third.id]);
    assert.deepEqual(await list({ limit, sortField: "UPDATED_AT", total: 200n }), [third.id, second.id]);
    assert.deepEqual(await list({ limit, sortField: "CREATED_AT", updatedAtBeginTime: changed.createdAt ?? null }), [third.id, first.id]);
    assert.deepEqual(await list({ limit, sortField: "UPDATED_AT", updatedAtBeginTime: changed.createdAt ?? null, updatedAtEndTime: changed.createdAt ?? null }), [first.id]);
    assert.deepEqual(await list({ limit, updatedAtEndTime: second.updatedAt ?? null }), [second.id]);
    assert.deepEqual(await list({ limit, sortField: "UPDATED_AT", endTime: first.createdAt ?? null }), [first.id]);
  }
});

test("no payment is taken offline", async () => {
  const shop = openShop(server.url);
  const { id } = await pay(shop);
  const list = (query: Square.ListPaymentsRequest) => idsOf(shop.square.payments.list(query));
  const at = "2020-01-01T00:00:00Z";
  assert.deepEqual(await list({ isOfflinePayment: false, sortField: "OFFLINE_CREATED_AT" }), [id]);
  for (const query of [{ isOfflinePayment: true }, { offlineBeginTime: at }, { offlineEndTime: at }]) assert.deepEqual(await list(query), []);
  const answer = await send(shop, "GET", "/v2/payments?is_offline_payment=true");
  assert.equal(answer.text, "{}");
});

test("each parameter of the list of payments that is wrong is told, in declared order", async () => {
  const wrong = {
    begin_time: "now", end_time: "now", sort_order: "UP", cursor: "x", limit: "0", location_id: "L".repeat(51), total: "1.5", last_4: "12345", card_brand: "ACME", is_offline_payment: "maybe",
    offline_begin_time: "now", offline_end_time: "now", updated_at_begin_time: "now", updated_at_end_time: "now", sort_field: "ID",
  };
  const { status, json } = await send(openShop(server.url), "GET", `/v2/payments?${new URLSearchParams(wrong).toString()}`);
  const time = (field: string) => request("INVALID_TIME", "Field must be a time in RFC 3339 format", field);
  assert.equal(status, 400);
  assert.deepEqual(json, {
    errors: [
      time("begin_time"),
      time("end_time"),
      request("INVALID_SORT_ORDER", "Sort order must be ASC or DESC.", "sort_order"),
      request("VALUE_TOO_LOW", "Field must not be less than 1", "limit"),
      request("VALUE_TOO_LONG", "Field must not be greater than 50 length", "location_id"),
      request("EXPECTED_INTEGER", "Expected an integer value.", "total"),
      request("VALUE_TOO_LONG", "Field must not be greater than 4 length", "last_4"),
      request("INVALID_ENUM_VALUE", "Field must be one of OTHER_BRAND, VISA, MASTERCARD, AMERICAN_EXPRESS, DISCOVER, DISCOVER_DINERS, JCB, CHINA_UNIONPAY, SQUARE_GIFT_CARD, SQUARE_CAPITAL_CARD, INTERAC, EFTPOS, FELICA, EBT", "card_brand"),
      request("EXPECTED_BOOLEAN", "Expected a boolean value.", "is_offline_payment"),
      time("offline_begin_time"),
      time("offline_end_time"),
      time("updated_at_begin_time"),
      time("updated_at_end_time"),
      request("INVALID_ENUM_VALUE", "Field must be one of CREATED_AT, OFFLINE_CREATED_AT, UPDATED_AT", "sort_field"),
    ],
  });
});

test("a cursor is only good for its own query and merchant", async () => {
  const { shop } = await shopWithRefunds(3);
  const first = await send(shop, "GET", "/v2/refunds?limit=1");
  const cursor = String(Object(first.json).cursor);
  assert.equal((await send(shop, "GET", `/v2/refunds?limit=1&cursor=${cursor}`)).status, 200);
  const wrong = [
    [shop, `/v2/refunds?limit=1&sort_order=ASC&cursor=${cursor}`],
    [shop, `/v2/refunds?limit=1&cursor=${cursor}x`],
    [shop, `/v2/payments?limit=1&cursor=${cursor}`],
    [shop, "/v2/refunds?cursor=nonsense"],
    [openShop(server.url), `/v2/refunds?limit=1&cursor=${cursor}`],
  ] as const;
  for (const [who, path] of wrong) {
    const { status, json } = await send(who, "GET", path);
    assert.equal(status, 400);
    assert.deepEqual(json, { errors: [request("INVALID_CURSOR", "The pagination cursor included in the request is invalid.", "cursor")] });
  }
});

test("bad query parameters are all told, in declared order", async () => {
  const shop = openShop(server.url);
  const times = "updated_at_begin_time=x&updated_at_end_time=2026-01-01";
  const query = `begin_time=2026-02-30T00:00:00Z&end_time=yesterday&sort_order=UP&status=DONE&limit=many&sort_field=ID&unknown=1&${times}&source_type=GOLD&location_id=${"L".repeat(51)}`;
  const { status, json } = await send(shop, "GET", `/v2/refunds?${query}`);
  assert.equal(status, 400);
  assert.deepEqual(json, {
    errors: [
      request("INVALID_TIME", "Field must be a time in RFC 3339 format", "begin_time"),
      request("INVALID_TIME", "Field must be a time in RFC 3339 format", "end_time"),
      request("INVALID_SORT_ORDER", "Sort order must be ASC or DESC.", "sort_order"),
      request("EXPECTED_INTEGER", "Expected an integer value.", "limit"),
      request("VALUE_TOO_LONG", "Field must not be greater than 50 length", "location_id"),
      request("INVALID_ENUM_VALUE", "Field must be one of PENDING, COMPLETED, REJECTED, FAILED", "status"),
      request("INVALID_ENUM_VALUE", "Field must be one of CARD, BANK_ACCOUNT, WALLET, BUY_NOW_PAY_LATER, SQUARE_ACCOUNT, CASH, EXTERNAL", "source_type"),
      request("INVALID_TIME", "Field must be a time in RFC 3339 format", "updated_at_begin_time"),
      request("INVALID_TIME", "Field must be a time in RFC 3339 format", "updated_at_end_time"),
      request("INVALID_ENUM_VALUE", "Field must be one of CREATED_AT, UPDATED_AT", "sort_field"),
    ],
  });
});

test("a span of time that ends before it begins is refused", async () => {
  const shop = openShop(server.url);
  const range = "begin_time=2026-02-02T00:00:00Z&end_time=2026-02-01T00:00:00Z";
  for (const list of ["refunds", "payments"]) {
    const { json } = await send(shop, "GET", `/v2/${list}?${range}`);
    assert.deepEqual(json, { errors: [request("INVALID_TIME_RANGE", "The end of the time range is before its start.", "end_time")] });
  }
});
