/** Secrets of endpoints: sealed in the book, opened with the one key alone, and nowhere in the clear. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Stripe } from "stripe";
import { SquareClient } from "square";
import { readConfig } from "../../src/doors/cli/config.ts";
import { parseSecretKey } from "../../src/doors/cli/parse-secret-key.ts";
import { secretKeyFor } from "../../src/doors/cli/secret-key.ts";
import { CannotOpen } from "../../src/engine/store.ts";
import { Vault } from "../../src/engine/vault.ts";
import { ACME, OTHER } from "../stores/making.ts";
import { endChildren, startChild } from "./child-server.ts";
import { openReceiver } from "./receiver.ts";

const folder = mkdtempSync(join(tmpdir(), "refundry-secrets-"));
after(() => {
  endChildren();
  rmSync(folder, { recursive: true, force: true });
});

const KEY = Buffer.alloc(32, 7);

test("what is sealed opens for its merchant and with its key alone, and not when a bit of it is another", () => {
  const vault = new Vault(KEY);
  const sealed = vault.seal(ACME, "whsec_1");
  assert.notEqual(sealed, vault.seal(ACME, "whsec_1"), "each has a nonce of its own");
  assert.equal(new Vault(KEY).open(ACME, sealed), "whsec_1");
  for (const other of [new Vault(KEY).open(OTHER, sealed), new Vault(Buffer.alloc(32, 8)).open(ACME, sealed), vault.open(ACME, "sealed:x"), vault.open(ACME, "whsec_1")]) assert.equal(other, null);
  const bytes = Buffer.from(sealed.slice("sealed:".length), "base64url");
  for (let i = 0; i < bytes.length * 8; i++) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(i >> 3) ^ (1 << (i & 7)), i >> 3);
    assert.equal(new Vault(KEY).open(ACME, `sealed:${flipped.toString("base64url")}`), null, `bit ${i}`);
  }
});

test("an answer is revealed to its own merchant, and what is sealed for another stays as it is", () => {
  const vault = new Vault(KEY);
  const [own, others] = [vault.seal(ACME, "mine"), vault.seal(OTHER, "theirs")];
  assert.equal(vault.reveal(ACME, `{"secret":"${own}","note":"${others}"}`), `{"secret":"mine","note":"${others}"}`);
});

test("a key is given as 32 bytes in base64 or hexadecimal digits, and a folder has one of its own that only its owner can read", () => {
  for (const text of [KEY.toString("base64"), KEY.toString("base64url"), KEY.toString("hex")]) assert.deepEqual(parseSecretKey(text), KEY);
  for (const text of ["", "short", KEY.toString("base64").slice(2), `${KEY.toString("hex")}0`]) assert.equal(parseSecretKey(text), null);
  const place = { secretKey: null, data: join(folder, "keys"), database: null };
  const made = secretKeyFor(place);
  assert.deepEqual([made?.length, secretKeyFor(place)?.equals(made ?? KEY)], [32, true], "the same at every start");
  assert.equal(statSync(join(place.data, "secret.key")).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(place.data), ["secret.key"]);
  writeFileSync(join(place.data, "secret.key"), "not a key");
  assert.throws(() => secretKeyFor(place), (error) => error instanceof CannotOpen && /holds no key/.test(error.message));
  assert.equal(secretKeyFor({ secretKey: null, data: "x", database: "postgres://x/y" }), null);
  const mistaken = readConfig({}, { REFUNDRY_SECRET_KEY: "short" });
  assert.match("mistake" in mistaken ? mistaken.mistake : "", /openssl rand -base64 32/);
});

test("no secret stands in the clear in any file of the book, nor in what the server says", async (t) => {
  const data = join(folder, "book");
  const server = await startChild(["--port", "0", "--data", data], { LOG_LEVEL: "trace", REFUNDRY_WEBHOOK_RETRIES: "fast" });
  const receiver = await openReceiver(t);
  const key = "sk_test_secrets";
  const stripe = new Stripe(key, { host: "127.0.0.1", port: Number(new URL(server.url).port), protocol: "http", telemetry: false });
  const square = new SquareClient({ token: key, baseUrl: server.url });
  const { secret } = await stripe.webhookEndpoints.create({ url: receiver.url("/stripe"), enabled_events: ["*"] });
  const { subscription } = await square.webhooks.subscriptions.create({ idempotencyKey: "one", subscription: { name: "x", enabled: true, eventTypes: ["payment.created"], notificationUrl: receiver.url("/square") } });
  await stripe.charges.create({ amount: 100, currency: "usd", source: "tok_visa" });
  for (const end = Date.now() + 10_000; receiver.received.length < 2; ) {
    assert.ok(Date.now() < end, "it was not told");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await server.end();
  const secrets = [secret ?? "", subscription?.signatureKey ?? ""];
  assert.ok(secrets.every((one) => one.length >= 22));
  const places = [server.said(), server.complained(), ...readdirSync(data).map((name) => readFileSync(join(data, name)).toString("latin1"))];
  for (const one of secrets) assert.ok(places.every((place) => !place.includes(one)), "found in the clear");
  assert.ok(places.some((place) => place.includes("sealed:")), "control: where it is sealed is looked at");
});
