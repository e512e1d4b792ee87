import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Square } from "square";
import { startTestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, refused, request, said, send, usd, type Shop } from "./shop.ts";

let server: Awaited<ReturnType<typeof startTestServer>>;
let shop: Shop;
before(async () => {
  server = await startTestServer();
  shop = openShop(server.url);
});
after(() => server.stop());

test("a card payment is completed at once", async () => {
  const payment = await pay(shop, { amount: 1000, tipMoney: usd(150), note: "lunch", referenceId: "order 7", customerId: "C1" });
  assert.equal(payment.status, "COMPLETED");
  assert.deepEqual(payment.amountMoney, usd(1000));
  assert.deepEqual(payment.tipMoney, usd(150));
  assert.deepEqual(payment.totalMoney, usd(1150));
  assert.deepEqual(payment.approvedMoney, usd(1150));
  assert.equal(payment.refundedMoney, undefined);
  assert.equal(payment.refundIds, undefined);
  assert.equal(payment.capabilities, undefined);
  assert.equal(payment.sourceType, "CARD");
  assert.equal(payment.cardDetails?.status, "CAPTURED");
  assert.equal(payment.cardDetails?.card?.last4, "5858");
  assert.equal(payment.cardDetails?.card?.bin, "453275");
  assert.equal(payment.note, "lunch");
  assert.equal(payment.referenceId, "order 7");
  assert.equal(payment.customerId, "C1");
  assert.equal(payment.receiptNumber, payment.id.slice(0, 4));
  assert.match(payment.receiptUrl ?? "", /^https:/);
  assert.match(payment.versionToken ?? "", /^.{43}6o$/);
  assert.match(payment.createdAt ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(await paymentOf(shop, payment.id), payment);
});

test("an authorized payment is held, and completed by its version token once", async () => {
  const held = await pay(shop, { autocomplete: false, delayDuration: "P2DT12H", delayAction: "COMPLETE" });
  assert.equal(held.status, "APPROVED");
  assert.equal(held.cardDetails?.status, "AUTHORIZED");
  assert.equal(held.delayDuration, "PT60H");
  assert.equal(held.delayAction, "COMPLETE");
  assert.equal(Date.parse(held.delayedUntil ?? "") - Date.parse(held.createdAt ?? ""), 60 * 3_600_000);
  assert.equal(held.receiptUrl, undefined);
  assert.ok(held.capabilities?.includes("EDIT_AMOUNT_UP"));

  const wrong = await refused(shop.square.payments.complete({ paymentId: held.id, versionToken: "nonsense" }));
  assert.deepEqual(wrong, { status: 400, errors: [VERSION_MISMATCH] });
  const { payment } = await shop.square.payments.complete({ paymentId: held.id, versionToken: held.versionToken ?? null });
  assert.equal(payment?.status, "COMPLETED");
  assert.notEqual(payment?.versionToken, held.versionToken);
  assert.deepEqual(await refused(shop.square.payments.complete({ paymentId: held.id })), inflight(held.id, "COMPLETED"));
});

const VERSION_MISMATCH = request(
  "VERSION_MISMATCH",
  "Version mismatch: The specified version_token in the request does not match the current version_token.",
  "version_token",
);

function inflight(id: string, status: string) {
  const detail = `Payment ${id} is in inflight state ${status}, which is invalid for the requested operation`;
  return { status: 400, errors: [request("BAD_REQUEST", detail)] };
}

test("the hold of a payment is a week when nothing is said", async () => {
  const held = await pay(shop, { autocomplete: false });
  assert.equal(held.delayDuration, "PT168H");
  assert.equal(held.delayAction, "CANCEL");
});

test("an approved payment is canceled, and a completed one is not", async () => {
  const held = await pay(shop, { autocomplete: false });
  const { payment } = await shop.square.payments.cancel({ paymentId: held.id });
  assert.equal(payment?.status, "CANCELED");
  assert.equal(payment?.cardDetails?.status, "VOIDED");
  assert.equal(payment?.receiptNumber, undefined);
  assert.deepEqual(await refused(shop.square.payments.cancel({ paymentId: held.id })), inflight(held.id, "CANCELED"));
  const done = await pay(shop);
  assert.deepEqual(await refused(shop.square.payments.cancel({ paymentId: done.id })), inflight(done.id, "COMPLETED"));
});

test("each declining nonce gives its own code, and leaves a failed payment in the book", async () => {
  const mine = openShop(server.url);
  const declines = {
    "cnon:card-nonce-declined": "GENERIC_DECLINE",
    "cnon:card-nonce-rejected-cvv": "CVV_FAILURE",
    "cnon:card-nonce-rejected-postalcode": "ADDRESS_VERIFICATION_FAILURE",
    "cnon:card-nonce-rejected-expiration": "INVALID_EXPIRATION",
    "cnon:card-nonce-already-used": "CARD_TOKEN_USED",
  };
  for (const [sourceId, code] of Object.entries(declines)) {
    const answer = await refused(pay(mine, { sourceId }));
    assert.deepEqual(answer, { status: 400, errors: [said("PAYMENT_METHOD_ERROR", code, `Authorization error: '${code}'`)] });
  }
  const statuses: (string | undefined)[] = [];
  for await (const payment of await mine.square.payments.list()) statuses.push(payment.status);
  assert.deepEqual(statuses, Object.keys(declines).map(() => "FAILED"));
});

test("a decline binds its key", async () => {
  const idempotencyKey = randomUUID();
  const first = await refused(pay(shop, { sourceId: "cnon:card-nonce-declined", idempotencyKey }));
  assert.deepEqual(await refused(pay(shop, { sourceId: "cnon:card-nonce-declined", idempotencyKey })), first);
  const detail = `Different request parameters used for the same idempotency_key: ${idempotencyKey}`;
  assert.deepEqual(await refused(pay(shop, { idempotencyKey })), {
    status: 400,
    errors: [request("IDEMPOTENCY_KEY_REUSED", detail, "idempotency_key")],
  });
});

test("what is taken without effect is taken", async () => {
  assert.equal((await pay(shop, { verificationToken: "verf:1", buyerPhoneNumber: "+15555550123" })).status, "COMPLETED");
});

test("a malformed request binds no key", async () => {
  const idempotencyKey = randomUUID();
  assert.equal((await refused(pay(shop, { amount: 0, idempotencyKey }))).status, 400);
  assert.equal((await refused(pay(shop, { sourceId: "cnon:no-such", idempotencyKey }))).status, 404);
  assert.equal((await pay(shop, { idempotencyKey })).status, "COMPLETED");
});

test("every version of a payment has a token of its own", async () => {
  const held = await pay(shop, { autocomplete: false });
  const tokens = [held.versionToken];
  const next = async (change: Promise<{ payment?: Square.Payment | undefined }>) => tokens.push((await change).payment?.versionToken);
  await next(shop.square.payments.update({ paymentId: held.id, idempotencyKey: randomUUID(), payment: { amountMoney: usd(900) } }));
  await next(shop.square.payments.complete({ paymentId: held.id, versionToken: tokens[1] ?? null }));
  for (const amount of [100, 200]) {
    await refund(shop, held.id, amount, { paymentVersionToken: tokens.at(-1) ?? null });
    tokens.push((await paymentOf(shop, held.id)).versionToken);
  }
  assert.equal(new Set(tokens).size, 5);
  for (const token of tokens) assert.match(token ?? "", /^[0-9A-Za-z]{43}6o$/);
  assert.deepEqual((await paymentOf(shop, held.id)).refundedMoney, usd(300));
});

test("the same payment request is answered with the same bytes", async () => {
  const json = { source_id: "cnon:card-nonce-ok", idempotency_key: randomUUID(), amount_money: { amount: 5, currency: "USD" } };
  const first = await send(shop, "POST", "/v2/payments", { json });
  const again = await send(shop, "POST", "/v2/payments", { json: { ...json, note: null } });
  assert.equal(again.text, first.text);
});

test("a cash payment says what change the buyer got", async () => {
  const payment = await pay(shop, { sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(1500) } });
  assert.equal(payment.status, "COMPLETED");
  assert.equal(payment.sourceType, "CASH");
  assert.deepEqual(payment.cashDetails, { buyerSuppliedMoney: usd(1500), changeBackMoney: usd(500) });
  assert.equal(payment.cardDetails, undefined);
  assert.equal(payment.delayDuration, undefined);
});

