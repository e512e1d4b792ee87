/** A node on a book in PostgreSQL, and what callers do with it. */
import assert from "node:assert/strict";
import { verifyBook } from "../../src/engine/verify.ts";
import { openBookReadOnly, openStore, type OpenOptions } from "../../src/stores/postgres/open.ts";
import { complaints } from "../stores/closed-book.ts";
import { call, startTestServer, type Answer, type TestServer } from "../test-server.ts";
import type { Database } from "./database.ts";

type Context = { after(work: () => Promise<void>): void };

export async function startNode(context: Context, url: string, options: OpenOptions = {}): Promise<TestServer> {
  const node = await startTestServer({ store: await openStore(url, options) });
  context.after(() => node.stop());
  return node;
}

export async function prove({ url }: Pick<Database, "url">): Promise<{ readonly refunds: number; readonly payments: number }> {
  const book = await openBookReadOnly(url);
  try {
    const proof = await verifyBook(book, () => undefined);
    assert.equal(complaints(proof), "");
    return proof;
  } finally {
    await book.close();
  }
}

export function take(node: TestServer, key: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return call(node, key, { path: "/v1/charges", form: { amount: "1000", currency: "usd", source: "tok_visa" }, headers });
}

/** The id of a new charge of 10.00. */
export async function chargeOf(node: TestServer, key: string): Promise<string> {
  return idIn(await take(node, key));
}

export function idIn({ json, text }: Answer): string {
  assert.ok(typeof json === "object" && json !== null && "id" in json && typeof json.id === "string", text);
  return json.id;
}

export function refund(node: TestServer, key: string, form: { readonly charge: string; readonly amount: string }, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return call(node, key, { path: "/v1/refunds", form, headers });
}

/** What was refunded of a charge, as the server says. */
export async function refundedOf(node: TestServer, key: string, charge: string): Promise<unknown> {
  const { json, text } = await call(node, key, { path: `/v1/charges/${charge}` });
  assert.ok(typeof json === "object" && json !== null && "amount_refunded" in json, text);
  return json.amount_refunded;
}
