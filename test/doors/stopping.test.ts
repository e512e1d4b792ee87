/** How the process ends: by a signal, whatever its clients do, and by a fault, with the exit code that was promised. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { endChildren, startChild, type Child } from "./child-server.ts";

const FAULTY = "test/doors/faulty-server.ts";
const CHARGE = "amount=1000&currency=usd&source=tok_visa";
/** Where SQLite's file format keeps the size of a page. */
const PAGE_SIZE_OFFSET = 16;
/** Long enough for a few bytes to reach a process on this machine. */
const ARRIVAL_MS = 200;
/** The grace of a drain is 2 s: less than this, also on a slow machine, and far from the limits of a server that is not draining. */
const DRAINED_MS_MAX = 6_000;

const folder = mkdtempSync(join(tmpdir(), "refundry-stopping-"));
after(() => {
  endChildren();
  rmSync(folder, { recursive: true, force: true });
});

type Line = { readonly socket: Socket; readonly heard: () => string; readonly closed: Promise<unknown> };

/** A connection on which bytes are said as they are, whole requests or not. */
async function lineTo(server: Child): Promise<Line> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  let heard = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => (heard += chunk));
  socket.on("error", () => socket.destroy());
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await once(socket, "connect");
  return { socket, heard: () => heard, closed };
}

function head(path: string, more = ""): string {
  return `POST ${path} HTTP/1.1\r\nHost: refundry\r\nAuthorization: Bearer sk_test_stopping\r\n${more}`;
}

