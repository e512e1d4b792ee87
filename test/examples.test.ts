import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { freshKey, startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

async function runExample(command: string, file: string): Promise<string> {
  const env = { ...process.env, REFUNDRY_URL: server.url, REFUNDRY_KEY: freshKey() };
  return (await promisify(execFile)(command, [file], { env })).stdout;
}

test("the example for stripe refunds in parts, retries safely and is refused in the end", async () => {
  const said = await runExample(process.execPath, "examples/refund-with-stripe.ts");
  assert.match(said, /^re_\w+: 300 succeeded\nre_\w+: the same refund, answered again\nre_\w+: 700 succeeded\ncharge_already_refunded: /);
});

test("the example for square returns its share of the fee and stops the one with an old token", async () => {
  const said = await runExample(process.execPath, "examples/refund-with-square.ts");
  assert.match(said, /^\w+: 1500 PENDING, 150 of it out of the application's fee\nVERSION_MISMATCH: /);
});

test("the example for curl reports a refund twice, and it counts once", async () => {
  const said = await runExample("bash", "examples/refund-with-curl.sh");
  assert.equal(said.match(/"value": 400/g)?.length, 2);
});

test("the example that receives is told of a payment and a refund in both APIs, and every signature holds", async () => {
  const said = await runExample(process.execPath, "examples/receive-webhooks.ts");
  assert.match(said, /\n5 events were told and verified\.\n$/);
  assert.deepEqual([...said.matchAll(/^(?:Stripe|Square) {2}[\w.]+/gm)].map(([line]) => line).toSorted(), ["Square  payment.created", "Square  refund.created", "Stripe  charge.refunded", "Stripe  charge.succeeded", "Stripe  refund.created"]);
});
