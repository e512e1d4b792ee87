/** What becomes of refunds (Square's API reference: refund statuses), and the amounts of ours that decide it (docs/states.md). */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { SquareClient, type Square } from "square";
import { Stripe } from "stripe";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, refused, said, send, usd, withId, type Shop } from "./shop.ts";

const [WAITS, REJECTED, FAILS, DECLINED, LATE] = [7701, 7702, 7703, 7704, 7705];
const WAIT_MS_MAX = 10_000;

/** On one server what happens later happens at once, on the other not while a test runs. */
let quickServer: TestServer;
let stillServer: TestServer;
let quick: Shop;
let still: Shop;
before(async () => {
  quickServer = await startTestServer({ flags: { sandboxDelay: "0" } });
  stillServer = await startTestServer();
});
test.beforeEach(() => {
  quick = openShop(quickServer.url);
  still = openShop(stillServer.url);
});
after(async () => {
  await quickServer.stop();
  await stillServer.stop();
});

const stripeOf = ({ token }: Shop, { port }: TestServer) => new Stripe(token, { host: "127.0.0.1", port, protocol: "http", telemetry: false, maxNetworkRetries: 0 });

/** The refund as it is once it is no longer under way. */
async function ended(shop: Shop, refundId: string): Promise<Square.PaymentRefund> {
  const until = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const { refund: read } = await shop.square.refunds.get({ refundId });
    if (read !== undefined && read.status !== "PENDING") return read;
    assert.ok(Date.now() < until, "the refund is still under way");
    await delay(5);
  }
}

const EXCEEDS = [said("REFUND_ERROR", "REFUND_AMOUNT_INVALID", "The requested refund amount exceeds the amount available to refund.", "amount_money.amount")];

test("a refund is under way first, and completed later, with the fee that Square keeps", async () => {
  const payment = await pay(quick, { amount: 1000 });
  const made = await refund(quick, payment.id, 400);
  assert.equal(made.status, "PENDING");
  assert.equal(made.processingFee, undefined);
  const done = await ended(quick, made.id);
  assert.equal(done.status, "COMPLETED");
  assert.deepEqual(done.processingFee?.map(({ type, amountMoney }) => ({ type, amountMoney })), [{ type: "INITIAL", amountMoney: usd(0) }]);
  assert.equal(done.processingFee?.[0]?.effectiveAt, done.updatedAt);
  assert.ok((done.updatedAt ?? "") >= (made.updatedAt ?? "-"));
  assert.equal(done.createdAt, made.createdAt);
});

test("a refund that is under way counts against what is left, and is in what was refunded", async () => {
  const payment = await pay(still, { amount: 1000 });
  const made = await refund(still, payment.id, 600);
  assert.deepEqual((await refused(refund(still, payment.id, 401))).errors, EXCEEDS);
  const seen = await paymentOf(still, payment.id);
  assert.deepEqual([seen.refundedMoney, seen.refundIds], [usd(600), [made.id]]);
  await refund(still, payment.id, 400);
  assert.deepEqual((await refused(refund(still, payment.id, 1))).errors, EXCEEDS);
});

test("what becomes of a refund changes the payment's version", async () => {
  const payment = await pay(quick, { amount: 1000 });
  const made = await refund(quick, payment.id, 1);
  const [seen] = [await paymentOf(quick, payment.id), await ended(quick, made.id)];
  const settled = await paymentOf(quick, payment.id);
  assert.notEqual(settled.versionToken, payment.versionToken);
  assert.ok((settled.updatedAt ?? "") >= (seen.updatedAt ?? "-"));
  await refund(quick, payment.id, 1, { paymentVersionToken: settled.versionToken ?? null });
});

