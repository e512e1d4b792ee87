/** A book with rows of every kind that a book can hold, for two merchants; and what its callers were answered under their keys. */
import assert from "node:assert/strict";
import type { RefundStart } from "../../src/domain/command.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import { provisionKey } from "../../src/engine/keys.ts";
import type { Store } from "../../src/engine/store.ts";
import { call, startTestServer, type TestServer } from "../test-server.ts";
import { openCashDesk } from "./cash-suite.ts";
import { openPlatform } from "./connect-suite.ts";
import { addingProfiles, changingProfile, makeAccount, makeCustomer, makeEndpoint, makeInstrument, ofCustomer } from "./making-profiles.ts";
import { ACME, adding, changing, disputing, judging, Maker, NO_CHANGES, OTHER, refunding, reply, settling } from "./making.ts";
import { deliveryOf, happen, outcomeOf } from "./outbox-suite.ts";
import { save } from "./store-suite.ts";
import { Giver } from "./unlinked-suite.ts";

/** Words that each store must keep as they are. */
const ODD = [String.raw`\ " { } , NULL`, "NULL", "", " ", "é\n|\t\r", "𝄞 👩‍🚀", "\u0001\u007f\u0085\ufffe", "'; drop table refund; --"];

export async function fillWithAllKinds(store: Store): Promise<void> {
  const maker = new Maker();
  const [taken, others, declined] = [maker.take(), maker.take({ merchant: OTHER }), maker.take({ tender: { by: "token", token: "tok_chargeDeclinedLostCard", capture: true } })];
  const external = maker.report({ kind: "external", label: `a cheque of ${ODD.join("")}`, type: null });
  await save(store, adding(taken, others, declined, external, maker.report({ kind: "cash" }), maker.take({ tender: null, intent: true })));
  await save(store, adding(maker.take({ tender: { by: "token", token: "tok_visa", capture: false }, merchant: OTHER })));
  for (const outcome of ["initiated", "authorized", "canceled", "failed"] as const) {
    await save(store, adding(maker.take({ tender: { by: "report", instrument: { kind: "cash" }, outcome } })));
  }
  const described = { ...taken, payment: { ...taken.payment, notes: { "test.odd": ODD.join("|") } } };
  await save(store, refunding(taken, maker.refund(described, 400n)));
  await save(store, refunding(others, maker.refund(others, 1_000n)));
  await save(store, refunding(external, maker.refund(external, 1n, { channel: "reported", reference: "ref-😀" })));
  await saveTold(store, maker);
  await saveProfiles(store, maker);
  await saveUnsettled(store, maker);
  await saveDisputes(store, maker);
  await saveHeld(store, maker);
  await saveConnected(store, maker);
  await saveCash(store, maker);
  await saveUnlinked(store, maker);
  await save(store, { ...NO_CHANGES, newKeys: ODD.map((key) => reply(key, { merchant: key === "" ? OTHER : ACME, body: `${key}€`, scope: key === " " ? "other" : "test" })) });
  for (const mode of ["test", "live", "test", "test"] as const) await provisionKey(store, mode, 1_790_000_000_000);
}

/** Endpoints, so that there are notices of all that happens from here on; and what was told of some of it. */
async function saveTold(store: Store, maker: Maker): Promise<void> {
  const [endpoint, other, deleted] = [makeEndpoint(maker), makeEndpoint(maker, { dialect: "square" }), makeEndpoint(maker)];
  await save(store, addingProfiles(endpoint, other, { ...deleted, state: "deleted" }));
  for (const state of ["waiting", "delivered", "given_up"] as const) {
    const notice = await happen(store, maker, ACME);
    const deliveries = [endpoint, other].flatMap((to) => [0, 1].map((part) => deliveryOf(notice, to, { part, endpoints: 2 })));
    await store.outbox.sortOut([notice], deliveries);
    const outcomes = deliveries.slice(1).map((delivery, i) =>
      outcomeOf(delivery, { number: i + 1, state, due: state === "waiting" ? 9 : null, status: state === "delivered" ? 200 : null, problem: state === "delivered" ? null : "tls", answer: ODD.join("|") }),
    );
    await store.outbox.record(outcomes);
  }
}

