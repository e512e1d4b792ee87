/** A book in a folder, for a test to spoil and to prove. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import Database from "better-sqlite3";
import type { Store } from "../../src/engine/store.ts";
import { verifyBook, type Verification } from "../../src/engine/verify.ts";
import { openBookReadOnly, openStore } from "../../src/stores/sqlite/open.ts";
import { addingProfiles, makeCustomer, makeEndpoint, makeInstrument } from "./making-profiles.ts";
import { adding, Maker, refunding, reply } from "./making.ts";
import { deliveryOf } from "./outbox-suite.ts";
import { save } from "./store-suite.ts";

export function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "refundry-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/**
 * Two payments of 10.00, one of which had 4.00 refunded under a key, with an image of what that overwrote; a customer with a card on file; and an
 * endpoint that is told of one event, and still to be told of another.
 */
export async function fillBook(store: Store): Promise<void> {
  const maker = new Maker();
  const taken = maker.take();
  const ada = makeCustomer(maker);
  const card = makeInstrument(maker, { owner: ada });
  await save(store, addingProfiles({ ...ada, preferred: card.id }, card));
  await save(store, adding(taken, maker.report({ kind: "cash" })));
  const refunded = maker.refund(taken, 400n);
  const endpoint = makeEndpoint(maker);
  await save(store, addingProfiles(endpoint));
  const notices = [taken, refunded].map(({ event }) => ({ hearer: { merchant: event.merchant, account: null }, book: event.merchant, event: event.id }));
  const { merchant, id, version } = refunded.payment;
  await save(store, { ...refunding(taken, refunded), newKeys: [reply("first")], newNotices: notices, newPasts: [{ merchant, paymentId: id, version, what: "payment", row: taken.payment }] });
  const [told] = notices;
  if (told !== undefined) await store.outbox.sortOut([told], [deliveryOf(told, endpoint)]);
}

/** Such a book, closed; a hand that is not ours may then change it. */
export async function closedBook(context: TestContext): Promise<string> {
  const path = folder(context);
  const store = openStore(path);
  await fillBook(store);
  await store.close();
  return path;
}

/** As with the SQLite shell by somebody who switches every guard off, and on again when it is done. */
export function tamper(path: string, sql: string): void {
  const db = new Database(join(path, "book.db"));
  db.pragma("foreign_keys = off");
  db.pragma("ignore_check_constraints = on");
  const triggers = db.prepare<[], [name: string, sql: string]>("select name, sql from sqlite_schema where type = 'trigger'").raw().all();
  for (const [name] of triggers) db.exec(`drop trigger ${name}`);
  db.exec(sql);
  for (const [, trigger] of triggers) db.exec(trigger);
  db.close();
}

export async function verify(path: string): Promise<Verification> {
  const book = openBookReadOnly(path);
  try {
    return await verifyBook(book, () => undefined);
  } finally {
    book.close();
  }
}

/** All that a proof complains of. */
export function complaints({ findings, imbalances, damage }: Verification): string {
  return [...findings.map(({ message }) => message), ...imbalances, ...damage].join("\n");
}
