/** What every store does alike with who is still to be told what: notices with their events, deliveries in their place, and tries at those. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { BrokenInvariant, present } from "../../src/base/assert.ts";
import { merchantOfAccount, unlinkedOf } from "../../src/domain/connected.ts";
import { idBody, profileId, type EventId, type Millis, type ProfileId } from "../../src/domain/id.ts";
import type { MerchantId } from "../../src/domain/merchant.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { Delivery, DeliveryRef, Lease, Notice, Outbox, TryOutcome } from "../../src/engine/outbox.ts";
import type { Changes, Store } from "../../src/engine/store.ts";
import type { Page } from "../../src/engine/views.ts";
import { openPlatform } from "./connect-suite.ts";
import { addingProfiles, changingProfile, makeEndpoint } from "./making-profiles.ts";
import { ACME, adding, Maker, merchant, NO_CHANGES, OTHER, START } from "./making.ts";
import { save, type OpenStore } from "./store-suite.ts";
import { Giver } from "./unlinked-suite.ts";

const THIRD = merchant("C");
const LEASE = { node: "one", now: START, until: START + 60_000 };
const MANY = 1_000;

export function outboxTests(open: OpenStore): void {
  it("lists a merchant's endpoints that are not deleted, of one API or of all", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const [first, square, deleted] = [makeEndpoint(maker), makeEndpoint(maker, { dialect: "square" }), makeEndpoint(maker)];
    await save(store, addingProfiles(first, square, deleted, makeEndpoint(maker, { merchant: OTHER })));
    await save(store, changingProfile(deleted, { state: "deleted" }));
    const list = (dialect: string | null, page: Partial<Page> = {}) => store.listProfiles(ACME, { page: { order: "oldest", after: null, from: null, until: null, limit: 10, ...page }, of: "endpoints", dialect });
    assert.deepEqual(await list(null), [first, square]);
    assert.deepEqual(await list(null, { order: "newest", limit: 1 }), [square]);
    assert.deepEqual(await list(null, { after: first.id }), [square]);
    assert.deepEqual([await list("stripe"), await list("square"), await list("other")], [[first], [square], []]);
    assert.deepEqual(await store.profiles(ACME, [deleted.id]), [{ ...deleted, state: "deleted", version: 2 }]);
  });

  it("writes notices for merchants who have an endpoint that is not deleted, and for nobody else", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const endpoint = makeEndpoint(maker);
    await happen(store, maker, ACME);
    assert.deepEqual(await store.outbox.notices(ACME, MANY), [], "nobody hears yet");
    await save(store, addingProfiles(endpoint));
    const [first, others] = [await happen(store, maker, ACME), await happen(store, maker, OTHER)];
    const second = await happen(store, maker, ACME);
    assert.deepEqual(await store.outbox.notices(ACME, MANY), [first, second]);
    assert.deepEqual(await store.outbox.notices(ACME, 1), [first], "oldest first");
    assert.deepEqual(await store.outbox.notices(OTHER, MANY), []);
    assert.ok(others);
    await save(store, changingProfile(endpoint, { state: "deleted" }));
    await happen(store, maker, ACME);
    assert.deepEqual(await store.outbox.notices(ACME, MANY), [first, second]);
  });

  it("writes notices for an endpoint that is opened in the same batch, and of both merchants in one", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const [own, others] = [madeBy(maker, ACME), madeBy(maker, OTHER)];
    await save(store, joined(addingProfiles(makeEndpoint(maker)), own.changes, others.changes));
    assert.deepEqual([await store.outbox.notices(ACME, MANY), await store.outbox.notices(OTHER, MANY)], [[own.notice], []]);
  });

  it("leaves no notice of a batch that fails", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    await save(store, addingProfiles(makeEndpoint(maker)));
    const { changes, notice } = madeBy(maker, ACME);
    const impossible = maker.refund(maker.take(), 1n);
    await assert.rejects(save(store, { ...changes, newRefunds: [present(impossible.refund, "a refund")] }), BrokenInvariant);
    assert.deepEqual(await store.outbox.notices(ACME, MANY), []);
    assert.deepEqual(await takenBy(store.outbox, LEASE), []);
    await save(store, changes);
    assert.deepEqual(await store.outbox.notices(ACME, MANY), [notice]);
  });

  it("tells a platform of what happens on an account's book, of its transfers and of refunds of no payment, each once", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const platform = await openPlatform(store, maker);
    const { account, connected } = platform;
    await save(store, addingProfiles(makeEndpoint(maker), makeEndpoint(maker, { merchant: connected })));
    const direct = await platform.charge(connected, platform.connect("charge"), { fee: 7n });
    await platform.refund(connected, direct.payment.id, 500n);
    const destined = await platform.charge(ACME, platform.connect("destination", { transfer: 900n, fee: 9n }));
    await platform.refund(ACME, destined.payment.id, 300n);
    const [own, accounts] = [await store.outbox.notices(ACME, MANY), await store.outbox.notices(connected, MANY)];
    const ofDirect = own.filter(({ book }) => book === connected);
    assert.ok(ofDirect.length >= 2);
    assert.ok(ofDirect.every(({ hearer }) => hearer.account === account));
    assert.deepEqual(ofDirect.map(({ event }) => event), accounts.filter(({ book }) => book === connected).map(({ event }) => event));
    assert.ok(accounts.every(({ hearer }) => hearer.account === null));
    assert.equal(connected, merchantOfAccount(ACME, account));
    for (const notice of [...own, ...accounts]) {
      const found = await store.told([{ merchant: notice.book, id: notice.event }], 0);
      assert.equal(found.length, 1, `${notice.book} ${notice.event}`);
    }
    // What happens in several books at once has one id in all of them.
    const [here, there] = own.filter(({ event }) => own.filter((other) => other.event === event && other.hearer.account === null).length === 2);
    assert.ok(here && there && here.event === there.event && here.book !== there.book);
    await store.outbox.sortOut([here], []);
    assert.deepEqual(await store.outbox.notices(ACME, MANY), own.filter((notice) => notice !== here));
    await new Giver(store, maker).give({ by: "report", instrument: { kind: "cash" } }, 100n);
    const unlinked = (await store.outbox.notices(ACME, MANY)).filter(({ book }) => book === unlinkedOf(ACME));
    assert.ok(unlinked.length > 0 && unlinked.every(({ hearer }) => hearer.account === null));
  });

  it("puts deliveries in the place of their notices, and knows who is to be told something, now or later", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 3);
    const { outbox } = store;
    const [first, second, third] = notices;
    assert.ok(first && second && third);
    assert.deepEqual(await takenBy(outbox, LEASE), [ACME]);
    const later = START + 3_600_000;
    const deliveries = [deliveryOf(first, endpoint), deliveryOf(first, endpoint, { part: 1, due: later }), deliveryOf(second, endpoint, { due: later })];
    await outbox.sortOut([second, first], deliveries);
    assert.deepEqual(await outbox.notices(ACME, MANY), [third]);
    assert.deepEqual(await listed(outbox, endpoint), deliveries.toReversed());
    await outbox.sortOut([third], []);
    assert.deepEqual(await outbox.notices(ACME, MANY), []);
    assert.deepEqual(await takenBy(outbox, LEASE), [ACME], "something is to be told later");
    assert.deepEqual([await waitedFor(outbox, ACME), await waitedFor(outbox, OTHER)], [[endpoint.id], []]);
    for (const delivery of deliveries) await outbox.record([outcomeOf(delivery, { state: "delivered", due: null })]);
    assert.deepEqual(await takenBy(outbox, LEASE), []);
    assert.deepEqual(await waitedFor(outbox, ACME), []);
    await outbox.release(LEASE.node);
  });

  it("takes every merchant with something to tell once, however much it is", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    await save(store, addingProfiles(...[ACME, OTHER, THIRD].map((of) => makeEndpoint(maker, { merchant: of }))));
    for (const whose of [THIRD, ACME, THIRD, OTHER, ACME, THIRD]) await happen(store, maker, whose);
    const [sorted] = await store.outbox.notices(OTHER, 1);
    await store.outbox.sortOut([present(sorted, "a notice")], [deliveryOf(present(sorted, "a notice"), makeEndpoint(maker, { merchant: OTHER }))]);
    assert.deepEqual(await takenBy(store.outbox, LEASE), [ACME, OTHER, THIRD]);
    assert.deepEqual(await takenBy(store.outbox, LEASE), [ACME, OTHER, THIRD], "and has them still");
    await store.outbox.release(LEASE.node);
    assert.deepEqual(await takenBy(store.outbox, LEASE), [ACME, OTHER, THIRD]);
  });

  it("gives deliveries that are due, those first that are due longest, and of one time in the order of their events", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 5);
    const other = makeEndpoint(new Maker(), { dialect: "square" });
    const dues = [3_000, 1_000, 2_000, 1_000, 9_000].map((after) => START + after);
    const deliveries = notices.map((notice, i) => deliveryOf(notice, endpoint, { due: dues[i] ?? 0 }));
    const parts = [deliveryOf(present(notices[1], "a notice"), endpoint, { part: 1, due: START + 1_000 })];
    const others = { ...deliveryOf(present(notices[0], "a notice"), other), endpoint: profileId("z".repeat(24)), due: START };
    await store.outbox.sortOut(notices, [...deliveries, ...parts, others].toReversed());
    const due = (by: Millis, limit = MANY) => store.outbox.due(ACME, { endpoint: endpoint.id, by, limit });
    const [a, b, c, d] = deliveries;
    assert.deepEqual(await due(START + 3_000), [b, parts[0], d, c, a]);
    assert.deepEqual(await due(START + 3_000, 2), [b, parts[0]]);
    assert.deepEqual(await due(START + 2_999), [b, parts[0], d, c]);
    assert.deepEqual([await due(START + 999), await store.outbox.due(OTHER, { endpoint: endpoint.id, by: START + MANY * MANY, limit: MANY })], [[], []]);
    assert.deepEqual(await waitedFor(store.outbox, ACME), [endpoint.id, others.endpoint].toSorted());
    assert.deepEqual(new Map((await store.outbox.waiting(ACME)).map((one) => [one.endpoint, one.due])), new Map([[endpoint.id, START + 1_000], [others.endpoint, START]]), "each with when its first is due");
    assert.deepEqual(await store.outbox.take(LEASE), { noticed: [], waiting: [ACME] });
    await store.outbox.release(LEASE.node);
  });

  it("gives all deliveries of several events to several endpoints at once", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 3);
    const other = profileId("z".repeat(24));
    const deliveries = notices.flatMap((notice) => [deliveryOf(notice, endpoint), deliveryOf(notice, endpoint, { part: 1 }), { ...deliveryOf(notice, endpoint), endpoint: other }]);
    await store.outbox.sortOut(notices, deliveries);
    const [first, second] = notices.map(({ event }) => event);
    assert.ok(first !== undefined && second !== undefined);
    const found = await store.outbox.ofEvents(ACME, { endpoints: [endpoint.id, other], events: [second, first] });
    assert.deepEqual(found.map(({ event, part, endpoint: of }) => `${event}/${part}/${of}`).toSorted(), deliveries.filter(({ event }) => event === first || event === second).map(({ event, part, endpoint: of }) => `${event}/${part}/${of}`).toSorted());
    assert.equal((await store.outbox.ofEvents(ACME, { endpoints: [other], events: [first] })).length, 1);
    assert.deepEqual([await store.outbox.ofEvents(OTHER, { endpoints: [endpoint.id], events: [first] }), await store.outbox.ofEvents(ACME, { endpoints: [], events: [first] }), await store.outbox.ofEvents(ACME, { endpoints: [other], events: [] })], [[], [], []]);
  });

  it("takes what was delivered for delivered, also where another process has kept a try of that number", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 1);
    const delivery = deliveryOf(present(notices[0], "a notice"), endpoint);
    await store.outbox.sortOut(notices, [delivery]);
    await store.outbox.record([outcomeOf(delivery, { state: "waiting", due: START + 5 })]);
    await store.outbox.record([outcomeOf(delivery, { state: "delivered", due: null })]);
    assert.deepEqual((await listed(store.outbox, endpoint)).map(({ state, due }) => [state, due]), [["delivered", null]]);
  });

  it("keeps each try once, and moves its delivery on only where the try is new and the delivery waits", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 2);
    const { outbox } = store;
    const [one, other] = notices.map((notice) => deliveryOf(notice, endpoint));
    assert.ok(one && other);
    await outbox.sortOut(notices, [one, other]);
    const failed = outcomeOf(one, { state: "waiting", due: START + 5_000, status: 500, problem: "status", answer: "é 𝄞 no" });
    await outbox.record([failed, outcomeOf(other, { state: "delivered", due: null })]);
    const after = { ...one, tries: 1, due: START + 5_000 };
    assert.deepEqual(await listed(outbox, endpoint), [{ ...other, state: "delivered", tries: 1, due: null }, after]);
    // The same try once more, as somebody tells it who was not answered: also if it is said to have come to something else.
    await outbox.record([failed, { ...failed, state: "given_up", due: null }, outcomeOf(other, { state: "given_up", due: null })]);
    assert.deepEqual(await listed(outbox, endpoint), [{ ...other, state: "delivered", tries: 1, due: null }, after]);
    const second = outcomeOf(one, { number: 2, state: "given_up", due: null, problem: "timeout", status: null });
    await outbox.record([second]);
    await outbox.record([outcomeOf(one, { number: 3, state: "waiting", due: START })]);
    assert.deepEqual(await listed(outbox, endpoint), [{ ...other, state: "delivered", tries: 1, due: null }, { ...one, state: "given_up", tries: 2, due: null }]);
    assert.deepEqual((await outbox.tries(one)).slice(0, 2), [failed.try, second.try]);
    assert.deepEqual((await outbox.tries(one)).map(({ number }) => number), [1, 2, 3], "what was tried is kept, whatever it came to");
    assert.deepEqual(await outbox.tries({ ...one, part: 9 }), []);
  });

  it("keeps several tries at one delivery that are told together, in order", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 1);
    const delivery = deliveryOf(present(notices[0], "a notice"), endpoint);
    await store.outbox.sortOut(notices, [delivery]);
    await store.outbox.record([1, 2, 3].map((number) => outcomeOf(delivery, { number, state: number === 3 ? "delivered" : "waiting", due: number === 3 ? null : START + number })));
    assert.deepEqual(await listed(store.outbox, endpoint), [{ ...delivery, state: "delivered", tries: 3, due: null }]);
    assert.equal((await store.outbox.tries(delivery)).length, 3);
  });

  it("has a delivery tried once more, whatever it came to", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 1);
    const { outbox } = store;
    const delivery = deliveryOf(present(notices[0], "a notice"), endpoint);
    await outbox.sortOut(notices, [delivery]);
    for (const [number, state] of [[1, "delivered"], [2, "given_up"]] as const) {
      await outbox.record([outcomeOf(delivery, { number, state, due: null })]);
      assert.deepEqual(await takenBy(outbox, LEASE), []);
      assert.equal(await outbox.again(delivery, START + 7), true);
      assert.deepEqual(await listed(outbox, endpoint), [{ ...delivery, state: "waiting", tries: number, due: START + 7 }]);
      assert.deepEqual(await takenBy(outbox, LEASE), [ACME]);
    }
    for (const nothing of [{ ...delivery, part: 1 }, { ...delivery, merchant: OTHER }]) assert.equal(await outbox.again(nothing, START), false);
  });

  it("lists deliveries newest event first, page by page, of one event and of one state", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 6);
    const { outbox } = store;
    const deliveries = notices.flatMap((notice) => [deliveryOf(notice, endpoint), deliveryOf(notice, endpoint, { part: 1 })]);
    await outbox.sortOut(notices, deliveries);
    const done = deliveries.filter((_delivery, i) => i % 3 === 0);
    await outbox.record(done.map((delivery) => outcomeOf(delivery, { state: "delivered", due: null })));
    const now = deliveries.map((delivery) => (done.includes(delivery) ? { ...delivery, state: "delivered" as const, tries: 1, due: null } : delivery)).toReversed();
    const found: Delivery[] = [];
    for (let before: DeliveryRef | null = null; ; before = present(found.at(-1), "the last")) {
      const page = await outbox.deliveries(ACME, { endpoint: endpoint.id, event: null, state: null, before, limit: 5 });
      found.push(...page);
      if (page.length < 5) break;
    }
    assert.deepEqual(found, now);
    for (const state of ["waiting", "delivered", "given_up"] as const) {
      assert.deepEqual(await outbox.deliveries(ACME, { endpoint: endpoint.id, event: null, state, before: null, limit: MANY }), now.filter((one) => one.state === state));
    }
    const { event } = present(notices[2], "a notice");
    assert.deepEqual(await outbox.deliveries(ACME, { endpoint: endpoint.id, event, state: null, before: null, limit: MANY }), now.filter((one) => one.event === event));
    assert.deepEqual(await outbox.deliveries(OTHER, { endpoint: endpoint.id, event: null, state: null, before: null, limit: MANY }), []);
  });

  it("takes away what is old and waits for nothing, with its tries, and no more at once than is asked", async (context) => {
    const { store, notices, endpoint } = await ground(open, context, 0);
    assert.deepEqual(notices, []);
    const { outbox } = store;
    const maker = new Maker();
    const second = makeEndpoint(maker, { merchant: OTHER });
    await save(store, addingProfiles(second));
    const made: Delivery[] = [];
    for (let i = 0; i < 8; i++) {
      maker.sources.at = START + i * 1_000;
      const [of, to] = i % 2 === 0 ? [ACME, endpoint] as const : [OTHER, second] as const;
      const notice = await happen(store, maker, of);
      const delivery = deliveryOf(notice, to);
      await outbox.sortOut([notice], [delivery]);
      made.push(delivery);
    }
    const ended = made.filter((_delivery, i) => i !== 2);
    await outbox.record(ended.map((delivery, i) => outcomeOf(delivery, { state: i % 2 === 0 ? "delivered" : "given_up", due: null })));
    const before = START + 6_000;
    const old = ended.filter((delivery) => delivery.event < idBody(before, 0, ""));
    assert.equal(old.length, 5);
    assert.equal(await outbox.prune(before, 0), 0);
    assert.equal(await outbox.prune(before, 3), 3);
    assert.equal(await outbox.prune(before, 100), 2);
    assert.equal(await outbox.prune(before, 100), 0);
    const left = [...(await listed(outbox, endpoint)), ...(await listed(outbox, second))].map(({ event }) => event).toSorted();
    assert.deepEqual(left, made.filter((delivery) => !old.includes(delivery)).map(({ event }) => event).toSorted());
    for (const delivery of made) assert.equal((await outbox.tries(delivery)).length, ended.includes(delivery) && !old.includes(delivery) ? 1 : 0);
  });
}

/** Something that has happened to a merchant's payment, and the notice of it. */
export function madeBy(maker: Maker, of: MerchantId): { readonly changes: Changes; readonly notice: Notice } {
  const made = maker.take({ merchant: of });
  const notice: Notice = { hearer: { merchant: of, account: null }, book: of, event: made.event.id };
  return { changes: { ...adding(made), newNotices: [notice] }, notice };
}

