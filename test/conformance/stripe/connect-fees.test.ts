/** Direct charges with an application fee, and what of it goes back (Stripe's API reference: Application Fees). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { expanded, linkId, member, refused, said, type StripeDesk } from "./desk.ts";
import { eachOnPlatform, type Platform } from "./platform.ts";

let desk: StripeDesk;
let on: Platform["on"];
let another: Platform["another"];
eachOnPlatform("0", (platform) => {
  ({ desk, on, another } = platform);
});
/** Where what happens later does not happen while a test runs. */
let still: Platform;
eachOnPlatform("3600000", (platform) => {
  still = platform;
});

function direct(fee: number, more: Partial<Stripe.ChargeCreateParams> = {}, by: Pick<Platform, "desk" | "on"> = { desk, on }): Promise<Stripe.Charge> {
  return by.desk.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", application_fee_amount: fee, ...more }, by.on);
}

async function feeOf(charge: Stripe.Charge): Promise<Stripe.ApplicationFee> {
  return desk.stripe.applicationFees.retrieve(linkId(charge.application_fee));
}

async function balances(): Promise<readonly [account: number, platform: number]> {
  const of = async (options: Stripe.RequestOptions) => {
    const { available, pending } = await desk.stripe.balance.retrieve({}, options);
    return [...available, ...pending].reduce((sum, { amount }) => sum + amount, 0);
  };
  return [await of(on), await of({})];
}

test("a fee is the application's, and both sides say so", async () => {
  const { stripe } = desk;
  const charge = await direct(101);
  assert.deepEqual([charge.application_fee_amount, charge.amount_refunded], [101, 0]);
  assert.match(linkId(charge.application), /^ca_[0-9A-Za-z]{32}$/);
  const fee = await feeOf(charge);
  assert.deepEqual(
    [fee.object, fee.amount, fee.amount_refunded, fee.refunded, fee.account, fee.application, fee.charge, fee.currency, fee.originating_transaction],
    ["application_fee", 101, 0, false, on.stripeAccount, charge.application, charge.id, "usd", null],
  );
  assert.deepEqual(fee.fee_source, { charge: charge.id, type: "charge" });
  assert.deepEqual(fee.refunds, { object: "list", data: [], has_more: false, url: `/v1/application_fees/${fee.id}/refunds` });
  assert.deepEqual(await balances(), [899, 101]);
  assert.deepEqual((await stripe.applicationFees.list()).data, [fee]);
  assert.deepEqual((await stripe.applicationFees.list({ charge: charge.id })).data, [fee]);
  assert.deepEqual((await stripe.applicationFees.list({}, on)).data, []);
  assert.deepEqual(await refused(another().stripe.applicationFees.retrieve(fee.id)), said(`No such application fee: '${fee.id}'`, { code: "resource_missing", param: "id", status: 404 }));
  const own = await stripe.balanceTransactions.retrieve(linkId(charge.balance_transaction), {}, on);
  assert.deepEqual([own.type, own.amount, own.fee, own.net, own.fee_details[0]?.application], ["charge", 1000, 101, 899, charge.application]);
  const earned = await stripe.balanceTransactions.retrieve(linkId(fee.balance_transaction), { expand: ["source"] });
  assert.deepEqual([earned.type, earned.reporting_category, earned.amount, earned.net, linkId(earned.source)], ["application_fee", "platform_earning", 101, 101, fee.id]);
});

test("Connect in thirds of an odd fee: shares are of all that was refunded so far, and the last clears the fee to zero", async () => {
  const { stripe } = desk;
  for (const [fee, parts, shares] of [[101, [333, 333, 334], [33, 34, 34]], [100, [333, 333, 334], [33, 33, 34]], [2, [333, 333, 334], [0, 1, 1]]] as const) {
    const charge = await direct(fee);
    let back = 0;
    for (const [i, amount] of parts.entries()) {
      await stripe.refunds.create({ charge: charge.id, amount, refund_application_fee: true }, on);
      back += shares[i] ?? 0;
      assert.equal((await feeOf(charge)).amount_refunded, back, `${fee} after ${i + 1} parts`);
    }
    const taken = await feeOf(charge);
    assert.deepEqual([taken.amount_refunded, taken.refunded, taken.refunds.data.map(({ amount }) => amount)], [fee, true, shares.filter((share) => share > 0).toReversed()]);
  }
  assert.deepEqual(await balances(), [0, 0]);
});

