/** A refund desk's day through the unmodified SDK: retries after 429 and 5xx, pages that turn themselves, and its classes of errors. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { SquareClient, SquareError } from "square";
import { ApiError, Client, Environment } from "square/legacy";
import { Overloaded, StoreUnavailable } from "../../../src/engine/store.ts";
import type { Dialect } from "../../../src/engine/wire.ts";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, usd, withId, type Shop } from "./shop.ts";

/** What the next requests for a refund meet before anything is looked at; then each is served. */
const meets: Error[] = [];
let refundsAsked = 0;
let server: TestServer;
let shop: Shop;
before(async () => {
  server = await startTestServer({ around: inTheWay, flags: { sandboxDelay: "0" } });
});
test.beforeEach(() => {
  shop = openShop(server.url);
  refundsAsked = 0;
});
after(() => server.stop());

function inTheWay(dialect: Dialect): Dialect {
  const endpoints = dialect.endpoints.map(({ declaration, handle }) => ({
    declaration,
    async handle(request: Parameters<typeof handle>[0]) {
      if (declaration.method !== "POST" || declaration.path !== "/v2/refunds") return handle(request);
      refundsAsked += 1;
      const trouble = meets.shift();
      if (trouble !== undefined) throw trouble;
      return handle(request);
    },
  }));
  return { ...dialect, endpoints };
}

const patient = (): Shop => ({ ...shop, square: new SquareClient({ token: shop.token, baseUrl: shop.url }) });

test("the SDK sends a refund again after 429 and 503, and it is made once", async () => {
  const payment = await pay(shop);
  meets.push(new Overloaded("planted"), new StoreUnavailable("planted"));
  const made = await refund(patient(), payment.id, 300);
  assert.equal(refundsAsked, 3);
  const { refundIds, refundedMoney } = await paymentOf(shop, payment.id);
  assert.deepEqual([refundIds, refundedMoney], [[made.id], usd(300)]);
});

test("it gives up after three times, and the same key makes the refund later", async () => {
  const payment = await pay(shop);
  const idempotencyKey = randomUUID();
  meets.push(...Array.from({ length: 3 }, () => new StoreUnavailable("planted")));
  await assert.rejects(refund(patient(), payment.id, 300, { idempotencyKey }), (error) => {
    assert.ok(error instanceof SquareError);
    assert.deepEqual([error.statusCode, error.errors[0]?.code, error.errors[0]?.category], [503, "SERVICE_UNAVAILABLE", "API_ERROR"]);
    return true;
  });
  assert.equal(refundsAsked, 3);
  await refund(shop, payment.id, 300, { idempotencyKey });
  assert.deepEqual((await paymentOf(shop, payment.id)).refundedMoney, usd(300));
});

test("what is refused is not sent again", async () => {
  const payment = await pay(shop);
  await assert.rejects(refund(patient(), payment.id, 1001), (error) => {
    assert.ok(error instanceof SquareError);
    assert.deepEqual([error.statusCode, error.errors[0]?.code, error.errors[0]?.field], [400, "REFUND_AMOUNT_INVALID", "amount_money.amount"]);
    return true;
  });
  assert.equal(refundsAsked, 1);
});

test("a buyer returns items one after the other, and the pages of refunds turn themselves", async () => {
  const payment = await pay(shop, { amount: 2000, appFeeMoney: usd(200), tipMoney: usd(100) });
  const made: string[] = [];
  let seen = payment;
  for (const amount of [500, 700, 900]) {
    const { id } = await refund(shop, payment.id, amount, { paymentVersionToken: seen.versionToken ?? null, reason: `item ${made.length + 1}` });
    made.unshift(id);
    for (let status: unknown = "PENDING"; status === "PENDING"; await delay(2)) status = (await shop.square.refunds.get({ refundId: id })).refund?.status;
    seen = await paymentOf(shop, payment.id);
  }
  const listed = [];
  for await (const one of await shop.square.refunds.list({ limit: 1, status: "COMPLETED" })) listed.push(one);
  assert.deepEqual(listed.map(({ id }) => id), made);
  assert.equal(listed.reduce((sum, { appFeeMoney }) => sum + (appFeeMoney?.amount ?? 0n), 0n), 200n, "the last refund clears the fee");
  assert.deepEqual([seen.refundedMoney, seen.totalMoney], [usd(2100), usd(2100)]);
});

test("the legacy SDK refunds with every older field, reads, lists and is refused with its own class", async () => {
  const client = new Client({ bearerAuthCredentials: { accessToken: shop.token }, environment: Environment.Custom, customUrl: shop.url });
  const payment = await pay(shop, { amount: 2000, appFeeMoney: usd(200) });
  const money = (amount: number) => ({ amount: BigInt(amount), currency: "USD" });
  const { result } = await client.refundsApi.refundPayment({
    idempotencyKey: randomUUID(), amountMoney: money(1000), appFeeMoney: money(10), paymentId: payment.id, reason: "Example", paymentVersionToken: payment.versionToken ?? null, teamMemberId: "TM1",
  });
  const made = withId(result.refund);
  assert.deepEqual([made.status, made.amountMoney, made.appFeeMoney, made.reason, made.teamMemberId], ["PENDING", money(1000), money(10), "Example", "TM1"]);
  const read = await client.refundsApi.getPaymentRefund(made.id);
  assert.equal(read.result.refund?.paymentId, payment.id);
  const listed = await client.refundsApi.listPaymentRefunds();
  assert.deepEqual(listed.result.refunds?.map(({ id }) => id), [made.id]);
  await assert.rejects(client.refundsApi.getPaymentRefund("nobodys"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.statusCode, Object(error.errors)[0]?.code], [404, "NOT_FOUND"]);
    return true;
  });
});
