/** Events as they are shown and listed (Stripe's API reference: Events): frozen, in order, page by page, by every filter. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Stripe } from "stripe";
import { MovedClock, startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, intentOf, linkId, member, openDesk, refused, said, type StripeDesk } from "./desk.ts";
import { openBoth, usd } from "../both/two-doors.ts";
import { eventsOf, typesOf, typesOnce } from "./hearing.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const clock = new MovedClock();
let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer({ clock });
});
after(() => server.stop());
beforeEach(() => {
  desk = openDesk(server);
});

async function eventOf(type: string): Promise<Stripe.Event> {
  const [event] = (await desk.stripe.events.list({ type })).data;
  assert.ok(event !== undefined, `there is no ${type}`);
  return event;
}

const previous = ({ data }: Stripe.Event): unknown => data.previous_attributes;

test("an event shows the refund as it was answered, what asked for it, and is found by its id", async () => {
  const { id } = await chargeOf(desk);
  const refund = await desk.stripe.refunds.create({ charge: id, amount: 300, metadata: { order: "7" } }, { idempotencyKey: "the key" });
  const event = await eventOf("refund.created");
  assert.match(event.id, /^evt_[0-9A-Za-z]{25}$/);
  const { object, api_version, created, livemode, pending_webhooks, request, data } = event;
  assert.deepEqual([object, api_version, created, livemode, pending_webhooks], ["event", "2025-10-29.clover", refund.created, false, 0]);
  assert.match(request?.id ?? "", /^req_\w{24}$/);
  assert.equal(request?.idempotency_key, "the key");
  assert.deepEqual({ ...data.object }, { ...(await desk.stripe.refunds.retrieve(refund.id)) });
  assert.deepEqual(Object.keys(data), ["object"]);
  assert.deepEqual({ ...(await desk.stripe.events.retrieve(event.id)) }, { ...event });
});

test("what an event shows stays as it was, whatever comes later", async () => {
  const { id } = await chargeOf(desk, 1000, { metadata: { order: "7" } });
  const refund = await desk.stripe.refunds.create({ charge: id, amount: 300, metadata: { order: "7" } });
  const then = await eventsOf(desk);
  await desk.stripe.refunds.update(refund.id, { metadata: { order: "8", more: "1" } });
  await desk.stripe.charges.update(id, { description: "another book", metadata: { order: "9" } });
  await desk.stripe.refunds.create({ charge: id });
  clock.ahead += 2 * HOUR;
  assert.equal(member(await desk.stripe.refunds.retrieve(refund.id), "destination_details", "card", "reference_status"), "available");
  const now = await eventsOf(desk);
  assert.deepEqual(JSON.stringify(now.slice(0, then.length)), JSON.stringify(then));
  assert.deepEqual(now.slice(then.length).map(({ type }) => type), ["refund.updated", "charge.refund.updated", "charge.updated", "refund.created", "charge.refunded"]);
  assert.deepEqual(member(then[0], "data", "object", "amount_refunded"), 0);
  assert.deepEqual(now.filter(({ type }) => type === "charge.refunded").map((event) => [member(event, "data", "object", "amount_refunded"), member(event, "data", "object", "description")]), [
    [300, null],
    [1000, "another book"],
  ]);
});

test("previous attributes are what was otherwise before, and nothing else", async () => {
  const { id } = await chargeOf(desk, 1000, { metadata: { order: "7" } });
  const first = await desk.stripe.refunds.create({ charge: id, amount: 300 });
  assert.deepEqual(previous(await eventOf("charge.refunded")), { amount_refunded: 0, refunded: false });
  await desk.stripe.refunds.create({ charge: id });
  assert.deepEqual(previous(await eventOf("charge.refunded")), { amount_refunded: 300, refunded: false });
  await desk.stripe.refunds.update(first.id, { metadata: { a: "1" } });
  for (const type of ["refund.updated", "charge.refund.updated"]) assert.deepEqual(previous(await eventOf(type)), { metadata: {} });
  await desk.stripe.charges.update(id, { description: "a book" });
  assert.deepEqual(previous(await eventOf("charge.updated")), { description: null });
  const held = await chargeOf(desk, 500, { capture: false });
  await desk.stripe.refunds.create({ charge: held.id });
  const released = await eventOf("charge.refunded");
  assert.deepEqual([previous(released), member(released, "data", "object", "amount_refunded")], [{ amount_refunded: 0, refunded: false }, 500]);
});

test("a failed refund tells what it was, and the charge of before stays refunded in its own event", async () => {
  const quick = await startTestServer({ flags: { sandboxDelay: "0" } });
  try {
    const own = openDesk(quick);
    const { id } = await chargeOf(own, 1000, { source: "tok_refundFail" });
    await own.stripe.refunds.create({ charge: id });
    while (!(await typesOf(own)).includes("charge.refund.updated"));
    const events = await eventsOf(own);
    const told = events.map((event) => [event.type, member(event, "data", "object", "status"), member(event, "data", "object", "amount_refunded")]);
    assert.deepEqual(told, [
      ["charge.succeeded", "succeeded", 0],
      ["refund.created", "succeeded", undefined],
      ["charge.refunded", "succeeded", 1000],
      ["refund.failed", "failed", undefined],
      ["refund.updated", "failed", undefined],
      ["charge.refund.updated", "failed", undefined],
    ]);
    const [failed, updated] = [events[3], events[4]];
    assert.deepEqual([failed?.request, previous(failed ?? assert.fail())], [{ id: null, idempotency_key: null }, undefined]);
    const before = Object(previous(updated ?? assert.fail()));
    assert.deepEqual(Object.keys(before).toSorted(), ["destination_details", "failure_balance_transaction", "failure_reason", "status"]);
    assert.deepEqual([member(before, "status"), member(before, "failure_reason"), member(before, "failure_balance_transaction"), member(before, "destination_details", "card", "reference_status")], ["succeeded", null, null, "available"]);
  } finally {
    await quick.stop();
  }
});

test("events are filtered by their types, by wildcards and by lists of types", async () => {
  const { id } = await intentOf(desk);
  await desk.stripe.refunds.create({ payment_intent: id });
  const typesBy = async (params: Stripe.EventListParams) => (await desk.stripe.events.list(params)).data.map(({ type }) => type);
  assert.deepEqual(await typesBy({ type: "refund.created" }), ["refund.created"]);
  assert.deepEqual(await typesBy({ type: "charge.*" }), ["charge.refunded", "charge.succeeded"]);
  assert.deepEqual(await typesBy({ type: "*" }), ["charge.refunded", "refund.created", "payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]);
  assert.deepEqual(await typesBy({ types: ["charge.refunded", "payment_intent.created", "invoice.paid"] }), ["charge.refunded", "payment_intent.created"]);
  assert.deepEqual(await typesBy({ type: "invoice.*" }), []);
  assert.deepEqual(await typesBy({ type: "charge.captured" }), []);
  assert.deepEqual(await refused(desk.stripe.events.list({ type: "*", types: ["charge.refunded"] })), said("Received both type and types parameters. Please pass in only one."));
  const many = Array.from({ length: 21 }, () => "charge.refunded");
  assert.deepEqual(await refused(desk.stripe.events.list({ types: many })), said("Array is too long: at most 20 items are allowed.", { param: "types" }));
});

test("the list is walked both ways, also between events that happened at once", async () => {
  const { id } = await intentOf(desk);
  for (let i = 0; i < 3; i++) await desk.stripe.refunds.create({ payment_intent: id, amount: 1 });
  const all = (await desk.stripe.events.list({ limit: 100 })).data.map((event) => event.id);
  assert.equal(all.length, 9);
  assert.deepEqual(all, all.toSorted().toReversed());
  for (const limit of [1, 2, 4]) {
    const down: string[] = [];
    for (let page = await desk.stripe.events.list({ limit }); ; page = await desk.stripe.events.list({ limit, starting_after: down.at(-1) ?? "" })) {
      down.push(...page.data.map((event) => event.id));
      assert.equal(page.has_more, down.length < all.length);
      if (!page.has_more) break;
    }
    assert.deepEqual(down, all);
    const up: string[] = [];
    for (let page = await desk.stripe.events.list({ limit, ending_before: all.at(-1) ?? "" }); ; page = await desk.stripe.events.list({ limit, ending_before: up[0] ?? "" })) {
      up.unshift(...page.data.map((event) => event.id));
      if (!page.has_more) break;
    }
    assert.deepEqual(up, all.slice(0, -1));
  }
  const charged = await desk.stripe.events.list({ type: "charge.*", limit: 2, starting_after: all[0] ?? "" });
  assert.deepEqual([charged.data.map(({ type }) => type), charged.has_more], [["charge.refunded", "charge.refunded"], true]);
});

test("events are found by when they happened, and no longer than thirty days", async () => {
  await chargeOf(desk);
  const [event] = await eventsOf(desk);
  assert.ok(event !== undefined);
  const by = async (created: Stripe.EventListParams["created"]) => (await desk.stripe.events.list({ created: created ?? 0 })).data.length;
  assert.deepEqual([await by(event.created), await by({ gt: event.created }), await by({ gte: event.created, lt: event.created + 1 }), await by({ lt: event.created })], [1, 0, 1, 0]);
  clock.ahead += 30 * DAY - 60_000;
  assert.equal((await eventsOf(desk)).length, 1);
  clock.ahead += 120_000;
  assert.deepEqual(await eventsOf(desk), []);
  assert.equal((await refused(desk.stripe.events.retrieve(event.id))).status, 404);
});

test("an authorization whose time is over has expired, and one that was given up before has not", async () => {
  const own = openBoth(server);
  const hold = { sourceId: "cnon:card-nonce-ok", amountMoney: usd(1000), autocomplete: false, delayDuration: "PT10M" };
  const { payment } = await own.square.payments.create({ ...hold, idempotencyKey: "given up" });
  await own.square.payments.cancel({ paymentId: payment?.id ?? "" });
  await own.square.payments.create({ ...hold, idempotencyKey: "held" });
  clock.ahead += HOUR;
  assert.deepEqual(await typesOnce(own, "charge.expired"), ["charge.succeeded", "charge.refunded", "charge.succeeded", "charge.expired"]);
});

test("an event that is not there, or another's, is none", async () => {
  await chargeOf(desk);
  const [{ id } = assert.fail()] = await eventsOf(desk);
  const other = openDesk(server);
  const none = (named: string) => said(`No such event: '${named}'`, { code: "resource_missing", param: "id", status: 404 });
  for (const named of ["evt_x", "evt_", "ch_1", `${id.slice(0, -1)}7`, `${id.slice(0, -1)}é`]) assert.deepEqual(await refused(desk.stripe.events.retrieve(named)), none(named));
  assert.deepEqual(await refused(other.stripe.events.retrieve(id)), none(id));
  assert.deepEqual(await refused(desk.stripe.events.list({ starting_after: "evt_x" })), said("No such event: 'evt_x'", { code: "resource_missing", param: "starting_after" }));
});

test("a dispute is told of from its beginning to its end, with what moved", async () => {
  const disputed = async (source: string, evidence?: string) => {
    const own = openDesk(server);
    const { id } = await chargeOf(own, 1000, { source, capture: false });
    await own.stripe.charges.capture(id);
    const [dispute] = (await own.stripe.disputes.list({ charge: id })).data;
    assert.ok(dispute !== undefined);
    if (evidence !== undefined) await own.stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: evidence }, submit: evidence !== "later" });
    return { own, dispute };
  };
  const begun = ["charge.succeeded", "charge.captured", "charge.dispute.created"];
  const closed = await disputed("tok_createDispute", "later");
  await closed.own.stripe.disputes.update(closed.dispute.id, { metadata: { a: "1" }, submit: false });
  await closed.own.stripe.disputes.close(closed.dispute.id);
  assert.deepEqual(await typesOf(closed.own), [...begun, "charge.dispute.funds_withdrawn", "charge.dispute.updated", "charge.dispute.updated", "charge.dispute.closed"]);
  const events = await eventsOf(closed.own);
  assert.deepEqual({ ...events[2]?.data.object }, { ...closed.dispute });
  assert.deepEqual(member(events[5], "data", "previous_attributes"), { metadata: {} });
  const asked = await disputed("tok_createDisputeInquiry", "anything");
  await asked.own.stripe.refunds.create({ charge: linkId(asked.dispute.charge) });
  assert.deepEqual(await typesOf(asked.own), [...begun, "charge.dispute.updated", "refund.created", "charge.refunded"]);
});

test("a dispute that is won brings the money back, and an inquiry may take it", async () => {
  const quick = await startTestServer({ flags: { sandboxDelay: "0" } });
  try {
    const story = async (source: string, uncategorized_text: string, last: string) => {
      const own = openDesk(quick);
      const { id } = await chargeOf(own, 1000, { source });
      const [dispute] = (await own.stripe.disputes.list({ charge: id })).data;
      await own.stripe.disputes.update(dispute?.id ?? "", { evidence: { uncategorized_text } });
      while ((await typesOf(own)).at(-1) !== last);
      return { types: await typesOf(own), last: (await eventsOf(own)).at(-1)?.data.object, dispute: await own.stripe.disputes.retrieve(dispute?.id ?? "") };
    };
    const taken = ["charge.succeeded", "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated"];
    const won = await story("tok_createDispute", "winning_evidence", "charge.dispute.funds_reinstated");
    assert.deepEqual(won.types, [...taken, "charge.dispute.closed", "charge.dispute.funds_reinstated"]);
    assert.deepEqual({ ...won.last }, { ...won.dispute });
    assert.deepEqual((await story("tok_createDispute", "losing_evidence", "charge.dispute.closed")).types, [...taken, "charge.dispute.closed"]);
    const escalated = await story("tok_createDisputeInquiry", "escalate_inquiry_evidence", "charge.dispute.funds_withdrawn");
    assert.deepEqual(escalated.types, ["charge.succeeded", "charge.dispute.created", "charge.dispute.updated", "charge.dispute.updated", "charge.dispute.funds_withdrawn"]);
  } finally {
    await quick.stop();
  }
});
