/** A server without a key under which secrets are sealed makes no endpoint, and says which setting is missing; all else is as ever. */
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
import { member } from "../conformance/stripe/desk.ts";

test("without a key for secrets no webhook endpoint is made, and the caller hears what is missing", async () => {
  const store = openMemoryStore();
  const processor = makeSandbox();
  const sources = new TestSources();
  const moments = makeMoments(sources);
  const engine = new Engine({ store, processor, moments, halt: (error) => assert.fail(error) });
  const now = () => sources.at;
  const dialect = stripeDialect({ execute: (job) => engine.execute(job), read: store, balances: new Balances(store, now), processor, now, outbox: store.outbox, vault: null, mayTell: () => null, eventDays: 30, send: () => Promise.reject(new Error("nothing is sent")) });
  const ask = async (method: string, form: Readonly<Record<string, string>>) => {
    const path = "/v1/webhook_endpoints";
    const { handle } = present(dialect.endpoints.find(({ declaration }) => declaration.method === method && declaration.path === path), path);
    return handle({ merchant: ACME, requestId: moments().id(), path, pathParameters: {}, query: "", body: new URLSearchParams(form).toString(), contentType: null, header: () => null });
  };
  const refused = await ask("POST", { "url": "https://example.com", "enabled_events[]": "*" });
  const words = "Webhook endpoints need a key under which their secrets are sealed, and this server has none. Set REFUNDRY_SECRET_KEY, the same on all servers of the book.";
  assert.deepEqual([refused.status, member(JSON.parse(refused.body), "error", "message")], [400, words]);
  const listed = await ask("GET", {});
  assert.deepEqual([listed.status, member(JSON.parse(listed.body), "data")], [200, []]);
});
