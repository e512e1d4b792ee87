import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { run, startChild } from "./child-server.ts";

const folder = mkdtempSync(join(tmpdir(), "refundry-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` });

test("serve says where it listens, gives a key and a curl, answers its probes, and SIGTERM ends it with 0", async () => {
  const data = join(folder, "serve");
  const server = await startChild(["serve", "--port", "0", "--data", data]);
  assert.match(server.said(), /^Refundry is listening on http:\/\/127\.0\.0\.1:\d+\n/);
  for (const path of ["/healthz", "/readyz"]) assert.equal((await fetch(server.url + path)).status, 200);
  const curl = /curl (http\S+) -u (\S+): -d amount=1000 -d currency=usd -d source=tok_visa/.exec(server.said());
  const answer = await fetch(curl?.[1] ?? "", { method: "POST", headers: basic(curl?.[2] ?? ""), body: new URLSearchParams({ amount: "1000", currency: "usd", source: "tok_visa" }) });
  assert.equal(answer.status, 200);
  assert.equal(await server.end(), 0);
  assert.ok(existsSync(join(data, "book.db")));

  const proof = await run(["verify", "--data", data, "--json"]);
  assert.equal(proof.code, 0);
  assert.match(proof.stdout, /"sound":true,"payments":1/);
});

test("a flag goes before the environment, and the environment before the default", async () => {
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const server = await startChild(["--port", "0", "--data", one], { PORT: "1", REFUNDRY_DATA: two });
  assert.ok(existsSync(one) && !existsSync(two));
  await server.end();
  const other = await startChild([], { PORT: "0", REFUNDRY_DATA: two, HOST: "localhost" });
  assert.match(other.url, /^http:\/\/localhost:/);
  assert.ok(existsSync(two));
  await other.end();
});

test("a book in memory leaves nothing behind", async () => {
  const before = readdirSync(".");
  const server = await startChild(["--port", "0", "--data", ":memory:"]);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  assert.equal(await server.end("SIGINT"), 0);
  assert.deepEqual(readdirSync("."), before);
});

test("a second server on the same book is refused, and says what to do", async () => {
  const data = join(folder, "shared");
  const server = await startChild(["--port", "0", "--data", data]);
  const second = await run(["serve", "--port", "0", "--data", data]);
  await server.end();
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another|already/i);
});

test("mistakes on the command line end with 2 and a way out", async () => {
  const badPort = await run(["serve", "--port", "99999"]);
  assert.equal(badPort.code, 2);
  assert.match(badPort.stderr, /from 0 to 65535/);
  const open = await run(["serve", "--host", "0.0.0.0", "--keys", "open"]);
  assert.equal(open.code, 2);
  assert.match(open.stderr, /refundry key create/);
  assert.equal((await run(["serve", "--nonsense"])).code, 2);
  assert.equal((await run(["nonsense"])).code, 2);
});

test("verify of a folder without a book ends with 1 and makes nothing", async () => {
  const nowhere = join(folder, "nowhere");
  const proof = await run(["verify", "--data", nowhere]);
  assert.equal(proof.code, 1);
  assert.match(proof.stderr, /no book/);
  assert.ok(!existsSync(nowhere));
});

test("a server with provisioned keys lets in the keys that were made, and no others", async () => {
  const data = join(folder, "keys");
  const made = await run(["key", "create", "--data", data, "--json"]);
  const key = /"key":"(sk_test_\w+)"/.exec(made.stdout)?.[1] ?? "";
  const live = /"key":"(sk_live_\w+)"/.exec((await run(["key", "create", "--data", data, "--live", "--json"])).stdout)?.[1] ?? "";
  const server = await startChild(["--port", "0", "--data", data, "--keys", "provisioned"]);
  const list = (secret: string) => fetch(`${server.url}/v1/charges`, { headers: basic(secret) });
  assert.equal((await list(key)).status, 200);
  assert.equal((await list(live)).status, 200);
  assert.equal((await list("sk_test_refundry")).status, 401);
  await server.end();
});

test("the demo goes through all three contracts, proves its book and leaves nothing behind", async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("refundry-demo-"));
  const demo = await run(["demo"]);
  assert.equal(demo.code, 0, demo.stderr);
  for (const heading of ["1. Stripe: report a refund", "2. Stripe: refund a charge", "3. Square: RefundPayment", "is sound"]) assert.ok(demo.stdout.includes(heading), heading);
  assert.match(demo.stdout, /charge_already_refunded/);
  assert.deepEqual(readdirSync(tmpdir()).filter((name) => name.startsWith("refundry-demo-")), before);
});
