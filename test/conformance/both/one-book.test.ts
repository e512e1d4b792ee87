/** One book behind two doors: what one SDK did, the other sees, counts and may go on with. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, linkId, NOW, refundReport, refused, said } from "../stripe/desk.ts";
import { openBoth, payBySquare, refundBySquare, refusedBySquare, seenFromBoth, settled, squarePayment, usd, type TwoDoors } from "./two-doors.ts";

let server: TestServer;
let both: TwoDoors;
before(async () => {
  // Square's refunds are under way first; here they are done as soon as the clock looks.
  server = await startTestServer({ flags: { sandboxDelay: "0" } });
});
test.beforeEach(() => {
  both = openBoth(server);
});
after(() => server.stop());

test("a payment taken through Square's API is a Payment Record that Stripe reports on itself", async () => {
  const body = await payBySquare(both, 1000);
  const record = await both.stripe.paymentRecords.retrieve(`pr_${body}`);
  assert.deepEqual(record.processor_details, { type: "custom", custom: { payment_reference: body } });
  assert.deepEqual([record.amount_guaranteed, record.amount_requested, record.reported_by], [{ currency: "usd", value: 1000 }, { currency: "usd", value: 1000 }, "stripe"]);
  assert.equal(record.payment_method_details?.type, "card");
  assert.deepEqual((await both.stripe.paymentRecords.list()).data, [record]);
  assert.equal((await both.stripe.charges.retrieve(`ch_${body}`)).amount, 1000);
});

test("it is refunded in parts from both sides, and each shows the whole truth at every step", async () => {
  const body = await payBySquare(both, 1000);
  const { stripe } = both;
  const steps: [number, () => Promise<string>][] = [
    [100, () => refundBySquare(both, body, 100)],
    [200, async () => (await stripe.refunds.create({ charge: `ch_${body}`, amount: 200 })).id.slice(3)],
    [300, async () => (await stripe.paymentRecords.reportRefund(`pr_${body}`, refundReport("both", 300)), String((await stripe.refunds.list({ limit: 1 })).data[0]?.id.slice(3)))],
    [400, () => refundBySquare(both, body, 400)],
  ];
  const done: [string, number, string][] = [];
  let total = 0;
  for (const [amount, act] of steps) {
    done.unshift([await act(), amount, body]);
    total += amount;
    await settled(both);
    assert.deepEqual(await seenFromBoth(both, body), { square: total, stripe: total, guaranteed: 1000 - total, squareRefunds: done, stripeRefunds: done });
    const charge = await stripe.charges.retrieve(`ch_${body}`);
    assert.deepEqual([charge.amount_refunded, charge.refunded], [total, total === 1000]);
  }
  assert.deepEqual(await refused(stripe.refunds.create({ charge: `ch_${body}` })), said(`Charge ch_${body} has already been refunded.`, { code: "charge_already_refunded" }));
  assert.equal((await refusedBySquare(refundBySquare(both, body, 1))).status, 400);
});

test("what one side refunded limits the other", async () => {
  const body = await payBySquare(both, 1000);
  await refundBySquare(both, body, 600);
  assert.deepEqual(await refused(both.stripe.refunds.create({ charge: `ch_${body}`, amount: 600 })), said("Refund amount ($6.00) is greater than unrefunded amount on charge ($4.00)", { param: "amount" }));
  await both.stripe.refunds.create({ charge: `ch_${body}`, amount: 300 });
  assert.match(JSON.stringify(await refusedBySquare(refundBySquare(both, body, 101))), /REFUND_AMOUNT_INVALID/);
  await refundBySquare(both, body, 100);
  assert.equal((await both.stripe.charges.retrieve(`ch_${body}`)).refunded, true);
});

test("callers at both doors who race never give back more than was captured", async () => {
  const body = await payBySquare(both, 1000);
  const tries = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? refundBySquare(both, body, 70) : both.stripe.refunds.create({ charge: `ch_${body}`, amount: 70 }))),
  );
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 14);
  await settled(both);
  const seen = await seenFromBoth(both, body);
  assert.deepEqual([seen.square, seen.stripe, seen.guaranteed], [980, 980, 20]);
});

test("a payment that was only reported is an external payment to Square, and is refunded from both sides", async () => {
  const record = await both.stripe.paymentRecords.reportPayment({
    amount_requested: { currency: "usd", value: 1000 },
    initiated_at: NOW,
    outcome: "guaranteed",
    guaranteed: { guaranteed_at: NOW },
    payment_method_details: { type: "custom", custom: { display_name: "newpay", type: "cpmt_1" } },
    processor_details: { type: "custom", custom: { payment_reference: "npp_1" } },
  });
  const body = record.id.slice(3);
  const payment = await squarePayment(both, body);
  assert.deepEqual([payment.sourceType, payment.status, payment.totalMoney, payment.externalDetails], ["EXTERNAL", "COMPLETED", usd(1000), { type: "OTHER", source: "newpay", sourceId: "npp_1" }]);
  const one = await refundBySquare(both, body, 400);
  await both.stripe.paymentRecords.reportRefund(record.id, refundReport("external", 100));
  const seen = await seenFromBoth(both, body);
  assert.deepEqual([seen.square, seen.stripe, seen.guaranteed], [500, 500, 500]);
  assert.deepEqual(seen.squareRefunds, seen.stripeRefunds);
  assert.equal(seen.squareRefunds[1]?.[0], one);
  assert.deepEqual(await refused(both.stripe.refunds.create({ charge: `ch_${body}` })), said(`No such charge: 'ch_${body}'`, { status: 404, code: "resource_missing", param: "id" }), "nobody here charged it");
});

test("a Stripe charge is a Square payment, from its authorization on", async () => {
  const held = await chargeOf(both, 1000, { capture: false });
  const body = held.id.slice(3);
  const approved = await squarePayment(both, body);
  assert.deepEqual([approved.status, approved.sourceType, approved.totalMoney], ["APPROVED", "CARD", usd(1000)]);
  await both.stripe.charges.capture(held.id, { amount: 600 });
  const completed = await squarePayment(both, body);
  assert.deepEqual([completed.status, completed.totalMoney, completed.refundedMoney], ["COMPLETED", usd(600), undefined]);
  await refundBySquare(both, body, 600);
  assert.deepEqual((await both.stripe.charges.retrieve(held.id)).refunded, true);
});

test("a Stripe intent is a Square payment, and its charge is refunded there", async () => {
  const intent = await intentOf(both);
  const body = intent.id.slice(3);
  assert.equal((await squarePayment(both, body)).status, "COMPLETED");
  const id = await refundBySquare(both, body, 250);
  const refund = await both.stripe.refunds.retrieve(`re_${id}`);
  assert.deepEqual([refund.amount, refund.payment_intent, refund.charge, refund.reason], [250, intent.id, linkId(intent.latest_charge), null]);
});

test("a payment that Square holds is captured by Stripe, and one that Stripe holds is completed by Square", async () => {
  const { payment } = await both.square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: "held", amountMoney: usd(500), autocomplete: false });
  const body = payment?.id ?? "";
  assert.equal((await both.stripe.charges.retrieve(`ch_${body}`)).captured, false);
  assert.equal((await both.stripe.charges.capture(`ch_${body}`)).amount_captured, 500);
  assert.equal((await squarePayment(both, body)).status, "COMPLETED");
  const held = await chargeOf(both, 700, { capture: false });
  await both.square.payments.complete({ paymentId: held.id.slice(3) });
  assert.equal((await both.stripe.charges.retrieve(held.id)).amount_captured, 700);
});

test("what each side wrote is its own: metadata there and reasons here do not mix", async () => {
  const body = await payBySquare(both, 1000);
  await both.square.refunds.refundPayment({ idempotencyKey: "reasons", amountMoney: usd(10), paymentId: body, reason: "Damaged" });
  await both.stripe.refunds.create({ charge: `ch_${body}`, amount: 20, reason: "duplicate", metadata: { a: "1" } });
  const { data: seenByStripe } = await both.stripe.refunds.list();
  assert.deepEqual(seenByStripe.map(({ reason, metadata }) => [reason, metadata]), [["duplicate", { a: "1" }], [null, {}]]);
  const { data: seenBySquare } = await both.square.refunds.list({ sortOrder: "DESC" });
  assert.deepEqual(seenBySquare.map(({ reason }) => reason), [undefined, "Damaged"]);
});

test("the same idempotency key may be used at both doors", async () => {
  const body = await payBySquare(both, 1000);
  await both.square.refunds.refundPayment({ idempotencyKey: "one key", amountMoney: usd(10), paymentId: body });
  const made = await both.stripe.refunds.create({ charge: `ch_${body}`, amount: 20 }, { idempotencyKey: "one key" });
  assert.equal(made.amount, 20);
});