for (const { amount, status } of [{ amount: REJECTED, status: "REJECTED" }, { amount: FAILS, status: "FAILED" }]) {
  test(`an amount of ${amount} is ${status}, and is free again with its fee`, async () => {
    const payment = await pay(quick, { amount, appFeeMoney: usd(1000) });
    const made = await refund(quick, payment.id, amount);
    assert.deepEqual([made.status, made.appFeeMoney], ["PENDING", usd(1000)]);
    const done = await ended(quick, made.id);
    assert.equal(done.status, status);
    assert.equal(done.processingFee, undefined);
    const seen = await paymentOf(quick, payment.id);
    assert.equal(seen.refundedMoney, undefined);
    assert.deepEqual(seen.refundIds, [made.id], "it stays among the payment's refunds");
    const again = await refund(quick, payment.id, amount - 100);
    assert.equal((await ended(quick, again.id)).status, "COMPLETED");
    const list = (query: Square.ListRefundsRequest) => quick.square.refunds.list(query);
    assert.deepEqual((await list({ status })).data.map(({ id }) => id), [made.id]);
  });
}

test(`an amount of ${WAITS} stays under way`, async () => {
  const payment = await pay(quick, { amount: 10_000 });
  const { id } = await refund(quick, payment.id, WAITS);
  const other = await refund(quick, payment.id, 100);
  await ended(quick, other.id);
  await delay(50);
  assert.equal((await quick.square.refunds.get({ refundId: id })).refund?.status, "PENDING");
});

test(`an amount of ${DECLINED} is declined, refunds nothing, and binds its key`, async () => {
  const payment = await pay(still, { amount: 10_000 });
  const idempotencyKey = randomUUID();
  const declined = { status: 400, errors: [said("REFUND_ERROR", "REFUND_DECLINED", "Request failed - The card issuer declined the refund.")] };
  for (let i = 0; i < 2; i++) assert.deepEqual(await refused(refund(still, payment.id, DECLINED, { idempotencyKey })), declined);
  const other = await refused(refund(still, payment.id, 100, { idempotencyKey }));
  assert.match(JSON.stringify(other.errors), /IDEMPOTENCY_KEY_REUSED/);
  assert.equal((await paymentOf(still, payment.id)).refundedMoney, undefined);
  assert.deepEqual((await still.square.refunds.list()).data, []);
});

test(`an amount of ${LATE} times out, is made once, and the same key tells of it`, async () => {
  const payment = await pay(still, { amount: 20_000 });
  const idempotencyKey = randomUUID();
  const json = { idempotency_key: idempotencyKey, amount_money: { amount: LATE, currency: "USD" }, payment_id: payment.id };
  const late = await send(still, "POST", "/v2/refunds", { json });
  assert.equal(late.status, 504);
  assert.deepEqual(late.json, {
    errors: [said("API_ERROR", "GATEWAY_TIMEOUT", "The processor did not answer in time. The request may be sent again with the same idempotency key, which tells what became of it.")],
  });
  const told = await send(still, "POST", "/v2/refunds", { json });
  assert.equal(told.status, 200);
  assert.equal((await send(still, "POST", "/v2/refunds", { json })).text, told.text);
  assert.deepEqual((await paymentOf(still, payment.id)).refundedMoney, usd(LATE));
});

test("the SDK retries a refund that timed out, and is told of the one that was made", async () => {
  const patient = { ...still, square: new SquareClient({ token: still.token, baseUrl: still.url }) };
  const payment = await pay(still, { amount: 20_000 });
  const made = await refund(patient, payment.id, LATE);
  assert.deepEqual(made.amountMoney, usd(LATE));
  assert.deepEqual((await paymentOf(still, payment.id)).refundIds, [made.id]);
});

