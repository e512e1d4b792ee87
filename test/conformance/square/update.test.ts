/** UpdatePayment and CancelPaymentByIdempotencyKey: what may still be changed of a payment, and by whom. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Square } from "square";
import { startTestServer, stripeFor, type TestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, refused, request, said, send, usd, withId, type Shop } from "./shop.ts";

let server: TestServer;
let shop: Shop;
before(async () => {
  server = await startTestServer();
  shop = openShop(server.url);
});
after(() => server.stop());

async function update(paymentId: string, payment: Square.Payment, idempotencyKey = randomUUID()): Promise<Square.Payment & { id: string }> {
  return withId((await shop.square.payments.update({ paymentId, idempotencyKey, payment })).payment);
}

function inflight(id: string, status: string) {
  return { status: 400, errors: [request("BAD_REQUEST", `Payment ${id} is in inflight state ${status}, which is invalid for the requested operation`)] };
}

const TOO_HIGH = { status: 400, errors: [request("AMOUNT_TOO_HIGH", "The requested payment amount is too high for the provided payment source.")] };

test("an approved payment's amount and tip are changed, and what was approved stays", async () => {
  const held = await pay(shop, { amount: 500, autocomplete: false, note: "table 4" });
  assert.deepEqual(held.capabilities, ["EDIT_AMOUNT_UP", "EDIT_AMOUNT_DOWN", "EDIT_TIP_AMOUNT_UP", "EDIT_TIP_AMOUNT_DOWN", "EDIT_DELAY_ACTION"]);
  const less = await update(held.id, { amountMoney: usd(200) });
  assert.deepEqual([less.amountMoney, less.totalMoney, less.approvedMoney, less.tipMoney, less.status], [usd(200), usd(200), usd(500), undefined, "APPROVED"]);
  assert.notEqual(less.versionToken, held.versionToken);
  const tipped = await update(held.id, { tipMoney: usd(30) });
  assert.deepEqual([tipped.amountMoney, tipped.tipMoney, tipped.totalMoney, tipped.approvedMoney], [usd(200), usd(30), usd(230), usd(500)]);
  const priced = await update(held.id, { amountMoney: usd(300) });
  assert.deepEqual([priced.amountMoney, priced.tipMoney, priced.totalMoney], [usd(300), usd(30), usd(330)]);
  const plain = await update(held.id, { tipMoney: usd(0) });
  assert.deepEqual([plain.amountMoney, plain.tipMoney, plain.totalMoney], [usd(300), undefined, usd(300)]);
  const same = await update(held.id, { note: "nobody looks at this" });
  assert.deepEqual([same.totalMoney, same.note], [usd(300), "table 4"]);
  const { payment } = await shop.square.payments.complete({ paymentId: held.id });
  assert.deepEqual([payment?.status, payment?.totalMoney, payment?.approvedMoney], ["COMPLETED", usd(300), usd(500)]);
  const { errors } = await refused(refund(shop, held.id, 301));
  assert.deepEqual(errors, [said("REFUND_ERROR", "REFUND_AMOUNT_INVALID", "The requested refund amount exceeds the amount available to refund.", "amount_money.amount")]);
  assert.deepEqual((await refund(shop, held.id, 300)).amountMoney, usd(300));
});

test("a card is authorized anew for more, and a gift card is not", async () => {
  const held = await pay(shop, { amount: 500, autocomplete: false });
  const more = await update(held.id, { amountMoney: usd(800), tipMoney: usd(80) });
  assert.deepEqual([more.totalMoney, more.approvedMoney], [usd(880), usd(880)]);
  const charge = await stripeFor(server, shop.token).charges.retrieve(`ch_${held.id}`);
  assert.deepEqual([charge.amount, charge.captured], [880, false]);

  const gift = await pay(shop, { amount: 500, autocomplete: false, sourceId: "cnon:gift-card-nonce-ok" });
  assert.deepEqual(gift.capabilities, ["EDIT_AMOUNT_DOWN", "EDIT_TIP_AMOUNT_DOWN", "EDIT_DELAY_ACTION"]);
  assert.deepEqual(await refused(update(gift.id, { amountMoney: usd(501) })), TOO_HIGH);
  assert.deepEqual((await update(gift.id, { amountMoney: usd(400) })).capabilities, held.capabilities);
  assert.deepEqual((await update(gift.id, { amountMoney: usd(500) })).totalMoney, usd(500));
});

test("less than was asked for may do, of a gift card that has no more", async () => {
  const sourceId = "cnon:gift-card-nonce-insufficient-funds";
  const short = { status: 400, errors: [said("PAYMENT_METHOD_ERROR", "INSUFFICIENT_FUNDS", "Authorization error: 'INSUFFICIENT_FUNDS'")] };
  assert.deepEqual(await refused(pay(shop, { sourceId })), short);
  assert.deepEqual(await refused(pay(shop, { sourceId, autocomplete: false })), short);
  const partial = { sourceId, autocomplete: false, acceptPartialAuthorization: true };
  assert.deepEqual(await refused(pay(shop, { ...partial, tipMoney: usd(1) })), short);
  assert.deepEqual(await refused(pay(shop, { ...partial, amount: 1 })), short);
  const held = await pay(shop, { ...partial, amount: 1000 });
  assert.deepEqual([held.status, held.amountMoney, held.totalMoney, held.approvedMoney], ["APPROVED", usd(1000), usd(1000), usd(500)]);
  assert.equal(held.cardDetails?.card?.cardBrand, "SQUARE_GIFT_CARD");
  assert.deepEqual(await refused(update(held.id, { amountMoney: usd(501) })), TOO_HIGH);
  const stripe = stripeFor(server, shop.token);
  const charge = await stripe.charges.retrieve(`ch_${held.id}`);
  assert.deepEqual([charge.amount, charge.payment_method_details?.card?.amount_authorized], [1000, 500]);
  const record = await stripe.paymentRecords.retrieve(`pr_${held.id}`);
  assert.deepEqual([record.amount_authorized.value, record.amount_canceled.value], [500, 500]);
  const { payment } = await shop.square.payments.complete({ paymentId: held.id });
  assert.deepEqual([payment?.status, payment?.amountMoney, payment?.totalMoney], ["COMPLETED", usd(500), usd(500)]);
  const whole = await pay(shop, { ...partial, sourceId: "cnon:gift-card-nonce-ok" });
  assert.deepEqual(whole.approvedMoney, usd(1000));
});

test("an update heeds the version, the state and the currency, and nobody else's payments", async () => {
  const held = await pay(shop, { autocomplete: false });
  const mismatch = request("VERSION_MISMATCH", "Version mismatch: The specified version_token in the request does not match the current version_token.", "version_token");
  const first = await update(held.id, { amountMoney: usd(900), versionToken: held.versionToken ?? null });
  assert.deepEqual(await refused(update(held.id, { amountMoney: usd(800), versionToken: held.versionToken ?? null })), { status: 400, errors: [mismatch] });
  assert.deepEqual((await paymentOf(shop, held.id)).versionToken, first.versionToken);
  const euros = "This merchant can only process payments in USD, but amount was provided in EUR.";
  assert.deepEqual(await refused(update(held.id, { amountMoney: { amount: 1n, currency: "EUR" } })), { status: 400, errors: [request("INVALID_VALUE", euros, "payment.amount_money.currency")] });
  const stripe = stripeFor(server, shop.token);
  const yen = await stripe.charges.create({ amount: 500, currency: "jpy", source: "tok_visa", capture: false });
  const foreign = "This merchant can only process payments in JPY, but amount was provided in USD.";
  assert.deepEqual(await refused(update(yen.id.replace("ch_", ""), { amountMoney: usd(400) })), { status: 400, errors: [request("INVALID_VALUE", foreign, "payment.amount_money.currency")] });
  assert.deepEqual(await refused(update(yen.id.replace("ch_", ""), { tipMoney: usd(1) })), { status: 400, errors: [request("INVALID_VALUE", foreign, "payment.tip_money.currency")] });
  await shop.square.payments.cancel({ paymentId: held.id });
  assert.deepEqual(await refused(update(held.id, { amountMoney: usd(1) })), inflight(held.id, "CANCELED"));
  const done = await pay(shop);
  assert.deepEqual(await refused(update(done.id, { tipMoney: usd(1) })), inflight(done.id, "COMPLETED"));
  const others = await pay(openShop(server.url), { autocomplete: false });
  for (const id of ["nope", "0".repeat(24), others.id]) {
    assert.deepEqual(await refused(update(id, { amountMoney: usd(1) })), { status: 404, errors: [request("NOT_FOUND", `Could not find payment with id: ${id}`)] });
  }
});

test("what an intent authorized is lowered here, and not raised", async () => {
  const stripe = stripeFor(server, shop.token);
  const intent = await stripe.paymentIntents.create({ amount: 500, currency: "usd", payment_method: "pm_card_visa", capture_method: "manual", confirm: true });
  const id = intent.id.replace("pi_", "");
  assert.deepEqual((await paymentOf(shop, id)).capabilities, ["EDIT_AMOUNT_DOWN", "EDIT_TIP_AMOUNT_DOWN"]);
  assert.deepEqual(await refused(update(id, { amountMoney: usd(501) })), TOO_HIGH);
  await update(id, { amountMoney: usd(300) });
  const captured = await stripe.paymentIntents.capture(intent.id);
  assert.deepEqual([captured.amount, captured.amount_received], [500, 300]);
  assert.deepEqual((await paymentOf(shop, id)).totalMoney, usd(300));
});

test("a fee is held to the new total, and its parts are forgotten with another", async () => {
  const part = (amount: number) => ({ location_id: "L1", amount_money: { amount, currency: "USD" } });
  const held = await pay(shop, { autocomplete: false, appFeeMoney: usd(100), appFeeAllocations: [part(60), part(40)] });
  const high = { status: 400, errors: [said("PAYMENT_METHOD_ERROR", "INVALID_FEES", "The app_fee_money on a payment is too high.", "payment.app_fee_money")] };
  assert.deepEqual(await refused(update(held.id, { amountMoney: usd(111) })), high);
  assert.deepEqual(await refused(update(held.id, { appFeeMoney: usd(901) })), high);
  assert.deepEqual((await update(held.id, { amountMoney: usd(112) })).appFeeAllocations, held.appFeeAllocations);
  const other = await update(held.id, { appFeeMoney: usd(50) });
  assert.deepEqual([other.appFeeMoney, other.appFeeAllocations], [usd(50), undefined]);
  const { payment } = await shop.square.payments.complete({ paymentId: held.id });
  assert.deepEqual([payment?.totalMoney, payment?.appFeeMoney], [usd(112), usd(50)]);
});

test("no fee comes beside what a platform takes and passes on of the same payment", async () => {
  const stripe = stripeFor(server, shop.token);
  const { id: destination } = await stripe.accounts.create({});
  const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", capture: false, application_fee_amount: 100, transfer_data: { destination } });
  const id = charge.id.replace("ch_", "");
  const high = { status: 400, errors: [said("PAYMENT_METHOD_ERROR", "INVALID_FEES", "The app_fee_money on a payment is too high.", "payment.app_fee_money")] };
  assert.deepEqual(await refused(update(id, { appFeeMoney: usd(1) })), high);
  await update(id, { amountMoney: usd(400) });
  await shop.square.payments.complete({ paymentId: id });
  const { application_fee_amount: fee, balance_transaction: moved } = await stripe.charges.retrieve(charge.id, { expand: ["balance_transaction"] });
  assert.ok(typeof moved === "object" && moved !== null);
  assert.deepEqual([fee, moved.amount, moved.fee], [100, 400, 0]);
});

test("an update under the same key is answered with the same bytes, and means nothing else", async () => {
  const held = await pay(shop, { autocomplete: false });
  const key = randomUUID();
  const json = { idempotency_key: key, payment: { amount_money: { amount: 300, currency: "USD" } } };
  const first = await send(shop, "PUT", `/v2/payments/${held.id}`, { json });
  await update(held.id, { amountMoney: usd(400) });
  assert.equal((await send(shop, "PUT", `/v2/payments/${held.id}`, { json: { ...json, payment: { ...json.payment, tip_money: null } } })).text, first.text);
  const reused = { status: 400, errors: [request("IDEMPOTENCY_KEY_REUSED", `Different request parameters used for the same idempotency_key: ${key}`, "idempotency_key")] };
  assert.deepEqual(await refused(update(held.id, { amountMoney: usd(301) }, key)), reused);
  const other = await pay(shop, { autocomplete: false });
  assert.deepEqual(await refused(update(other.id, { amountMoney: usd(300) }, key)), reused);
  const malformed = randomUUID();
  await refused(update(held.id, { amountMoney: usd(0) }, malformed));
  assert.deepEqual((await update(held.id, { amountMoney: usd(5) }, malformed)).totalMoney, usd(5));
});

test("two updates with one version token: one is done", async () => {
  const held = await pay(shop, { autocomplete: false });
  const tries = await Promise.allSettled([1, 2, 3, 4].map((amount) => update(held.id, { amountMoney: usd(amount), versionToken: held.versionToken ?? null })));
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
});

test("each field of an update that is wrong is told, in declared order", async () => {
  const answer = await send(shop, "PUT", "/v2/payments/x", {
    json: {
      idempotency_key: "k".repeat(46),
      payment: { version_token: 5, delay_action: "FORGET", app_fee_money: { amount: -1, currency: "USD" }, tip_money: [], amount_money: { amount: "1", currency: 5 } },
    },
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.json, {
    errors: [
      request("EXPECTED_INTEGER", "Expected an integer value.", "payment.amount_money.amount"),
      request("EXPECTED_STRING", "Expected a string value.", "payment.amount_money.currency"),
      request("EXPECTED_OBJECT", "Expected an object value.", "payment.tip_money"),
      request("VALUE_TOO_LOW", "Field must not be less than 0", "payment.app_fee_money.amount"),
      request("INVALID_ENUM_VALUE", "Field must be one of CANCEL, COMPLETE", "payment.delay_action"),
      request("EXPECTED_STRING", "Expected a string value.", "payment.version_token"),
      request("VALUE_TOO_LONG", "Field must not be greater than 45 length", "idempotency_key"),
    ],
  });
  const euros = "This merchant can only process payments in USD, but amount was provided in EUR.";
  const mixed = await send(shop, "PUT", "/v2/payments/x", { json: { idempotency_key: "k", payment: { amount_money: { amount: 0, currency: "EUR" }, tip_money: { amount: 1, currency: "EUR" }, version_token: 5 } } });
  assert.deepEqual(mixed.json, {
    errors: [
      request("VALUE_TOO_LOW", "Field must not be less than 1", "payment.amount_money.amount"),
      request("INVALID_VALUE", euros, "payment.amount_money.currency"),
      request("INVALID_VALUE", euros, "payment.tip_money.currency"),
      request("EXPECTED_STRING", "Expected a string value.", "payment.version_token"),
    ],
  });
  const empty = await send(shop, "PUT", "/v2/payments/x", { json: {} });
  assert.deepEqual(empty.json, { errors: [request("MISSING_REQUIRED_PARAMETER", "Field must be set", "payment"), request("VALUE_EMPTY", "Field must not be blank", "idempotency_key")] });
  const most = Number.MAX_SAFE_INTEGER;
  const beyond = await send(shop, "PUT", "/v2/payments/x", { json: { idempotency_key: "k", payment: { amount_money: { amount: most, currency: "USD" }, tip_money: { amount: 1, currency: "USD" } } } });
  assert.deepEqual(beyond.json, { errors: [request("VALUE_TOO_HIGH", "Field must not be greater than 0", "payment.tip_money.amount")] });
});

test("a payment is canceled by the key that it was created with", async () => {
  const key = randomUUID();
  const held = await pay(shop, { autocomplete: false, idempotencyKey: key });
  const cancel = (idempotencyKey: string) => send(shop, "POST", "/v2/payments/cancel", { json: { idempotency_key: idempotencyKey } });
  const first = await cancel(key);
  assert.deepEqual([first.status, first.text], [200, "{}"]);
  assert.equal((await paymentOf(shop, held.id)).status, "CANCELED");
  assert.deepEqual([(await cancel(key)).status, (await cancel(key)).text], [200, "{}"]);
  assert.equal((await cancel(randomUUID())).text, "{}");
  assert.deepEqual(await shop.square.payments.cancelByIdempotencyKey({ idempotencyKey: randomUUID() }), {});

  const declined = randomUUID();
  await refused(pay(shop, { sourceId: "cnon:card-nonce-declined", idempotencyKey: declined }));
  assert.equal((await cancel(declined)).text, "{}");
  const completed = randomUUID();
  const done = await pay(shop, { idempotencyKey: completed });
  assert.deepEqual(await refused(shop.square.payments.cancelByIdempotencyKey({ idempotencyKey: completed })), inflight(done.id, "COMPLETED"));
  const foreign = randomUUID();
  const others = openShop(server.url);
  const theirs = await pay(others, { autocomplete: false, idempotencyKey: foreign });
  assert.equal((await cancel(foreign)).text, "{}");
  assert.equal((await paymentOf(others, theirs.id)).status, "APPROVED");
});

test("a key to cancel by that cannot be one is told", async () => {
  const cases = [
    [{}, request("VALUE_EMPTY", "Field must not be blank", "idempotency_key")],
    [{ idempotency_key: 5 }, request("EXPECTED_STRING", "Expected a string value.", "idempotency_key")],
    [{ idempotency_key: "k".repeat(46) }, request("VALUE_TOO_LONG", "Field must not be greater than 45 length", "idempotency_key")],
  ] as const;
  for (const [json, error] of cases) {
    const answer = await send(shop, "POST", "/v2/payments/cancel", { json });
    assert.deepEqual([answer.status, answer.json], [400, { errors: [error] }]);
  }
});