test("an external payment keeps its details", async () => {
  const externalDetails = { type: "CHECK", source: "First Bank", sourceId: "check 12", sourceFeeMoney: usd(3) };
  const payment = await pay(shop, { sourceId: "EXTERNAL", externalDetails });
  assert.equal(payment.sourceType, "EXTERNAL");
  assert.deepEqual(payment.externalDetails, externalDetails);
  const bare = await pay(shop, { sourceId: "EXTERNAL", externalDetails: { type: "OTHER", source: "a friend" } });
  assert.deepEqual(bare.externalDetails, { type: "OTHER", source: "a friend" });
});

test("addresses and the other words of the caller are echoed", async () => {
  const billingAddress = { addressLine1: "1 Main St", locality: "Springfield", postalCode: "12345", country: "US" } as const;
  const payment = await pay(shop, { billingAddress, buyerEmailAddress: "a@example.org", teamMemberId: "TM1", orderId: "O1", statementDescriptionIdentifier: "SHOP" });
  assert.deepEqual(payment.billingAddress, billingAddress);
  assert.equal(payment.buyerEmailAddress, "a@example.org");
  assert.equal(payment.teamMemberId, "TM1");
  assert.equal(payment.orderId, "O1");
  assert.equal(payment.statementDescriptionIdentifier, "SHOP");
});

