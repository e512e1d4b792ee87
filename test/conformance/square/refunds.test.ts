import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { startTestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, refused, request, said, send, usd, type Shop } from "./shop.ts";

let server: Awaited<ReturnType<typeof startTestServer>>;
let shop: Shop;
before(async () => {
  server = await startTestServer();
  shop = openShop(server.url);
});
after(() => server.stop());

const EXCEEDS = {
  status: 400,
  errors: [
    said("REFUND_ERROR", "REFUND_AMOUNT_INVALID", "The requested refund amount exceeds the amount available to refund.", "amount_money.amount"),
  ],
};
const MISMATCH = {
  status: 400,
  errors: [
    request("VERSION_MISMATCH", "Version mismatch: The specified version_token in the request does not match the current version_token.", "version_token"),
  ],
};

test("a refund says what went back, to where, and why", async () => {
  const payment = await pay(shop);
  const made = await refund(shop, payment.id, 400, { reason: "Example é", teamMemberId: "TM1" });
  const { id, createdAt, updatedAt, orderId, ...rest } = made;
  assert.deepEqual(rest, {
    status: "PENDING",
    locationId: payment.locationId,
    destinationType: "CARD",
    amountMoney: usd(400),
    paymentId: payment.id,
    reason: "Example é",
    teamMemberId: "TM1",
  });
  assert.equal(createdAt, updatedAt);
  assert.notEqual(orderId, payment.orderId);
  assert.deepEqual((await shop.square.refunds.get({ refundId: id })).refund, made);
});

test("a payment is refunded in parts until nothing is left, tip included", async () => {
  const payment = await pay(shop, { amount: 1000, tipMoney: usd(100) });
  const first = await refund(shop, payment.id, 600);
  assert.deepEqual(await refused(refund(shop, payment.id, 501)), EXCEEDS);
  const second = await refund(shop, payment.id, 500);
  assert.deepEqual(await refused(refund(shop, payment.id, 1)), EXCEEDS);
  const now = await paymentOf(shop, payment.id);
  assert.deepEqual(now.refundedMoney, usd(1100));
  assert.deepEqual(now.amountMoney, usd(1000));
  assert.deepEqual(now.refundIds, [first.id, second.id]);
  assert.equal(now.status, "COMPLETED");
});

test("refunds that race never give back more than was captured", async () => {
  const payment = await pay(shop, { amount: 1000 });
  const tries = await Promise.allSettled(Array.from({ length: 12 }, () => refund(shop, payment.id, 300)));
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 3);
  assert.deepEqual((await paymentOf(shop, payment.id)).refundedMoney, usd(900));
});

test("a version token holds a refund to the payment that was seen", async () => {
  const payment = await pay(shop);
  const other = await pay(shop);
  for (const paymentVersionToken of ["nonsense", other.versionToken ?? null, `${payment.versionToken ?? ""}x`, ""]) {
    assert.deepEqual(await refused(refund(shop, payment.id, 10, { paymentVersionToken })), MISMATCH);
  }
  const seen = { paymentVersionToken: payment.versionToken ?? null };
  await refund(shop, payment.id, 10, seen);
  assert.deepEqual(await refused(refund(shop, payment.id, 10, seen)), MISMATCH);
  const fresh = await paymentOf(shop, payment.id);
  await refund(shop, payment.id, 10, { paymentVersionToken: fresh.versionToken ?? null });
});

test("the same refund request is answered with the same bytes, and refunds once", async () => {
  const payment = await pay(shop);
  const json = { idempotency_key: randomUUID(), amount_money: { amount: 100, currency: "USD" }, payment_id: payment.id };
  const first = await send(shop, "POST", "/v2/refunds", { json });
  assert.equal(first.status, 200);
  const again = await send(shop, "POST", "/v2/refunds", { json: { ...json, reason: null, metadata: { unknown: "field" } } });
  assert.equal(again.text, first.text);
  assert.deepEqual((await paymentOf(shop, payment.id)).refundedMoney, usd(100));
});

