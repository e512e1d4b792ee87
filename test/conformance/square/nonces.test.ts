/** Every value of Square's sandbox that decides what becomes of a payment, and what a Stripe caller sees of it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, stripeFor, type TestServer } from "../../test-server.ts";
import { openShop, pay, paymentOf, refund, refused, request, said, usd, type Shop } from "./shop.ts";

let server: TestServer;
let shop: Shop;
before(async () => {
  server = await startTestServer();
  shop = openShop(server.url);
});
after(() => server.stop());

const DECLINED: Readonly<Record<string, string>> = {
  "cnon:card-nonce-declined": "GENERIC_DECLINE",
  "cnon:card-nonce-rejected-cvv": "CVV_FAILURE",
  "cnon:card-nonce-rejected-postalcode": "ADDRESS_VERIFICATION_FAILURE",
  "cnon:card-nonce-rejected-expiration": "INVALID_EXPIRATION",
  "cnon:card-nonce-already-used": "CARD_TOKEN_USED",
  "cnon:gift-card-nonce-insufficient-funds": "INSUFFICIENT_FUNDS",
  "cnon:gift-card-nonce-insufficient-permission": "INSUFFICIENT_PERMISSIONS",
  "ccof:customer-card-id-declined": "GENERIC_DECLINE",
  "ccof:customer-card-id-rejected-postalcode": "ADDRESS_VERIFICATION_FAILURE",
  "ccof:customer-card-id-rejected-expiration": "INVALID_EXPIRATION",
  "ccof:customer-card-id-requires-verification": "CARD_DECLINED_VERIFICATION_REQUIRED",
  "bnon:bank-nonce-failure": "GENERIC_DECLINE",
  "bnon:bank-nonce-account-unusable": "ACCOUNT_UNUSABLE",
  "bnon:bank-nonce-insufficient-funds": "INSUFFICIENT_FUNDS",
  "bnon:bank-nonce-invalid-account": "INVALID_ACCOUNT",
  "bnon:bank-nonce-buyer-refused-payment": "BUYER_REFUSED_PAYMENT",
};

test("each nonce that declines has its code, in Square's words, and leaves a failed payment that tells the same", async () => {
  const mine = openShop(server.url);
  for (const [sourceId, code] of Object.entries(DECLINED)) {
    const error = said("PAYMENT_METHOD_ERROR", code, `Authorization error: '${code}'`);
    assert.deepEqual(await refused(pay(mine, { sourceId })), { status: 400, errors: [error] });
    const [failed] = (await mine.square.payments.list({ limit: 1 })).data;
    assert.equal(failed?.status, "FAILED");
    const errors = sourceId.startsWith("bnon:") ? failed.bankAccountDetails?.errors : failed.cardDetails?.errors;
    assert.deepEqual(errors, [error], sourceId);
  }
  const charges = await stripeFor(server, mine.token).charges.list({ limit: 100 });
  assert.deepEqual(charges.data.map(({ status, paid, amount_captured }) => ({ status, paid, amount_captured })), Object.keys(DECLINED).map(() => ({ status: "failed", paid: false, amount_captured: 0 })));
});

test("each nonce that pays says what was paid with", async () => {
  const card = await pay(shop);
  assert.deepEqual([card.cardDetails?.card?.cardBrand, card.cardDetails?.card?.last4, card.cardDetails?.card?.bin, card.cardDetails?.entryMethod], ["VISA", "5858", "453275", "KEYED"]);
  const onFile = await pay(shop, { sourceId: "ccof:customer-card-id-ok" });
  assert.deepEqual([onFile.status, onFile.cardDetails?.card?.last4, onFile.cardDetails?.entryMethod], ["COMPLETED", "5858", "ON_FILE"]);
  const gift = await pay(shop, { sourceId: "cnon:gift-card-nonce-ok" });
  assert.deepEqual([gift.status, gift.sourceType, gift.cardDetails?.card?.cardBrand, gift.cardDetails?.card?.prepaidType], ["COMPLETED", "CARD", "SQUARE_GIFT_CARD", "PREPAID"]);
  const charge = await stripeFor(server, shop.token).charges.retrieve(`ch_${gift.id}`);
  assert.deepEqual([charge.status, charge.payment_method_details?.card?.brand, charge.payment_method_details?.card?.last4], ["succeeded", "unknown", "0000"]);
  const bank = await pay(shop, { sourceId: "bnon:bank-nonce-ok", statementDescriptionIdentifier: "SHOP" });
  assert.deepEqual(bank.bankAccountDetails?.achDetails, { routingNumber: "011401533", accountNumberSuffix: "000", accountType: "CHECKING" });
  assert.equal(bank.bankAccountDetails?.statementDescription, "SQ *SHOP");
});

test("a bank's payment cannot be held", async () => {
  const answer = await refused(pay(shop, { sourceId: "bnon:bank-nonce-ok", autocomplete: false }));
  assert.deepEqual(answer, { status: 400, errors: [request("CONFLICTING_PARAMETERS", "Only a card payment can be completed later.", "autocomplete")] });
});

/** The reasons as Visa words them, each for Square's own. */
const REASONS = ["12.5", "13.7", "12.6.1", "10.4", "13.3", "13.1", "12.6.2", "13.6", "10.1"];

