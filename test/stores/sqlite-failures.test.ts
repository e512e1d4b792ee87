/** What the durable store does when the disk is full, slow or broken: nothing is called done that may not be there. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { BrokenInvariant } from "../../src/base/assert.ts";
import { OutcomeUnknown, StoreUnavailable, type Changes } from "../../src/engine/store.ts";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { openReader, openWriter } from "../../src/stores/sqlite/connection.ts";
import { translate } from "../../src/stores/sqlite/failure.ts";
import { lockFolder } from "../../src/stores/sqlite/lock.ts";
import { LogSync, SLOW_MS, type Sync } from "../../src/stores/sqlite/log-sync.ts";
import { migrate } from "../../src/stores/sqlite/migrate.ts";
import { freeBytesIn, ROOM_LEAST_BYTES } from "../../src/stores/sqlite/room.ts";
import { SqliteStore } from "../../src/stores/sqlite/store.ts";
import { folder } from "./closed-book.ts";
import { ACME, adding, Maker, NO_CHANGES, NO_NEEDS } from "./making.ts";
import { save } from "./store-suite.ts";

const nextTurns = () => delay(20);

describe("a write that fails", () => {
  type Fail = (sql: string) => void;

  /** `fail` is asked before a statement of the writer begins or a statement of the reader looks, and may throw in its place. */
  function openParts(context: TestContext, { fail = () => undefined, freeBytes, sync }: { readonly fail?: Fail; readonly freeBytes?: () => number; readonly sync?: Sync } = {}) {
    const path = folder(context);
    const lock = lockFolder(path);
    const file = join(path, "book.db");
    const writer = openWriter(file);
    migrate(writer);
    const reader = openReader(file);
    const lost: OutcomeUnknown[] = [];
    for (const db of [writer, reader]) {
      const prepare = db.prepare.bind(db);
      context.mock.method(db, "prepare", (sql: string) => {
        const statement = prepare(sql);
        for (const way of ["run", "get", "all"] as const) {
          const act = statement[way].bind(statement);
          context.mock.method(statement, way, (...values: unknown[]) => {
            fail(sql);
            return act(...values);
          });
        }
        return statement;
      });
    }
    const log = new LogSync(`${file}-wal`, sync);
    const store = new SqliteStore({ path: file, writer, reader, log, lock }, { onLost: (error) => void lost.push(error), freeBytes });
    context.after(() => store.close());
    return { writer, store, lost };
  }

  function manyReplies(): Changes {
    const maker = new Maker();
    return adding(...Array.from({ length: 200 }, () => maker.take()));
  }

  it("did nothing when the disk was full, and works when there is room", async (context) => {
    const { writer, store } = openParts(context);
    const pages = Number(writer.pragma("page_count", { simple: true }));
    writer.pragma(`max_page_count = ${pages + 3}`);
    const changes = manyReplies();
    await assert.rejects(save(store, changes), StoreUnavailable);
    writer.pragma(`max_page_count = ${pages + 10_000}`);
    await save(store, changes);
  });

  it("has an unknown outcome when the commit failed, and nothing more is written until a restart", async (context) => {
    const { writer, store } = openParts(context);
    const maker = new Maker();
    const orphan = adding(maker.take()).newAttempts;
    await assert.rejects(
      store.transact(NO_NEEDS, () => {
        writer.pragma("defer_foreign_keys = on");
        return { ...NO_CHANGES, newAttempts: orphan };
      }),
      OutcomeUnknown,
    );
    await assert.rejects(save(store, adding(maker.take())), StoreUnavailable);
    await assert.rejects(store.ping(), StoreUnavailable);
  });

  const unreadable = new Database.SqliteError("disk I/O error", "SQLITE_IOERR_READ");
  const asking: Readonly<Record<string, { readonly sql: RegExp; readonly ask: (store: SqliteStore) => Promise<unknown> }>> = {
    "the store is pinged": { sql: /^begin/, ask: (store) => store.ping() },
    "a payment is read": { sql: /^select .* from payment/, ask: (store) => store.payment(ACME, new Maker().take().payment.id, NO_EXTRAS) },
    "a key is looked up": { sql: /^select merchant from api_key/, ask: (store) => store.merchantOfKey("f".repeat(64)) },
    "a key is added": { sql: /^insert into api_key/, ask: (store) => store.addKey("f".repeat(64), ACME, 1) },
    "a batch is saved": { sql: /^commit/, ask: (store) => save(store, adding(new Maker().take())) },
  };
  for (const [when, { sql, ask }] of Object.entries(asking)) {
    it(`is told to whoever runs the store, once, when the disk cannot be read while ${when}`, async (context) => {
      let broken = false;
      const fail = (of: string) => {
        if (broken && sql.test(of)) throw unreadable;
      };
      const { store, lost } = openParts(context, { fail });
      broken = true;
      await assert.rejects(ask(store), OutcomeUnknown);
      assert.equal(lost.length, 1);
      assert.equal(lost[0]?.cause, unreadable);
      await assert.rejects(ask(store));
      assert.equal(lost.length, 1);
      broken = false;
      await assert.rejects(store.ping(), StoreUnavailable);
    });
  }

  /** So many slow syncs make a slow disk. */
  const UNTIL_SLOW = 3;

  /** A disk whose syncs take so long, until they are usually slow: then they end when the test says so. */
  function slowDisk(took = 11 * SLOW_MS) {
    const under: ((error: Error | null) => void)[] = [];
    const spent = (millis: number) => {
      const until = performance.now() + millis;
      while (performance.now() < until);
    };
    const sync: Sync = { now: () => spent(took), later: (_file, done) => void under.push(done) };
    return { sync, under };
  }

  it("is acknowledged, and shown to readers, only when a slow disk has it; what is committed meanwhile shares the next sync", async (context) => {
    const { sync, under } = slowDisk();
    const { store } = openParts(context, { sync });
    const maker = new Maker();
    for (let i = 0; i < UNTIL_SLOW; i++) await save(store, adding(maker.take()));
    const told: string[] = [];
    const [first, second, third] = [maker.take(), maker.take(), maker.take()];
    const tell = (name: string, done: Promise<unknown>) => done.then(() => told.push(name));
    const all = [
      tell("first", save(store, adding(first))),
      tell("second", save(store, adding(second))),
      tell("third", save(store, adding(third))),
      tell("read", store.payment(ACME, third.payment.id, NO_EXTRAS)),
    ];
    await nextTurns();
    assert.deepEqual(told, []);
    assert.equal(under.length, 1);
    under.shift()?.(null);
    await nextTurns();
    assert.deepEqual(told, ["first"]);
    assert.equal(under.length, 1);
    under.shift()?.(null);
    await Promise.all(all);
    assert.deepEqual(new Set(told), new Set(["first", "read", "second", "third"]));
    assert.equal(under.length, 0);
  });

  it("is not handed over for one sync that was slower than the others, and is when they are usually slow", async (context) => {
    const { sync, under } = slowDisk(4 * SLOW_MS);
    const { store } = openParts(context, { sync });
    const maker = new Maker();
    await save(store, adding(maker.take()));
    await save(store, adding(maker.take()));
    assert.equal(under.length, 0);
    let saved = 0;
    while (under.length === 0) {
      assert.ok(saved < 10, "a disk that is always slow is waited for ever");
      void save(store, adding(maker.take()));
      saved += 1;
    }
    assert.ok(saved > 1);
    under.shift()?.(null);
    await nextTurns();
  });

  it("syncs what an earlier process may have left in the system's memory, before anybody reads", (context) => {
    let syncs = 0;
    openParts(context, { sync: { now: () => void (syncs += 1), later: () => undefined } });
    assert.equal(syncs, 1);
  });

  it("has an unknown outcome when the sync failed, here or on a slow disk, for all who waited for it", async (context) => {
    const broken = Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    let opened = false;
    const here = openParts(context, {
      sync: {
        now() {
          if (opened) throw broken;
          opened = true;
        },
        later: () => undefined,
      },
    });
    await assert.rejects(save(here.store, adding(new Maker().take())), OutcomeUnknown);
    assert.equal(here.lost.length, 1);
    const { sync, under } = slowDisk();
    const { store, lost } = openParts(context, { sync });
    const maker = new Maker();
    for (let i = 0; i < UNTIL_SLOW; i++) await save(store, adding(maker.take()));
    const waiting = [save(store, adding(maker.take())), save(store, adding(maker.take())), store.payment(ACME, maker.take().payment.id, NO_EXTRAS)];
    const refused = Promise.all(waiting.map((one) => assert.rejects(one, OutcomeUnknown)));
    await nextTurns();
    under.shift()?.(broken);
    await refused;
    assert.equal(lost.length, 1);
    await assert.rejects(save(store, adding(maker.take())), StoreUnavailable);
  });

  it("is not begun on a disk that is nearly full, is not ready either, and goes on when there is room", async (context) => {
    let free = ROOM_LEAST_BYTES - 1;
    const { store, lost } = openParts(context, { freeBytes: () => free });
    const changes = adding(new Maker().take());
    await assert.rejects(save(store, changes), (error) => error instanceof StoreUnavailable && /disk of the book is full/.test(error.message));
    await assert.rejects(store.ping(), /disk of the book is full/);
    await assert.rejects(store.addKey("f".repeat(64), ACME, 1), StoreUnavailable);
    assert.equal(await store.merchantOfKey("f".repeat(64)), null);
    free = ROOM_LEAST_BYTES;
    await store.ping();
    await save(store, changes);
    assert.deepEqual(lost, []);
  });

  it("asks the disk of the data folder for room", (context) => {
    const path = folder(context);
    assert.ok(freeBytesIn(path) > 0);
    assert.throws(() => freeBytesIn(join(path, "nowhere")), StoreUnavailable);
  });

  it("is called by what it means for the money", () => {
    const errorOf = (code: string) => translate(new Database.SqliteError("words", code), "begun");
    for (const code of ["SQLITE_IOERR", "SQLITE_IOERR_FSYNC", "SQLITE_CORRUPT", "SQLITE_CORRUPT_INDEX", "SQLITE_NOTADB"]) {
      assert.ok(errorOf(code) instanceof OutcomeUnknown, code);
    }
    for (const code of ["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_CANTOPEN", "SQLITE_READONLY"]) {
      assert.ok(errorOf(code) instanceof StoreUnavailable, code);
    }
    for (const code of ["SQLITE_CONSTRAINT_CHECK", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_FOREIGNKEY", "SQLITE_CONSTRAINT_TRIGGER"]) {
      assert.ok(errorOf(code) instanceof BrokenInvariant, code);
    }
    for (const code of ["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_CONSTRAINT_CHECK"]) {
      assert.ok(translate(new Database.SqliteError("words", code), "committing") instanceof OutcomeUnknown, code);
    }
    const other = new Error("ours");
    assert.equal(translate(other, "begun"), other);
  });

  it("leaves reads as they were", async (context) => {
    const { store } = openParts(context);
    const taken = new Maker().take();
    await save(store, adding(taken));
    await assert.rejects(save(store, adding(taken)), BrokenInvariant);
    assert.deepEqual((await store.payment(ACME, taken.payment.id, NO_EXTRAS))?.payment, taken.payment);
  });
});
