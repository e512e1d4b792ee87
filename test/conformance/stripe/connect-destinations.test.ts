/** Destination charges: the money goes on to an account, and comes back with refunds (Stripe's API reference: destination charges). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Stripe } from "stripe";
import { expanded, linkId, member, refused, said, type StripeDesk } from "./desk.ts";
import { eachOnPlatform, type Platform } from "./platform.ts";

let desk: StripeDesk;
let account: string;
let on: Platform["on"];
let another: Platform["another"];
eachOnPlatform("20", (platform) => {
  ({ desk, account, on, another } = platform);
});

function toDestination(more: Partial<Stripe.ChargeCreateParams> = {}): Promise<Stripe.Charge> {
  return desk.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", transfer_data: { destination: account }, ...more });
}

function transferOf(charge: Stripe.Charge): Promise<Stripe.Transfer> {
  return desk.stripe.transfers.retrieve(linkId(charge.transfer));
}

async function balances(): Promise<readonly [platform: number, account: number]> {
  const of = async (options: Stripe.RequestOptions) => {
    const { available, pending } = await desk.stripe.balance.retrieve({}, options);
    return [...available, ...pending].reduce((sum, { amount }) => sum + amount, 0);
  };
  return [await of({}), await of(on)];
}

test("the money of a destination charge goes on, and both sides say so", async () => {
  const { stripe } = desk;
  const charge = await toDestination({ on_behalf_of: account, transfer_group: "order 7", application_fee_amount: 123 });
  assert.deepEqual([member(charge, "destination"), charge.on_behalf_of, charge.transfer_data, charge.application_fee_amount, charge.application], [account, account, { amount: null, destination: account }, 123, null] satisfies unknown[]);
  const transfer = await transferOf(charge);
  assert.deepEqual(
    [transfer.object, transfer.amount, transfer.amount_reversed, transfer.reversed, transfer.destination, transfer.source_transaction, transfer.transfer_group, transfer.currency],
    ["transfer", 1000, 0, false, account, charge.id, "order 7", "usd"],
  );
  const received = await stripe.charges.retrieve(linkId(transfer.destination_payment), {}, on);
  assert.match(received.id, /^py_[0-9A-Za-z]{24}$/);
  assert.deepEqual([received.amount, received.source_transfer, received.application_fee_amount, received.payment_method, received.payment_method_details?.type], [1000, transfer.id, 123, null, "stripe_account"]);
  const fee = await stripe.applicationFees.retrieve(linkId(charge.application_fee));
  assert.deepEqual([fee.amount, fee.charge, fee.originating_transaction, fee.account, received.application_fee], [123, received.id, charge.id, account, fee.id]);
  assert.deepEqual((await stripe.applicationFees.list({ charge: received.id })).data, [fee]);
  assert.deepEqual(await balances(), [123, 877]);
  assert.equal((await refused(stripe.charges.retrieve(received.id))).status, 404);
  assert.deepEqual((await stripe.charges.list({}, on)).data.map(({ id }) => id), [received.id]);
  assert.deepEqual((await stripe.charges.list()).data.map(({ id }) => id), [charge.id]);
});

test("a refund leaves the transfer where it is unless it is reversed, and then in proportion, down to zero", async () => {
  const { stripe } = desk;
  const charge = await toDestination({ transfer_data: { destination: account, amount: 701 } });
  const plain = await stripe.refunds.create({ charge: charge.id, amount: 100 });
  assert.equal(plain.transfer_reversal, null);
  assert.deepEqual(await balances(), [199, 701]);
  const second = await stripe.refunds.create({ charge: charge.id, amount: 233, reverse_transfer: true, expand: ["transfer_reversal"] });
  const reversal = expanded<Stripe.TransferReversal>(second.transfer_reversal);
  // Of all that was refunded so far: 701 * 333 / 1000, rounded down.
  assert.deepEqual([reversal.object, reversal.amount, reversal.source_refund, reversal.transfer], ["transfer_reversal", 233, second.id, charge.transfer]);
  const back = await stripe.refunds.retrieve(linkId(reversal.destination_payment_refund), {}, on);
  assert.match(back.id, /^pyr_/);
  assert.deepEqual([back.amount, back.source_transfer_reversal, linkId(back.charge), back.status], [233, reversal.id, linkId((await transferOf(charge)).destination_payment), "succeeded"]);
  await desk.post(`/v1/charges/${charge.id}/refund`, { amount: "333", reverse_transfer: "true" });
  assert.equal((await transferOf(charge)).amount_reversed, 466);
  await desk.post(`/v1/charges/${charge.id}/refunds`, { reverse_transfer: "true" });
  const transfer = await transferOf(charge);
  assert.deepEqual([transfer.amount_reversed, transfer.reversed, transfer.reversals.data.map(({ amount }) => amount)], [701, true, [235, 233, 233]]);
  assert.deepEqual(await balances(), [0, 0]);
  assert.deepEqual((await stripe.refunds.list({}, on)).data.map(({ amount }) => amount), [235, 233, 233]);
  assert.deepEqual((await stripe.refunds.list()).data.map(({ amount }) => amount), [334, 333, 233, 100]);
});

test("a refund by the intent gives the fee back and reverses the transfer in one, each in its proportion", async () => {
  const { stripe } = desk;
  const intent = await stripe.paymentIntents.create({
    amount: 1000, currency: "usd", payment_method: "pm_card_visa", confirm: true, automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    application_fee_amount: 101, transfer_data: { destination: account },
  });
  assert.deepEqual([intent.transfer_data, intent.application_fee_amount], [{ destination: account }, 101]);
  const charge = await stripe.charges.retrieve(linkId(intent.latest_charge));
  const steps = [[333, 667, 33], [666, 334, 67], [1000, 0, 101]] as const;
  let before = 0;
  for (const [refunded, left, fee] of steps) {
    await stripe.refunds.create({ payment_intent: intent.id, amount: refunded - before, reverse_transfer: true, refund_application_fee: true });
    before = refunded;
    const transfer = await transferOf(charge);
    assert.equal(transfer.amount - transfer.amount_reversed, left);
    assert.equal((await stripe.applicationFees.retrieve(linkId(charge.application_fee))).amount_refunded, fee);
    assert.deepEqual(await balances(), [101 - fee, left - (101 - fee)]);
  }
});

test("the fee of a destination charge goes back alone too, to the account", async () => {
  const { stripe } = desk;
  const charge = await toDestination({ application_fee_amount: 100 });
  await stripe.refunds.create({ charge: charge.id, amount: 500, refund_application_fee: true });
  assert.deepEqual(await balances(), [-450, 950]);
  await stripe.applicationFees.createRefund(linkId(charge.application_fee), { amount: 20 });
  assert.deepEqual(await balances(), [-470, 970]);
  await stripe.refunds.create({ charge: charge.id, refund_application_fee: true, reverse_transfer: true });
  assert.deepEqual(await balances(), [0, 0]);
});

test("only what went on can be reversed, and nothing is refunded otherwise", async () => {
  const { stripe } = desk;
  const own = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa" });
  const message = (id: string) => said(`Cannot reverse transfer on charge ${id} because it does not have an associated transfer.`);
  assert.deepEqual(await refused(stripe.refunds.create({ charge: own.id, reverse_transfer: true })), message(own.id));
  const direct = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", application_fee_amount: 1 }, on);
  assert.deepEqual(await refused(stripe.refunds.create({ charge: direct.id, reverse_transfer: true }, on)), message(direct.id));
  const plain = await toDestination();
  assert.match((await refused(stripe.refunds.create({ charge: plain.id, refund_application_fee: true }))).message, /but it has no application fee$/);
  for (const { id, options } of [{ id: own.id, options: {} }, { id: direct.id, options: on }, { id: plain.id, options: {} }]) assert.equal((await stripe.charges.retrieve(id, {}, options)).amount_refunded, 0);
  const received = linkId((await transferOf(plain)).destination_payment);
  assert.equal((await refused(stripe.refunds.create({ charge: received }, on))).code, "resource_missing");
});

test("a destination must be an account of the platform's, and its share no more than the charge", async () => {
  const { stripe } = desk;
  const other = await another().stripe.accounts.create({});
  const no = said(`No such destination: '${other.id}'`, { code: "resource_missing", param: "transfer_data[destination]" });
  assert.deepEqual(await refused(toDestination({ transfer_data: { destination: other.id } })), no);
  assert.deepEqual(await refused(stripe.paymentIntents.create({ amount: 1, currency: "usd", transfer_data: { destination: other.id } })), no);
  const { id: customer } = await stripe.customers.create();
  assert.equal((await refused(toDestination({ transfer_data: { destination: customer } }))).param, "transfer_data[destination]");
  assert.equal((await refused(toDestination({ transfer_data: { destination: account, amount: 1001 } }))).param, "transfer_data[amount]");
  assert.equal((await refused(toDestination({ transfer_data: { destination: account, amount: 1 }, application_fee_amount: 1 }))).code, "parameters_exclusive");
  assert.equal((await refused(toDestination({ on_behalf_of: other.id }))).param, "on_behalf_of");
  assert.equal((await refused(toDestination({ application_fee_amount: 1001 }))).param, "application_fee_amount");
});

test("the transfer is made at the capture, of what was captured, and not before", async () => {
  const { stripe } = desk;
  const held = await toDestination({ capture: false, transfer_data: { destination: account, amount: 900 } });
  assert.deepEqual([held.transfer, held.transfer_data], [undefined, { amount: 900, destination: account }]);
  assert.deepEqual((await stripe.transfers.list()).data, []);
  assert.equal((await transferOf(await stripe.charges.capture(held.id, { amount: 300 }))).amount, 300);
  const costly = await stripe.charges.capture((await toDestination({ capture: false, application_fee_amount: 500 })).id, { amount: 300, expand: ["application_fee"] });
  assert.deepEqual([costly.application_fee_amount, expanded<Stripe.ApplicationFee>(costly.application_fee).amount], [300, 300]);
  const agreed = await stripe.charges.capture((await toDestination({ capture: false })).id, { amount: 800, transfer_data: { amount: 650 } });
  assert.equal((await transferOf(agreed)).amount, 650);
  const intent = await stripe.paymentIntents.create({ amount: 1000, currency: "usd", payment_method: "pm_card_visa", transfer_data: { destination: account }, application_fee_amount: 10 });
  await stripe.paymentIntents.update(intent.id, { transfer_data: { amount: 500 }, application_fee_amount: 20 });
  assert.equal((await stripe.paymentIntents.update(intent.id, { transfer_group: "later" })).application_fee_amount, 20);
  const paid = await stripe.paymentIntents.confirm(intent.id, { expand: ["latest_charge.transfer"] });
  const sent = expanded<Stripe.Transfer>(expanded<Stripe.Charge>(paid.latest_charge).transfer);
  assert.deepEqual([sent.amount, sent.transfer_group, paid.application_fee_amount], [500, "later", 20]);
  const released = await toDestination({ capture: false });
  await stripe.refunds.create({ charge: released.id, reverse_transfer: true });
  assert.equal((await stripe.transfers.list()).data.length, 4);
  assert.match((await refused(stripe.charges.capture((await stripe.charges.create({ amount: 1, currency: "usd", source: "tok_visa", capture: false })).id, { transfer_data: { amount: 1 } }))).message, /no transfer_data\[destination\]/);
});

test("what a refund reversed stays reversed when the refund fails, and is not reversed again", async () => {
  const { stripe } = desk;
  const charge = await toDestination({ source: "tok_refundFail", application_fee_amount: 100 });
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 500, reverse_transfer: true, refund_application_fee: true });
  while ((await stripe.refunds.retrieve(refund.id)).status !== "failed") await delay(5);
  assert.equal((await transferOf(charge)).amount_reversed, 500);
  assert.deepEqual(await balances(), [550, 450]);
  const next = await stripe.refunds.create({ charge: charge.id, amount: 400, reverse_transfer: true, refund_application_fee: true });
  assert.equal(next.transfer_reversal, null);
  assert.deepEqual(await balances(), [150, 450]);
});

test("balance transactions on both sides tell each kind of money that moved, page by page", async () => {
  const { stripe } = desk;
  const charge = await toDestination({ application_fee_amount: 100, description: "a book" });
  await stripe.refunds.create({ charge: charge.id, reverse_transfer: true, refund_application_fee: true });
  const told = (rows: readonly Stripe.BalanceTransaction[]) => rows.map(({ type, reporting_category, net }) => `${type} ${reporting_category} ${net}`);
  const platform = [
    "refund refund -1000", "transfer_refund transfer_reversal 1000", "application_fee_refund platform_earning_refund -100",
    "charge charge 1000", "application_fee platform_earning 100", "transfer transfer -1000",
  ];
  const ofPlatform = (await stripe.balanceTransactions.list()).data;
  assert.deepEqual(told(ofPlatform).toSorted(), platform.toSorted());
  const ofAccount = (await stripe.balanceTransactions.list({}, on)).data;
  assert.deepEqual(told(ofAccount).toSorted(), ["adjustment fee 100", "payment charge 900", "payment_refund refund -1000"]);
  for (const options of [{}, on]) {
    const all = (await stripe.balanceTransactions.list({}, options)).data.map(({ id }) => id);
    const paged: string[] = [];
    for (let after: string | undefined; ; after = paged.at(-1)) {
      const page = await stripe.balanceTransactions.list({ limit: 1, ...(after === undefined ? {} : { starting_after: after }) }, options);
      paged.push(...page.data.map(({ id }) => id));
      if (!page.has_more) break;
    }
    assert.deepEqual(paged, all);
    const back = await stripe.balanceTransactions.list({ ending_before: all.at(-1) ?? "" }, options);
    assert.deepEqual(back.data.map(({ id }) => id), all.slice(0, -1));
    for (const id of all) {
      const found = await stripe.balanceTransactions.retrieve(id, { expand: ["source"] }, options);
      assert.equal(found.id, id);
    }
  }
  const [sent] = (await stripe.balanceTransactions.list({ type: "transfer", expand: ["data.source"] })).data;
  assert.equal(member(expanded<object>(sent?.source), "reversals", "data", "0", "amount"), 1000);
  for (const [source, types] of [[linkId(charge.transfer), ["transfer"]], [charge.id, ["charge"]]] as const) {
    assert.deepEqual((await stripe.balanceTransactions.list({ source })).data.map(({ type }) => type), types);
  }
});

test("links between a charge, its transfer and what that brought are followed", async () => {
  const { stripe } = desk;
  const made = await toDestination({ expand: ["transfer.destination_payment", "application_fee"], application_fee_amount: 5 });
  assert.equal(expanded<Stripe.Charge>(expanded<Stripe.Transfer>(made.transfer).destination_payment).amount, 1000);
  const charge = await stripe.charges.retrieve(made.id, { expand: ["transfer.destination_payment.source_transfer", "transfer.destination", "application_fee.originating_transaction"] });
  const transfer = expanded<Stripe.Transfer>(charge.transfer);
  assert.equal(expanded(transfer.destination).object, "account");
  assert.equal(expanded<Stripe.Transfer>(expanded<Stripe.Charge>(transfer.destination_payment).source_transfer).id, transfer.id);
  assert.equal(expanded<Stripe.Charge>(expanded<Stripe.ApplicationFee>(charge.application_fee).originating_transaction).id, charge.id);
  const refund = await stripe.refunds.create({ charge: made.id, amount: 10, reverse_transfer: true });
  const read = await stripe.refunds.retrieve(refund.id, { expand: ["transfer_reversal.destination_payment_refund", "transfer_reversal.source_refund", "transfer_reversal.transfer"] });
  const reversal = expanded<Stripe.TransferReversal>(read.transfer_reversal);
  assert.deepEqual([expanded<Stripe.Refund>(reversal.destination_payment_refund).amount, expanded<Stripe.Refund>(reversal.source_refund).id, expanded<Stripe.Transfer>(reversal.transfer).amount_reversed], [10, refund.id, 10]);
  const theirs = await stripe.refunds.retrieve(linkId(reversal.destination_payment_refund), { expand: ["source_transfer_reversal", "charge.source_transfer"] }, on);
  assert.equal(expanded<Stripe.TransferReversal>(theirs.source_transfer_reversal).id, reversal.id);
});

test("what leads to no object of its own is not expanded", async () => {
  for (const path of ["application", "on_behalf_of", "transfer_data"]) {
    assert.deepEqual(await refused(toDestination({ expand: [path] })), said(`This property cannot be expanded (${path}).`));
  }
  assert.match((await refused(toDestination({ expand: ["refunds.data.transfer_reversal"] }))).message, /cannot be expanded/);
});

test("the older forms of a fee and a destination are refused, never dropped", async () => {
  for (const name of ["application_fee", "destination"]) {
    const answer = await desk.post("/v1/charges", { amount: "1000", currency: "usd", source: "tok_visa", [name]: "x" });
    assert.deepEqual([answer.status, member(answer.json, "error", "param")], [400, name]);
  }
});

test("refunds, reversals and fee refunds that come at once give back no more than went", async () => {
  const { stripe } = desk;
  const charge = await toDestination({ application_fee_amount: 101 });
  const [transfer, fee] = [linkId(charge.transfer), linkId(charge.application_fee)];
  const work = Array.from({ length: 8 }, (_one, i) => [
    stripe.refunds.create({ charge: charge.id, amount: 150, reverse_transfer: true, refund_application_fee: true }),
    stripe.transfers.createReversal(transfer, { amount: 90 + i }),
    stripe.applicationFees.createRefund(fee, { amount: 9 }),
  ]).flat();
  for (const one of await Promise.allSettled(work)) if (one.status === "rejected") assert.equal(member(one.reason, "statusCode"), 400);
  await stripe.refunds.create({ charge: charge.id, reverse_transfer: true, refund_application_fee: true });
  const [sent, taken] = [await stripe.transfers.retrieve(transfer), await stripe.applicationFees.retrieve(fee)];
  assert.deepEqual([sent.amount_reversed, taken.amount_refunded, (await stripe.charges.retrieve(charge.id)).amount_refunded], [1000, 101, 1000]);
  assert.deepEqual(await balances(), [0, 0]);
});
