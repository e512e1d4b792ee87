/**
 * Bad requests by the hundred thousand, made from what every endpoint declares of itself: each has at least one fault
 * that is reason enough to refuse it. No 5xx, no hang, every answer in its vendor's shape, nothing in the book changed.
 * The controls show that the checks see a request that is accepted, and a book that changes.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { array, constant, constantFrom, integer, nat, oneof, option, record, sample, string, stringMatching } from "fast-check";
import { squareDialect } from "../../src/dialects/square/dialect.ts";
import { stripeDialect } from "../../src/dialects/stripe/dialect.ts";
import { currency } from "../../src/domain/currency.ts";
import { Balances } from "../../src/engine/balances.ts";
import type { EndpointDeclaration } from "../../src/engine/declaration.ts";
import type { Desk } from "../../src/engine/wire.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { openBookReadOnly, openStore } from "../../src/stores/sqlite/open.ts";
import { freshKey, startTestServer } from "../test-server.ts";
import { bodyOf, draftOf, type DialectName } from "./bad-draft.ts";
import { faultsOf, type Fault } from "./bad-faults.ts";
import { BROKEN_HTTP, Sender, type Outcome, type Raw } from "./bad-sender.ts";
import { bar, freshFolder, inFlight, proveBook, say, seed, size } from "./campaign.ts";
import { at, Client, paymentBody, requests } from "./client.ts";

const IN_FLIGHT = 64;
const CHUNK = 1_000;
const PAYMENTS = 20;
const HEADERS_TOO_LARGE = 431;

type Target = { readonly dialect: DialectName; readonly told: EndpointDeclaration; readonly faults: readonly Fault[] };
type Bad = { readonly raw: Raw; readonly dialect: DialectName; readonly faults: readonly string[] };

/** What fast-check draws for one request: an endpoint, one fault or several, and their dice. */
const plan = record({
  endpoint: nat(),
  faults: array(record({ which: nat(), pick: nat(), text: string({ unit: "binary", maxLength: 30 }), many: integer({ min: 501, max: 1_500 }) }), { minLength: 1, maxLength: 3 }),
  path: oneof(
    constant("known"),
    stringMatching(/^[0-9A-Za-z]{24}$/),
    constantFrom("0", "null", "undefined", "__proto__", "constructor", "..%2f..", "%F0%9F%92%A9", "-1", "a".repeat(499)),
  ),
  key: option(stringMatching(/^[ -~]{1,300}$/), { freq: 4 }),
});

/** The endpoints as the server mounts them; nothing is ever asked of this desk. */
function targets(): Target[] {
  const never = () => Promise.reject(new Error("nobody asks this desk"));
  const read = {
    payment: never, attempt: never, refund: never, dispute: never, entry: never, payments: never, attempts: never, refunds: never, disputes: never, entries: never,
    profiles: never, listProfiles: never, events: never, told: never, reply: never, sumEntries: never, horizon: never,
  };
  const desk: Desk = { execute: never, read, balances: new Balances(read, () => 0), processor: makeSandbox(), now: () => 0, outbox: openMemoryStore().outbox, vault: null, mayTell: () => null, eventDays: 30, send: never };
  const usd = currency("USD");
  assert.ok(usd !== null);
  const declared = (dialect: DialectName, endpoints: readonly { readonly declaration: EndpointDeclaration }[]): Target[] =>
    endpoints.map(({ declaration: told }) => ({ dialect, told, faults: faultsOf(dialect, told) }));
  return [...declared("stripe", stripeDialect(desk).endpoints), ...declared("square", squareDialect(desk, { currency: usd, unlinked: true }).endpoints)];
}

type Drawn = ReturnType<typeof draw>[number];

function draw(from: number, count: number) {
  return sample(plan, { seed: from, numRuns: count });
}

