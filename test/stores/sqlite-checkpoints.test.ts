import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as immediate, setTimeout as delay } from "node:timers/promises";
import type { OutcomeUnknown } from "../../src/engine/store.ts";
import { Checkpoints } from "../../src/stores/sqlite/checkpoints.ts";
import { openReader, openWriter } from "../../src/stores/sqlite/connection.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import type { SqliteStore } from "../../src/stores/sqlite/store.ts";
import { folder, verify } from "./closed-book.ts";
import { adding, Maker } from "./making.ts";
import { save } from "./store-suite.ts";

/** A page and what the log says about it, in bytes. */
const FRAME = 4_096 + 24;
const BATCH = 50;

const logBytes = (path: string) => statSync(join(path, "book.db-wal")).size;
const bookBytes = (path: string) => statSync(join(path, "book.db")).size;

/** New payments without a pause, until `enough`, and how many they were. */
async function fill(store: SqliteStore, maker: Maker, enough: () => boolean): Promise<number> {
  let payments = 0;
  while (!enough()) {
    await save(store, adding(...Array.from({ length: BATCH }, () => maker.take())));
    payments += BATCH;
    // As the engine does between batches: else nothing from another thread would be heard.
    await immediate();
  }
  return payments;
}

/** Few, so that the log is moved often. */
const PAGES = 200;

describe("the log of a book in SQLite", () => {
  it("is moved into the book and begun again while writes go on without a pause", async (context) => {
    const path = folder(context);
    const store = openStore(path, { checkpointPages: PAGES });
    const maker = new Maker();
    // The thread is made when it is needed for the first time, and meanwhile the log grows.
    let payments = await fill(store, maker, () => bookBytes(path) > 20 * PAGES * 4_096);
    const [log, book] = [logBytes(path), bookBytes(path)];
    payments += await fill(store, maker, () => bookBytes(path) > book + 30 * PAGES * 4_096);
    assert.ok(logBytes(path) < log + 10 * PAGES * FRAME, `the log went from ${log} to ${logBytes(path)} bytes`);
    await store.close();
    const proof = await verify(path);
    assert.deepEqual({ sound: proof.sound, payments: proof.payments }, { sound: true, payments });
  });

  it("waits for a long look at the book, and is begun again after it", async (context) => {
    const path = folder(context);
    const store = openStore(path, { checkpointPages: PAGES });
    const maker = new Maker();
    const looker = openReader(join(path, "book.db"));
    context.after(() => looker.close());
    looker.exec("begin; select count(*) from payment");
    await fill(store, maker, () => logBytes(path) > 20 * PAGES * FRAME);
    looker.exec("commit");
    const longest = logBytes(path);
    const before = bookBytes(path);
    await fill(store, maker, () => bookBytes(path) > before + 30 * PAGES * 4_096);
    assert.ok(logBytes(path) < longest + 10 * PAGES * FRAME, `the log went from ${longest} to ${logBytes(path)} bytes`);
    await store.close();
    assert.equal((await verify(path)).sound, true);
  });

  it("stays as it is when the thread that moves it fails, which is told, and the next try has a new thread", async (context) => {
    const path = join(folder(context), "book.db");
    const writer = openWriter(path);
    context.after(() => writer.close());
    writer.exec("create table wide (text)");
    const insert = writer.prepare("insert into wide values (?)");
    for (let i = 0; i <= PAGES; i++) insert.run("x".repeat(4_096));
    const lost: OutcomeUnknown[] = [];
    const warnings: string[] = [];
    const hear = ({ message }: Error) => void warnings.push(message);
    process.on("warning", hear);
    context.after(() => void process.off("warning", hear));
    const checkpoints = new Checkpoints(`${path}-that-is-gone`, writer, { pages: PAGES, lose: (error) => void lost.push(error) });
    for (const tries of [1, 2]) {
      // A pass may still be at its end when its failure is heard: what is written before that end counts as what it could not move.
      while (warnings.length < tries) {
        for (let i = 0; i <= PAGES; i++) insert.run("x".repeat(4_096));
        checkpoints.committed();
        await delay(20);
      }
    }
    await checkpoints.close();
    assert.deepEqual(lost, []);
    assert.match(warnings[0] ?? "", /^the log of the book was not moved/);
  });
});
