/** What every store does alike with customers, instruments on file, and the payments that name them. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { BrokenInvariant, present } from "../../src/base/assert.ts";
import { currency } from "../../src/domain/currency.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { Changes, LoadedRows, Store } from "../../src/engine/store.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS, type Page, type ProfileQuery } from "../../src/engine/views.ts";
import { addingProfiles, changingProfile, makeAccount, makeCustomer, makeInstrument, ofCustomer } from "./making-profiles.ts";
import { ACME, adding, Maker, NO_CHANGES, OTHER, START } from "./making.ts";
import type { OpenStore } from "./store-suite.ts";

const PAGE: Page = { order: "newest", after: null, from: null, until: null, limit: 10 };
const MINUTE = 60_000;

export function profileTests(open: OpenStore): void {
  it("gives back every profile as it was saved, and the names of those whom payments belong to", async (context) => {
    const { store, withBook } = await open(context);
    const maker = new Maker();
    const ada = makeCustomer(maker, { email: "ada@example.com" });
    const card = makeInstrument(maker, { owner: ada });
    const konbini = makeInstrument(maker, { token: "pm_konbini" });
    await save(store, addingProfiles(ada, card, konbini));
    const paid = ofCustomer(maker.take(), ada, card);
    const promised = ofCustomer(maker.take({ intent: true }), ada);
    await save(store, adding(paid, promised));
    await save(store, changingProfile(ada, { preferred: card.id, updatedAt: START + 1 }));
    const preferring = { ...ada, version: 2, preferred: card.id, updatedAt: START + 1 };
    assert.deepEqual(byId(await store.profiles(ACME, [ada.id, card.id, konbini.id, ada.id])), byId([preferring, card, konbini]));
    for (const { payment, attempt } of [paid, promised]) {
      const view = await store.payment(ACME, payment.id, NO_EXTRAS);
      assert.deepEqual([view?.payment, view?.attempt], [payment, attempt]);
    }
    assert.deepEqual(await store.profiles(OTHER, [ada.id]), []);
    const proof = await withBook((book) => verifyBook(book, () => undefined));
    assert.deepEqual([proof.sound, proof.findings, proof.damage], [true, [], []]);
  });

  it("saves a payment of which nothing has changed but whose it is, how it is paid, or how much it is", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const ada = makeCustomer(maker);
    const card = makeInstrument(maker, { owner: ada });
    const { payment, event } = maker.take({ tender: null, intent: true });
    await save(store, { ...addingProfiles(ada, card), newPayments: [payment], newEvents: [event] });
    let loaded = payment;
    for (const change of [{ customer: ada.id }, { onFile: card.id }, { requested: 7n }, { currency: present(currency("EUR"), "the euro") }]) {
      const changed = { ...loaded, version: loaded.version + 1, ...change };
      await save(store, { ...NO_CHANGES, changedPayments: [{ payment: changed, loaded }] });
      assert.deepEqual((await store.payment(ACME, payment.id, NO_EXTRAS))?.payment, changed);
      loaded = changed;
    }
  });

  it("loads each profile once, with its owner and with what it prefers", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const [ada, bob] = [makeCustomer(maker), makeCustomer(maker)];
    const [card, other] = [makeInstrument(maker, { owner: ada }), makeInstrument(maker, { owner: ada })];
    await save(store, addingProfiles({ ...ada, preferred: card.id }, bob, card, other));
    for (const change of [false, true]) {
      const name = ({ id }: Profile) => ({ merchant: ACME, id, change });
      assert.deepEqual(await loaded(store, [name(ada), name(ada)]), byId([{ ...ada, preferred: card.id }, card]));
      assert.deepEqual(await loaded(store, [name(other)]), byId([{ ...ada, preferred: card.id }, other]));
      assert.deepEqual(await loaded(store, [name(bob)]), [bob]);
      assert.deepEqual(await loaded(store, [{ ...name(bob), merchant: OTHER }]), []);
    }
  });

  it("refuses a change to a profile that has changed since", async (context) => {
    const { store } = await open(context);
    const ada = makeCustomer(new Maker());
    await save(store, addingProfiles(ada));
    await save(store, changingProfile(ada, { email: "ada@example.com" }));
    await assert.rejects(save(store, changingProfile(ada, { email: "eve@example.com" })), BrokenInvariant);
    assert.equal((await store.profiles(ACME, [ada.id]))[0]?.email, "ada@example.com");
  });

  it("lists customers, also by email, a customer's instruments, also by type, and accounts, page by page", async (context) => {
    const { store } = await open(context);
    const saved = await fill(store);
    const [ada] = saved;
    assert.ok(ada !== undefined);
    const active = saved.filter(({ state }) => state === "active");
    const asked: readonly (readonly [ProfileQuery extends infer Query ? (Query extends ProfileQuery ? Omit<Query, "page"> : never) : never, (profile: Profile) => boolean])[] = [
      [{ of: "customers", email: null }, ({ kind }) => kind === "customer"],
      [{ of: "customers", email: "ada@example.com" }, ({ email }) => email === "ada@example.com"],
      [{ of: "customers", email: "ADA@example.com" }, () => false],
      [{ of: "accounts" }, ({ kind }) => kind === "account"],
      [{ of: "instruments", owner: ada.id, type: null }, ({ owner }) => owner === ada.id],
      [{ of: "instruments", owner: ada.id, type: "card" }, ({ owner, token }) => owner === ada.id && token === "pm_card_visa"],
      [{ of: "instruments", owner: ada.id, type: "sepa_debit" }, () => false],
    ];
    for (const [query, isAsked] of asked) {
      for (const order of ["newest", "oldest"] as const) {
        for (const span of [{ from: null, until: null }, { from: START + 2 * MINUTE, until: START + 6 * MINUTE }]) {
          const inSpan = ({ createdAt }: Profile) => createdAt >= (span.from ?? 0) && createdAt < (span.until ?? Infinity);
          const expected = byId(active.filter((profile) => isAsked(profile) && inSpan(profile)));
          const found: Profile[] = [];
          for (;;) {
            const page = { order, ...span, after: found.at(-1)?.id ?? null, limit: 2 };
            const rows = await store.listProfiles(ACME, { ...query, page });
            if (rows.length === 0) break;
            found.push(...rows);
          }
          assert.deepEqual(found, order === "newest" ? expected.toReversed() : expected, JSON.stringify(query));
        }
      }
    }
    assert.deepEqual(await store.listProfiles(OTHER, { page: PAGE, of: "instruments", owner: ada.id, type: null }), []);
  });

  it("lists a customer's intents and charges and nobody else's", async (context) => {
    const { store } = await open(context);
    const maker = new Maker();
    const [ada, bob] = [makeCustomer(maker), makeCustomer(maker)];
    await save(store, addingProfiles(ada, bob));
    const made = [ada, bob, null].flatMap((customer) => [true, false, true].map((intent) => (customer === null ? maker.take({ intent }) : ofCustomer(maker.take({ intent }), customer))));
    await save(store, adding(...made));
    const own = made.filter(({ payment }) => payment.customer === ada.id);
    const intents = await store.payments(ACME, { page: PAGE, intent: true, customer: ada.id }, NO_EXTRAS);
    assert.deepEqual(intents.map(({ payment }) => payment), own.map(({ payment }) => payment).filter(({ intent }) => intent).toReversed());
    for (const processed of [true, false]) {
      const attempts = await store.attempts(ACME, { page: PAGE, paymentId: null, processed, customer: ada.id }, NO_EXTRAS);
      assert.deepEqual(attempts.map(({ attempt }) => attempt), own.map(({ attempt }) => attempt).toReversed());
    }
    const [first] = own;
    assert.ok(first !== undefined);
    for (const [customer, count] of [[ada.id, 1], [bob.id, 0]] as const) {
      assert.equal((await store.attempts(ACME, { page: PAGE, paymentId: first.payment.id, processed: true, customer }, NO_EXTRAS)).length, count);
    }
    assert.deepEqual(await store.payments(OTHER, { page: PAGE, intent: true, customer: ada.id }, NO_EXTRAS), []);
  });
}

/** One a minute: customers with and without an address, one deleted, and instruments of the first. */
async function fill(store: Store): Promise<Profile[]> {
  const maker = new Maker();
  const saved: Profile[] = [];
  const add = async (profile: Profile): Promise<Profile> => {
    await save(store, addingProfiles(profile));
    saved.push(profile);
    maker.sources.at += MINUTE;
    return profile;
  };
  const ada = await add(makeCustomer(maker, { email: "ada@example.com" }));
  const bob = await add(makeCustomer(maker));
  for (const token of ["pm_card_visa", "pm_konbini", "pm_card_visa"]) await add(makeInstrument(maker, { owner: ada, token }));
  await add(makeInstrument(maker, { owner: bob }));
  for (let i = 0; i < 3; i++) await add(makeAccount(maker));
  await add(makeInstrument(maker));
  for (const email of ["ada@example.com", "bob@example.com"]) await add(makeCustomer(maker, { email }));
  await add({ ...makeCustomer(maker, { email: "ada@example.com" }), state: "deleted" });
  await save(store, addingProfiles(makeCustomer(maker, { merchant: OTHER, email: "ada@example.com" }), makeAccount(maker, { merchant: OTHER })));
  return saved;
}

async function save(store: Store, changes: Changes): Promise<void> {
  await store.transact({ payments: [], profiles: [], keys: [] }, () => changes);
}

async function loaded(store: Store, profiles: Parameters<Store["transact"]>[0]["profiles"]): Promise<Profile[]> {
  const found: LoadedRows[] = [];
  await store.transact({ payments: [], profiles, keys: [] }, (rows) => {
    found.push(rows);
    return NO_CHANGES;
  });
  return byId(found.flatMap((rows) => rows.profiles));
}

function byId(profiles: readonly Profile[]): Profile[] {
  return profiles.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}