export async function happen(store: Store, maker: Maker, of: MerchantId): Promise<Notice> {
  const { changes, notice } = madeBy(maker, of);
  await save(store, changes);
  return notice;
}

/** One try, in order unless told otherwise, and what it came to. */
export function outcomeOf(delivery: DeliveryRef, { state, due, ...more }: Pick<TryOutcome, "state" | "due"> & Partial<TryOutcome["try"]>): TryOutcome {
  const { merchant: of, endpoint, event, part } = delivery;
  return { try: { merchant: of, endpoint, event, part, number: 1, at: START + 1, took: 12, status: 200, problem: null, answer: "ok", ...more }, state, due };
}

export function deliveryOf({ hearer, book, event }: { readonly hearer: Notice["hearer"]; readonly book: MerchantId; readonly event: EventId }, endpoint: Profile, more: Partial<Delivery> = {}): Delivery {
  return {
    merchant: hearer.merchant, endpoint: endpoint.id, event, part: 0, book, account: hearer.account, type: "charge.succeeded", createdAt: START, endpoints: 1, state: "waiting", tries: 0, due: START, ...more,
  };
}

/** A merchant with an endpoint, and so many notices for it. */
async function ground(open: OpenStore, context: Parameters<OpenStore>[0], count: number) {
  const { store } = await open(context);
  const maker = new Maker();
  const endpoint = makeEndpoint(maker);
  await save(store, addingProfiles(endpoint));
  const notices: Notice[] = [];
  for (let i = 0; i < count; i++) notices.push(await happen(store, maker, ACME));
  return { store, maker, endpoint, notices };
}

function listed(outbox: Outbox, { merchant: of, id }: Profile): Promise<Delivery[]> {
  return outbox.deliveries(of, { endpoint: id, event: null, state: null, before: null, limit: MANY });
}

function joined(...all: readonly Changes[]): Changes {
  return {
    ...NO_CHANGES,
    newPayments: all.flatMap(({ newPayments }) => newPayments), newAttempts: all.flatMap(({ newAttempts }) => newAttempts), newEntries: all.flatMap(({ newEntries }) => newEntries),
    newEvents: all.flatMap(({ newEvents }) => newEvents), newNotices: all.flatMap(({ newNotices }) => newNotices), newProfiles: all.flatMap(({ newProfiles }) => newProfiles),
  };
}

/** Whoever has something to tell, now or later. */
export async function takenBy(outbox: Outbox, lease: Lease): Promise<MerchantId[]> {
  const { noticed, waiting } = await outbox.take(lease);
  return [...new Set([...noticed, ...waiting])].toSorted();
}

async function waitedFor(outbox: Outbox, of: MerchantId): Promise<ProfileId[]> {
  return (await outbox.waiting(of)).map(({ endpoint }) => endpoint);
}