test("a key that was used for another refund says whether the amount differs", async () => {
  const payment = await pay(shop);
  const idempotencyKey = randomUUID();
  await refund(shop, payment.id, 100, { idempotencyKey });
  const reused = (detail: string) => ({ status: 400, errors: [request("IDEMPOTENCY_KEY_REUSED", detail, "idempotency_key")] });
  assert.deepEqual(
    await refused(refund(shop, payment.id, 101, { idempotencyKey })),
    reused("Refund request idempotency key was previously used for a different amount"),
  );
  assert.deepEqual(
    await refused(refund(shop, payment.id, 100, { idempotencyKey, reason: "other" })),
    reused("The idempotency key can only be retried with the same request data."),
  );
});

test("a refusal binds its key, and a request that cannot be read does not", async () => {
  const payment = await pay(shop);
  const refusedKey = randomUUID();
  assert.deepEqual(await refused(refund(shop, payment.id, 1001, { idempotencyKey: refusedKey })), EXCEEDS);
  const reused = await refused(refund(shop, payment.id, 1000, { idempotencyKey: refusedKey }));
  assert.deepEqual(reused.errors, [
    request("IDEMPOTENCY_KEY_REUSED", "Refund request idempotency key was previously used for a different amount", "idempotency_key"),
  ]);
  const malformedKey = randomUUID();
  await refused(refund(shop, payment.id, 0, { idempotencyKey: malformedKey }));
  await refund(shop, payment.id, 1000, { idempotencyKey: malformedKey });
});

test("the keys of payments and of refunds are apart, and so are those of merchants", async () => {
  const idempotencyKey = randomUUID();
  const payment = await pay(shop, { idempotencyKey });
  await refund(shop, payment.id, 100, { idempotencyKey });
  const other = openShop(server.url);
  const foreign = await pay(other, { idempotencyKey });
  await refund(other, foreign.id, 100, { idempotencyKey });
});

test("the fee goes back in proportion, and the last refund clears it", async () => {
  const payment = await pay(shop, { amount: 2000, appFeeMoney: usd(200) });
  assert.deepEqual(payment.appFeeMoney, usd(200));
  assert.deepEqual((await refund(shop, payment.id, 1500)).appFeeMoney, usd(150));
  assert.deepEqual((await refund(shop, payment.id, 500)).appFeeMoney, usd(50));
});

test("a fee that is named goes back exactly, nothing included", async () => {
  const payment = await pay(shop, { amount: 2000, appFeeMoney: usd(200) });
  assert.equal((await refund(shop, payment.id, 500, { appFeeMoney: usd(0) })).appFeeMoney, undefined);
  assert.deepEqual((await refund(shop, payment.id, 500, { appFeeMoney: usd(70) })).appFeeMoney, usd(70));
  const tooMuch = { status: 400, errors: [said("PAYMENT_METHOD_ERROR", "INVALID_FEES", "The app_fee_money on a payment is too high.", "app_fee_money")] };
  assert.deepEqual(await refused(refund(shop, payment.id, 500, { appFeeMoney: usd(131) })), tooMuch);
  assert.deepEqual(await refused(refund(shop, payment.id, 100, { appFeeMoney: usd(101) })), tooMuch);
  assert.deepEqual((await refund(shop, payment.id, 1000)).appFeeMoney, usd(130));
});