function make(drawn: Drawn, all: readonly Target[], key: string, known: readonly string[]): Bad {
  const target = at0(all, drawn.endpoint);
  const { dialect, told, faults } = target;
  const body = at0(known, drawn.endpoint);
  const draft = draftOf(dialect, told, { path: drawn.path === "known" ? idFor(told.path, body) : drawn.path, known: body });
  const chosen = drawn.faults.map(({ which, ...dice }, i) => ({ fault: at0(faults, which), dice, i }));
  // A fault that rewrites the whole body comes last, or a later one would write into what is no longer read.
  for (const { fault, dice } of chosen.slice(0, 1)) fault.apply(draft, dice);
  if (draft.body === null) for (const { fault, dice } of chosen.slice(1)) if (!/JSON|UTF-8|content type|missing|at /.test(fault.name)) fault.apply(draft, dice);
  const has = (name: string) => draft.headers.some(([header]) => header === name);
  const content = told.method === "GET" ? Buffer.alloc(0) : bodyOf(dialect, draft);
  const headers: [string, string][] = [...draft.headers];
  if (!has("authorization")) headers.push(["authorization", `Bearer ${key}`]);
  if (!has("content-type") && content.length > 0) headers.push(["content-type", dialect === "stripe" ? "application/x-www-form-urlencoded" : "application/json"]);
  if (drawn.key !== null && !has("idempotency-key")) headers.push(["idempotency-key", drawn.key]);
  const path = draft.query.length === 0 ? draft.path : `${draft.path}?${draft.query.join("&")}`;
  return { dialect, faults: chosen.map(({ fault }) => fault.name), raw: { method: draft.method, path, headers, body: content } };
}

function at0<T>(items: readonly T[], i: number): T {
  const item = items[i % items.length];
  assert.ok(item !== undefined);
  return item;
}

/** A payment that is there, as that path names it. */
function idFor(path: string, body: string): string {
  if (path.startsWith("/v2/")) return body;
  const prefix = path.includes("/payment_records/") ? "pr_" : path.includes("/payment_attempt_records/") ? "par_" : path.includes("/payment_intents/") ? "pi_" : "ch_";
  return prefix + body;
}

/** What is wrong with an answer to a bad request; null if nothing is. */
function complaint({ dialect, raw }: Bad, outcome: Outcome): string | null {
  if ("none" in outcome) return `no answer: ${outcome.none}`;
  const { status, text } = outcome;
  if (status >= 500) return `${status}: ${text}`;
  // Headers beyond all bounds are refused before there is a path, and so before there is a vendor.
  if (status === HEADERS_TOO_LARGE) return null;
  if (status < 400) return `accepted: ${status} ${text.slice(0, 300)}`;
  return isVendorShape(dialect, text) ? null : `not the shape of ${dialect} for ${raw.method}: ${status} ${text.slice(0, 300)}`;
}

function isVendorShape(dialect: DialectName, text: string): boolean {
  try {
    const words = dialect === "stripe" ? [at(text, "error", "type"), at(text, "error", "message")] : [at(text, "errors", "0", "category"), at(text, "errors", "0", "code"), at(text, "errors", "0", "detail")];
    return words.every((word) => typeof word === "string" && word !== "");
  } catch {
    return false;
  }
}

function shown({ raw, faults }: Bad, what: string): string {
  return `[${faults.join(" + ")}] ${raw.method} ${raw.path.slice(0, 200)} ${JSON.stringify(raw.headers).slice(0, 300)} ${JSON.stringify(raw.body.toString("latin1").slice(0, 300))} → ${what}`;
}

/** A hash over every payment, attempt, refund, entry and event. */
function hashOf(folder: string): string {
  const hash = createHash("sha256");
  const book = openBookReadOnly(folder);
  for (const dossier of book.dossiers()) hash.update(JSON.stringify(dossier, (_name, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)));
  book.close();
  return hash.digest("hex");
}

