/** The first money of a customer that comes to two servers at once, and refunds of it: all of it meets in one row, though no one could lock that before it was there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cashIdOf, cashOf } from "../../src/domain/connected.ts";
import { fundCash } from "../../src/domain/fund-cash.ts";
import type { Accepted } from "../../src/domain/outcome.ts";
import type { Profile } from "../../src/domain/profile.ts";
import type { Store } from "../../src/engine/store.ts";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { member } from "../conformance/stripe/desk.ts";
import { addingProfiles, makeCustomer } from "../stores/making-profiles.ts";
import { ACME, adding, Maker, MONEY, NO_CHANGES } from "../stores/making.ts";
import { save } from "../stores/store-suite.ts";
import { call, freshKey } from "../test-server.ts";
import { idIn, prove, startNode } from "./acting.ts";
import { freshDatabase } from "./database.ts";

const CUSTOMERS = 8;
const TURNS = 12;

test("money that comes to two servers at once is all counted, and of refunds that come at once exactly those succeed that it holds", async (context) => {
  const database = await freshDatabase(context);
  const nodes = [await startNode(context, database.url), await startNode(context, database.url)] as const;
  const key = freshKey();
  const post = (turn: number, path: string, form: Readonly<Record<string, string>> = {}) => call(turn % 2 === 0 ? nodes[0] : nodes[1], key, { method: "POST", path, form });
  const customers = await Promise.all(Array.from({ length: CUSTOMERS }, async (_, i) => idIn(await post(i, "/v1/customers"))));
  const all = <T>(ask: (customer: string, turn: number) => Promise<T>) => Promise.all(customers.flatMap((customer) => Array.from({ length: TURNS }, (_, turn) => ask(customer, turn))));
  const funded = await all((customer, turn) => post(turn, `/v1/test_helpers/customers/${customer}/fund_cash_balance`, { amount: "100", currency: "eur" }));
  assert.deepEqual([...new Set(funded.map(({ status }) => status))], [200]);
  const refunded = await all((customer, turn) => post(turn, "/v1/refunds", { origin: "customer_balance", customer, currency: "eur", amount: "150" }));
  assert.equal(refunded.filter(({ status }) => status === 200).length, CUSTOMERS * ((TURNS * 100) / 150));
  for (const customer of customers) {
    const { json } = await call(nodes[0], key, { path: `/v1/customers/${customer}/cash_balance` });
    assert.equal(member(json, "available", "eur"), 0);
  }
  await prove(database);
});

test("two servers that make the same customers' cash at once make it in one order, so that neither waits for one that waits for it", async (context) => {
  const database = await freshDatabase(context);
  // Whoever waits for a deadlock to be found would wait longer than for any lock.
  await database.run(`alter database ${new URL(database.url).pathname.slice(1)} set deadlock_timeout = '30s'`);
  const open = async (): Promise<Store> => {
    const store = await openStore(database.url, { limits: { lockMs: 2_000 } });
    context.after(() => store.close());
    return store;
  };
  const [one, other] = [await open(), await open()];
  const maker = new Maker();
  const customers = [makeCustomer(maker), makeCustomer(maker)];
  await save(one, addingProfiles(...customers));
  await database.run("create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$; create trigger dawdling before insert on payment for each row execute function dawdle()");
  let decided = 0;
  const fundFirst = (store: Store, order: readonly Profile[]) =>
    store.transact({ payments: order.map(({ id }) => ({ merchant: cashOf(ACME), by: "payment", id: cashIdOf(id, MONEY.currency), extras: NO_EXTRAS })), profiles: [], keys: [] }, ({ payments }) => {
      decided += 1;
      return payments.length > 0 ? NO_CHANGES : adding(...order.map((customer) => firstOf(customer, maker)));
    });
  await Promise.all([fundFirst(one, customers), fundFirst(other, customers.toReversed())]);
  assert.equal(decided, 3, "the second one found what the first one made");
  await database.run("drop trigger dawdling on payment; drop function dawdle");
  await prove(database);
});

function firstOf(customer: Profile, maker: Maker): Accepted {
  const connect = { role: "cash", platform: ACME, account: customer.id, transfer: null, fee: 0n, of: null, group: null } as const;
  const outcome = fundCash({ kind: "fund_cash_balance", connect, money: MONEY, reference: null }, null, { find: () => customer, moment: maker.moment() });
  assert.ok(outcome.accepted);
  return outcome;
}