test("the parts of a fee go back as they are said, and are the fee where nothing else says it", async () => {
  const payment = await pay(shop, { amount: 2000, appFeeMoney: usd(200) });
  const part = (amount: number, location_id?: string) => ({ ...(location_id === undefined ? {} : { location_id }), amount_money: { amount, currency: "USD" } });
  const both = await refund(shop, payment.id, 500, { appFeeMoney: usd(70), appFeeAllocations: [part(50, "L1"), part(20)] });
  assert.deepEqual(both.appFeeMoney, usd(70));
  const shown = await send(shop, "GET", `/v2/refunds/${both.id}`);
  assert.deepEqual(Object(shown.json).refund.app_fee_allocations, [part(50, "L1"), part(20)]);
  assert.deepEqual((await refund(shop, payment.id, 500, { appFeeAllocations: [part(30), part(0), part(1)] })).appFeeMoney, usd(31));
  assert.equal((await refund(shop, payment.id, 100, { appFeeAllocations: null })).appFeeAllocations, undefined);
  const nothing = await refund(shop, payment.id, 100, { appFeeAllocations: [part(0)] });
  assert.deepEqual([nothing.appFeeMoney, nothing.appFeeAllocations], [undefined, undefined], "a fee of 0 is not shown, and neither are its parts");
  const sum = { status: 400, errors: [request("INVALID_VALUE", "The amounts of app_fee_allocations must add up to app_fee_money.", "app_fee_allocations")] };
  const tooMuch = { status: 400, errors: [said("PAYMENT_METHOD_ERROR", "INVALID_FEES", "The app_fee_money on a payment is too high.", "app_fee_money")] };
  assert.deepEqual(await refused(refund(shop, payment.id, 100, { appFeeMoney: usd(9), appFeeAllocations: [part(5), part(5)] })), sum);
  assert.deepEqual(await refused(refund(shop, payment.id, 800, { appFeeAllocations: [part(500)] })), tooMuch);
});

test("lists of parts that are none, too long or empty are told", async () => {
  const payment = await pay(shop, { amount: 2000, appFeeMoney: usd(200) });
  const body = { idempotency_key: "k", amount_money: { amount: 1, currency: "USD" }, payment_id: payment.id };
  const part = { amount_money: { amount: 1, currency: "USD" } };
  const cases = [
    [{}, request("EXPECTED_ARRAY", "Expected an array.", "app_fee_allocations")],
    [[], request("ARRAY_EMPTY", "Field must have at least one item", "app_fee_allocations")],
    [[part, part, part, part], request("ARRAY_LENGTH_TOO_LONG", "Field must not have more than 3 items", "app_fee_allocations")],
    [
      [{ amount_money: { amount: 1, currency: "EUR" } }],
      request("INVALID_VALUE", "This merchant can only process payments in USD, but amount was provided in EUR.", "app_fee_allocations[0].amount_money.currency"),
    ],
  ] as const;
  for (const [allocations, error] of cases) {
    const { json } = await send(shop, "POST", "/v2/refunds", { json: { ...body, app_fee_allocations: allocations } });
    assert.deepEqual(json, { errors: [error] });
  }
});

test("a fee is named only of a payment that took one, but for a fee of nothing", async () => {
  const payment = await pay(shop);
  const tooMuch = { status: 400, errors: [said("PAYMENT_METHOD_ERROR", "INVALID_FEES", "The app_fee_money on a payment is too high.", "app_fee_money")] };
  assert.deepEqual(await refused(refund(shop, payment.id, 100, { appFeeMoney: usd(1) })), tooMuch);
  assert.equal((await refund(shop, payment.id, 100, { appFeeMoney: usd(0) })).appFeeMoney, undefined);
});

test("every field that may be null may be null", async () => {
  const payment = await pay(shop);
  const nulls = Object.fromEntries(
    ["app_fee_money", "app_fee_allocations", "destination_id", "unlinked", "location_id", "customer_id", "reason", "payment_version_token", "team_member_id", "cash_details", "external_details"].map((name) => [name, null]),
  );
  const json = { idempotency_key: randomUUID(), amount_money: { amount: 1, currency: "USD" }, payment_id: payment.id, ...nulls };
  assert.equal((await send(shop, "POST", "/v2/refunds", { json })).status, 200);
});

test("cash and external payments are refunded as a record", async () => {
  const cash = await pay(shop, { sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(1000) } });
  assert.equal((await refund(shop, cash.id, 250)).destinationType, "CASH");
  const external = await pay(shop, { sourceId: "EXTERNAL", externalDetails: { type: "CRYPTO", source: "a wallet" } });
  const made = await refund(shop, external.id, 1000);
  assert.equal(made.destinationType, "EXTERNAL");
  assert.equal(made.status, "COMPLETED");
  assert.deepEqual(await refused(refund(shop, external.id, 1)), EXCEEDS);
});

