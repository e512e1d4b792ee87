/**
 * Every kind of text in every parameter that takes one, sent to a server on SQLite and to one on PostgreSQL: the same answers, and
 * never a 5xx. What one store can hold and the other cannot must be refused before either is asked.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { it } from "node:test";
import { squareDialect } from "../../src/dialects/square/dialect.ts";
import { stripeDialect } from "../../src/dialects/stripe/dialect.ts";
import { currency } from "../../src/domain/currency.ts";
import { Balances } from "../../src/engine/balances.ts";
import type { EndpointDeclaration } from "../../src/engine/declaration.ts";
import type { Desk } from "../../src/engine/wire.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { openStore as openFolder } from "../../src/stores/sqlite/open.ts";
import { bodyOf, draftOf, pair, places, setJson, type DialectName, type Draft } from "../campaigns/bad-draft.ts";
import { Sender, type Outcome, type Raw } from "../campaigns/bad-sender.ts";
import { inFlight } from "../campaigns/campaign.ts";
import { Client, paymentBody, requests } from "../campaigns/client.ts";
import { folder } from "../stores/closed-book.ts";
import { call, freshKey, startTestServer } from "../test-server.ts";
import { prove } from "./acting.ts";
import { freshDatabase } from "./database.ts";

const IN_FLIGHT = 16;
/** Of every length up to what an index of PostgreSQL holds and beyond, and of no pattern that would make it shorter there. */
const noise = (length: number) => {
  let text = "";
  for (let i = 0; text.length < length; i++) text += createHash("sha512").update(String(i)).digest("base64");
  return text.slice(0, length);
};
const wide = (length: number) => Array.from({ length }, (_, i) => String.fromCodePoint(0x2_0000 + ((i * 7_919) % 0xa_000))).join("");

const TEXTS: readonly string[] = [
  "a\u0000b", "\ud800", "\ufffe\u0001\u007f\u0085", "\u2028\u202e", "👨‍👩‍👧‍👦".repeat(3), "", " ", String.raw`\ " ' { } , NULL ; -- %_`, "NULL",
  noise(45), noise(255), wide(250), wide(2_500), noise(5_001),
];

/** What is asked of one endpoint, in turn and of a merchant of its own, since one answer may show what the question before it has changed. */
type Asked = { readonly name: string; readonly raw: (payment: string, key: string) => Raw };

type Target = { readonly dialect: DialectName; readonly told: EndpointDeclaration };

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
  return [
    ...stripeDialect(desk).endpoints.map(({ declaration: told }) => ({ dialect: "stripe" as const, told })),
    ...squareDialect(desk, { currency: usd, unlinked: true }).endpoints.map(({ declaration: told }) => ({ dialect: "square" as const, told })),
  ];
}

function* questions({ dialect, told }: Target): Generator<Asked> {
  const isGet = told.method === "GET";
  const fields = places(isGet ? told.query : told.body).filter(({ told: { type } }) => ["string", "map", "enum", "id", "text"].includes(type));
  for (const [i, text] of TEXTS.entries()) {
    const name = (what: string) => `${told.method} ${told.path} ${what} text ${i}`;
    for (const { names, told: field } of fields) {
      const within = field.type === "map" ? [...names, "k"] : names;
      yield { name: name(within.join(".")), raw: (payment, key) => rawOf(dialect, draftFor(dialect, told, payment), key, (draft) => setText(dialect, isGet, draft, within, text)) };
    }
    if (!isGet) yield { name: name("metadata"), raw: (payment, key) => rawOf(dialect, draftFor(dialect, told, payment), key, (draft) => setText(dialect, isGet, draft, ["metadata", text], "value")) };
    const bytes = header(text);
    if (bytes !== null && !isGet) yield { name: name("a header"), raw: (payment, key) => rawOf(dialect, draftFor(dialect, told, payment), key, (draft) => draft.headers.push(["idempotency-key", bytes])) };
    if (told.path.includes("/:")) yield { name: name("the path"), raw: (_payment, key) => rawOf(dialect, draftOf(dialect, told, { path: encoded(text), known: "x" }), key, () => undefined) };
  }
}

function draftFor(dialect: DialectName, told: EndpointDeclaration, payment: string): Draft {
  const { path } = told;
  const prefix = path.startsWith("/v2/") ? "" : path.includes("/payment_records/") ? "pr_" : path.includes("/payment_attempt_records/") ? "par_" : path.includes("/payment_intents/") ? "pi_" : "ch_";
  return draftOf(dialect, told, { path: prefix + payment, known: payment });
}

function setText(dialect: DialectName, isGet: boolean, draft: Draft, names: readonly string[], text: string): void {
  if (dialect === "square" && !isGet) return setJson(draft, names, JSON.stringify(text));
  const pairs = isGet ? draft.query : draft.form;
  const [name = ""] = pair(names.map((part) => part.toWellFormed()), "").split("=");
  const before = pairs.findIndex((known) => known.startsWith(`${name}=`));
  if (before >= 0) pairs.splice(before, 1);
  pairs.push(`${name}=${encoded(text)}`);
}

