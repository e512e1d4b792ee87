import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { OutcomeUnknown } from "../../src/engine/store.ts";
import { Checkpoints } from "../../src/stores/sqlite/checkpoints.ts";
import { CHECKPOINT_PAGES, openReader, openWriter } from "../../src/stores/sqlite/connection.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import type { SqliteStore } from "../../src/stores/sqlite/store.ts";
import { folder, verify } from "./closed-book.ts";
import { adding, Maker } from "./making.ts";
import { save } from "./store-suite.ts";

/** A page and what the log says about it, in bytes. */
const FRAME = 4_096 + 24;
const BATCH = 100;

const logBytes = (path: string) => statSync(join(path, "book.db-wal")).size;
const bookBytes = (path: string) => statSync(join(path, "book.db")).size;

/** New payments without a pause, until `enough`, and how many they were. */
async function fill(store: SqliteStore, maker: Maker, enough: () => boolean): Promise<number> {
  let payments = 0;
  while (!enough()) {
    await save(store, adding(...Array.from({ length: BATCH }, () => maker.take())));
    payments += BATCH;
  }
  return payments;
}

describe("the log of a book in SQLite", () => {
  it("is moved into the book and begun again while writes go on without a pause", async (context) => {
    const path = folder(context);
    const store = openStore(path);
    const payments = await fill(store, new Maker(), () => bookBytes(path) > 3 * CHECKPOINT_PAGES * 4_096);
    assert.ok(logBytes(path) < 2 * CHECKPOINT_PAGES * FRAME, `the log holds ${logBytes(path)} bytes`);
    await store.close();
    const proof = await verify(path);
    assert.deepEqual({ sound: proof.sound, payments: proof.payments }, { sound: true, payments });
  });

  it("waits for a long look at the book, and is begun again after it", async (context) => {
    const path = folder(context);
    const store = openStore(path);
    const maker = new Maker();
    const looker = openReader(join(path, "book.db"));
    context.after(() => looker.close());
    looker.exec("begin; select count(*) from payment");
    await fill(store, maker, () => logBytes(path) > 2 * CHECKPOINT_PAGES * FRAME);
    looker.exec("commit");
    const longest = logBytes(path);
    const before = bookBytes(path);
    await fill(store, maker, () => bookBytes(path) > before + CHECKPOINT_PAGES * 4_096);
    assert.ok(logBytes(path) < longest + 2 * CHECKPOINT_PAGES * FRAME, `the log went from ${longest} to ${logBytes(path)} bytes`);
    await store.close();
    assert.equal((await verify(path)).sound, true);
  });

  it("stops the store when the thread that moves it fails", async (context) => {
    const path = join(folder(context), "book.db");
    const writer = openWriter(path);
    context.after(() => writer.close());
    writer.exec("create table wide (text)");
    const insert = writer.prepare("insert into wide values (?)");
    for (let i = 0; i <= CHECKPOINT_PAGES; i++) insert.run("x".repeat(4_096));
    const lost: OutcomeUnknown[] = [];
    const checkpoints = new Checkpoints(`${path}-that-is-gone`, writer, (error) => void lost.push(error));
    checkpoints.committed();
    await checkpoints.close();
    assert.match(lost[0]?.message ?? "", /^the thread that moves the log failed/);
  });
});
