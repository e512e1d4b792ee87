/**
 * Each object's shape is what the server really answers: whatever it says may be there or be said is seen here at least
 * once. (That nothing else is ever answered is seen in every test that has a server.)
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { Square } from "square";
import { startTestServer, type TestServer } from "../test-server.ts";
import { openBoth, settled, usd, type TwoDoors } from "../conformance/both/two-doors.ts";
import { chargeOf, intentOf, thrown } from "../conformance/stripe/desk.ts";
import { Observed } from "../watch/observed.ts";

const observed = new Observed();
let server: TestServer;
let both: TwoDoors;
before(async () => {
  server = await startTestServer({ around: observed.around, flags: { squareUnlinked: "on", sandboxDelay: "0" } });
  both = openBoth(server);
});
after(() => server.stop());

const ADDRESS = {
  addressLine1: "1 rue A", addressLine2: "b", addressLine3: "c", locality: "Paris", sublocality: "d", sublocality2: "e", sublocality3: "f",
  administrativeDistrictLevel1: "g", administrativeDistrictLevel2: "h", administrativeDistrictLevel3: "i", postalCode: "75001", country: "FR", firstName: "Ada", lastName: "L",
} as const;

async function pay({ square }: TwoDoors, more: Partial<Square.CreatePaymentRequest> = {}): Promise<string> {
  const { payment } = await square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: randomUUID(), amountMoney: usd(1000), ...more });
  return payment?.id ?? "";
}

const BANK_DECLINING = ["failure", "account-unusable", "insufficient-funds", "invalid-account", "buyer-refused-payment"].map((name) => `bnon:bank-nonce-${name}`);

async function payments({ square }: TwoDoors): Promise<void> {
  const told = { customerId: "C1", teamMemberId: "T1", referenceId: "R1", orderId: "O1", note: "n", statementDescriptionIdentifier: "SHOP", buyerEmailAddress: "a@example.com" };
  const id = await pay(both, { ...told, tipMoney: usd(100), appFeeMoney: usd(100), billingAddress: ADDRESS, shippingAddress: ADDRESS });
  await pay(both, { billingAddress: { locality: "" }, shippingAddress: { locality: "" } });
  await square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(100), paymentId: id, reason: "broken", teamMemberId: "T1" });
  const held = await pay(both, { autocomplete: false });
  await square.payments.cancel({ paymentId: held });
  await pay(both, { sourceId: "ccof:customer-card-id-ok", autocomplete: false, delayDuration: "PT1H", delayAction: "COMPLETE" });
  const cash = await pay(both, { sourceId: "CASH", cashDetails: { buyerSuppliedMoney: usd(2000) } });
  const external = await pay(both, { sourceId: "EXTERNAL", externalDetails: { type: "CHECK", source: "bank" } });
  await pay(both, { sourceId: "EXTERNAL", externalDetails: { type: "CHECK", source: "bank", sourceId: "S1", sourceFeeMoney: usd(1) } });
  for (const paymentId of [cash, external]) await square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(100), paymentId });
  const declining = ["cnon:card-nonce-rejected-cvv", "cnon:card-nonce-rejected-postalcode", "cnon:card-nonce-rejected-expiration", "cnon:card-nonce-already-used", "ccof:customer-card-id-requires-verification", "cnon:gift-card-nonce-insufficient-permission", ...BANK_DECLINING];
  for (const sourceId of declining) await assert.rejects(pay(both, { sourceId }));
  await assert.rejects(pay(both, { amountMoney: usd(0) }));
  for (const amount of [2222, 3333]) await pay(both, { amountMoney: usd(amount) });
  await pay(both, { sourceId: "cnon:gift-card-nonce-ok" });
  for (const statementDescriptionIdentifier of [undefined, "SHOP"]) await pay(both, { sourceId: "bnon:bank-nonce-ok", ...(statementDescriptionIdentifier === undefined ? {} : { statementDescriptionIdentifier }) });
  await pay(both, { appFeeMoney: usd(100), appFeeAllocations: [{ location_id: "L1", amount_money: { amount: 60, currency: "USD" } }, { amount_money: { amount: 40, currency: "USD" } }] });
  const changed = await pay(both, { autocomplete: false });
  await square.payments.update({ paymentId: changed, idempotencyKey: randomUUID(), payment: { tipMoney: usd(1) } });
  await square.payments.cancelByIdempotencyKey({ idempotencyKey: randomUUID() });
}

/** Refunds to where they were named to go, and with the parts of a fee. */
async function destinations({ square }: TwoDoors): Promise<void> {
  const locationId = (await square.locations.get({ locationId: "main" })).location?.id ?? "";
  const refund = (more: Partial<Square.RefundPaymentRequest>) => square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(100), ...more });
  const charged = await pay(both, { appFeeMoney: usd(100) });
  await refund({ paymentId: charged, destinationId: "gftc:1", appFeeAllocations: [{ location_id: "L1", amount_money: { amount: 1, currency: "USD" } }, { amount_money: { amount: 2, currency: "USD" } }] });
  const unlinked = (more: Partial<Square.RefundPaymentRequest>) => refund({ unlinked: true, locationId, ...more });
  await unlinked({ destinationId: "cnon:card-nonce-ok" });
  await unlinked({ destinationId: "ccof:customer-card-id-ok", customerId: "C1" });
  await unlinked({ destinationId: "CASH", cashDetails: { sellerSuppliedMoney: usd(150) } });
  await unlinked({ destinationId: "EXTERNAL", externalDetails: { type: "CHECK", source: "bank" } });
  await unlinked({ destinationId: "EXTERNAL", externalDetails: { type: "CHECK", source: "bank", sourceId: "S1" } });
}

