/** A book that is copied from one folder into another. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import Database from "better-sqlite3";
import { copy, copyTests, fill } from "./copy-suite.ts";
import { folderGround } from "./folder-ground.ts";

copyTests("from a folder into a folder", { from: folderGround, to: folderGround });

describe("a copy of a damaged book", () => {
  it("is not taken for whole when an index of the book has lost a row", async (context) => {
    const [source, target] = [await folderGround(context), await folderGround(context)];
    await fill(source);
    const path = join(source.place, "book.db");
    const index = withSchema(path, (db) => {
      const row = db.prepare<[], unknown[]>("select type, name, tbl_name, rootpage, sql from sqlite_schema where name = 'event_of_payment'").raw().get();
      db.exec("delete from sqlite_schema where name = 'event_of_payment'");
      return row ?? [];
    });
    withSchema(path, (db) => db.exec("insert into event (merchant, id, kind, payment_id, version, created_at, snapshot, listed) select merchant, 'x' || substr(id, 2), kind, payment_id, 99, created_at, snapshot, 1 from event limit 1"));
    withSchema(path, (db) => db.prepare("insert into sqlite_schema (type, name, tbl_name, rootpage, sql) values (?, ?, ?, ?, ?)").run(...index));
    const result = await copy(source, target);
    assert.ok(result.outcome === "lost", result.outcome);
    assert.equal(result.rows - result.found, 1);
  });

  it("is refused where a guard of the new book does not let a row in", async (context) => {
    const [source, target] = [await folderGround(context), await folderGround(context)];
    await fill(source);
    await source.tamper("update payment set refunded = captured + 1 where refunded = 400");
    const result = await copy(source, target);
    assert.ok(result.outcome === "refused" && result.table === "payment" && /never_beyond_captured/.test(result.why), JSON.stringify(result));
  });
});

/** The schema is read when a connection is opened. */
function withSchema<T>(path: string, work: (db: Database.Database) => T): T {
  const db = new Database(path).unsafeMode();
  try {
    db.pragma("writable_schema = on");
    return work(db);
  } finally {
    db.close();
  }
}