test("an approved payment has to be completed first, and a canceled one is not refundable", async () => {
  const held = await pay(shop, { autocomplete: false });
  const approved = await refused(refund(shop, held.id, 10));
  assert.equal(approved.status, 400);
  assert.deepEqual(approved.errors, [
    said("REFUND_ERROR", "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION", "The payment is approved and needs to be completed before it can be refunded."),
  ]);
  await shop.square.payments.cancel({ paymentId: held.id });
  const canceled = await refused(refund(shop, held.id, 10));
  assert.deepEqual(canceled.errors, [
    said("REFUND_ERROR", "PAYMENT_NOT_REFUNDABLE", "The payment is not refundable. For example, the payment is too old to be refunded."),
  ]);
});

test("a payment that was charged back is not refunded", async () => {
  const payment = await pay(shop, { amount: 8803 });
  assert.deepEqual(await refused(refund(shop, payment.id, 10)), {
    status: 400,
    errors: [said("REFUND_ERROR", "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "The payment is not refundable because it has been disputed.")],
  });
});

test("a payment is refunded at most twenty times", async () => {
  const payment = await pay(shop);
  for (let i = 0; i < 20; i++) await refund(shop, payment.id, 1);
  assert.deepEqual(await refused(refund(shop, payment.id, 1)), {
    status: 400,
    errors: [said("REFUND_ERROR", "PAYMENT_NOT_REFUNDABLE", "The payment is not refundable: it already has 20 refunds.")],
  });
  assert.equal((await paymentOf(shop, payment.id)).refundIds?.length, 20);
});

test("a refund in another currency than the payment's is refused", async () => {
  const payment = await pay(shop);
  assert.deepEqual(await refused(refund(shop, payment.id, 1, { amountMoney: { amount: 1n, currency: "EUR" } })), {
    status: 400,
    errors: [request("INVALID_VALUE", "This merchant can only process payments in USD, but amount was provided in EUR.", "amount_money.currency")],
  });
});

test("payments and refunds of others, of nobody and of no form are not found", async () => {
  const other = openShop(server.url);
  const foreign = await pay(other);
  const theirs = await refund(other, foreign.id, 1);
  for (const id of ["R2B3Z8WMVt3EAmzYWLZvz7Y69EbZY", foreign.id]) {
    const answer = await refused(refund(shop, id, 1));
    assert.deepEqual(answer, { status: 404, errors: [request("NOT_FOUND", `Could not find payment with id: ${id}`)] });
  }
  for (const refundId of ["nope", theirs.id, foreign.id]) {
    const answer = await refused(shop.square.refunds.get({ refundId }));
    assert.deepEqual(answer, { status: 404, errors: [request("NOT_FOUND", `Could not find refund with id: ${refundId}`)] });
  }
});

test("unlinked refunds are not enabled, whatever stands beside", async () => {
  const answer = await refused(
    shop.square.refunds.refundPayment({
      idempotencyKey: randomUUID(),
      amountMoney: usd(100),
      unlinked: true,
      locationId: "L1",
      destinationId: "EXTERNAL",
      externalDetails: { type: "CHECK", source: "s", sourceId: "x" },
    }),
  );
  assert.deepEqual(answer, { status: 400, errors: [request("BAD_REQUEST", "Unlinked refund processing is not enabled for this merchant.")] });
});

test("what belongs to unlinked refunds is refused with a linked one, all of it at once", async () => {
  const payment = await pay(shop);
  const answer = await refused(
    refund(shop, payment.id, 1, {
      destinationId: "cnon:card-nonce-ok",
      locationId: "L1",
      customerId: "C1",
      cashDetails: { sellerSuppliedMoney: usd(1) },
      externalDetails: { type: "CHECK", source: "s" },
    }),
  );
  const only = (field: string) => request("CONFLICTING_PARAMETERS", `${field} may only be given when unlinked is true.`, field);
  assert.deepEqual(answer, {
    status: 400,
    errors: [
      request("BAD_REQUEST", "A refund of a payment goes back to its source, or to the gift card that destination_id names.", "destination_id"),
      only("location_id"),
      only("customer_id"),
      only("cash_details"),
      only("external_details"),
    ],
  });
});