/** What becomes of refunds when the clock runs. */
async function lives(): Promise<void> {
  const paymentId = await pay(both, { amountMoney: usd(50_000) });
  for (const amount of [100, 7702, 7703]) await both.square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(amount), paymentId });
  await settled(both);
  await both.square.refunds.list();
}

/** Cards and states that Square's own tokens do not make. */
async function fromElsewhere({ stripe }: TwoDoors): Promise<void> {
  for (const token of ["visa_debit", "mastercard_prepaid", "amex", "discover", "diners", "jcb", "unionpay"]) await chargeOf(both, 1000, { source: `tok_${token}` });
  for (const reason of ["", "InsufficientFunds", "ProcessingError"]) await thrown(chargeOf(both, 1000, { source: `tok_chargeDeclined${reason}` }));
  await intentOf(both, 1000, { payment_method: "pm_card_threeDSecure2Required" });
  const transfer = await stripe.paymentIntents.create({ amount: 1000, currency: "usd", confirm: true, payment_method_data: { type: "konbini" } });
  await stripe.refunds.create({ payment_intent: transfer.id, amount: 100, instructions_email: "a@example.com" });
  const waiting = await stripe.refunds.create({ payment_intent: transfer.id, amount: 100, instructions_email: "a@example.com" });
  await stripe.refunds.cancel(waiting.id);
  const { id } = await stripe.paymentIntents.create({ amount: 1000, currency: "usd" });
  await both.square.payments.get({ paymentId: id.replace("pi_", "") });
}

async function reads({ square }: TwoDoors): Promise<void> {
  await square.payments.list();
  await square.payments.list({ limit: 1 });
  await square.refunds.list();
  await square.locations.list();
  await square.locations.get({ locationId: "main" });
  await named(square);
  await webhooks(square);
}

/** Those who listen, and what a test tells them. */
async function webhooks({ webhooks: { subscriptions, eventTypes } }: TwoDoors["square"]): Promise<void> {
  await eventTypes.list();
  await eventTypes.list({ apiVersion: "2019-01-01" });
  const types = (await eventTypes.list()).eventTypes ?? [];
  const make = (more: Square.WebhookSubscription) => subscriptions.create({ subscription: { eventTypes: types, notificationUrl: "https://10.0.0.1.example", ...more } });
  await make({ enabled: false });
  const { subscription } = await make({ name: "All of it", notificationUrl: server.url });
  const subscriptionId = subscription?.id ?? "";
  await subscriptions.list();
  await subscriptions.list({ limit: 1 });
  await subscriptions.test({ subscriptionId });
  for (const eventType of ["payment.created", "refund.updated"]) await subscriptions.test({ subscriptionId, eventType });
  await subscriptions.update({ subscriptionId, subscription: { notificationUrl: "http://127.0.0.1:1" } });
  await subscriptions.test({ subscriptionId });
  await subscriptions.updateSignatureKey({ subscriptionId });
  await subscriptions.delete({ subscriptionId });
}

/** What payments and refunds name. */
async function named(square: TwoDoors["square"]): Promise<void> {
  const order = (orderId: string | null | undefined) => square.orders.get({ orderId: orderId ?? "" });
  for (const one of (await square.refunds.list()).data) await order(one.orderId);
  const made = (await square.payments.list()).data;
  for (const { orderId } of made) if (orderId !== "O1") await order(orderId);
  for (const email of ["ada@example.com", undefined]) {
    const { id } = await both.stripe.customers.create(email === undefined ? {} : { email });
    await square.customers.get({ customerId: id.replace("cus_", "") });
  }
  await square.cards.get({ cardId: "ccof:customer-card-id-ok" });
  await square.giftCards.get({ id: "gftc:1" });
}

/** What the shapes allow and nothing leads to yet, by the reason. An entry that is seen after all fails too. */
const UNSEEN: Readonly<Record<string, readonly string[]>> = {
  "the sandbox has no card of a wrong number": ["Payment.card_details.errors[].code is PAN_FAILURE"],
  "the cards that Square's tokens stand for are Visa's, and credit cards": ["Card", "PaymentRefund.destination_details.card_details.card"].flatMap((card) => [
    ...["AMERICAN_EXPRESS", "CHINA_UNIONPAY", "DISCOVER", "DISCOVER_DINERS", "JCB", "MASTERCARD"].map((brand) => `${card}.card_brand is ${brand}`),
    `${card}.card_type is DEBIT`,
    `${card}.prepaid_type is PREPAID`,
  ]),
  "what is known of a gift card stands by itself": ["Card.card_brand is SQUARE_GIFT_CARD"],
};

test("whatever a shape says may be is seen in an answer", async () => {
  for (const make of [payments, destinations, lives, fromElsewhere, reads]) await make(both);
  // The words of errors are met one by one where errors are tested.
  const unseen = observed.unseen("square").filter((claim) => !/^error\.errors\[\]\.(?:code|category) is/.test(claim));
  assert.deepEqual(unseen.toSorted(), Object.values(UNSEEN).flat().toSorted());
});
