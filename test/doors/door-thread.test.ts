/** The HTTP door in its thread: what it says when it cannot open, and when it dies. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { factsOf } from "../../src/doors/http/fault.ts";
import { packReplies, unpackReplies } from "../../src/doors/http/parcel.ts";
import type { Mount, Told } from "../../src/doors/http/question.ts";
import { threadedDoor } from "../../src/doors/http/threaded-door.ts";

const MOUNT: Mount = { name: "shop", prefix: "/shop", versionHeader: "shop-version", headers: ["shop-version"], routes: [{ method: "GET", path: "/shop/things/:thing" }] };

function never(error: Error): void {
  throw error;
}

test("a question brings all that was sent, and a reply goes out as it was given", async () => {
  const asked: unknown[] = [];
  const answer = async (question: unknown): Promise<Told> => {
    asked.push(question);
    return { reply: { status: 418, headers: { "content-type": "text/plain", "shop-version": "7" }, body: "café" } };
  };
  const door = threadedDoor({ mounts: [MOUNT], answer, logLevel: "fatal", lost: never });
  const { port } = await door.listen(0, "127.0.0.1");
  const reply = await fetch(`http://127.0.0.1:${port}/shop/things/a%20b?x=1&y=%20`, { headers: { authorization: "Bearer key", "shop-version": "7" } });
  assert.deepEqual([reply.status, reply.headers.get("shop-version"), await reply.text()], [418, "7", "café"]);
  assert.deepEqual(asked, [[0, 0, "key", "/shop/things/a%20b", "x=1&y=%20", "", null, { thing: "a b" }, ["7"]]]);
  assert.equal(await door.drain(), 0);
});

test("a fault of the house is answered", async () => {
  const fault = { requestId: "abc", type: "Error", message: "planted", stack: "" };
  const door = threadedDoor({ mounts: [MOUNT], answer: async () => ({ reply: { status: 500, headers: {}, body: "sorry" }, fault }), logLevel: "silent", lost: never });
  const { port } = await door.listen(0, "127.0.0.1");
  const reply = await fetch(`http://127.0.0.1:${port}/shop/things/1`);
  assert.deepEqual([reply.status, await reply.text()], [500, "sorry"]);
  await door.drain();
});

test("a parcel of replies brings each to its number, with the fault of the one that met it", () => {
  const plain: Told = { reply: { status: 200, headers: { a: "1" }, body: "one\ud800" } };
  const faulty: Told = { reply: { status: 500, headers: {}, body: "" }, fault: { requestId: "abc", ...factsOf(Object.assign(new RangeError("planted", { cause: new Error("deeper") }), { code: "SQLITE_FULL", odd: () => undefined })) } };
  assert.deepEqual([faulty.fault?.type, faulty.fault?.code, faulty.fault?.cause], ["RangeError", "SQLITE_FULL", "Error: deeper"]);
  const sent = packReplies([[7, plain], [9, faulty], [8, plain]]);
  assert.deepEqual(unpackReplies(structuredClone(sent)), [[7, plain], [9, faulty], [8, plain]]);
});

test("a port that is taken is told with what the system says of it", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  assert.ok(typeof address === "object" && address !== null);
  const door = threadedDoor({ mounts: [MOUNT], answer: () => new Promise(() => undefined), logLevel: "fatal", lost: never });
  await assert.rejects(door.listen(address.port, "127.0.0.1"), { code: "EADDRINUSE", syscall: "listen", port: address.port });
  other.close();
});

test("whoever depends on the thread is told when it is gone", async () => {
  const lost = await new Promise<Error>((resolve) => {
    // Two routes of one name are a fault of whoever mounts them.
    const twice = { ...MOUNT, routes: [...MOUNT.routes, ...MOUNT.routes] };
    void threadedDoor({ mounts: [twice], answer: () => new Promise(() => undefined), logLevel: "fatal", lost: resolve }).listen(0, "127.0.0.1");
  });
  assert.match(lost.message, /already declared/);
});
