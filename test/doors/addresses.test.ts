/** Nothing is told to our own machines, however their addresses are spelled, whatever names stand for them, and wherever an answer points. */
import assert from "node:assert/strict";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { Addresses } from "../../src/doors/workers/addresses.ts";
import type { Resolve } from "../../src/doors/workers/resolve-name.ts";
import { Sender } from "../../src/doors/workers/sender.ts";
import { corpus, INWARD, INWARD_V6 } from "./ssrf-corpus.ts";

const PATIENCE = 1_000;
const CLOSED = { open: false, allowed: [] };

/** Listens on this machine, in both families, and counts who comes. */
async function canary(t: TestContext): Promise<{ readonly port: number; readonly visits: () => number }> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  t.after(() => server.close());
  return { port: portOf(server), visits: () => visits };
}

function portOf(server: { address: () => AddressInfo | string | null }): number {
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

async function send(sender: Sender, url: string) {
  return sender.send({ url, headers: { "content-type": "application/json" }, body: "{}" }, PATIENCE);
}

function senderWith(t: TestContext, addresses: Addresses): Sender {
  const sender = new Sender(addresses);
  t.after(() => sender.close());
  return sender;
}

test("of more than a thousand URLs that mean our own machines not one is connected to", async (t) => {
  const { port, visits } = await canary(t);
  const urls = corpus(port);
  assert.ok(urls.length >= 300, `${urls.length} URLs`);
  const sender = senderWith(t, new Addresses(CLOSED));
  const passed: string[] = [];
  for (const url of urls) if ((await send(sender, url)).problem !== "address") passed.push(url);
  assert.deepEqual(passed, []);
  assert.equal(visits(), 0);
  t.diagnostic(`${urls.length} URLs, ${visits()} connections`);
});

test("control: a sender that may tell this machine reaches the canary by all of the spellings that mean it", async (t) => {
  const { port, visits } = await canary(t);
  const sender = senderWith(t, new Addresses({ open: true, allowed: ["::ffff:0:0/96"] }));
  const means = (url: string) => /^(?:127\.0\.0\.1|\[::1\]|\[::ffff:7f00:1\])$/.test(URL.parse(url)?.hostname ?? "");
  const urls = corpus(port).filter((url) => url.startsWith("http:") && means(url));
  await Promise.all(urls.map((url) => send(sender, url)));
  assert.ok(urls.length >= 12 && visits() === urls.length, `${visits()} connections for ${urls.length} URLs`);
});

test("a name that stands for one of our addresses, alone or among public ones, is not connected to", async (t) => {
  const { port, visits } = await canary(t);
  const family = (address: string) => (address.includes(":") ? 6 : 4);
  for (const address of [...INWARD, "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1%lo"]) {
    for (const among of [[address], ["93.184.215.14", address], [address, "93.184.215.14"]]) {
      const resolve: Resolve = async () => among.map((one) => ({ address: one, family: family(one) }));
      const sender = senderWith(t, new Addresses(CLOSED, resolve));
      const { problem } = await send(sender, `https://hooks.example.com:${port}/`);
      assert.equal(problem, "address", among.join());
    }
  }
  assert.equal(visits(), 0);
});

test("a name that is public when it is looked up first and ours when it is connected to is not connected to", async (t) => {
  const { port, visits } = await canary(t);
  let asked = 0;
  // Every other answer is this machine, as a server that rebinds gives them.
  const resolve: Resolve = async () => [asked++ % 2 === 0 ? { address: "192.0.2.1", family: 4 } : { address: "127.0.0.1", family: 4 }];
  const sender = senderWith(t, new Addresses(CLOSED, resolve));
  for (let round = 0; round < 500; round++) assert.equal((await send(sender, `https://rebinding.example.com:${port}/`)).problem, "address");
  assert.ok(asked >= 500, "each connection looks the name up anew");
  assert.equal(visits(), 0);
});

test("an answer that points elsewhere is a failure and is not followed", async (t) => {
  const { port, visits } = await canary(t);
  const server: Server = createHttpServer((request, response) => {
    const [, status = "302", form = "0"] = (request.url ?? "").split("/");
    const places = [`http://[::1]:${port}/`, `//[::1]:${port}/`, `http://localhost:${port}/`, "/elsewhere", `http://127.0.0.1:${port}/`];
    response.writeHead(Number(status), { location: places[Number(form)] ?? "" }).end("moved");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const sender = senderWith(t, new Addresses({ open: true, allowed: [] }));
  for (const status of [300, 301, 302, 303, 304, 305, 307, 308]) {
    for (const form of [0, 1, 2, 3, 4]) {
      const sent = await send(sender, `http://127.0.0.1:${portOf(server)}/${status}/${form}`);
      assert.deepEqual([sent.status, sent.problem], [status, "status"]);
    }
  }
  assert.equal(visits(), 0);
});

test("the open sandbox tells this machine, with TLS and without, and no other that is not public", () => {
  const open = new Addresses({ open: true, allowed: [] });
  for (const url of ["http://127.0.0.1:3000/hook", "https://localhost/hook", "http://[::1]/", "https://hooks.example.com/"]) assert.equal(open.refusal(url), null, url);
  for (const url of ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[fd00::1]/", "http://0.0.0.0/"]) assert.match(open.refusal(url) ?? "", /public/, url);
});

test("a server with keys of its own tells https and public addresses, and what is allowed beside them", () => {
  const closed = new Addresses({ open: false, allowed: ["10.1.0.0/16", "hooks.internal", "fd00:1::/32"] });
  for (const url of ["https://hooks.example.com/", "https://93.184.215.14/", "https://10.1.2.3/", "http://10.1.2.3:8080/", "http://hooks.internal/", "https://[fd00:1::7]/"]) assert.equal(closed.refusal(url), null, url);
  for (const url of ["http://hooks.example.com/", "https://10.2.0.1/", "https://127.0.0.1/", "http://93.184.215.14/", "https://user@hooks.example.com/", "nonsense", `https://hooks.example.com/${"a".repeat(2_100)}`]) assert.notEqual(closed.refusal(url), null, url);
});

test("IPv6 is told where it is given out for the public internet, and nowhere else", () => {
  const closed = new Addresses(CLOSED);
  for (const address of ["2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]) assert.equal(closed.mayConnect(address), true, address);
  for (const address of INWARD_V6) assert.equal(closed.mayConnect(address), false, address);
});