test("the same amounts have the same fates when Stripe's API refunds the payment", async () => {
  const stripe = stripeOf(quick, quickServer);
  const payment = await pay(quick, { amount: 100_000 });
  const charge = `ch_${payment.id}`;
  for (const [amount, status, shown, reason] of [[REJECTED, "REJECTED", "failed", "declined"], [FAILS, "FAILED", "failed", "expired_or_canceled_card"]] as const) {
    const made = await stripe.refunds.create({ charge, amount });
    assert.equal(made.status, "pending");
    assert.equal((await ended(quick, made.id.slice(3))).status, status);
    const failed = await stripe.refunds.retrieve(made.id);
    assert.deepEqual([failed.status, failed.failure_reason, failed.failure_balance_transaction], [shown, reason, undefined], "no money had moved");
    assert.equal(failed.destination_details?.card?.reference_status, "unavailable");
  }
  assert.equal((await stripe.refunds.create({ charge, amount: WAITS })).status, "pending");
  await assert.rejects(stripe.refunds.create({ charge, amount: DECLINED }), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeCardError);
    assert.deepEqual([error.statusCode, error.code, error.message], [402, "card_declined", "The card's issuer declined the refund."]);
    return true;
  });
  const key = { idempotencyKey: randomUUID() };
  await assert.rejects(stripe.refunds.create({ charge, amount: LATE }, key), (error) => {
    assert.ok(error instanceof Stripe.errors.StripeAPIError);
    return error.statusCode === 504;
  });
  const told = await stripe.refunds.create({ charge, amount: LATE }, key);
  assert.deepEqual([told.amount, told.status], [LATE, "succeeded"], "that API tells of it as done at once");
  assert.deepEqual((await paymentOf(quick, payment.id)).refundedMoney, usd(WAITS + LATE));
});

test("of a card of Stripe's they are amounts like any other", async () => {
  const stripe = stripeOf(quick, quickServer);
  const { id } = await stripe.charges.create({ amount: 100_000, currency: "usd", source: "tok_visa" });
  for (const amount of [WAITS, REJECTED, FAILS, DECLINED, LATE]) {
    const made = await refund(quick, id.slice(3), amount);
    assert.equal((await ended(quick, made.id)).status, "COMPLETED");
  }
});

test("cards whose refunds are pending or fail at Stripe do so here", async () => {
  const stripe = stripeOf(quick, quickServer);
  for (const [token, status] of [["tok_pendingRefund", "COMPLETED"], ["tok_refundFail", "FAILED"]] as const) {
    const { id } = await stripe.charges.create({ amount: 1000, currency: "usd", source: token });
    const made = await refund(quick, id.slice(3), 400);
    assert.equal(made.status, "PENDING");
    assert.equal((await ended(quick, made.id)).status, status);
  }
});

test("cash and external refunds are records, and complete at once", async () => {
  const cash = await pay(still, { sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(10_000) }, amount: 10_000 });
  const external = await pay(still, { sourceId: "EXTERNAL", externalDetails: { type: "CHECK", source: "bank" }, amount: 10_000 });
  for (const { id } of [cash, external]) {
    for (const amount of [100, REJECTED]) {
      const made = await refund(still, id, amount);
      assert.equal(made.status, "COMPLETED");
      assert.equal(made.processingFee, undefined);
    }
  }
});

test("a refund to a gift card says so, and is under way like any other", async () => {
  const payment = await pay(quick, { amount: 1000 });
  const made = await refund(quick, payment.id, 400, { destinationId: "gftc:00113070ba5745f0b2377c1b9570cb03" });
  assert.deepEqual([made.status, made.destinationType, made.paymentId], ["PENDING", "CARD", payment.id]);
  const card = withId({ ...made.destinationDetails?.cardDetails?.card, id: made.id });
  assert.equal(card.cardBrand, "SQUARE_GIFT_CARD");
  assert.match(card.last4 ?? "", /^\d{4}$/);
  assert.equal((await ended(quick, made.id)).status, "COMPLETED");
  assert.deepEqual((await paymentOf(quick, payment.id)).refundedMoney, usd(400));
  const unknown = await refused(refund(quick, payment.id, 1, { destinationId: "gftc:" }));
  assert.deepEqual(unknown, { status: 404, errors: [said("INVALID_REQUEST_ERROR", "NOT_FOUND", "Could not find gift card with id: gftc:", "destination_id")] });
  const cash = await pay(quick, { sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(1000) } });
  const back = await refund(quick, cash.id, 100, { destinationId: "gftc:1" });
  assert.deepEqual([back.status, back.destinationType, back.destinationDetails?.cardDetails?.card?.cardBrand], ["COMPLETED", "CARD", "SQUARE_GIFT_CARD"]);
});
