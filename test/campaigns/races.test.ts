/**
 * Many callers refund one payment at the same moment, through every contract: never more than was captured, every loser
 * hears the vendor's own refusal, and nobody who still fitted was refused. Two servers share one book, so that batches
 * interleave. The control runs the same campaign on a store without guards, and must over-refund.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { at, paymentBody, requests, type Client, type Sent } from "./client.ts";
import { bar, chance, freshFolder, inFlight, proveBook, say, seed, size } from "./campaign.ts";
import { violations, type Asked, type Finish, type Race } from "./race.ts";
import { withServers } from "./two-servers.ts";
import { withoutGuards } from "./unprotected-stores.ts";

const CAPTURED = 100;
const IN_FLIGHT = 64;
const HOT_CAPTURED = 10_000;
const HOT_ASKED = 15;

async function payments(client: Client, amounts: readonly number[]): Promise<string[]> {
  const bodies: string[] = [];
  await inFlight(amounts, IN_FLIGHT, async (amount) => {
    bodies.push(paymentBody(await client.send(requests.charge(amount))));
  });
  return bodies;
}

/** Runs each race's racers at once, so many in flight over all. */
async function run(name: string, clients: readonly Client[], races: readonly Race[]): Promise<{ readonly won: number; readonly found: readonly string[] }> {
  const most = Math.max(...races.map(({ racers }) => racers.length));
  const shown = bar(name, races.length);
  const found: string[] = [];
  let won = 0;
  await inFlight(races, Math.max(1, Math.floor(IN_FLIGHT / most)), async (race) => {
    const finishes = await Promise.all(
      race.racers.map(async (asked, i): Promise<Finish> => ({ asked, answer: await pick(clients, i).send(asked.sent) })),
    );
    won += finishes.filter(({ answer }) => answer.status === 200).length;
    found.push(...violations(race, finishes));
    shown.step();
  });
  shown.stop();
  return { won, found };
}

function pick<T>(items: readonly T[], i: number): T {
  const item = items[i % items.length];
  assert.ok(item !== undefined);
  return item;
}

function pairs(bodies: readonly string[]): Race[] {
  const asked = (body: string): Asked => ({ amount: 60, sent: requests.refund(body, 60), shape: "stripe" });
  return bodies.map((body) => ({ captured: CAPTURED, racers: [asked(body), asked(body)] }));
}

test("of two refunds that do not fit together exactly one succeeds", async (t) => {
  const folder = freshFolder(t);
  const rounds = size("RACE_PAYMENTS", { quick: 100, full: 1_000 });
  await withServers(openStore(folder), { inFlight: IN_FLIGHT }, async (clients) => {
    const bodies = await payments(pick(clients, 0), Array.from({ length: rounds }, () => CAPTURED));
    const { won, found } = await run("Pairs", clients, pairs(bodies));
    assert.deepEqual(found, []);
    assert.equal(won, rounds);
  });
  const proof = await proveBook({ folder });
  assert.equal(proof.refunds, rounds);
  say("races, pairs", { payments: rounds, refunds: proof.refunds, refused: rounds, "over-refunds": 0 });
});

test("four contracts at once never give back more than was captured", async (t) => {
  const folder = freshFolder(t);
  const from = seed();
  const random = chance(from);
  const rounds = size("RACE_CONTRACTS", { quick: 50, full: 500 });
  let accepted = 0;
  await withServers(openStore(folder), { inFlight: IN_FLIGHT }, async (clients) => {
    const bodies = await payments(pick(clients, 0), Array.from({ length: rounds }, () => CAPTURED));
    const races = bodies.map((body): Race => {
      const [one, two, three, four] = [amount(random), amount(random), amount(random), amount(random)];
      const racers: readonly Asked[] = [
        { amount: one, sent: requests.refund(body, one), shape: "stripe" },
        { amount: two, sent: requests.chargeRefund(body, two), shape: "stripe" },
        { amount: three, sent: requests.reportRefund(body, three, `reference-${body}`), shape: "stripe" },
        { amount: four, sent: requests.squareRefund(body, four, `square-${body}`), shape: "square" },
      ];
      return { captured: CAPTURED, racers: racers.toSorted(() => random() - 0.5) };
    });
    const { won, found } = await run("Contracts", clients, races);
    accepted = won;
    assert.deepEqual(found, []);
  });
  const proof = await proveBook({ folder });
  assert.equal(proof.refunds, accepted);
  say("races, contracts", { seed: String(from), payments: rounds, asked: rounds * 4, refunds: accepted, "over-refunds": 0 });
});