test("an id that cannot be one, an unknown one and another merchant's are not found alike", async () => {
  const foreign = await pay(openShop(server.url));
  for (const paymentId of ["nope", "R2B3Z8WMVt3EAmzYWLZvz7Y69EbZY", "0".repeat(24), foreign.id]) {
    const expected = { status: 404, errors: [request("NOT_FOUND", `Could not find payment with id: ${paymentId}`)] };
    assert.deepEqual(await refused(shop.square.payments.get({ paymentId })), expected);
    assert.deepEqual(await refused(shop.square.payments.complete({ paymentId })), expected);
    assert.deepEqual(await refused(shop.square.payments.cancel({ paymentId })), expected);
  }
});

test("an unknown nonce is an error on source_id", async () => {
  assert.deepEqual(await refused(pay(shop, { sourceId: "cnon:no-such" })), {
    status: 404,
    errors: [request("NOT_FOUND", "Card nonce not found", "source_id")],
  });
});

test("money in another currency than the merchant's is refused", async () => {
  const detail = "This merchant can only process payments in USD, but amount was provided in EUR.";
  assert.deepEqual(await refused(pay(shop, { amountMoney: { amount: 100n, currency: "EUR" } })), {
    status: 400,
    errors: [request("INVALID_VALUE", detail, "amount_money.currency")],
  });
});

test("the merchant has one location, which is the main one and every payment's", async () => {
  const { locations } = await shop.square.locations.list();
  const [location] = locations ?? [];
  assert.equal(locations?.length, 1);
  assert.equal(location?.status, "ACTIVE");
  assert.equal(location?.currency, "USD");
  assert.equal(location?.country, "US");
  const id = location?.id ?? "";
  assert.deepEqual((await shop.square.locations.get({ locationId: "main" })).location, location);
  assert.deepEqual((await shop.square.locations.get({ locationId: id })).location, location);
  assert.equal((await pay(shop, { locationId: id })).locationId, id);
  assert.deepEqual(await refused(shop.square.locations.get({ locationId: "L1" })), {
    status: 404,
    errors: [request("NOT_FOUND", "Could not find location with id: L1")],
  });
  const elsewhere = await refused(pay(shop, { locationId: "L1" }));
  assert.deepEqual(elsewhere.errors, [request("INVALID_VALUE", `This merchant has one location, ${id}.`, "location_id")]);
});