test("the fee stays unless it is asked for, and a later share catches up with what stayed", async () => {
  const { stripe } = desk;
  const charge = await direct(101);
  await stripe.refunds.create({ charge: charge.id, amount: 500 }, on);
  assert.equal((await feeOf(charge)).amount_refunded, 0);
  await desk.post(`/v1/charges/${charge.id}/refund`, { amount: "100", refund_application_fee: "true" }, { "stripe-account": on.stripeAccount });
  assert.equal((await feeOf(charge)).amount_refunded, 60);
  await desk.post(`/v1/charges/${charge.id}/refunds`, { refund_application_fee: "true" }, { "stripe-account": on.stripeAccount });
  assert.equal((await feeOf(charge)).amount_refunded, 101);
  assert.deepEqual(await balances(), [0, 0]);
});

test("a fee is refunded alone, never beyond what was taken, and the account has it back", async () => {
  const { stripe } = desk;
  const charge = await direct(10);
  const id = linkId(charge.application_fee);
  const first = await stripe.applicationFees.createRefund(id, { amount: 8, metadata: { why: "sorry" } });
  assert.deepEqual([first.object, first.amount, first.fee, first.metadata, first.currency], ["fee_refund", 8, id, { why: "sorry" }, "usd"]);
  assert.deepEqual(await balances(), [998, 2]);
  assert.deepEqual(await refused(stripe.applicationFees.createRefund(id, { amount: 10 })), said("Refund amount ($0.10) is greater than unrefunded amount on fee ($0.02)", { param: "amount" }));
  await stripe.refunds.create({ charge: charge.id, amount: 900, refund_application_fee: true }, on);
  assert.equal((await feeOf(charge)).amount_refunded, 9);
  const last = await stripe.applicationFees.createRefund(id);
  assert.equal(last.amount, 1);
  assert.deepEqual(await refused(stripe.applicationFees.createRefund(id)), said(`Application fee ${id} has already been refunded.`));
  await stripe.refunds.create({ charge: charge.id, refund_application_fee: true }, on);
  assert.deepEqual(await balances(), [0, 0]);
  const listed = await stripe.applicationFees.listRefunds(id, { limit: 2 });
  assert.deepEqual([listed.data.map(({ amount }) => amount), listed.has_more], [[1, 1], true]);
  const rest = await stripe.applicationFees.listRefunds(id, { starting_after: listed.data[1]?.id ?? "" });
  assert.deepEqual(rest.data.map((refund) => refund.id), [first.id]);
  assert.equal((await stripe.applicationFees.retrieveRefund(id, first.id)).amount, 8);
  const updated = await stripe.applicationFees.updateRefund(id, first.id, { metadata: { why: "" } });
  assert.deepEqual(updated.metadata, {});
  assert.equal((await refused(stripe.applicationFees.retrieveRefund(linkId((await direct(5)).application_fee), first.id))).status, 404);
});

test("fees are listed of a time and after a cursor, also of one charge", async () => {
  const { stripe } = desk;
  const [first, second] = [await direct(1), await direct(2)];
  const fees = [await feeOf(second), await feeOf(first)].map(({ id }) => id);
  const listed = async (asked: Stripe.ApplicationFeeListParams) => (await stripe.applicationFees.list(asked)).data.map(({ id }) => id);
  const [charge, created] = [first.id, first.created];
  assert.deepEqual(await listed({ starting_after: fees[0] ?? "" }), [fees[1]]);
  assert.deepEqual(await listed({ charge, starting_after: fees[0] ?? "" }), [fees[1]]);
  assert.deepEqual(await listed({ charge, starting_after: fees[1] ?? "" }), []);
  assert.deepEqual(await listed({ charge, ending_before: fees[0] ?? "" }), []);
  assert.deepEqual(await listed({ charge, created: { gte: created } }), [fees[1]]);
  assert.deepEqual(await listed({ charge, created: { lt: created } }), []);
  assert.deepEqual(await listed({ charge, created: { gt: created + 60 } }), []);
});

test("what a canceled refund gave back of a fee is the platform's again", async () => {
  const { stripe } = desk;
  const intent = await stripe.paymentIntents.create({ amount: 1000, currency: "jpy", payment_method_data: { type: "konbini" }, confirm: true, application_fee_amount: 101, expand: ["latest_charge"] }, on);
  const id = linkId(expanded(intent.latest_charge).application_fee);
  const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500, instructions_email: "jenny@example.com", refund_application_fee: true }, on);
  assert.equal(refund.status, "requires_action");
  assert.equal((await stripe.applicationFees.retrieve(id)).amount_refunded, 50);
  await stripe.refunds.cancel(refund.id, {}, on);
  const free = await stripe.applicationFees.retrieve(id);
  assert.deepEqual([free.amount_refunded, free.refunded, free.refunds.data], [0, false, []]);
  assert.deepEqual(await balances(), [899, 101]);
  await stripe.refunds.create({ payment_intent: intent.id, instructions_email: "jenny@example.com", refund_application_fee: true }, on);
  assert.equal((await stripe.applicationFees.retrieve(id)).amount_refunded, 101);
});

