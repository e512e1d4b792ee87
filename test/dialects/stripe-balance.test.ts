/** What is pending becomes available at a midnight, in the balance and in each transaction alike. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { stripeDialect } from "../../src/dialects/stripe/dialect.ts";
import { Balances } from "../../src/engine/balances.ts";
import { Engine } from "../../src/engine/engine.ts";
import { makeMoments } from "../../src/engine/moments.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { ACME, TestSources } from "../stores/making.ts";
import { member, textMember } from "../conformance/stripe/desk.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A midnight, UTC. */
const MIDNIGHT = Date.UTC(2027, 0, 10);

function openRoom(sources: TestSources) {
  const store = openMemoryStore();
  const processor = makeSandbox();
  const moments = makeMoments(sources);
  const engine = new Engine({ store, processor, moments, halt: (error) => assert.fail(error) });
  const now = () => sources.at;
  const { endpoints } = stripeDialect({ execute: (job) => engine.execute(job), read: store, balances: new Balances(store, now), processor, now, outbox: store.outbox, vault: null, mayTell: () => null, eventDays: 30, send: () => Promise.reject(new Error("nothing is sent")) });
  return async (method: string, declared: string, { id = "", form = {} }: { readonly id?: string; readonly form?: Readonly<Record<string, string>> } = {}): Promise<unknown> => {
    const endpoint = present(endpoints.find(({ declaration }) => declaration.method === method && declaration.path === declared), declared);
    const text = new URLSearchParams(form).toString();
    const { status, body } = await endpoint.handle({
      merchant: ACME, requestId: moments().id(), path: declared, pathParameters: id === "" ? {} : { id }, query: method === "GET" ? text : "",
      body: method === "GET" ? "" : text, contentType: null, header: () => null,
    });
    assert.equal(status, 200, body);
    return JSON.parse(body);
  };
}

test("a movement is pending until the second midnight, and available from then on", async () => {
  const sources = new TestSources();
  const ask = openRoom(sources);
  const balance = async () => {
    const found = await ask("GET", "/v1/balance");
    return [member(found, "available", "0", "amount"), member(found, "pending", "0", "amount")];
  };
  sources.at = MIDNIGHT + 23 * HOUR_MS;
  const charge = await ask("POST", "/v1/charges", { form: { amount: "1000", currency: "usd", source: "tok_visa", "expand[]": "balance_transaction" } });
  const taken = textMember(charge, "balance_transaction", "id");
  assert.deepEqual([member(charge, "balance_transaction", "status"), member(charge, "balance_transaction", "available_on")], ["pending", (MIDNIGHT + 2 * DAY_MS) / 1_000]);
  sources.at = MIDNIGHT + DAY_MS;
  const refund = await ask("POST", "/v1/refunds", { form: { charge: textMember(charge, "id"), amount: "300" } });
  const given = textMember(refund, "balance_transaction");

  const look = async () => {
    const statuses = [];
    for (const id of [taken, given]) statuses.push(member(await ask("GET", "/v1/balance_transactions/:id", { id }), "status"));
    const listed = member(await ask("GET", "/v1/balance_transactions"), "data");
    assert.ok(Array.isArray(listed));
    assert.deepEqual(listed.map((one) => member(one, "status")).toReversed(), statuses, "alone and in a list alike");
    return { balance: await balance(), statuses };
  };
  assert.deepEqual(await look(), { balance: [0, 700], statuses: ["pending", "pending"] });
  sources.at = MIDNIGHT + 2 * DAY_MS - 1;
  assert.deepEqual(await look(), { balance: [0, 700], statuses: ["pending", "pending"] });
  sources.at = MIDNIGHT + 2 * DAY_MS;
  assert.deepEqual(await look(), { balance: [1000, -300], statuses: ["available", "pending"] });
  sources.at = MIDNIGHT + 3 * DAY_MS - 1;
  assert.deepEqual(await look(), { balance: [1000, -300], statuses: ["available", "pending"] });
  sources.at = MIDNIGHT + 3 * DAY_MS;
  assert.deepEqual(await look(), { balance: [700, 0], statuses: ["available", "available"] });
  sources.at = MIDNIGHT + 300 * DAY_MS;
  assert.deepEqual(await look(), { balance: [700, 0], statuses: ["available", "available"] });
});