test("the amounts from 8801 to 8809 are disputed, each for its reason, and refuse refunds", async () => {
  const stripe = stripeFor(server, shop.token);
  for (const [i, reason] of REASONS.entries()) {
    const payment = await pay(shop, { amount: 8801 + i });
    assert.equal(payment.status, "COMPLETED");
    assert.deepEqual((await refused(refund(shop, payment.id, 1))).errors, [said("REFUND_ERROR", "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "The payment is not refundable because it has been disputed.")]);
    assert.equal((await stripe.charges.retrieve(`ch_${payment.id}`)).disputed, true);
    const [dispute] = (await stripe.disputes.list({ charge: `ch_${payment.id}` })).data;
    assert.deepEqual([dispute?.amount, dispute?.network_reason_code], [8801 + i, reason]);
    assert.equal((await paymentOf(shop, payment.id)).refundedMoney, undefined);
  }
  for (const amount of [8800, 8810]) assert.equal((await refund(shop, (await pay(shop, { amount })).id, 1)).amountMoney?.amount, 1n);
  const held = await pay(shop, { amount: 1000, autocomplete: false });
  await shop.square.payments.update({ paymentId: held.id, idempotencyKey: held.id, payment: { amountMoney: usd(8806) } });
  await shop.square.payments.complete({ paymentId: held.id });
  assert.match(JSON.stringify((await refused(refund(shop, held.id, 1))).errors), /DUE_TO_DISPUTE/);
});

test("the risk of a card is normal, but of two amounts", async () => {
  for (const [amount, level] of [[1000, "NORMAL"], [2222, "MODERATE"], [3333, "HIGH"]] as const) {
    const payment = await pay(shop, { amount });
    assert.deepEqual(payment.riskEvaluation, { createdAt: payment.createdAt, riskLevel: level });
  }
  assert.equal((await pay(shop, { sourceId: "CASH", amount: 2222, cashDetails: { buyerSuppliedMoney: usd(2222) } })).riskEvaluation, undefined);
});

test("the parts of a fee are kept, add up to it, or are it", async () => {
  const part = (amount: number) => ({ location_id: `L${amount}`, amount_money: { amount, currency: "USD" } });
  const named = await pay(shop, { appFeeMoney: usd(100), appFeeAllocations: [part(60), part(40)] });
  // The SDK knows no members of a part: it hands on what the wire said.
  assert.deepEqual(JSON.parse(JSON.stringify(named.appFeeAllocations, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value))), [part(60), part(40)]);
  const summed = await pay(shop, { appFeeAllocations: [part(30), part(20)] });
  assert.deepEqual(summed.appFeeMoney, usd(50));
  const off = await refused(pay(shop, { appFeeMoney: usd(100), appFeeAllocations: [part(60)] }));
  assert.deepEqual(off, { status: 400, errors: [request("INVALID_VALUE", "The amounts of app_fee_allocations must add up to app_fee_money.", "app_fee_allocations")] });
  const high = await refused(pay(shop, { amount: 100, appFeeAllocations: [part(91)] }));
  assert.deepEqual(high.errors, [said("PAYMENT_METHOD_ERROR", "INVALID_FEES", "The app_fee_money on a payment is too high.", "app_fee_money")]);
  const euros = await refused(pay(shop, { appFeeAllocations: [{ amount_money: { amount: 1, currency: "EUR" } }] }));
  assert.deepEqual(euros.errors, [request("INVALID_VALUE", "This merchant can only process payments in USD, but amount was provided in EUR.", "app_fee_allocations[0].amount_money.currency")]);
  const many = await refused(pay(shop, { appFeeAllocations: [part(1), part(1), part(1), part(1)] }));
  assert.deepEqual(many.errors, [request("ARRAY_LENGTH_TOO_LONG", "Field must not have more than 3 items", "app_fee_allocations")]);
});