/** Customers and instruments in every state, and payments that name them. An instrument may be older than who it is on file for. */
async function saveProfiles(store: Store, maker: Maker): Promise<void> {
  const older = makeInstrument(maker, { token: "pm_konbini" });
  const ada = makeCustomer(maker, { email: `ada${ODD.join("")}@example.com` });
  const card = makeInstrument(maker, { owner: ada });
  await save(store, addingProfiles(older, ada, card, { ...makeCustomer(maker), state: "deleted" }, { ...makeInstrument(maker), state: "spent" }, makeCustomer(maker, { merchant: OTHER }), makeAccount(maker)));
  await save(store, changingProfile(older, { owner: ada.id }));
  await save(store, changingProfile(ada, { preferred: card.id }));
  await save(store, adding(ofCustomer(maker.take(), ada, card), ofCustomer(maker.take({ intent: true }), ada)));
}

/** Charges with a fee and with a transfer, and what came back of both: rows of several books that share their ids. */
async function saveConnected(store: Store, maker: Maker): Promise<void> {
  const platform = await openPlatform(store, maker);
  const direct = await platform.charge(platform.connected, platform.connect("charge"), { fee: 7n });
  await platform.refund(platform.connected, direct.payment.id, 500n);
  const destined = await platform.charge(ACME, platform.connect("destination", { transfer: 900n, fee: 9n, group: ODD.join("|") }));
  await platform.refund(ACME, destined.payment.id, 300n);
}

/** A customer's cash that came in twice, and went out in part; more often than a payment names its refunds itself. */
async function saveCash(store: Store, maker: Maker): Promise<void> {
  const desk = await openCashDesk(store, maker);
  for (const reference of [ODD.join("|"), null]) await desk.fund(500n, reference);
  for (let i = 0; i < 10; i++) await desk.refund(1n, i % 2 === 0 ? null : "a@example.com");
}

/** Refunds of no payment: one that was handed over, one that goes to a card, and one that came to nothing. */
async function saveUnlinked(store: Store, maker: Maker): Promise<void> {
  const giver = new Giver(store, maker);
  await giver.give({ by: "report", instrument: { kind: "external", label: `to ${ODD.join("")}`, type: "CHECK" } }, 100n);
  for (const amount of [200n, 7_702n]) await giver.goOn(await giver.give({ by: "token", token: "cnon:card-nonce-ok" }, amount));
  await giver.give({ by: "token", token: "ccof:customer-card-id-ok" }, 300n);
}

/** Refunds that do not end where they begin, in every state that they may come to. */
async function saveUnsettled(store: Store, maker: Maker): Promise<void> {
  const due = maker.sources.now();
  const waits = { state: "requires_action", due } as const;
  const lives: readonly [start: RefundStart, ...goOn: ((of: Accepted) => Accepted)[]][] = [
    [{ state: "pending", due }],
    [{ state: "pending", due }, (of) => maker.advance(of, { state: "succeeded", due: null })],
    [{ state: "pending", due }, (of) => maker.advance(of, { state: "rejected", due: null })],
    [{ state: "succeeded", due }, (of) => maker.advance(of, { state: "failed", failure: "expired_or_canceled_card", due: null })],
    [waits],
    [waits, (of) => maker.end(of, "canceled")],
    [waits, (of) => maker.end(of, "failed")],
    [waits, (of) => maker.advance(of, { state: "pending", due }), (of) => maker.advance(of, { state: "failed", failure: "expired", due: null })],
  ];
  for (const [start, ...goOn] of lives) {
    const held = maker.take({ merchant: OTHER });
    await save(store, adding(held));
    let now = maker.refund(held, 300n, { start });
    await save(store, refunding(held, now));
    for (const step of goOn) {
      const next = step(now);
      await save(store, settling(now, next));
      now = next;
    }
  }
}