test("balance transactions tell what a fee and its refunds moved, on both sides", async () => {
  const { stripe } = desk;
  const charge = await direct(101);
  const id = linkId(charge.application_fee);
  const alone = await stripe.applicationFees.createRefund(id, { amount: 1, expand: ["balance_transaction", "fee"] });
  assert.deepEqual([expanded(alone.balance_transaction).type, expanded(alone.balance_transaction).net, expanded(alone.fee).amount_refunded], ["application_fee_refund", -1, 1]);
  await stripe.refunds.create({ charge: charge.id, refund_application_fee: true }, on);
  const seen = async (options: Stripe.RequestOptions) =>
    (await stripe.balanceTransactions.list({}, options)).data.map(({ type, reporting_category, amount, fee, net }) => [type, reporting_category, amount, fee, net]);
  assert.deepEqual(await seen({}), [
    ["application_fee_refund", "platform_earning_refund", -100, 0, -100],
    ["application_fee_refund", "platform_earning_refund", -1, 0, -1],
    ["application_fee", "platform_earning", 101, 0, 101],
  ]);
  assert.deepEqual(await seen(on), [
    ["refund", "refund", -1000, -100, -900],
    ["adjustment", "fee", 0, -1, 1],
    ["charge", "charge", 1000, 101, 899],
  ]);
  const [own] = (await stripe.balanceTransactions.list({ type: "adjustment" }, on)).data;
  assert.equal(own?.source, alone.id);
  assert.deepEqual((await stripe.balanceTransactions.list({ source: alone.id })).data.map(({ net }) => net), [-1]);
  assert.deepEqual((await stripe.balanceTransactions.list({ type: "application_fee" })).data.map(({ source }) => source), [id]);
  assert.deepEqual((await stripe.balanceTransactions.list({ type: "charge" })).data, []);
});

test("a charge without a fee has none to give back, and nobody takes one who acts for nobody", async () => {
  const { stripe } = desk;
  const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" }, on);
  assert.deepEqual([charge.application_fee, charge.application_fee_amount], [null, null]);
  assert.deepEqual(await refused(stripe.refunds.create({ charge: charge.id, refund_application_fee: true }, on)), said(`Attempting to refund_application_fee on ${charge.id}, but it has no application fee`));
  assert.equal((await stripe.charges.retrieve(charge.id, {}, on)).amount_refunded, 0);
  assert.match((await refused(stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", application_fee_amount: 1 }))).message, /made on behalf of another account/);
  assert.match((await refused(stripe.paymentIntents.create({ amount: 1000, currency: "usd", application_fee_amount: 1 }))).message, /attempting a direct payment \(using an OAuth key or Stripe-Account header\)/);
  assert.deepEqual(await refused(direct(1001)), said("The application_fee_amount ($10.01) cannot be greater than the amount of the payment ($10.00).", { param: "application_fee_amount" }));
});

test("an intent's fee is agreed until it is captured, and is no more than that", async () => {
  const { stripe } = desk;
  const held = await stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa", capture_method: "manual", application_fee_amount: 100 }, on);
  assert.deepEqual([held.application_fee_amount, typeof held.application], [100, "string"]);
  assert.equal((await stripe.paymentIntents.update(held.id, { application_fee_amount: 150 }, on)).application_fee_amount, 150);
  assert.equal((await refused(stripe.paymentIntents.update(held.id, { application_fee_amount: 1001 }, on))).param, "application_fee_amount");
  // Nor may the amount come to be less than the fee that was agreed.
  assert.equal((await refused(stripe.paymentIntents.update(held.id, { amount: 149 }, on))).param, "application_fee_amount");
  await stripe.paymentIntents.confirm(held.id, {}, on);
  assert.deepEqual((await stripe.applicationFees.list()).data, []);
  const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 600, application_fee_amount: 77, expand: ["latest_charge.application_fee"] }, on);
  const charge = expanded<Stripe.Charge>(captured.latest_charge);
  assert.deepEqual([captured.application_fee_amount, expanded(charge.application_fee).amount], [77, 77]);
  const part = await direct(300, { capture: false });
  const whole = await stripe.charges.capture(part.id, { amount: 200 }, on);
  assert.deepEqual([whole.application_fee_amount, (await feeOf(whole)).amount], [200, 200]);
  const again = await stripe.charges.capture((await direct(300, { capture: false })).id, { amount: 500, application_fee_amount: 7 }, on);
  assert.equal((await feeOf(again)).amount, 7);
  assert.equal((await refused(stripe.paymentIntents.update(held.id, { application_fee_amount: 1 }, on))).code, "payment_intent_unexpected_state");
  assert.deepEqual(await balances(), [600 + 200 + 500 - 284, 284]);
});

test("what a refund under way gives back of a fee is promised, and counts", async () => {
  const { stripe } = still.desk;
  const charge = await direct(101, { source: "tok_pendingRefund" }, still);
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 500, refund_application_fee: true }, still.on);
  const fee = await stripe.applicationFees.retrieve(linkId(charge.application_fee));
  assert.deepEqual([refund.status, fee.amount_refunded, fee.refunds.data.map(({ balance_transaction }) => balance_transaction)], ["pending", 50, [null]]);
});