async function somePayments(client: Client): Promise<string[]> {
  const bodies: string[] = [];
  for (let i = 0; i < PAYMENTS; i++) {
    const body = paymentBody(await client.send(i % 2 === 0 ? requests.charge(100) : requests.squarePayment(100, `payment-${i}`)));
    await client.send(requests.refund(body, 10));
    bodies.push(body);
  }
  return bodies;
}

test("bad requests are refused in their vendor's words and change nothing", async (t) => {
  const folder = freshFolder(t);
  const [from, count] = [seed(), size("BAD_REQUESTS", { quick: 3_000, full: 100_000 })];
  const all = targets();
  const key = freshKey();
  const server = await startTestServer({ store: openStore(folder) });
  t.after(() => server.stop());
  const client = new Client(server.port, key);
  const known = await somePayments(client);
  client.close();
  const before = hashOf(folder);
  const prototype = Reflect.ownKeys(Object.prototype).length;
  const sender = new Sender(server.port, IN_FLIGHT);
  const progress = bar("Bad requests", count);
  const complaints: string[] = [];
  const statuses = new Map<number, number>();
  const began = performance.now();
  for (let done = 0; done < count; done += CHUNK) {
    await inFlight(draw(from + done, Math.min(CHUNK, count - done)), IN_FLIGHT, async (drawn) => {
      const bad = make(drawn, all, key, known);
      const outcome = await sender.send(bad.raw);
      if ("status" in outcome) statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      const what = complaint(bad, outcome);
      if (what !== null) complaints.push(shown(bad, what));
    });
    progress.step(CHUNK);
  }
  const seconds = (performance.now() - began) / 1_000;
  for (const broken of BROKEN_HTTP) {
    const outcome = await sender.sendBytes(Buffer.from(broken, "latin1"));
    if ("none" in outcome || outcome.status < 400 || outcome.status >= 500) complaints.push(`${JSON.stringify(broken.slice(0, 100))} → ${JSON.stringify(outcome).slice(0, 300)}`);
  }
  progress.stop();
  sender.close();
  say("bad requests", {
    seed: String(from),
    endpoints: all.length,
    faults: all.reduce((sum, { faults }) => sum + faults.length, 0),
    requests: count,
    "a second": Math.round(count / seconds),
    statuses: [...statuses].toSorted(([one], [other]) => one - other).map(([status, n]) => `${status}×${n}`).join(" "),
    complaints: complaints.length,
  });
  assert.deepEqual(complaints.slice(0, 20), []);
  assert.equal(hashOf(folder), before, "the book was changed");
  assert.equal(Reflect.ownKeys(Object.prototype).length, prototype, "Object.prototype was polluted");
  assert.equal(Reflect.get({}, "polluted"), undefined);
  await proveBook({ folder });
});

test("control: a good request among the bad ones is seen, and so is the book that it changes", async (t) => {
  const folder = freshFolder(t);
  const key = freshKey();
  const server = await startTestServer({ store: openStore(folder) });
  t.after(() => server.stop());
  const client = new Client(server.port, key);
  t.after(() => client.close());
  const [body] = await somePayments(client);
  assert.ok(body !== undefined);
  const before = hashOf(folder);
  const { method, path, body: sent = "" } = requests.refund(body, 5);
  const headers: [string, string][] = [["authorization", `Bearer ${key}`], ["content-type", "application/x-www-form-urlencoded"]];
  const good: Bad = { dialect: "stripe", faults: [], raw: { method, path, headers, body: Buffer.from(sent) } };
  const sender = new Sender(server.port, 1);
  t.after(() => sender.close());
  assert.match(complaint(good, await sender.send(good.raw)) ?? "", /^accepted/);
  assert.notEqual(hashOf(folder), before);
  assert.match(complaint(good, { status: 500, text: "{}" }) ?? "", /^500/);
  assert.match(complaint(good, { status: 404, text: '{"error":"no"}' }) ?? "", /^not the shape/);
});
