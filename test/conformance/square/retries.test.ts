/** What the SDK does by itself where a server is busy or gone for a moment: it tries again, and the key keeps it at one payment. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { SquareClient, SquareError } from "square";
import { freshKey, startTestServer, type TestServer } from "../../test-server.ts";
import { usd } from "./shop.ts";

let server: TestServer;
let front: Server;
let url = "";
/** What stands in the way, and is taken from for each request: a status answered in place of the server, or one that hides its answer. */
const ways: { readonly status: number; readonly passes: boolean }[] = [];
let seen = 0;

/** Answers in the server's place, or passes on what was asked and perhaps hides what came of it. */
async function stand(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of asked) if (Buffer.isBuffer(chunk)) body.push(chunk);
  seen += 1;
  const way = ways.shift();
  if (way === undefined || way.passes) {
    const headers = { authorization: asked.headers.authorization ?? "", "content-type": "application/json" };
    const passed = await fetch(server.url + (asked.url ?? ""), { method: asked.method ?? "GET", headers, ...(body.length === 0 ? {} : { body: Buffer.concat(body).toString() }) });
    const text = await passed.text();
    if (way === undefined) {
      answer.writeHead(passed.status, { "content-type": "application/json" }).end(text);
      return;
    }
  }
  answer.writeHead(way.status, { "content-type": "application/json", "retry-after": "0" }).end('{"errors":[{"category":"API_ERROR","code":"SERVICE_UNAVAILABLE"}]}');
}

before(async () => {
  server = await startTestServer();
  front = createServer((asked, answer) => void stand(asked, answer));
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const address = front.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
after(async () => {
  front.close();
  await server.stop();
});

test("the SDK tries again after 429 and 5xx, also where it had been done, and there is one payment", async () => {
  const square = new SquareClient({ token: freshKey(), baseUrl: url });
  for (const status of [429, 503]) {
    for (const passes of [false, true]) {
      const count = (await square.payments.list()).data.length;
      ways.push({ status, passes });
      seen = 0;
      const { payment } = await square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: randomUUID(), amountMoney: usd(100) });
      assert.deepEqual([payment?.status, seen], ["COMPLETED", 2], `${status} ${passes ? "after" : "before"} it was done`);
      assert.equal((await square.payments.list()).data.length, count + 1);
    }
  }
});

test("the SDK does not try again what was refused, and tells all of it in its error", async () => {
  const square = new SquareClient({ token: freshKey(), baseUrl: url });
  seen = 0;
  const failed = await square.payments.create({ sourceId: "cnon:card-nonce-declined", idempotencyKey: randomUUID(), amountMoney: usd(100) }).catch((error: unknown) => error);
  assert.ok(failed instanceof SquareError);
  assert.deepEqual([failed.statusCode, seen], [400, 1]);
  assert.deepEqual(failed.errors, [{ category: "PAYMENT_METHOD_ERROR", code: "GENERIC_DECLINE", detail: "Authorization error: 'GENERIC_DECLINE'" }]);
  const unknown = await new SquareClient({ token: "nonsense", baseUrl: url }).payments.get({ paymentId: "x" }).catch((error: unknown) => error);
  assert.ok(unknown instanceof SquareError);
  assert.deepEqual([unknown.statusCode, unknown.errors[0]?.code], [401, "UNAUTHORIZED"]);
});
