/** Refunds of charges and of the fees out of them, from both sides and on two servers at once: all rows of both are locked in one order, so that none waits for the other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStore } from "../../src/stores/postgres/open.ts";
import { at } from "../campaigns/client.ts";
import { call, freshKey, startTestServer } from "../test-server.ts";
import { prove } from "./acting.ts";
import { freshDatabase } from "./database.ts";

const CHARGES = 6;
const TURNS = 25;
const AMOUNT = 10_000;
const FEE = 5_000;

test("refunds of a charge and of its fee that come at once to two servers never meet in a deadlock, and both books agree", async (context) => {
  const database = await freshDatabase(context);
  const servers = [await startTestServer({ store: await openStore(database.url), unwatched: true }), await startTestServer({ store: await openStore(database.url), unwatched: true })];
  const key = freshKey();
  const post = async (turn: number, path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) => {
    const server = servers[turn % servers.length];
    assert.ok(server !== undefined);
    return call(server, key, { path, form, headers });
  };
  const text = (answer: { readonly text: string }, name: string) => String(at(answer.text, name));
  const on = { "stripe-account": text(await post(0, "/v1/accounts", {}), "id") };
  const charges = await Promise.all(Array.from({ length: CHARGES }, (_, i) => post(i, "/v1/charges", { amount: String(AMOUNT), currency: "usd", source: "tok_visa", application_fee_amount: String(FEE) }, on)));
  const statuses = await Promise.all(
    charges.flatMap((charge, i) =>
      Array.from({ length: TURNS }, async (_, turn) => {
        const fee = await post(i + turn, `/v1/application_fees/${text(charge, "application_fee")}/refunds`, { amount: "3" });
        const refund = await post(i + turn + 1, "/v1/refunds", { charge: text(charge, "id"), amount: "7", refund_application_fee: "true" }, on);
        return [fee.status, refund.status];
      }),
    ),
  );
  // What its servers saw stands in the statistics once they are gone.
  for (const server of servers) await server.stop();
  const [[deadlocks] = [null]] = await database.run("select deadlocks::int from pg_stat_database where datname = current_database()");
  assert.deepEqual([...new Set(statuses.flat())], [200]);
  assert.equal(Number(deadlocks), 0);
  await prove(database);
});
