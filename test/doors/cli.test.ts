import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readCopyPlaces } from "../../src/doors/cli/config.ts";
import { explain } from "../../src/doors/cli/explain.ts";
import { endChildren, run, startChild } from "./child-server.ts";

const folder = mkdtempSync(join(tmpdir(), "refundry-cli-"));
after(() => {
  endChildren();
  rmSync(folder, { recursive: true, force: true });
});
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
  for (const args of [["nonsense"], ["serve", "nonsense"]]) {
    const unknown = await run(args);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /^error: unknown command 'nonsense'\. The commands are: /);
  }
  assert.equal((await run(["key", "nonsense"])).code, 2);
  for (const args of [["serve"], ["verify"], ["key", "create"]]) {
    const nameless = await run([...args, "--data", ""]);
    assert.equal(nameless.code, 2);
    assert.match(nameless.stderr, /^The folder of the book has no name/);
  }
  const inMemory = await run(["key", "create", "--data", ":memory:"]);
  assert.equal(inMemory.code, 2);
  assert.match(inMemory.stderr, /^A book in memory/);
});

test("--version is the package's", async () => {
  const { version }: { readonly version?: unknown } = JSON.parse(readFileSync("package.json", "utf8"));
  assert.deepEqual(await run(["--version"]), { code: 0, stdout: `${String(version)}\n`, stderr: "" });
});

test("an address or a folder that the machine refuses ends with 1 and one sentence, not with a stack", async () => {
  const server = await startChild(["--port", "0", "--data", ":memory:"]);
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [["--port", new URL(server.url).port, "--data", ":memory:"], /^127\.0\.0\.1:\d+ is taken: .* --port 0 /],
    [["--host", "192.0.2.1", "--port", "0", "--data", ":memory:"], /^192\.0\.2\.1.* is no address of this machine\. .*--host/],
    [["--host", "no-such-host.invalid", "--port", "0", "--data", ":memory:"], /^The host 'no-such-host\.invalid' has no address/],
    [["--port", "0", "--data", file], /a-file cannot be opened: the path does not lead to a folder.*--data/],
    [["--port", "0", "--data", join(file, "below")], /below cannot be opened: the path does not lead to a folder.*--data/],
  ];
  for (const [args, words] of refused) {
    const { code, stderr } = await run(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, words);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }
  await server.end();
});

test("the machine's errors at an address have words, and ours keep their stack", () => {
  const listening = (code: string) => explain(Object.assign(new Error("listen"), { code, syscall: "listen", address: "::1", port: 80 }));
  assert.match(listening("EACCES") ?? "", /^\[::1\]:80 may not be listened to/);
  assert.match(listening("EWHATEVER") ?? "", /^The address cannot be listened to/);
  assert.equal(explain(new TypeError("ours")), null);
});

test("without its dependencies the program says how to get them", async () => {
  const bare = join(folder, "bare");
  mkdirSync(bare);
  for (const part of ["bin", "src"]) cpSync(part, join(bare, part), { recursive: true });
  const { code, stderr } = await run(["--version"], {}, join(bare, "bin/refundry.js"));
  assert.equal(code, 1);
  assert.match(stderr, /^Refundry's dependencies are not installed: .*\nIn a checkout, run `npm ci` first/);
});

test("no key is made while a server runs on the book, and the words say what to do", async () => {
  const data = join(folder, "busy");
  const server = await startChild(["--port", "0", "--data", data, "--keys", "provisioned"]);
  assert.ok(server.said().includes(`Book   ${data}\n`) && server.said().includes(`refundry key create --data ${data}`), server.said());
  const { code, stderr } = await run(["key", "create", "--data", data]);
  await server.end();
  assert.equal(code, 1);
  assert.match(stderr, /^No key was made: .* Stop the server, make the key, and start it again\.\n$/);
});

test("verify of a folder without a book ends with 1 and makes nothing", async () => {
  const nowhere = join(folder, "nowhere");
  const proof = await run(["verify", "--data", nowhere]);
  assert.equal(proof.code, 1);
  assert.match(proof.stderr, /no book/);
  assert.ok(!existsSync(nowhere));
});

test("copy makes an equal book that serves, leaves another that is there, and says what to do", async () => {
  const [from, to] = [join(folder, "copy-from"), join(folder, "copy-to")];
  const server = await startChild(["--port", "0", "--data", from]);
  const form = new URLSearchParams({ amount: "1000", currency: "usd", source: "tok_visa" });
  const pay = async (url: string) => (await fetch(`${url}/v1/charges`, { method: "POST", headers: { ...basic("sk_test_x"), "idempotency-key": "once" }, body: form })).text();
  const first = await pay(server.url);
  const busy = await run(["copy", "--from", from, "--to", to]);
  assert.equal(busy.code, 1);
  assert.match(busy.stderr, /^Nothing was copied: another Refundry is running on the book in .* Stop it, and copy again\.\n$/);
  assert.ok(!existsSync(to));
  await server.end();

  const copied = await run(["copy", "--from", from, "--to", to]);
  assert.deepEqual([copied.code, copied.stderr], [0, ""]);
  assert.match(copied.stdout, /^profile +0\npayment +1\n(?:.+\n)+\nAll of .* equal row by row and proved .*\nStart the servers on it, and none on the old book any more/);
  const moved = await startChild(["--port", "0", "--data", to]);
  assert.equal(await pay(moved.url), first);
  assert.equal((await fetch(`${moved.url}/v1/charges`, { method: "POST", headers: basic("sk_test_x"), body: form })).status, 200);
  await moved.end();

  const other = await run(["copy", "--from", from, "--to", to, "--json"]);
  assert.deepEqual([other.code, JSON.parse(other.stdout).outcome], [1, "foreign"]);
  assert.match((await run(["copy", "--from", from, "--to", to])).stdout, /^Nothing was copied: .* holds a book already.* Give an empty folder or database with --to\. Nothing was changed\.\n$/);
  const nowhere = join(folder, "nowhere");
  const nothing = await run(["copy", "--from", nowhere, "--to", join(folder, "copy-none")]);
  assert.deepEqual([nothing.code, existsSync(nowhere), existsSync(join(folder, "copy-none"))], [1, false, false]);
  assert.match(nothing.stderr, /There is no book in .*nowhere/);
});

test("copy from or to what can be no book, or from a book into itself, ends with 2", async () => {
  const [nowhere, itself] = [await run(["copy", "--from", "a"]), await run(["copy", "--from", folder, "--to", join(folder, "x", "..")])];
  assert.deepEqual([nowhere.code, itself.code], [2, 2]);
  assert.match(nowhere.stderr, /required option '--to/);
  assert.match(itself.stderr, /^--from and --to name the same book/);
  const mistakes: readonly (readonly [from: string, to: string, words: RegExp])[] = [
    ["", "a", /^--from is empty/],
    ["a", " ", /^--to is empty/],
    ["a", ":memory:", /^A book in memory/],
    ["mysql://secret@host/x", "a", /^--from is no address of a PostgreSQL\. (?!.*secret)/],
    ["postgres://h/a", "postgres://h/a", /^--from and --to name the same book/],
  ];
  for (const [from, to, words] of mistakes) {
    const places = readCopyPlaces({ from, to });
    assert.match("mistake" in places ? places.mistake : "", words);
  }
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
