import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CannotOpen } from "../../src/engine/store.ts";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { isRecent, openReader, openWriter } from "../../src/stores/sqlite/connection.ts";
import { migrate, readMigrations, type Migration } from "../../src/stores/sqlite/migrate.ts";
import { openBookReadOnly, openStore } from "../../src/stores/sqlite/open.ts";
import { closedBook, folder, tamper, verify } from "./closed-book.ts";
import { ACME, adding, disputing, Maker } from "./making.ts";
import { refundOneByOne, save, storeSuite } from "./store-suite.ts";

storeSuite("the store in SQLite", (context) => {
  const path = folder(context);
  const store = openStore(path);
  context.after(() => store.close());
  return {
    store,
    async withBook(use) {
      const book = openBookReadOnly(path);
      try {
        return await use(book);
      } finally {
        book.close();
      }
    },
  };
});

describe("a book in a folder", () => {
  it("is found again as it was left", async (context) => {
    const path = await closedBook(context);
    const store = openStore(path);
    const page = { order: "oldest", after: null, from: null, until: null, limit: 10 } as const;
    const [first] = await store.payments(ACME, { page, intent: false }, { refunds: 10, entries: true, attempts: true });
    assert.equal(first?.payment.refunded, 400n);
    assert.equal(first.refunds.length, 1);
    await store.close();
    const { sound, payments, refunds } = await verify(path);
    assert.deepEqual({ sound, payments, refunds }, { sound: true, payments: 2, refunds: 1 });
  });

  it("is for the eyes of the server's user alone", async (context) => {
    const path = join(folder(context), "a", "b");
    const store = openStore(path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    await store.close();
  });

  it("has one writer: a second one is refused, and told what to do", async (context) => {
    const path = folder(context);
    const store = openStore(path);
    assert.throws(() => openStore(path), (error) => error instanceof CannotOpen && /Another Refundry is running.*Stop the other one/s.test(error.message));
    await store.close();
    await openStore(path).close();
  });

  it("is free again when its writer was killed, and holds what that one had acknowledged", async (context) => {
    const path = folder(context);
    const script = `
      const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/stores/sqlite/open.ts"))});
      const { adding, Maker } = await import(${JSON.stringify(join(import.meta.dirname, "making.ts"))});
      const store = openStore(${JSON.stringify(path)});
      await store.transact({ payments: [], profiles: [], keys: [] }, () => adding(new Maker().take()));
      process.stdout.write("saved");
      // A store that nobody holds any more is collected, and its lock with it.
      setInterval(() => store.lanes, 1_000);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    assert.throws(() => openStore(path), CannotOpen);
    assert.equal((await verify(path)).payments, 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = openStore(path);
    await store.close();
    assert.equal((await verify(path)).payments, 1);
  });

  it("is refused when a newer version wrote it", async (context) => {
    const path = await closedBook(context);
    tamper(path, "insert into migration (number, name, checksum) values (9999, '9999-later.sql', 'x')");
    assert.throws(() => openStore(path), /written by a newer Refundry/);
    assert.throws(() => openBookReadOnly(path), /written by a newer Refundry/);
  });

  it("of the version before is brought up to date, and what was in it is listed", async (context) => {
    const path = ofVersion(context, await closedBook(context), readMigrations().slice(0, -1));
    assert.throws(() => openBookReadOnly(path), /written by an older Refundry/);
    const store = openStore(path);
    const page = { order: "newest", after: null, from: null, until: null, limit: 10 } as const;
    const views = await store.entries(ACME, { page, kinds: ["capture", "refund"], currency: null, ids: null }, NO_EXTRAS);
    await store.close();
    assert.deepEqual(views.map(({ entry }) => entry.kind), ["refund", "capture"]);
    assert.equal((await verify(path)).sound, true);
  });

  it("is refused when an applied migration was edited", async (context) => {
    const path = await closedBook(context);
    const known = readMigrations();
    const [first, ...others] = known;
    assert.ok(first !== undefined);
    const db = openWriter(join(path, "book.db"));
    context.after(() => db.close());
    assert.throws(() => migrate(db, [{ ...first, checksum: "of another text" }, ...others]), /must never be edited/);
    const broken = { number: known.length + 1, name: "9999-broken.sql", sql: "create table half (a integer) strict; create nonsense", checksum: "y" };
    assert.throws(() => migrate(db, [...known, broken]), /syntax error/);
    assert.equal(db.prepare("select count(*) from sqlite_schema where name = 'half'").pluck().get(), 0);
  });

  it("that an earlier version wrote has all that it had when it is opened", async (context) => {
    const old = await closedBook(context);
    const path = ofVersion(context, old, readMigrations().slice(0, 1));
    const store = openStore(path);
    await store.close();
    const [before, after] = [await verify(old), await verify(path)];
    assert.equal(after.sound, true);
    assert.deepEqual(after, before);
  });

  it("names no more than eight refunds in the row of a payment, and lists the others", async (context) => {
    const path = folder(context);
    const store = openStore(path);
    const maker = new Maker();
    const taken = maker.take();
    await save(store, adding(taken));
    await refundOneByOne(store, maker, { of: taken, count: 12 });
    const found = await store.payment(ACME, taken.payment.id, { ...NO_EXTRAS, refunds: 10 });
    await store.close();
    assert.deepEqual(found?.refunds.length, 10);
    const db = openReader(join(path, "book.db"));
    context.after(() => db.close());
    const named = db.prepare<[], string>("select value from payment, json_each('[' || first_refunds || 'null]') where value is not null").pluck().all();
    const listed = db.prepare<[], string>("select id from event where listed = 1 and refund_id is not null").pluck().all();
    assert.deepEqual([named.length, listed.length, new Set([...named, ...listed]).size], [8, 4, 12]);
  });

  it("is not made by a look at it", (context) => {
    const path = join(folder(context), "nothing");
    assert.throws(() => openBookReadOnly(path), /There is no book/);
    assert.equal(existsSync(path), false);
  });

  it("needs a SQLite without the bug that corrupts a log", () => {
    assert.deepEqual(["3.51.2", "3.45.1", "2.99.99"].map(isRecent), [false, false, false]);
    assert.deepEqual(["3.51.3", "3.52.0", "4.0.0", "3.100.0"].map(isRecent), [true, true, true, true]);
  });

  it("lets nobody change or take away what the journal, the events and the images of what they overwrote say", async (context) => {
    const path = await closedBook(context);
    const db = openWriter(join(path, "book.db"));
    context.after(() => db.close());
    for (const [table, column] of [["journal_entry", "created_at"], ["event", "created_at"], ["past", "version"]]) {
      assert.throws(() => db.exec(`update ${table} set ${column} = ${column} + 1`), /is never changed/);
      assert.throws(() => db.exec(`delete from ${table}`), /is never taken away/);
    }
  });

  it("lets nobody change what a refund gave back, or take a step that the state graph does not have", async (context) => {
    const path = await closedBook(context);
    const db = openWriter(join(path, "book.db"));
    context.after(() => db.close());
    for (const change of ["amount = amount + 1", "fee_returned = 0", "currency = 'EUR'", "attempt_id = id"]) {
      assert.throws(() => db.exec(`update refund set ${change}`), /what a refund gives back, and of what, is never changed/, change);
    }
    for (const state of ["pending", "requires_action", "rejected", "canceled"]) {
      assert.throws(() => db.exec(`update refund set state = '${state}'`), /goes from state to state as the state graph says/, state);
    }
  });

  /** Columns that hold one of a few words, or a number with a floor, and what does not belong there. */
  const nonsense: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    payment: {
      id: "'short'", state: "'perhaps'", origin: "'nowhere'", intent: "2", currency: "'DOLLAR'", dispute: "'maybe'", attempts: "-1",
      refunds: "-1", entries: "-1",
    },
    attempt: { id: "'short'", state: "'open'", processed: "2" },
    refund: { id: "'short'", state: "'perhaps'", kind: "'gift'", channel: "'pigeon'", instrument: "'shells'", currency: "'DOLLAR'" },
    dispute: { id: "'short'", state: "'perhaps'", reason: "'a whim'", currency: "'DOLLAR'", amount: "0", fee: "-1", submissions: "-1" },
    journal_entry: { number: "0", id: "'short'", kind: "'gift'", currency: "'DOLLAR'", postings: "'[]'", hash: "'short'" },
    event: { id: "'short'", version: "0" },
    stored_reply: { hash: "'short'" },
  };
  for (const [table, columns] of Object.entries(nonsense)) {
    it(`holds no nonsense in ${table}`, async (context) => {
      const path = await closedBook(context);
      await addDispute(path);
      const db = openWriter(join(path, "book.db"));
      context.after(() => db.close());
      for (const kept of ["journal_entry_stays", "event_stays", "refund_steps", "refund_is_of_its_payment", "dispute_steps", "dispute_is_of_its_payment"]) db.exec(`drop trigger ${kept}`);
      db.pragma("foreign_keys = off");
      for (const [column, value] of Object.entries(columns)) {
        const change = `update ${table} set ${column} = ${value}`;
        assert.throws(() => db.exec(change), { code: "SQLITE_CONSTRAINT_CHECK" }, `${table}.${column}`);
      }
    });
  }
});

/** What is in a book as a version wrote them that knew no more than those migrations. */
function ofVersion(context: TestContext, book: string, migrations: readonly Migration[]): string {
  const path = folder(context);
  const db = openWriter(join(path, "book.db"));
  migrate(db, migrations);
  db.exec(`attach '${join(book, "book.db")}' as now`);
  for (const table of ["profile", "payment", "attempt", "refund", "journal_entry", "event", "stored_reply"]) {
    const columns = db.prepare<[], string | null>(`select group_concat(name) from pragma_table_info('${table}', 'main')`).pluck().get() ?? null;
    // One of before has no profiles.
    if (columns === null) continue;
    // And none has endpoints.
    db.exec(`insert into main.${table} (${columns}) select ${columns} from now.${table}${table === "profile" ? " where kind <> 'endpoint'" : ""}`);
  }
  db.close();
  return path;
}

/** A payment that is charged back, made later than all that stands in the book. */
async function addDispute(path: string): Promise<void> {
  const store = openStore(path);
  const maker = new Maker();
  maker.sources.at += 1_000;
  const taken = maker.take();
  await save(store, adding(taken));
  await save(store, disputing(taken, maker.dispute(taken)));
  await store.close();
}
