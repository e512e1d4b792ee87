/** The first money of a customer that comes to two servers at once, and refunds of it: all of it meets in one row, though no one could lock that before it was there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { member } from "../conformance/stripe/desk.ts";
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
