/** What the house answers to the door, whatever it meets: it never leaves a question without an answer. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { present } from "../../src/base/assert.ts";
import { makeAnswering } from "../../src/doors/http/answering.ts";
import type { Ask, Call } from "../../src/doors/http/question.ts";
import { openSandbox, type KeyRing } from "../../src/engine/keys.ts";
import { StoreUnavailable } from "../../src/engine/store.ts";
import type { Dialect } from "../../src/engine/wire.ts";
import { openRoom } from "../dialects/square-desk.ts";

const room = openRoom();
const { dialect: square } = room;
after(() => room.close());

function answering({ dialect = square, keys = openSandbox() }: { readonly dialect?: Dialect; readonly keys?: KeyRing }): Ask {
  return makeAnswering({ dialects: [dialect], keys, ping: async () => undefined, dangers: async () => [], requestId: () => "R".repeat(24) });
}

function throwing(thrown: unknown): Dialect {
  return { ...square, endpoints: square.endpoints.map((endpoint) => ({ ...endpoint, handle: () => Promise.reject(thrown) })) };
}

const CALL: Call = [0, 0, "sk_test_key", "/v2/payments", "", "", null, {}, [null]];
const UNKNOWN_KEYS: KeyRing = { merchantOf: () => Promise.reject(new StoreUnavailable("planted")) };

test("a key that cannot be looked up is a 503 at every address, whether there is anything or not", async () => {
  const ask = answering({ keys: UNKNOWN_KEYS });
  const nowhere = await ask({ kind: "nowhere", dialect: 0, apiKey: "sk_live_nobody", method: "GET", path: "/v2/nowhere", version: null });
  assert.deepEqual([nowhere.reply.status, nowhere.reply.headers["retry-after"], nowhere.fault], [503, "1", undefined]);
  assert.equal((await ask(CALL)).reply.status, 503);
});

test("whatever an endpoint throws is answered with a 500 in the API's words, and told as plain facts", async () => {
  const odd: unknown[] = [new TypeError("planted", { cause: { of: () => undefined } }), Object.create(null), "a text", undefined];
  for (const thrown of odd) {
    const { reply, fault } = await answering({ dialect: throwing(thrown) })(CALL);
    assert.equal(reply.status, 500);
    assert.match(reply.body, /"code":"INTERNAL_SERVER_ERROR"/);
    assert.deepEqual(structuredClone(fault), fault);
    assert.equal(present(fault, "the fault").requestId, "R".repeat(24));
  }
});

test("a header that the dialect reads and does not name is a fault of ours", async () => {
  const endpoints = square.endpoints.map((endpoint) => ({ ...endpoint, handle: async (request: Parameters<typeof endpoint.handle>[0]) => ({ status: 200, headers: {}, body: request.header("x-odd") ?? "" }) }));
  const { fault } = await answering({ dialect: { ...square, endpoints } })(CALL);
  assert.equal(fault?.type, "BrokenInvariant");
});
