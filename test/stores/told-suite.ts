/** What every store does alike with events that are told later: the rows are as they were when it happened, whatever has become of them since. */
import assert from "node:assert/strict";
import { it } from "node:test";
import * as fc from "fast-check";
import { present } from "../../src/base/assert.ts";
import type { Command, TakePayment, Tender } from "../../src/domain/command.ts";
import { cashOf, ownAccount, unlinkedOf } from "../../src/domain/connected.ts";
import type { EventKind } from "../../src/domain/event.ts";
import { eventId } from "../../src/domain/id.ts";
import { NOBODY } from "../../src/domain/whose.ts";
import type { Done } from "../../src/engine/job.ts";
import { CUSTOMERS, jobOf, learn, type Known } from "../model/jobs.ts";
import { batches, type Batch } from "../model/moves.ts";
import { addingProfiles } from "./making-profiles.ts";
import { ACME, MONEY, OTHER, USD } from "./making.ts";
import { everyEvent, Recorder, refOf } from "./recorder.ts";
import { save, type OpenStore } from "./store-suite.ts";

const SEED = Number(process.env["MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 5;
const REJECTED = 7_702n;

export function toldTests(open: OpenStore): void {
  it("tells of every kind of event the rows as they were right after it, and what they were before", async (context) => {
    const { store } = await open(context);
    await save(store, addingProfiles(...CUSTOMERS));
    const recorder = new Recorder(store);
    for (const live of LIVES) await live(new Life(recorder));
    const kinds = await recorder.check();
    for (const kind of KINDS) assert.ok(kinds.has(kind), kind);
  });

  it("tells what a batch did that changed one payment several times as each change left it", async (context) => {
    const { store } = await open(context);
    const recorder = new Recorder(store);
    const { payment } = await recorder.run(ACME, taking("tok_visa"));
    const reply = () => ({ status: 200, body: "{}" });
    const commands = [describing(payment.id, "one"), refunding(payment.id, 100n), describing(payment.id, "two"), refunding(payment.id, 200n), describing(payment.id, "three")];
    await recorder.execute(commands.map((command) => ({ merchant: ACME, requestId: "r".repeat(24), command, claims: [], reply })));
    await recorder.check();
    const events = await everyEvent(store, ACME);
    const told = (await store.told(events.map(refOf), 10)).toSorted((one, other) => one.event.version - other.event.version);
    assert.deepEqual(told.map((one) => one.payment.notes["test.said"]), [undefined, "one", "one", "two", "two", "three"]);
    assert.deepEqual(told.map((one) => one.before.payment?.notes["test.said"]), [undefined, undefined, undefined, "one", undefined, "two"]);
    assert.deepEqual(told.map((one) => one.payment.refunded), [0n, 0n, 100n, 100n, 300n, 300n]);
    assert.deepEqual(told.map((one) => one.refunds.map(({ amount }) => amount)), [[], [], [100n], [100n], [200n, 100n], [200n, 100n]]);
  });

  it("tells only of events that are there and whose they are, each as often as it is shown, and of as many refunds as are asked for", async (context) => {
    const { store } = await open(context);
    const recorder = new Recorder(store);
    const { payment } = await recorder.run(ACME, taking("tok_visa"));
    for (let i = 0; i < 12; i++) await recorder.run(ACME, refunding(payment.id, 10n));
    const events = await everyEvent(store, ACME);
    const last = present(events.at(-1), "the last event");
    assert.deepEqual(await store.told([], 3), []);
    assert.deepEqual(await store.told([{ merchant: OTHER, id: last.id }, { merchant: ACME, id: eventId("0".repeat(24)) }], 3), []);
    for (const [count, shown] of [[0, 0], [1, 1], [12, 11], [20, 11]] as const) {
      const [one] = await store.told(events.slice(-2, -1).map(refOf), count);
      assert.deepEqual(one?.refunds.map(({ id }) => id), events.slice(1, -1).map((event) => event.refundId).toReversed().slice(0, shown));
    }
  });

  it("lists events of some kinds in both orders, page by page", async (context) => {
    const { store } = await open(context);
    const recorder = new Recorder(store);
    for (const merchant of [ACME, OTHER]) {
      for (let i = 0; i < 4; i++) {
        const { payment } = await recorder.run(merchant, taking(i % 2 === 0 ? "tok_visa" : "tok_chargeDeclined"));
        if (i % 2 === 0) await recorder.run(merchant, refunding(payment.id, 10n));
        await recorder.run(merchant, describing(payment.id, "it"));
      }
    }
    const all = await everyEvent(store, ACME);
    const kinds = [...new Set(all.map(({ kind }) => kind))];
    assert.ok(kinds.length >= 4, kinds.join(", "));
    const asked: readonly (readonly EventKind[])[] = [kinds, ...kinds.map((kind) => [kind]), kinds.slice(1), ["dispute.won"], [...kinds.slice(2), "dispute.won"]];
    for (const some of asked) {
      const expected = all.filter(({ kind }) => some.includes(kind));
      for (const limit of [1, 2, 3, 100]) {
        assert.deepEqual(await everyEvent(store, ACME, some, { limit }), expected, some.join(", "));
        assert.deepEqual(await everyEvent(store, ACME, some, { limit, order: "newest" }), expected.toReversed(), some.join(", "));
      }
    }
    const [first, last] = [present(all[2], "an event"), present(all.at(-2), "an event")];
    const between = await store.events(ACME, { page: { order: "oldest", after: null, from: first.createdAt, until: last.createdAt, limit: 100 }, kinds, of: null });
    assert.deepEqual(between, all.filter(({ createdAt }) => createdAt >= first.createdAt && createdAt < last.createdAt));
  });

  it("keeps by which request an event came about, and of what came by itself that there was none", async (context) => {
    const { store } = await open(context);
    const recorder = new Recorder(store);
    const reply = () => ({ status: 200, body: "{}" });
    for (const request of [{ id: "req_1", key: "a key €" }, { id: "req_2", key: null }, null]) {
      await recorder.execute([{ merchant: ACME, requestId: "r".repeat(24), request, command: taking("tok_createDispute"), claims: [], reply }]);
    }
    const requests = (await everyEvent(store, ACME)).map(({ request }) => request);
    assert.deepEqual(new Set(requests.map((request) => JSON.stringify(request))), new Set(['{"id":"req_1","key":"a key €"}', '{"id":"req_2","key":null}', "null"]));
  });

  it(`tells all that random moves led to as they showed it (MODEL_SEED=${SEED})`, async (context) => {
    const play = async (all: readonly Batch[]) => {
      const { store } = await open(context);
      await save(store, addingProfiles(...CUSTOMERS));
      const recorder = new Recorder(store);
      const known: Known = { payments: [], attempts: [], refunds: [], disputes: [], jobs: [] };
      for (const { pause, moves } of all) {
        recorder.maker.sources.at += pause;
        const jobs = moves.flatMap((move) => jobOf(move, known) ?? []).map((job) => ({ ...job }));
        known.jobs.push(...jobs);
        for (const result of await recorder.execute(jobs)) learn(known, result);
      }
      await recorder.check();
    };
    await fc.assert(fc.asyncProperty(batches, play), { seed: SEED, numRuns: RUNS, endOnFailure: true });
  });
}

/** One payment on its way, and what is done to it. */
class Life {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  run(command: Command, book?: typeof ACME): Promise<Done> {
    return this.#recorder.run(ACME, command, book);
  }

  /** Lets the time come when the refund, or the dispute, goes on. */
  async goOn({ refund, dispute }: Done, book?: typeof ACME): Promise<Done> {
    const { sources } = this.#recorder.maker;
    sources.at = Math.max(sources.at, refund?.due ?? dispute?.due ?? 0);
    if (refund !== null) return this.run({ kind: "advance_refund", refund: refund.id, of: null }, book);
    return this.run({ kind: "advance_dispute", dispute: present(dispute, "a dispute").id });
  }
}

const KINDS: readonly EventKind[] = [
  "payment.opened", "payment.authorized", "payment.captured", "payment.canceled", "payment.failed", "payment.described", "payment.funded", "refund.created", "refund.pending", "refund.succeeded",
  "refund.failed", "refund.rejected", "refund.canceled", "refund.described", "dispute.needs_response", "dispute.under_review", "dispute.won", "dispute.lost", "dispute.described", "dispute.warning_needs_response",
];

const LIVES: readonly ((life: Life) => Promise<void>)[] = [
  async (life) => {
    const { payment } = await life.run({ ...taking("tok_visa"), tender: null, intent: true });
    for (const token of ["tok_chargeDeclined", "tok_visa"]) {
      await life.run({ kind: "try_payment", target: { by: "payment", id: payment.id, as: "any" }, tender: tokenOf(token, false), whose: NOBODY, notes: {}, attemptNotes: { "test.try": token } });
    }
    await life.run(describing(payment.id, "before"));
    await life.run({ kind: "capture_payment", target: { by: "payment", id: payment.id, as: "any" }, amount: 700n, expectedVersion: null, pastIntent: true, onlyAuthorized: false, notes: {}, attemptNotes: {} });
    await life.run(describing(payment.id, "after"));
  },
  async (life) => {
    const { payment } = await life.run({ ...taking("tok_visa"), tender: tokenOf("tok_visa", false) });
    await life.run({ kind: "end_payment", target: { by: "payment", id: payment.id, as: "any" }, outcome: "canceled", expectedVersion: null, onlyAuthorized: false, notes: {}, attemptNotes: {} });
  },
  async (life) => {
    const { payment } = await life.run({ ...taking("tok_visa"), tender: { by: "report", instrument: { kind: "cash" }, outcome: "initiated" } });
    await life.run({ kind: "end_payment", target: { by: "payment", id: payment.id, as: "any" }, outcome: "failed", expectedVersion: null, onlyAuthorized: false, notes: {}, attemptNotes: {} });
  },
  async (life) => {
    const { payment } = await life.run(taking("tok_visa"));
    for (const amount of [100n, 200n]) {
      const { refund } = await life.run(refunding(payment.id, amount));
      await life.run(saying(refund));
      await life.run(describing(payment.id, String(amount)));
    }
  },
  async (life) => {
    const { payment } = await life.run(taking("tok_pendingRefund"));
    const begun = await life.run(refunding(payment.id, 300n));
    await life.run(saying(begun.refund));
    await life.goOn(begun);
  },
  async (life) => {
    const { payment } = await life.run(taking("tok_refundFail"));
    await life.goOn(await life.run(refunding(payment.id, 300n)));
    await life.run(refunding(payment.id, 100n));
  },
  async (life) => {
    const answering = await life.run({ ...refunding((await life.run(taking("pm_konbini"))).payment.id, 300n), askAt: { given: "a+answers@example.com", orFrom: "", keptAs: "test.asked" } });
    await life.goOn(await life.goOn(answering));
    const { payment } = await life.run(taking("pm_konbini"));
    const { refund } = await life.run({ ...refunding(payment.id, 300n), askAt: { given: "a@example.com", orFrom: "", keptAs: "test.asked" } });
    await life.run({ kind: "end_refund", refund: present(refund, "a refund").id, of: null, outcome: "canceled" });
  },
  async (life) => {
    const answered = { uncategorized_text: "winning_evidence" };
    for (const evidence of [answered, { uncategorized_text: "losing_evidence" }]) {
      const taken = await life.run(taking("tok_createDispute"));
      const { id } = present(taken.dispute, "a dispute");
      await life.run({ kind: "respond_to_dispute", dispute: id, evidence: { uncategorized_text: "for later" }, submit: false, notes: { set: { "test.said": "kept" } } });
      await life.goOn(await life.run({ kind: "respond_to_dispute", dispute: id, evidence, submit: true, notes: { set: { "test.said": "sent" } } }));
      await life.run(describing(taken.payment.id, "the end"));
    }
  },
  async (life) => {
    const { dispute } = await life.run(taking("tok_createDisputeInquiry"));
    await life.run({ kind: "close_dispute", dispute: present(dispute, "a dispute").id });
  },
  async (life) => {
    const connect = { role: "unlinked", platform: ACME, account: ownAccount(ACME), transfer: null, fee: 0n, of: null, group: null } as const;
    for (const amount of [300n, REJECTED]) {
      const money = { amount, currency: USD };
      await life.goOn(await life.run({ kind: "refund_unlinked", connect, money, destination: { by: "token", token: "cnon:card-nonce-ok" }, underWayFirst: true, notes: {} }, unlinkedOf(ACME)), unlinkedOf(ACME));
    }
  },
  async (life) => {
    const account = present(CUSTOMERS.find(({ merchant }) => merchant === ACME), "a customer").id;
    const connect = { role: "cash", platform: ACME, account, transfer: null, fee: 0n, of: null, group: null } as const;
    for (const reference of ["from her", null]) await life.run({ kind: "fund_cash_balance", connect, money: { amount: 500n, currency: USD }, reference }, cashOf(ACME));
  },
];

function tokenOf(token: string, capture: boolean): Tender {
  return { by: "token", token, capture };
}

function taking(token: string): TakePayment {
  return { kind: "take_payment", intent: false, money: MONEY, tender: tokenOf(token, true), whose: NOBODY, fee: 50n, reference: "R", notes: { "test.name": "a payment 𝄞" }, attemptNotes: {} };
}

function refunding(id: Done["payment"]["id"], amount: bigint) {
  return {
    kind: "refund_payment", target: { by: "payment", id, as: "any" }, within: null, money: { amount, currency: null }, fee: { kind: "share" }, channel: "executed", reference: null, release: false,
    askAt: null, expectedVersion: null, refundsMax: null, ageMax: null, notes: {}, paymentNotes: {},
  } as const;
}

function describing(id: Done["payment"]["id"], said: string): Command {
  return { kind: "describe_payment", target: { by: "payment", id, as: "any" }, attemptNotes: { set: { "test.said": said } }, notes: { set: { "test.said": said } } };
}

function saying(refund: Done["refund"]): Command {
  return { kind: "describe_refund", refund: present(refund, "a refund").id, of: null, notes: { set: { "test.said": "of a refund" } } };
}
