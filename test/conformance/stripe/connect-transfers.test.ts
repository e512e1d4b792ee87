/** Transfers of their own, and what comes back of them (Stripe's API reference: Transfers, Transfer Reversals). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chargeOf, linkId, refused, said, type StripeDesk } from "./desk.ts";
import { eachOnPlatform, type Platform } from "./platform.ts";

let desk: StripeDesk;
let account: string;
let on: Platform["on"];
let another: Platform["another"];
eachOnPlatform("3600000", (platform) => {
  ({ desk, account, on, another } = platform);
});

test("a transfer moves money from the platform to its account, and is described and found", async () => {
  const { stripe } = desk;
  const charge = await chargeOf(desk, 1000);
  const made = await stripe.transfers.create({ amount: 600, currency: "usd", destination: account, source_transaction: charge.id, transfer_group: "g", description: "for May", metadata: { a: "1" } });
  assert.deepEqual(
    [made.object, made.amount, made.destination, made.source_transaction, made.transfer_group, made.description, made.metadata, made.source_type],
    ["transfer", 600, account, charge.id, "g", "for May", { a: "1" }, "card"],
  );
  assert.deepEqual(await stripe.transfers.retrieve(made.id), { ...made });
  const updated = await stripe.transfers.update(made.id, { description: "for June", metadata: { a: "" } });
  assert.deepEqual([updated.description, updated.metadata], ["for June", {}]);
  const whole = await stripe.transfers.create({ currency: "usd", destination: account, source_transaction: charge.id });
  const free = await stripe.transfers.create({ amount: 5, currency: "eur", destination: account });
  assert.deepEqual([whole.amount, free.source_transaction, free.currency], [1000, null, "eur"]);
  const received = await stripe.charges.retrieve(linkId(made.destination_payment), {}, on);
  assert.deepEqual([received.amount, received.source_transfer, received.transfer_group], [600, made.id, "g"]);
  assert.equal((await stripe.charges.retrieve(charge.id)).amount_refunded, 0);
  assert.equal((await refused(another().stripe.transfers.retrieve(made.id))).status, 404);
});

test("transfers are listed newest first, by destination too, page by page", async () => {
  const { stripe } = desk;
  const second = (await stripe.accounts.create({})).id;
  const ids: string[] = [];
  for (const destination of [account, second, account, account]) ids.unshift((await stripe.transfers.create({ amount: 100, currency: "usd", destination })).id);
  assert.deepEqual((await stripe.transfers.list()).data.map(({ id }) => id), ids);
  const first = await stripe.transfers.list({ destination: account, limit: 2 });
  assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [ids.slice(0, 2), true]);
  const rest = await stripe.transfers.list({ destination: account, starting_after: ids[1] ?? "" });
  assert.deepEqual(rest.data.map(({ id }) => id), [ids[3]]);
  assert.deepEqual((await stripe.transfers.list({ destination: second })).data.map(({ destination }) => destination), [second]);
  assert.deepEqual((await stripe.charges.list()).data, []);
  assert.deepEqual((await stripe.paymentRecords.list()).data, []);
  assert.deepEqual((await stripe.refunds.list()).data, []);
});

test("a transfer is reversed in parts, never beyond what was transferred", async () => {
  const { stripe } = desk;
  const transfer = await stripe.transfers.create({ amount: 1000, currency: "usd", destination: account });
  const first = await stripe.transfers.createReversal(transfer.id, { amount: 400, metadata: { why: "x" } });
  assert.deepEqual([first.object, first.amount, first.transfer, first.source_refund, first.metadata], ["transfer_reversal", 400, transfer.id, null, { why: "x" }]);
  const back = await stripe.refunds.retrieve(linkId(first.destination_payment_refund), {}, on);
  assert.deepEqual([back.amount, back.source_transfer_reversal], [400, first.id]);
  assert.deepEqual(await refused(stripe.transfers.createReversal(transfer.id, { amount: 601 })), said("Transfer reversal amount ($6.01) is greater than unreversed amount on transfer ($6.00)", { param: "amount" }));
  const last = await stripe.transfers.createReversal(transfer.id);
  assert.equal(last.amount, 600);
  assert.deepEqual(await refused(stripe.transfers.createReversal(transfer.id)), said(`The transfer ${transfer.id} is already fully reversed.`));
  const now = await stripe.transfers.retrieve(transfer.id);
  assert.deepEqual([now.amount_reversed, now.reversed, now.reversals.data.map(({ id }) => id)], [1000, true, [last.id, first.id]]);
  assert.deepEqual((await stripe.transfers.listReversals(transfer.id, { limit: 1 })).data.map(({ id }) => id), [last.id]);
  assert.equal((await stripe.transfers.retrieveReversal(transfer.id, first.id)).amount, 400);
  assert.deepEqual((await stripe.transfers.update(transfer.id, { description: "back" })).reversals, now.reversals);
  const [listed] = (await stripe.transfers.listReversals(transfer.id, { expand: ["data.transfer"] })).data;
  assert.deepEqual(typeof listed?.transfer === "object" && listed.transfer.reversals.data.map(({ id }) => id), [last.id, first.id]);
  assert.deepEqual((await stripe.transfers.updateReversal(transfer.id, first.id, { metadata: { why: "" } })).metadata, {});
  assert.equal((await refused(stripe.transfers.retrieveReversal(transfer.id, "trr_nope"))).code, "resource_missing");
  assert.match((await refused(stripe.transfers.createReversal((await stripe.transfers.create({ amount: 1, currency: "usd", destination: account })).id, { refund_application_fee: true }))).message, /no application fee/);
  assert.equal((await stripe.balance.retrieve({}, on)).pending[0]?.amount, 1);
});

test("a reversal of a destination charge's transfer counts against what its refunds reverse", async () => {
  const { stripe } = desk;
  const charge = await stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", transfer_data: { destination: account }, application_fee_amount: 100 });
  const transfer = linkId(charge.transfer);
  await stripe.transfers.createReversal(transfer, { amount: 400, refund_application_fee: true });
  assert.equal((await stripe.applicationFees.retrieve(linkId(charge.application_fee))).amount_refunded, 40);
  const half = await stripe.refunds.create({ charge: charge.id, amount: 500, reverse_transfer: true, refund_application_fee: true, expand: ["transfer_reversal"] });
  assert.deepEqual(typeof half.transfer_reversal === "object" && half.transfer_reversal?.amount, 100);
  assert.equal((await stripe.applicationFees.retrieve(linkId(charge.application_fee))).amount_refunded, 50);
  await stripe.refunds.create({ charge: charge.id, reverse_transfer: true, refund_application_fee: true });
  assert.deepEqual([(await stripe.transfers.retrieve(transfer)).reversed, (await stripe.applicationFees.retrieve(linkId(charge.application_fee))).refunded], [true, true]);
});

test("what cannot be transferred is refused, and moves nothing", async () => {
  const { stripe } = desk;
  const other = (await another().stripe.accounts.create({})).id;
  const base = { amount: 100, currency: "usd", destination: account };
  assert.deepEqual(await refused(stripe.transfers.create({ ...base, destination: other })), said(`No such destination: '${other}'`, { code: "resource_missing", param: "destination" }));
  assert.equal((await refused(stripe.transfers.create({ ...base, destination: (await stripe.customers.create()).id }))).param, "destination");
  assert.equal((await refused(stripe.transfers.create({ currency: "usd", destination: account }))).code, "parameter_missing");
  assert.equal((await refused(stripe.transfers.create({ ...base, source_transaction: "ch_nope" }))).param, "source_transaction");
  const held = await chargeOf(desk, 1000, { capture: false });
  assert.equal((await refused(stripe.transfers.create({ ...base, source_transaction: held.id }))).param, "source_transaction");
  const charge = await chargeOf(desk, 50);
  assert.equal((await refused(stripe.transfers.create({ ...base, source_transaction: charge.id }))).param, "amount");
  assert.equal((await refused(stripe.transfers.create({ ...base, amount: 10, currency: "eur", source_transaction: charge.id }))).param, "currency");
  assert.equal((await refused(stripe.transfers.create(base, on))).param, "destination");
  assert.deepEqual((await stripe.transfers.list()).data, []);
  const key = { idempotencyKey: "once" };
  assert.equal((await stripe.transfers.create(base, key)).id, (await stripe.transfers.create(base, key)).id);
  assert.equal((await stripe.transfers.list()).data.length, 1);
});