/** Authorizations that are held for a time, money that is on its way, and what became of both. */
async function saveHeld(store: Store, maker: Maker): Promise<void> {
  const [captured, given, adjusted] = [maker.hold("capture", 0), maker.hold("cancel", 0), maker.hold("capture", 1_000)];
  const arrived = maker.take({ tender: { by: "token", token: "bnon:bank-nonce-ok", capture: true } });
  const half = maker.take({ tender: { by: "token", token: "cnon:gift-card-nonce-insufficient-funds", capture: false }, takesPart: true });
  await save(store, adding(captured, given, adjusted, arrived, half));
  for (const one of [captured, given]) await save(store, changing(one, maker.fallDue(one)));
  await save(store, changing(adjusted, maker.adjust(adjusted, { amount: 400n, tip: 50n, act: "cancel" })));
}

/** Disputes at every place that they may come to, some of payments that were refunded in part. */
async function saveDisputes(store: Store, maker: Maker): Promise<void> {
  const [lost, won] = [{ state: "lost" }, { state: "won" }] as const;
  const lives: readonly [inquiry: boolean, ...goOn: ((of: Accepted) => Accepted)[]][] = [
    [false],
    [true],
    [false, (of) => maker.respond(of, ODD.join("|"))],
    [false, (of) => maker.respond(of, "€"), (of) => maker.judge(of, won)],
    [false, (of) => maker.judge(of, lost)],
    [true, (of) => maker.judge(of, { state: "warning_closed" })],
    [true, (of) => maker.respond(of, "😀"), (of) => maker.judge(of, maker.chargeback())],
  ];
  for (const [inquiry, ...goOn] of lives) {
    const taken = maker.take({ merchant: OTHER });
    await save(store, adding(taken));
    const refunded = maker.refund(taken, 250n);
    await save(store, refunding(taken, refunded));
    let now = maker.dispute(refunded, inquiry ? maker.inquiry() : maker.chargeback());
    await save(store, disputing(refunded, now));
    for (const step of goOn) {
      const next = step(now);
      await save(store, judging(now, next));
      now = next;
    }
  }
}

export type Asked = { readonly key: string; readonly request: Parameters<typeof call>[2]; readonly status: number; readonly text: string };

/** Requests under keys of their callers, and what was answered. */
export async function askUnderKeys(store: Store): Promise<Asked[]> {
  const server = await startTestServer({ store, flags: { webhooks: "off" } });
  const asked: Asked[] = [];
  const ask = async (key: string, request: Asked["request"]) => {
    const answer = await call(server, key, request);
    asked.push({ key, request, status: answer.status, text: answer.text });
    return answer;
  };
  for (const key of ["sk_test_one", "sk_test_two"]) {
    const { text } = await ask(key, { path: "/v1/charges", form: { amount: "1000", currency: "usd", source: "tok_visa", "metadata[what]": "🧾 ≤ 'x'" }, headers: { "idempotency-key": "take" } });
    const charge = String(/"id": ?"(ch_\w+)"/.exec(text)?.[1]);
    for (const amount of ["300", "500", "900"]) await ask(key, { path: "/v1/refunds", form: { charge, amount }, headers: { "idempotency-key": `refund-${amount}` } });
    await ask(key, { path: "/v2/refunds", json: { idempotency_key: "sq", payment_id: charge.slice(3), amount_money: { amount: 100, currency: "USD" }, reason: "zu groß 🎁" } });
  }
  assert.deepEqual(asked.map(({ status }) => status), [200, 200, 200, 400, 200, 200, 200, 200, 400, 200]);
  await server.stop();
  return asked;
}

/** Each of them once more: the same bytes, and so nothing that was done twice. */
export async function askAgain(server: TestServer, asked: readonly Asked[]): Promise<void> {
  for (const { key, request, status, text } of asked) {
    const again = await call(server, key, request);
    assert.deepEqual({ status: again.status, text: again.text }, { status, text });
  }
}
