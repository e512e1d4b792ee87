/** A book of before disputes were kept, brought up to date: what was charged back then bars refunds as it did, and the book proves. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EVENT_COLUMNS, eventRow } from "../../src/engine/event-rows.ts";
import { present } from "../../src/base/assert.ts";
import { refundPayment } from "../../src/domain/refund-payment.ts";
import { attemptRow, entryRow, paymentRow, ATTEMPT_COLUMNS, ENTRY_COLUMNS, PAYMENT_COLUMNS, type Value } from "../../src/engine/rows.ts";
import { verifyBook } from "../../src/engine/verify.ts";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { openWriter, type Connection } from "../../src/stores/sqlite/connection.ts";
import { migrate, readMigrations } from "../../src/stores/sqlite/migrate.ts";
import { openBookReadOnly, openStore } from "../../src/stores/sqlite/open.ts";
import { insert } from "../../src/stores/sqlite/statements.ts";
import { refundOf } from "../domain/life.ts";
import { folder } from "./closed-book.ts";
import { ACME, adding, disputing, Maker } from "./making.ts";
import { save } from "./store-suite.ts";

function add(db: Connection, table: string, columns: string, row: readonly Value[]): void {
  const names = columns.split(", ");
  // Columns that came later are not there yet.
  const there = db.prepare<[], string>(`select name from pragma_table_info('${table}')`).pluck().all();
  const known = names.flatMap((name, i) => (there.includes(name) ? i : []));
  db.prepare<Value[]>(insert(table, known.map((i) => names[i]).join(", "))).run(...known.map((i) => row[i] ?? null));
}

test("a payment that was charged back before disputes were kept refuses refunds, and its book proves and goes on", async (context) => {
  const path = folder(context);
  mkdirSync(path, { recursive: true });
  const db = openWriter(join(path, "book.db"));
  const all = readMigrations();
  migrate(db, all.slice(0, all.findIndex(({ name }) => name.endsWith("-disputes.sql"))));
  const maker = new Maker();
  const taken = maker.take({ tender: { by: "token", token: "tok_createDispute", capture: true } });
  const payment = { ...taken.payment, dispute: "chargeback" as const };
  add(db, "payment", PAYMENT_COLUMNS, paymentRow(payment));
  add(db, "attempt", ATTEMPT_COLUMNS, attemptRow(present(taken.attempt, "the attempt")));
  add(db, "journal_entry", ENTRY_COLUMNS, entryRow(present(taken.entry, "the entry")));
  add(db, "event", EVENT_COLUMNS, eventRow(taken.event));
  db.close();

  const store = openStore(path);
  const found = present(await store.payment(ACME, payment.id, NO_EXTRAS), "the payment");
  assert.deepEqual(found.payment, payment);
  assert.deepEqual([found.payment.disputed, found.payment.disputeId], [0n, null]);
  const outcome = refundPayment({ ...refundOf({ amount: 1n }), target: { by: "payment", id: payment.id, as: "any" } }, found, { moment: maker.moment() });
  assert.equal(outcome.accepted ? "accepted" : outcome.refusal.code, "disputed");
  assert.deepEqual(await store.disputes(ACME, { page: { order: "newest", after: null, from: null, until: null, limit: 10 }, paymentId: payment.id }, NO_EXTRAS), []);
  const next = maker.take();
  await save(store, adding(next));
  await save(store, disputing(next, maker.dispute(next)));
  await store.close();
  const book = openBookReadOnly(path);
  const { sound, payments, disputes, findings, damage } = await verifyBook(book, () => undefined);
  book.close();
  assert.deepEqual({ sound, payments, disputes, findings, damage }, { sound: true, payments: 2, disputes: 1, findings: [], damage: [] });
});