const FORM = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${CHARGE.length}\r\n\r\n`;

function charge(server: Child, key = "once"): Promise<Response> {
  return fetch(`${server.url}/v1/charges`, { method: "POST", headers: { authorization: "Bearer sk_test_stopping", "idempotency-key": key }, body: new URLSearchParams(CHARGE) });
}

const halfSent: readonly (readonly [string, string])[] = [
  ["half a head", head("/v1/charges")],
  ["a head and half a body", head("/v1/charges", FORM) + CHARGE.slice(0, 8)],
  ["nothing at all", ""],
];
for (const [what, bytes] of halfSent) {
  test(`SIGTERM ends the server with 0 while a client has sent ${what}`, async () => {
    const server = await startChild(["--port", "0", "--data", ":memory:"]);
    const line = await lineTo(server);
    line.socket.write(bytes);
    await delay(ARRIVAL_MS);
    const began = performance.now();
    assert.equal(await server.end(), 0);
    assert.ok(performance.now() - began < DRAINED_MS_MAX, "it did not wait for the client");
    await line.closed;
  });
}

test("SIGTERM lets a request whose body is on its way come to its end, and answers later ones in the dialect's words", async () => {
  const server = await startChild(["--port", "0", "--data", ":memory:"]);
  const [begun, stripe, square, probe] = [await lineTo(server), await lineTo(server), await lineTo(server), await lineTo(server)];
  begun.socket.write(head("/v1/charges", FORM) + CHARGE.slice(0, 8));
  stripe.socket.write(head("/v1/charges"));
  square.socket.write(head("/v2/refunds"));
  probe.socket.write("GET /readyz HTTP/1.1\r\nHost: refundry\r\n");
  await delay(ARRIVAL_MS);
  const ended = server.end();
  await delay(ARRIVAL_MS);
  begun.socket.write(CHARGE.slice(8));
  stripe.socket.write(FORM + CHARGE);
  square.socket.write(FORM + CHARGE);
  probe.socket.write("\r\n");
  assert.equal(await ended, 0);
  await Promise.all([begun.closed, stripe.closed, square.closed, probe.closed]);
  assert.match(begun.heard(), /^HTTP\/1\.1 200 [\s\S]*"object": "charge"/);
  assert.match(stripe.heard(), /^HTTP\/1\.1 503 [\s\S]*retry-after: \d+[\s\S]*"type": "api_error"/i);
  assert.match(square.heard(), /^HTTP\/1\.1 503 [\s\S]*retry-after: \d+[\s\S]*"SERVICE_UNAVAILABLE"/i);
  assert.match(probe.heard(), /^HTTP\/1\.1 503 [\s\S]*\{"status":"draining"\}$/);
});

for (const host of ["127.0.0.1", "localhost"]) {
  test(`SIGTERM while a request is under way on ${host}: it gets its 200, and the server ends with 0`, async () => {
    const server = await startChild(["--data", join(folder, `slow-${host}`)], { FAULT: "slow", SLOW_MS: "3000", HOST: host }, FAULTY);
    const answer = charge(server);
    await delay(ARRIVAL_MS);
    const ended = server.end();
    assert.equal((await answer).status, 200);
    assert.equal(await ended, 0);
  });
}

test("SIGTERM while requests that came one behind the other are under way: each gets its answer, in their order", async () => {
  const server = await startChild(["--data", join(folder, "pipelined")], { FAULT: "slow", SLOW_MS: "1000" }, FAULTY);
  const line = await lineTo(server);
  const amounts = [1_000, 1_001, 1_002, 1_003];
  line.socket.write(amounts.map((amount) => head("/v1/charges", FORM) + CHARGE.replace("1000", String(amount))).join(""));
  await delay(ARRIVAL_MS);
  assert.equal(await server.end(), 0);
  await line.closed;
  assert.deepEqual([...line.heard().matchAll(/"amount": (\d+),/g)].map(([, amount]) => Number(amount)), amounts);
});

test("a second signal ends the server at once, with 1", async () => {
  const server = await startChild(["--data", join(folder, "impatient")], { FAULT: "slow", SLOW_MS: "8000" }, FAULTY);
  const answer = assert.rejects(charge(server));
  await delay(ARRIVAL_MS);
  const began = performance.now();
  const ended = server.end();
  await delay(ARRIVAL_MS);
  server.process.kill("SIGINT");
  assert.equal(await ended, 1);
  assert.ok(performance.now() - began < DRAINED_MS_MAX);
  await answer;
});

test("an answer that takes longer than a drain waits is cut off, and the server says so and ends with 1", async () => {
  const server = await startChild(["--data", join(folder, "stuck")], { FAULT: "slow", SLOW_MS: "60000" }, FAULTY);
  const answer = assert.rejects(charge(server));
  await delay(ARRIVAL_MS);
  assert.equal(await server.end(), 1);
  assert.match(server.complained(), /1 requests were under way for too long/);
  await answer;
});

test("a commit that failed ends the process with 75 and answers nobody, and the same key tells what became of it", async () => {
  const data = join(folder, "unknown");
  const server = await startChild(["--data", data], { FAULT: "commit-fails" }, FAULTY);
  await assert.rejects(charge(server), "nobody is answered");
  assert.equal(await server.ended, 75);
  assert.match(server.complained(), /may or may not be on the disk/);
  assert.doesNotMatch(server.complained(), /\n\s+at /, "no stack trace");
  const again = await startChild(["--port", "0", "--data", data]);
  const answer = await charge(again);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("idempotent-replayed"), "true");
  assert.equal(await again.end(), 0);
});

test("a page that cannot be read ends the process with 75, though only a GET met it", async () => {
  const data = join(folder, "unreadable");
  const writing = await startChild(["--port", "0", "--data", data]);
  const { id }: { readonly id?: unknown } = JSON.parse(await (await charge(writing)).text());
  assert.equal(await writing.end(), 0);
  spoilPages(join(data, "book.db"), String(id).slice("ch_".length));
  const reading = await startChild(["--port", "0", "--data", data]);
  await assert.rejects(fetch(`${reading.url}/v1/charges/${String(id)}`, { headers: { authorization: "Bearer sk_test_stopping" } }), "nobody is answered");
  assert.equal(await reading.ended, 75);
  assert.match(reading.complained(), /^Refundry stops: the book cannot be read or written/);
});

/** Fills every page of a book with rubbish that speaks of an id. */
function spoilPages(path: string, id: string): void {
  const bytes = readFileSync(path);
  const size = bytes.readUInt16BE(PAGE_SIZE_OFFSET);
  for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id, at)) {
    const page = at - (at % size);
    assert.ok(page > 0, "the first page is the schema's");
    bytes.fill(0xff, page, page + size);
  }
  writeFileSync(path, bytes);
}

test("a broken invariant is answered with 500 and ends the process with 70", async () => {
  const server = await startChild(["--data", join(folder, "broken")], { FAULT: "invariant-breaks" }, FAULTY);
  assert.equal((await charge(server)).status, 500);
  assert.equal(await server.ended, 70);
  assert.match(server.complained(), /Refundry stops: planted\n/);
});

test("a halt that is called again stops the process once", async () => {
  const server = await startChild(["--data", join(folder, "often")], { FAULT: "invariant-breaks-often" }, FAULTY);
  assert.equal((await charge(server)).status, 500);
  assert.equal(await server.ended, 70);
  assert.equal(server.complained().match(/Refundry stops/g)?.length, 1);
});