test("payments of every kind, raced at both dialects' every door while their refunds end, are never given back beyond what was captured", async (t) => {
  const folder = freshFolder(t);
  const from = seed();
  const random = chance(from);
  const rounds = size("RACE_MIXED", { quick: 100, full: 2_000 });
  const statuses = new Map<number, number>();
  await withServers(
    openStore(folder),
    { inFlight: IN_FLIGHT, flags: { sandboxDelay: "0" } },
    async (clients) => {
      const shown = bar("Mixed", rounds);
      await inFlight(Array.from({ length: rounds }, (_, i) => i), 8, async (i) => {
        const body = paymentBody(await pick(clients, i).send(pick(TAKEN, i)(`mixed-${from}-${i}`)));
        const racers = Array.from({ length: 8 }, (_, n) => pick(WAYS, Math.floor(random() * WAYS.length))(body, amount(random), `mixed-${from}-${i}-${n}`));
        for (const { status } of await Promise.all(racers.map((sent, n) => pick(clients, n).send(sent)))) statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const { status, text } = await pick(clients, i).send(requests.squareRead(body));
        assert.equal(status, 200);
        const [refunded, total] = [Number(at(text, "payment", "refunded_money", "amount") ?? 0), Number(at(text, "payment", "total_money", "amount"))];
        assert.ok(refunded <= total, `refunded ${refunded} of ${total}`);
        shown.step();
      });
      shown.stop();
    },
  );
  const faults = [...statuses].filter(([status]) => status >= 500);
  assert.deepEqual(faults, [], "nothing that a caller sends is a fault of ours");
  assert.ok((statuses.get(200) ?? 0) > rounds);
  const proof = await proveBook({ folder });
  say("races, mixed", { seed: String(from), payments: proof.payments, asked: rounds * 8, done: statuses.get(200) ?? 0, refunds: proof.refunds, "over-refunds": 0, faults: 0 });
});

test("a hot payment gives back all that fits and no more", async (t) => {
  const folder = freshFolder(t);
  const racers = size("RACE_HOT", { quick: 1_000, full: 5_000 });
  await withServers(openStore(folder), { inFlight: IN_FLIGHT }, async (clients) => {
    const [body] = await payments(pick(clients, 0), [HOT_CAPTURED]);
    assert.ok(body !== undefined);
    const ways = [requests.refund, requests.chargeRefund, (id: string, amount: number, key: string) => requests.reportRefund(id, amount, key)];
    const asked = Array.from({ length: racers }, (_, i): Asked => ({ amount: HOT_ASKED, sent: pick(ways, i)(body, HOT_ASKED, `hot-${i}`), shape: "stripe" }));
    const finishes: Finish[] = [];
    await inFlight(asked, IN_FLIGHT, async (one, i) => {
      finishes.push({ asked: one, answer: await pick(clients, i).send(one.sent) });
    });
    assert.deepEqual(violations({ captured: HOT_CAPTURED, racers: asked }, finishes), []);
    assert.equal(finishes.filter(({ answer }) => answer.status === 200).length, Math.min(racers, Math.floor(HOT_CAPTURED / HOT_ASKED)));
  });
  const { refunds } = await proveBook({ folder });
  say("races, hot payment", { racers, refunds, refused: racers - refunds, "over-refunds": 0 });
});

test("control: on a store without guards the same races over-refund and are caught", async () => {
  const rounds = 100;
  await withServers(withoutGuards(), { inFlight: IN_FLIGHT }, async (clients) => {
    const bodies = await payments(pick(clients, 0), Array.from({ length: rounds }, () => CAPTURED));
    const { found } = await run("Control", clients, pairs(bodies));
    const caught = found.filter((one) => one.startsWith("over-refunded"));
    assert.ok(caught.length > 0, "the control was not caught: the campaign proves nothing");
    say("races, control", { payments: rounds, "over-refunds": caught.length });
  });
});

const usd = (value: number) => ({ amount: value, currency: "USD" });

/** Taken by either dialect, in every way; some are held. */
const TAKEN: readonly ((key: string) => Sent)[] = [
  (key) => requests.charge(CAPTURED, key),
  (key) => requests.squarePaymentOf(CAPTURED, key, { source_id: "cnon:card-nonce-ok", app_fee_money: usd(30) }),
  () => requests.reportPayment(CAPTURED),
  (key) => requests.squarePaymentOf(CAPTURED, key, { source_id: "CASH", cash_details: { buyer_supplied_money: usd(CAPTURED) } }),
  (key) => requests.squarePaymentOf(CAPTURED, key, { source_id: "cnon:card-nonce-ok", app_fee_money: usd(30), autocomplete: false }),
  (key) => requests.squarePaymentOf(CAPTURED, key, { source_id: "EXTERNAL", external_details: { type: "CHECK", source: "bank" } }),
  (key) => requests.squarePayment(7_702, key),
];

/** What may be asked of a payment: refunds by every contract, and the ends of one that is held. */
const WAYS: readonly ((body: string, amount: number, key: string) => Sent)[] = [
  (body, of, key) => requests.refund(body, of, key),
  (body, of, key) => requests.chargeRefund(body, of, key),
  (body, of, key) => requests.reportRefund(body, of, key),
  (body, of, key) => requests.squareRefund(body, of, key),
  (body, of, key) => requests.squareRefund(body, of, key, { app_fee_money: usd(of % 7) }),
  (body, of, key) => requests.squareRefund(body, of, key, { destination_id: "gftc:1" }),
  (body, _of, key) => requests.squareRefund(body, 7_702, key),
  (body) => requests.squareComplete(body),
  (body) => requests.squareCancel(body),
  (body) => requests.chargeCapture(body),
];

function amount(random: () => number): number {
  return 20 + Math.floor(random() * 61);
}