test("the fee of a refund that goes on follows it: given, and the application's again", async () => {
  const { stripe } = desk;
  const pending = await direct(101, { source: "tok_pendingRefund" });
  const refund = await stripe.refunds.create({ charge: pending.id, amount: 500, refund_application_fee: true }, on);
  while ((await stripe.refunds.retrieve(refund.id, {}, on)).status !== "succeeded") await delay(5);
  const [given] = (await stripe.applicationFees.listRefunds(linkId(pending.application_fee))).data;
  assert.equal((await stripe.balanceTransactions.retrieve(linkId(given?.balance_transaction))).net, -50);
  assert.deepEqual(await balances(), [1000 - 101 - 450, 51]);

  const fails = await direct(101, { source: "tok_refundFail" });
  const failing = await stripe.refunds.create({ charge: fails.id, refund_application_fee: true }, on);
  while ((await stripe.refunds.retrieve(failing.id, {}, on)).status !== "failed") await delay(5);
  const fee = await feeOf(fails);
  assert.deepEqual([fee.amount_refunded, fee.refunded, fee.refunds.data], [0, false, []]);
  assert.deepEqual((await stripe.applicationFees.listRefunds(fee.id)).data, []);
  assert.deepEqual(await balances(), [1000 - 101 - 450 + 899, 152]);
});

test("a fee is refunded by its old address too, which answers with the fee", async () => {
  const id = linkId((await direct(10)).application_fee);
  const first = await desk.post(`/v1/application_fees/${id}/refund`, { amount: "4" });
  assert.deepEqual([member(first.json, "object"), member(first.json, "amount_refunded"), member(first.json, "refunds", "data", "0", "amount")], ["application_fee", 4, 4]);
  assert.equal(member((await desk.post(`/v1/application_fees/${id}/refund`)).json, "refunded"), true);
  assert.equal((await desk.post(`/v1/application_fees/${id}/refund`)).status, 400);
  assert.equal((await desk.post("/v1/application_fees/fee_nope/refund")).status, 404);
  const [made] = (await desk.stripe.applicationFees.listRefunds(id, { expand: ["data.fee"] })).data;
  assert.deepEqual(expanded<Stripe.ApplicationFee>(made?.fee).refunds.data.map(({ amount }) => amount), [6, 4]);
});

test("links between a charge and its fee are followed, from both sides", async () => {
  const { stripe } = desk;
  const { id } = await direct(101);
  const charge = await stripe.charges.retrieve(id, { expand: ["application_fee.balance_transaction", "application_fee.account"] }, on);
  const fee = expanded<Stripe.ApplicationFee>(charge.application_fee);
  assert.deepEqual([expanded(fee.balance_transaction).amount, expanded(fee.account).object], [101, "account"]);
  const [listed] = (await stripe.applicationFees.list({ expand: ["data.charge"] })).data;
  assert.equal(expanded<Stripe.Charge>(listed?.charge).id, id);
  const made = await direct(5, { expand: ["application_fee.charge"] });
  assert.equal(expanded<Stripe.Charge>(expanded<Stripe.ApplicationFee>(made.application_fee).charge).id, made.id);
});

test("what is to come back and is not there is refused of an authorization too, and nothing is released", async () => {
  const { stripe } = desk;
  const held = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", capture: false });
  await refused(stripe.refunds.create({ charge: held.id, reverse_transfer: true }));
  await refused(stripe.refunds.create({ charge: held.id, refund_application_fee: true }));
  assert.deepEqual([(await stripe.charges.retrieve(held.id)).captured, (await stripe.refunds.list({ charge: held.id })).data.length], [false, 0]);
  assert.equal((await stripe.refunds.create({ charge: held.id })).status, "succeeded");
});
