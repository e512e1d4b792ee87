/** A book in a folder, for a test to spoil and to prove. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import Database from "better-sqlite3";
import { verifyBook, type Verification } from "../../src/engine/verify.ts";
import { openBookReadOnly, openStore } from "../../src/stores/sqlite/open.ts";
import { addingProfiles, makeCustomer, makeInstrument } from "./making-profiles.ts";
import { adding, Maker, refunding, reply } from "./making.ts";
import { save } from "./store-suite.ts";

export function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "refundry-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A closed book with two payments of 10.00, one of which had 4.00 refunded under a key, and a customer with a card on file; a hand that is not ours may then change it. */
export async function closedBook(context: TestContext): Promise<string> {
  const path = folder(context);
  const store = openStore(path);
  const maker = new Maker();
  const taken = maker.take();
  const ada = makeCustomer(maker);
  const card = makeInstrument(maker, { owner: ada });
  await save(store, addingProfiles({ ...ada, preferred: card.id }, card));
  await save(store, adding(taken, maker.report({ kind: "cash" })));
  await save(store, { ...refunding(taken, maker.refund(taken, 400n)), newKeys: [reply("first")] });
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
