/** What every store does alike with payments to which something happens by itself, with what happened, and with what was answered under a key. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { BrokenInvariant } from "../../src/base/assert.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS, type Page } from "../../src/engine/views.ts";
import { ACME, adding, changing, Maker, NO_CHANGES, OTHER, refunding, reply, START } from "./making.ts";
import { save, type OpenStore } from "./store-suite.ts";

const PAGE: Page = { order: "newest", after: null, from: null, until: null, limit: 10 };

export function heldTests(open: OpenStore): void {
  it("tells which payments are due, until they have come to something", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const late = maker.hold("capture", 2_000);
    const early = maker.hold("cancel", 1_000, { merchant: OTHER });
    const forEver = maker.take({ tender: { by: "token", token: "tok_visa", capture: false } });
    await save(store, adding(late, early, forEver));
    const dueOf = ({ payment: { merchant, id } }: Accepted) => ({ what: "payment", merchant, id });
    assert.deepEqual(await store.due(START + 999, 10), []);
    assert.deepEqual(await store.due(START + 2_000, 10), [dueOf(early), dueOf(late)]);
    assert.deepEqual(await store.due(START + 2_000, 1), [dueOf(early)]);
    maker.sources.at += 2_000;
    for (const [held, state] of [[late, "captured"], [early, "canceled"]] as const) {
      const ended = maker.fallDue(held);
      await save(store, changing(held, ended));
      const view = await store.payment(held.payment.merchant, held.payment.id, NO_EXTRAS);
      assert.deepEqual([view?.payment, view?.attempt], [ended.payment, ended.attempt]);
      assert.deepEqual([view?.payment.state, view?.payment.deadline], [state, null]);
    }
    assert.deepEqual(await store.due(START + 2_000, 10), []);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.findings, proof.sound], [[], true]);
  });

  it("keeps what is to be captured of an authorization, and when", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const held = maker.hold("capture", 1_000);
    await save(store, adding(held));
    const less = maker.adjust(held, { amount: 300n, tip: 45n, act: "cancel" });
    await save(store, changing(held, less));
    const read = async () => (await store.payment(ACME, held.payment.id, NO_EXTRAS))?.payment;
    assert.deepEqual(await read(), less.payment);
    assert.deepEqual([less.payment.requested, less.payment.authorized, less.payment.toCapture, less.payment.deadline], [1_000n, 1_000n, 345n, { at: START + 1_000, act: "cancel" }]);
    const more = maker.adjust(less, { amount: 2_000n });
    await save(store, changing(less, more));
    assert.deepEqual(await read(), more.payment);
    assert.deepEqual([more.payment.requested, more.payment.authorized, more.payment.toCapture], [2_045n, 2_045n, null]);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.findings, proof.sound], [[], true]);
  });

  it("keeps no payment to which something is to happen when nothing can, or of which more is to be taken than was authorized", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const [held, taken, waiting] = [maker.hold("capture", 1_000), maker.take(), maker.take({ tender: { by: "token", token: "bnon:bank-nonce-ok", capture: true } })];
    const wrong = [
      { ...held, payment: { ...held.payment, toCapture: 1_001n } },
      { ...held, payment: { ...held.payment, toCapture: 0n } },
      { ...taken, payment: { ...taken.payment, deadline: held.payment.deadline } },
      { ...waiting, payment: { ...waiting.payment, deadline: { at: START, act: "cancel" } as const } },
    ];
    for (const made of wrong) await assert.rejects(save(store, adding(made)), BrokenInvariant);
    await save(store, adding(held, taken, waiting));
  });

  it("lists what happened in both orders, page by page", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const [first, second] = [maker.take(), maker.take()];
    await save(store, adding(first, second, maker.take({ merchant: OTHER })));
    maker.sources.at += 1_000;
    const refunded = maker.refund(first, 100n);
    await save(store, refunding(first, refunded));
    const all = [first.event, second.event, refunded.event];
    assert.deepEqual(await store.events(ACME, { page: PAGE, of: null }), all.toReversed());
    assert.deepEqual(await store.events(ACME, { page: { ...PAGE, order: "oldest" }, of: null }), all);
    assert.deepEqual(await store.events(ACME, { page: { ...PAGE, after: refunded.event.id, limit: 1 }, of: null }), [second.event]);
    assert.deepEqual(await store.events(ACME, { page: { ...PAGE, order: "oldest", after: first.event.id }, of: null }), all.slice(1));
    assert.deepEqual(await store.events(ACME, { page: { ...PAGE, from: START + 1 }, of: null }), [refunded.event]);
    assert.deepEqual(await store.events(ACME, { page: { ...PAGE, until: START + 1 }, of: null }), [second.event, first.event]);
  });

  it("gives back what was answered under a key, to the merchant whose it is", async (context) => {
    const { store } = await open(context);
    const said = reply("a key");
    await save(store, { ...NO_CHANGES, newKeys: [said] });
    assert.deepEqual(await store.reply(said), said);
    for (const other of [{ ...said, merchant: OTHER }, { ...said, scope: "other" }, { ...said, key: "another" }]) assert.equal(await store.reply(other), null);
  });
}
