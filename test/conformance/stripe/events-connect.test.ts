/** Who hears of what between a platform and its accounts (Stripe's API reference: types of events, connected accounts). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stripe } from "stripe";
import { linkId, member, refused, said, type StripeDesk } from "./desk.ts";
import { eventsOf, typesOf } from "./hearing.ts";
import { eachOnPlatform, type Platform } from "./platform.ts";

let desk: StripeDesk;
let account: string;
let on: Platform["on"];
eachOnPlatform("3600000", (platform) => {
  ({ desk, account, on } = platform);
});

const REFUNDED = ["refund.created", "charge.refunded"];
const charge = (more: Partial<Stripe.ChargeCreateParams> = {}) => desk.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", ...more });
const last = async (type: string, options: Stripe.RequestOptions = {}): Promise<unknown> => (await desk.stripe.events.list({ type, limit: 1 }, options)).data[0];

test("a direct charge and its refunds are the account's events, and the fee is the platform's", async () => {
  const { id } = await desk.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_visa", application_fee_amount: 100 }, on);
  await desk.stripe.refunds.create({ charge: id, amount: 500 }, on);
  await desk.stripe.refunds.create({ charge: id, refund_application_fee: true }, on);
  assert.deepEqual(await typesOf(desk, on), ["charge.succeeded", ...REFUNDED, ...REFUNDED]);
  assert.deepEqual(await typesOf(desk), ["application_fee.created", "application_fee.refunded"]);
  const fee = await last("application_fee.refunded");
  assert.deepEqual([member(fee, "data", "object", "amount_refunded"), member(fee, "data", "object", "refunded"), member(fee, "data", "object", "charge")], [100, true, id]);
  assert.equal(member(fee, "account"), undefined);
});

test("a fee that goes back alone, or with a refund that is pending, is the platform's event", async () => {
  const { id, application_fee } = await desk.stripe.charges.create({ amount: 1000, currency: "usd", source: "tok_pendingRefund", application_fee_amount: 100 }, on);
  await desk.stripe.refunds.create({ charge: id, amount: 100, refund_application_fee: true }, on);
  const { id: given } = await desk.stripe.applicationFees.createRefund(linkId(application_fee), { amount: 5 });
  await desk.stripe.applicationFees.updateRefund(linkId(application_fee), given, { metadata: { a: "1" } });
  assert.deepEqual(await typesOf(desk), ["application_fee.created", "application_fee.refunded", "application_fee.refunded", "application_fee.refund.updated"]);
  const updated = await last("application_fee.refund.updated");
  assert.deepEqual([member(updated, "data", "object", "id"), member(updated, "data", "previous_attributes")], [given, { metadata: {} }]);
});

test("a destination charge is refunded with its fee and its transfer, and each side is told its part", async () => {
  const made = await charge({ transfer_data: { destination: account }, application_fee_amount: 100 });
  assert.deepEqual(await typesOf(desk), ["charge.succeeded", "transfer.created", "application_fee.created"]);
  assert.deepEqual(await typesOf(desk, on), ["charge.succeeded"]);
  const refund = await desk.stripe.refunds.create({ charge: made.id, amount: 500, reverse_transfer: true, refund_application_fee: true });
  assert.deepEqual((await typesOf(desk)).slice(3), [...REFUNDED, "transfer.reversed", "application_fee.refunded"]);
  assert.deepEqual((await typesOf(desk, on)).slice(1), REFUNDED);
  const received = await last("refund.created", on);
  assert.deepEqual([member(received, "data", "object", "id"), member(received, "data", "object", "charge")], [refund.id.replace("re_", "pyr_"), linkId((await desk.stripe.transfers.retrieve(linkId(made.transfer))).destination_payment)]);
  const reversed = await last("transfer.reversed");
  assert.deepEqual([member(reversed, "data", "object", "amount_reversed"), member(reversed, "data", "object", "reversals", "data", "0", "amount"), member(reversed, "data", "object", "reversals", "has_more")], [500, 500, false]);
  assert.equal(member(await last("refund.created"), "data", "object", "transfer_reversal"), refund.id.replace("re_", "trr_"));
});

test("what stays with the account when a charge is refunded is told to nobody", async () => {
  const made = await charge({ transfer_data: { destination: account }, application_fee_amount: 100 });
  await desk.stripe.refunds.create({ charge: made.id });
  assert.deepEqual(await typesOf(desk), ["charge.succeeded", "transfer.created", "application_fee.created", ...REFUNDED]);
  assert.deepEqual(await typesOf(desk, on), ["charge.succeeded"]);
});

test("a transfer is made, described and reversed twice, and its events stay as they were", async () => {
  const { id } = await desk.stripe.transfers.create({ amount: 1000, currency: "usd", destination: account });
  await desk.stripe.transfers.update(id, { description: "rent" });
  const first = await desk.stripe.transfers.createReversal(id, { amount: 400 });
  const then = await eventsOf(desk);
  await desk.stripe.transfers.createReversal(id);
  await desk.stripe.transfers.updateReversal(id, first.id, { metadata: { a: "1" } });
  assert.deepEqual(await typesOf(desk), ["transfer.created", "transfer.updated", "transfer.reversed", "transfer.reversed"]);
  assert.equal(JSON.stringify((await eventsOf(desk)).slice(0, 3)), JSON.stringify(then));
  assert.deepEqual(member(then[1], "data", "previous_attributes"), { description: null });
  const reversed = await last("transfer.reversed");
  assert.deepEqual([member(reversed, "data", "object", "reversed"), member(reversed, "data", "object", "reversals", "has_more")], [true, true]);
});

test("what is asked for is found behind more events than are read at once, in its order and once", async () => {
  await charge({ transfer_data: { destination: account } });
  await desk.stripe.charges.capture((await charge({ capture: false })).id);
  await Promise.all(Array.from({ length: 101 }, () => charge()));
  const found = await desk.stripe.events.list({ types: ["charge.captured", "transfer.created"] });
  assert.deepEqual([found.data.map(({ type }) => type), found.has_more], [["charge.captured", "transfer.created"], false]);
  const ids = (await eventsOf(desk)).map(({ id }) => id);
  assert.equal(ids.length, 105);
  assert.deepEqual(ids, [...new Set(ids)].toSorted());
});

test("events of one moment in several books are one list, walked both ways", async () => {
  const made = await charge({ transfer_data: { destination: account }, application_fee_amount: 100 });
  await desk.stripe.refunds.create({ charge: made.id, reverse_transfer: true, refund_application_fee: true });
  const all = (await desk.stripe.events.list()).data.map(({ id }) => id);
  assert.equal(new Set(all).size, 7);
  const down: string[] = [];
  for await (const { id } of desk.stripe.events.list({ limit: 2 })) down.push(id);
  assert.deepEqual(down, all);
  const before = await desk.stripe.events.list({ limit: 3, ending_before: all[5] ?? "" });
  assert.deepEqual([before.data.map(({ id }) => id), before.has_more], [all.slice(2, 5), true]);
  for (const id of all) assert.equal((await desk.stripe.events.retrieve(id)).id, id);
  assert.deepEqual(await refused(desk.stripe.events.retrieve(all[0] ?? "", {}, on)), said(`No such event: '${all[0] ?? ""}'`, { code: "resource_missing", param: "id", status: 404 }));
});
