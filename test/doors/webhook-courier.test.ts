/** What happens is told: once where it is heard, again where it is not, in order, and to nobody's cost but his who does not answer. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { squareTeller } from "../../src/dialects/square/teller.ts";
import { stripeTeller } from "../../src/dialects/stripe/teller.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import type { Outbox } from "../../src/engine/outbox.ts";
import { StoreUnavailable } from "../../src/engine/store.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { ACME } from "../stores/making.ts";
import { openReceiver, type Received } from "./receiver.ts";
import { TellingRoom, WAITS } from "./telling-room.ts";

const kinds = (received: readonly Received[]) => received.map(({ body }) => kindOf(body));
function kindOf(body: string): string {
  const parsed: unknown = JSON.parse(body);
  return typeof parsed === "object" && parsed !== null && "kind" in parsed ? String(parsed.kind) : "";
}

async function deliveriesOf(room: TellingRoom, endpoint: Awaited<ReturnType<TellingRoom["listen"]>>) {
  return room.store.outbox.deliveries(ACME, { endpoint, event: null, state: null, before: null, limit: 1_000 });
}

for (const kept of ["in memory", "in SQLite"] as const) {
  test(`each event is told once to each endpoint, in order, ${kept}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "refundry-told-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const room = new TellingRoom(t, kept === "in SQLite" ? { store: openStore(folder) } : {});
    t.after(() => room.store.close());
    const receiver = await openReceiver(t);
    await room.take();
    const [one, other] = [await room.listen(receiver.url("/one")), await room.listen(receiver.url("/other"))];
    const { payment } = await room.take();
    for (const amount of [100n, 200n, 300n]) await room.refund(payment.id, amount);
    await room.tell();
    await room.tell();
    const expected = ["payment.captured", "refund.created", "refund.created", "refund.created"];
    assert.deepEqual([kinds(receiver.at("/one")), kinds(receiver.at("/other"))], [expected, expected]);
    for (const endpoint of [one, other]) {
      const deliveries = await deliveriesOf(room, endpoint);
      assert.deepEqual(deliveries.map(({ state, tries, due, endpoints }) => ({ state, tries, due, endpoints })), expected.map(() => ({ state: "delivered", tries: 1, due: null, endpoints: 2 })));
      const [made] = await room.store.outbox.tries(present(deliveries[0], "a delivery"));
      assert.deepEqual([made?.number, made?.status, made?.problem, made?.answer], [1, 200, null, "answered 200"]);
    }
    assert.deepEqual(await room.store.outbox.notices(ACME, 10), []);
  });
}

const parts = { vault: null, processor: makeSandbox() };
const PLANS = {
  "Stripe's in live mode": { waits: stripeTeller(parts).waits("live"), minutes: [0, 5, 35, 155, 455, 1_055, 1_775, 2_495, 3_215, 3_935] },
  "Stripe's in test mode": { waits: stripeTeller(parts).waits("test"), minutes: [0, 30, 150] },
  "Square's": { waits: squareTeller(parts).waits("live"), minutes: [0, 1, 3, 7, 15, 31, 63, 123, 243, 483, 963, 1_443] },
};

for (const [whose, { waits, minutes }] of Object.entries(PLANS)) {
  test(`a try that fails is made again exactly when the plan says, which is ${whose}, on a driven clock over three days, and then no more`, async (t) => {
    const room = new TellingRoom(t, { waits });
    const receiver = await openReceiver(t);
    receiver.answering = () => 500;
    const endpoint = await room.listen(receiver.url("/fails"));
    await room.take();
    const began = room.sources.at;
    const seen: number[] = [];
    // The clock goes by minutes, and stands at each moment before a try is due.
    for (let minute = 0; minute <= 4_400; minute++) {
      room.sources.at = began + minute * 60_000;
      const before = receiver.received.length;
      await room.tell();
      if (receiver.received.length > before) seen.push(room.sources.at - began);
    }
    assert.deepEqual(seen, minutes.map((minute) => minute * 60_000));
    const [delivery] = await deliveriesOf(room, endpoint);
    assert.deepEqual([delivery?.state, delivery?.tries, delivery?.due], ["given_up", waits.length + 1, null]);
    const tries = await room.store.outbox.tries(present(delivery, "the delivery"));
    assert.deepEqual(tries.map(({ number, at, status, problem }) => [number, at - began, status, problem]), seen.map((at, i) => [i + 1, at, 500, "status"]));
  });
}

test("a wait may be a tenth longer, by chance, and never shorter", async (t) => {
  const room = new TellingRoom(t, { chance: () => 0.999_999 });
  const receiver = await openReceiver(t);
  receiver.answering = () => 503;
  const endpoint = await room.listen(receiver.url("/fails"));
  await room.take();
  await room.tell();
  const [delivery] = await deliveriesOf(room, endpoint);
  assert.equal((delivery?.due ?? 0) - room.sources.at, Math.round(present(WAITS[0], "a wait") * 1.1));
});

test("what fails once is told again, with word of why, and what follows does not wait for it", async (t) => {
  const room = new TellingRoom(t, { fast: true });
  const receiver = await openReceiver(t);
  receiver.answering = (_received, nth) => (nth === 0 ? 502 : 204);
  await room.listen(receiver.url("/flaky"));
  const { payment } = await room.take();
  await room.refund(payment.id, 5n);
  await room.tell();
  room.sources.at += 100;
  await room.tell();
  assert.deepEqual(kinds(receiver.received), ["payment.captured", "refund.created", "payment.captured"]);
  assert.deepEqual(receiver.received.map(({ headers }) => headers["last-problem"]), [undefined, undefined, "status"]);
});

test("an answer that does not come in time, one that points elsewhere and a port where nobody listens are failures", async (t) => {
  const room = new TellingRoom(t, { patience: 50 });
  const receiver = await openReceiver(t);
  receiver.answering = ({ path }) => (path === "/never" ? "never" : 302);
  const endpoints = [await room.listen(receiver.url("/never")), await room.listen(receiver.url("/moved")), await room.listen("http://127.0.0.1:9/")];
  await room.take();
  await room.tell();
  const problems = await Promise.all(endpoints.map(async (endpoint) => {
    const [delivery] = await deliveriesOf(room, endpoint);
    const [made] = await room.store.outbox.tries(present(delivery, "a delivery"));
    return [delivery?.state, made?.problem, made?.status];
  }));
  assert.deepEqual(problems, [["waiting", "timeout", null], ["waiting", "status", 302], ["waiting", "connection", null]]);
  assert.deepEqual(receiver.at("/elsewhere"), []);
});

test("410 disables an endpoint: it is told nothing more", async (t) => {
  const room = new TellingRoom(t);
  const receiver = await openReceiver(t);
  receiver.answering = () => 410;
  const endpoint = await room.listen(receiver.url("/gone"));
  await room.take();
  await room.tell();
  await room.take();
  await room.tell();
  assert.equal(receiver.received.length, 1);
  assert.deepEqual((await deliveriesOf(room, endpoint)).map(({ state }) => state), ["given_up"]);
});

test("what waits for an endpoint that is disabled or deleted is given up, and not sent", async (t) => {
  const room = new TellingRoom(t);
  const receiver = await openReceiver(t);
  receiver.answering = () => 500;
  const [one, other] = [await room.listen(receiver.url("/one")), await room.listen(receiver.url("/other"))];
  await room.take();
  await room.tell();
  await room.change(one, "disabled");
  await room.change(other, "deleted");
  room.sources.at += 2 * present(WAITS[0], "a wait");
  await room.tell();
  assert.equal(receiver.received.length, 2);
  for (const endpoint of [one, other]) {
    const [delivery] = await deliveriesOf(room, endpoint);
    assert.deepEqual([delivery?.state, delivery?.tries], ["given_up", 2]);
    assert.match((await room.store.outbox.tries(present(delivery, "a delivery"))).at(-1)?.answer ?? "", /disabled or deleted/);
  }
});

test("a delivery is sent once more by hand, whatever became of it", async (t) => {
  const room = new TellingRoom(t);
  const receiver = await openReceiver(t);
  const endpoint = await room.listen(receiver.url("/again"));
  await room.take();
  await room.tell();
  const [delivery] = await deliveriesOf(room, endpoint);
  assert.equal(await room.store.outbox.again(present(delivery, "a delivery"), room.sources.at), true);
  await room.tell();
  const bodies = receiver.received.map(({ body }) => body);
  assert.equal(bodies.length, 2);
  assert.equal(bodies[0], bodies[1]);
  assert.equal((await deliveriesOf(room, endpoint))[0]?.tries, 2);
});

test("an endpoint that never answers has no more than its places, and the one beside it is told all", async (t) => {
  const room = new TellingRoom(t, { patience: 400 });
  const receiver = await openReceiver(t);
  receiver.answering = ({ path }) => (path === "/never" ? "never" : 200);
  await room.listen(receiver.url("/never"));
  await room.listen(receiver.url("/good"));
  const { payment } = await room.take(10_000n);
  for (let i = 0; i < 200; i++) await room.refund(payment.id, 1n);
  await room.courier.look();
  while (receiver.at("/good").length < 201) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await room.courier.look();
  }
  assert.ok(receiver.at("/never").length <= 16, `${receiver.at("/never").length} were sent to whoever does not answer`);
  await room.courier.stop();
});

test("a courier that stops ends what it began and keeps it, and leaves the rest to the next", async (t) => {
  const room = new TellingRoom(t);
  const receiver = await openReceiver(t);
  const endpoint = await room.listen(receiver.url("/some"));
  const { payment } = await room.take(10_000n);
  for (let i = 0; i < 99; i++) await room.refund(payment.id, 1n);
  await room.courier.look();
  await room.courier.stop();
  const states = (await deliveriesOf(room, endpoint)).map(({ state }) => state);
  const delivered = states.filter((state) => state === "delivered").length;
  assert.equal(receiver.received.length, delivered);
  assert.ok(delivered > 0 && delivered < 100, `${delivered} were delivered`);
});

test("an event that cannot be told through a fault of ours holds up no other, and is reported once", async (t) => {
  const room = new TellingRoom(t, { faulty: "payment.captured" });
  const receiver = await openReceiver(t);
  const endpoint = await room.listen(receiver.url("/hook"));
  const { payment } = await room.take();
  await room.refund(payment.id, 5n);
  await room.tell();
  await room.tell();
  assert.deepEqual(kinds(receiver.received), ["refund.created"]);
  assert.equal(room.reports.length, 1);
  assert.equal((await room.store.outbox.notices(ACME, 10)).length, 1, "it waits for a version without the fault");
  assert.equal((await deliveriesOf(room, endpoint)).length, 1);
});

test("a courier that stops does not wait for whoever does not answer, and tells him again at the next start", async (t) => {
  const room = new TellingRoom(t, { patience: 30_000 });
  const receiver = await openReceiver(t);
  receiver.answering = () => "never";
  const endpoint = await room.listen(receiver.url("/never"));
  await room.take();
  await room.courier.look();
  const began = performance.now();
  await room.courier.stop();
  assert.ok(performance.now() - began < 5_000);
  const [delivery] = await deliveriesOf(room, endpoint);
  assert.deepEqual([delivery?.state, delivery?.tries], ["waiting", 0]);
});

test("what is kept while the book is asked for more is not told again, however late the book's answer comes", async (t) => {
  const store = openMemoryStore();
  const due: Outbox["due"] = store.outbox.due.bind(store.outbox);
  store.outbox.due = async (...asked) => {
    const found = await due(...asked);
    await new Promise((resolve) => setTimeout(resolve, 3));
    return found;
  };
  const room = new TellingRoom(t, { store });
  const receiver = await openReceiver(t);
  await room.listen(receiver.url("/hook"));
  const { payment } = await room.take(10_000n);
  for (let i = 0; i < 400; i++) await room.refund(payment.id, 1n);
  for (const end = Date.now() + 20_000; receiver.received.length < 401 && Date.now() < end; ) await room.tell();
  await room.tell();
  assert.deepEqual([receiver.received.length, new Set(receiver.received.map(({ body }) => body)).size], [401, 401]);
});

test("while tries cannot be kept nothing more is sent, and when they can it goes on without telling anything twice", async (t) => {
  const store = openMemoryStore();
  const record: Outbox["record"] = store.outbox.record.bind(store.outbox);
  let full = true;
  store.outbox.record = (outcomes) => (full ? Promise.reject(new StoreUnavailable("the disk is full")) : record(outcomes));
  const room = new TellingRoom(t, { store });
  const receiver = await openReceiver(t);
  await room.listen(receiver.url("/hook"));
  const { payment } = await room.take(10_000n);
  for (let i = 0; i < 100; i++) await room.refund(payment.id, 1n);
  const end = Date.now() + 700;
  while (Date.now() < end) {
    await room.courier.look();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(receiver.received.length, 8, "its places and no more");
  assert.equal(room.reports.length, 1);
  full = false;
  await room.tell();
  assert.deepEqual([receiver.received.length, new Set(receiver.received.map(({ body }) => body)).size], [101, 101]);
});

test("faults at the head of the line, however many, hold up neither what stands behind them nor other merchants", async (t) => {
  const room = new TellingRoom(t, { faulty: "payment.captured" });
  const receiver = await openReceiver(t);
  await room.listen(receiver.url("/hook"));
  const first = await room.take();
  for (let i = 0; i < 300; i++) await room.take();
  await room.refund(first.payment.id, 5n);
  for (let i = 0; i < 5; i++) await room.tell();
  assert.deepEqual(kinds(receiver.received), ["refund.created"]);
});

test("an endpoint that was changed while much waited is told as it is now: at its new address, or not at all", async (t) => {
  const room = new TellingRoom(t, { patience: 200 });
  const receiver = await openReceiver(t);
  receiver.answering = () => "never";
  const endpoint = await room.listen(receiver.url("/old"));
  const { payment } = await room.take(10_000n);
  for (let i = 0; i < 50; i++) await room.refund(payment.id, 1n);
  await room.courier.look();
  await room.change(endpoint, "deleted");
  await room.courier.look();
  await room.courier.settled();
  await room.tell();
  assert.ok(receiver.received.length <= 8, `${receiver.received.length} were sent`);
});