/** A surrogate alone as its three bytes, as a careless encoder sends it. */
function encoded(text: string): string {
  return Array.from(text, (char) => (char.isWellFormed() ? encodeURIComponent(char) : char.codePointAt(0) === 0xd800 ? "%ED%A0%80" : "%ED%B0%80")).join("");
}

/** As a client would put it on the wire; null where Node itself would not. */
function header(text: string): string | null {
  const bytes = Buffer.from(text).toString("latin1");
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(bytes) ? bytes : null;
}

function rawOf(dialect: DialectName, draft: Draft, key: string, change: (draft: Draft) => void): Raw {
  change(draft);
  const body = draft.method === "GET" ? Buffer.alloc(0) : bodyOf(dialect, draft);
  const headers: [string, string][] = [["authorization", `Bearer ${key}`], ...draft.headers];
  if (body.length > 0) headers.push(["content-type", dialect === "stripe" ? "application/x-www-form-urlencoded" : "application/json"]);
  return { method: draft.method, path: draft.query.length === 0 ? draft.path : `${draft.path}?${draft.query.join("&")}`, headers, body };
}

/** Without what is made anew each time: ids, times, and what stands for a version. */
function plain(outcome: Outcome, payment: string): string {
  if ("none" in outcome) return `no answer: ${outcome.none}`;
  const text = outcome.text
    .replaceAll(payment, "PAYMENT")
    .replaceAll(/\w+_secret_\w+/g, "SECRET")
    .replaceAll(/\b((?:[a-z]+_)?)[0-9A-Za-z]{24}\b/g, "$1ID")
    .replaceAll(/\b1[6-9]\d{8}\b|20\d\d-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/"(version_token|cursor|id|order_id|auth_result_code|location_id|receipt_number|receipt_url|fingerprint|invoice_prefix)": ?"[^"]*"/g, '"$1"');
  return `${outcome.status} ${text}`;
}

it("every text in every parameter is answered alike on both stores, and never with a 5xx", async (context) => {
  const database = await freshDatabase(context);
  const complaints: string[] = [];
  const sides = await Promise.all(
    [await openStore(database.url), openFolder(folder(context))].map(async (store) => {
      const server = await startTestServer({ store });
      context.after(() => server.stop());
      const sender = new Sender(server.port, IN_FLIGHT);
      context.after(() => sender.close());
      return { sender, port: server.port };
    }),
  );
  let [count, accepted] = [0, 0];
  await inFlight(targets(), IN_FLIGHT, async (target) => {
    const key = freshKey();
    const askings = await Promise.all(sides.map(async ({ sender, port }) => {
      const client = new Client(port, key, 1);
      const payment = paymentBody(await client.send(requests.charge(1_000)));
      client.close();
      return async ({ raw }: Asked) => {
        const outcome = await sender.send(raw(payment, key));
        return { outcome, said: plain(outcome, payment) };
      };
    }));
    for (const asked of questions(target)) {
      count += 1;
      const [one, other] = await Promise.all(askings.map((ask) => ask(asked)));
      assert.ok(one !== undefined && other !== undefined);
      const { outcome, said } = one;
      if ("status" in outcome && outcome.status < 400) accepted += 1;
      if ("none" in outcome || outcome.status >= 500) complaints.push(`${asked.name}: ${said.slice(0, 300)}`);
      if (said !== other.said) complaints.push(`${asked.name}: ${difference(said, other.said)}`);
    }
  });
  context.diagnostic(`${count} requests to each, ${accepted} of them accepted`);
  assert.deepEqual(complaints.slice(0, 10), []);
  assert.ok(accepted > 100, `only ${accepted} were accepted`);
  await prove(database);
});

/** From a little before the first difference on. */
function difference(here: string, there: string): string {
  let at = 0;
  while (at < here.length && here[at] === there[at]) at += 1;
  const from = Math.max(0, at - 40);
  return `PostgreSQL …${here.slice(from, from + 200)}… SQLite …${there.slice(from, from + 200)}…`;
}

it("a reference of a refund that fills all that may be said is kept, and counts once, on both stores", async (context) => {
  const database = await freshDatabase(context);
  for (const store of [await openStore(database.url), openFolder(folder(context))]) {
    const server = await startTestServer({ store });
    context.after(() => server.stop());
    const key = freshKey();
    const taken = await call(server, key, { path: "/v1/charges", form: { amount: "1000", currency: "usd", source: "tok_visa" } });
    const record = `pr_${String(/"id": ?"ch_(\w+)"/.exec(taken.text)?.[1])}`;
    for (const [reference, status] of [[wide(2_500), 400], [noise(501), 400], [wide(250), 200], [noise(500), 200]] as const) {
      const form = { "amount[value]": "100", "amount[currency]": "usd", outcome: "refunded", "refunded[refunded_at]": "1780000000", "processor_details[type]": "custom", "processor_details[custom][refund_reference]": reference };
      for (let times = 0; times < 2; times++) {
        const { status: got, text } = await call(server, key, { path: `/v1/payment_records/${record}/report_refund`, form });
        assert.equal(got, status, text);
      }
    }
    const { text } = await call(server, key, { path: `/v1/payment_records/${record}` });
    assert.match(text, /"amount_refunded": \{\s+"currency": "usd",\s+"value": 200/);
  }
  await prove(database);
});
