/** A book that is copied from a folder into PostgreSQL and back, and from one PostgreSQL into another. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CopyTarget } from "../../src/engine/sight.ts";
import { CannotOpen, StoreUnavailable } from "../../src/engine/store.ts";
import { TABLES } from "../../src/engine/tables.ts";
import { openCopySource } from "../../src/stores/postgres/open.ts";
import { changed, copy, copyTests, fill } from "../stores/copy-suite.ts";
import { folderGround } from "../stores/folder-ground.ts";
import { NO_CHANGES, reply } from "../stores/making.ts";
import { save } from "../stores/store-suite.ts";
import type { Database } from "./database.ts";
import { databaseGround } from "./ground.ts";

copyTests("from a folder into PostgreSQL", { from: folderGround, to: databaseGround });
copyTests("from PostgreSQL into a folder", { from: databaseGround, to: folderGround });

describe("a copy from one PostgreSQL into another", () => {
  it("is equal row by row", async (context) => {
    const [source, target] = [await databaseGround(context), await databaseGround(context)];
    await fill(source);
    assert.equal((await copy(source, target)).outcome, "copied");
    assert.deepEqual(await target.dump(), await source.dump());
  });
});

describe("a book in PostgreSQL that is copied", () => {
  it("can be written by nobody until the copy is at its end", async (context) => {
    const ground = await databaseGround(context);
    await fill(ground);
    const source = await ground.openSource();
    for (const { table, key } of TABLES) {
      const first = key[0] ?? "";
      await assert.rejects(ground.run(`set lock_timeout = '20ms'; update ${table} set ${first} = ${first}`), /lock timeout/, table);
    }
    await source.close();
    await ground.run("update api_key set created_at = created_at");
  });

  it("waits for who is writing it, and is not copied while that does not end", async (context) => {
    const ground = await databaseGround(context);
    await fill(ground);
    const writing = ground.run("begin; update api_key set created_at = 1; select pg_sleep(0.6); commit");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await assert.rejects(openCopySource(ground.url, { writersMs: 50 }), (error) => error instanceof CannotOpen && /^Nothing was copied: .* Stop the servers that run on it/.test(error.message));
    const source = await openCopySource(ground.url);
    const keys = TABLES.find(({ table }) => table === "api_key");
    assert.ok(keys !== undefined);
    // What was under way when the copy began is in it.
    assert.deepEqual((await source.page(keys, null, 10)).map(([, , createdAt]) => createdAt), [1n, 1n, 1n, 1n]);
    await source.close();
    await writing;
  });
});

describe("a copy into PostgreSQL", () => {
  it("that PostgreSQL cannot hold is refused in words, and is not served", async (context) => {
    const [source, target] = [await folderGround(context), await databaseGround(context)];
    const store = await source.openStore();
    await save(store, { ...NO_CHANGES, newKeys: [reply("a\u0000b")] });
    await store.close();
    const result = await copy(source, target);
    assert.ok(result.outcome === "refused" && /invalid byte sequence/.test(result.why), result.outcome);
    await assert.rejects(target.openStore(), /is an unfinished copy/);
  });

  it("whose connections are lost, to its source or of its own, goes on where it was when it is run again", async (context) => {
    const [source, target] = [await databaseGround(context), await databaseGround(context)];
    await fill(source);
    const losing = (whose: Database) => (real: CopyTarget): CopyTarget => {
      let batches = 0;
      return changed(real, {
        async write(table, rows) {
          batches += 1;
          if (batches === 5) await whose.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
          return real.write(table, rows);
        },
      });
    };
    const isLost = (error: unknown) => error instanceof StoreUnavailable;
    await assert.rejects(copy(source, target, losing(source)), isLost);
    // One that is found lost before it is used is made again, and nothing has happened.
    await copy(source, target, losing(target)).catch((error: unknown) => assert.ok(isLost(error), String(error)));
    const result = await copy(source, target);
    assert.ok(result.outcome === "copied" && result.tables[0]?.written === 0, result.outcome);
    assert.deepEqual(await target.dump(), await source.dump());
  });

  it("that another run has gone on with, or has ended, writes nothing more", async (context) => {
    const [source, target] = [await folderGround(context), await databaseGround(context)];
    await fill(source);
    const [payments] = TABLES;
    assert.ok(payments !== undefined);
    const from = await source.openSource();
    const page = await from.page(payments, null, 3);
    const [first, second] = [await target.openTarget(), await target.openTarget()];
    await first.begin({ source: "a fingerprint", begunFrom: "the source" });
    await second.resume();
    const meanwhile = /another copy into this book has begun, gone on or ended meanwhile/;
    await assert.rejects(first.write(payments, page), meanwhile);
    await assert.rejects(first.finish(), meanwhile);
    await second.finish();
    for (const run of [first, second]) await assert.rejects(run.write(payments, page), meanwhile);
    for (const open of [from, first, second]) await open.close();
    assert.deepEqual((await target.dump())["payment"], []);
  });
});
