/** What every copy of a book does alike, wherever the two books are. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { copyBook, type CopyResult } from "../../src/engine/copy-book.ts";
import type { CopyTarget, Sight } from "../../src/engine/sight.ts";
import { CannotOpen, StoreUnavailable, type Store } from "../../src/engine/store.ts";
import { TABLES } from "../../src/engine/tables.ts";
import { startTestServer } from "../test-server.ts";
import { askAgain, askUnderKeys, fillWithAllKinds } from "./book-of-all-kinds.ts";
import { adding, Maker, merchant } from "./making.ts";
import { save } from "./store-suite.ts";

/** A place where a book may be, and what can be done to it from outside. */
export type Ground = {
  readonly openStore: () => Promise<Store>;
  readonly openSource: () => Promise<Sight>;
  readonly openTarget: () => Promise<CopyTarget>;
  /** Whatever stands in every table that is there, and the tables by name, read by other means than ours. */
  readonly dump: () => Promise<Readonly<Record<string, readonly string[]>>>;
  /** By somebody who switches off what guards there are against it. */
  readonly tamper: (sql: string) => Promise<void>;
  /** Rejects as `refundry verify` does. */
  readonly openBook: () => Promise<void>;
};
export type MakeGround = (context: TestContext) => Promise<Ground>;

/** Small, so that a small book has many. */
const ROWS = 3;

export function copyTests(name: string, { from, to }: { readonly from: MakeGround; readonly to: MakeGround }): void {
  const both = async (context: TestContext) => ({ source: await from(context), target: await to(context) });

  describe(`a copy ${name}`, () => {
    it("is equal row by row, and replays the stored bytes to those who ask again", async (context) => {
      const { source, target } = await both(context);
      const store = await source.openStore();
      await fillWithAllKinds(store);
      const asked = await askUnderKeys(store);
      const result = await copy(source, target);
      assert.equal(result.outcome, "copied", JSON.stringify(result, plain));
      const [dumped, expected] = [await target.dump(), await source.dump()];
      assert.deepEqual(dumped, expected);
      assert.deepEqual(Object.keys(expected).toSorted(), TABLES.map(({ table }) => table).toSorted());
      for (const rows of Object.values(expected)) assert.ok(rows.length >= 4, "there are rows of every table");
      const server = await startTestServer({ store: await target.openStore(), flags: { webhooks: "off" } });
      await askAgain(server, asked);
      await server.stop();
      assert.deepEqual(await target.dump(), expected);
    });

    it("that is broken off again and again, with its last batch written or not, goes on where it was and writes each row once", async (context) => {
      const { source, target } = await both(context);
      await fill(source);
      const [rows, writing] = [count(await source.dump()), { written: 0, runs: 0 }];
      for (let result: CopyResult | null = null; result === null; writing.runs++) {
        assert.ok(writing.runs < rows, "each run goes on");
        const [at, isDone] = [1 + (writing.runs % 4), writing.runs % 2 === 0];
        result = await copy(source, target, (real) => breakingAtBatch(real, { at, isDone, onWritten: (more) => (writing.written += more) })).catch(brokenOff);
        if (result === null) await assert.rejects(async () => (await target.openStore()).close(), unfinished);
      }
      assert.ok(writing.runs > 10, `${writing.runs} runs`);
      assert.equal(writing.written, rows);
      assert.deepEqual(await target.dump(), await source.dump());
    });

    it("that was finished and could not tell it says so when it is asked again", async (context) => {
      const { source, target } = await both(context);
      await fill(source);
      const untold = (real: CopyTarget): CopyTarget =>
        changed(real, {
          async finish() {
            await real.finish();
            throw new StoreUnavailable("planted");
          },
        });
      assert.equal(await copy(source, target, untold).catch(brokenOff), null);
      const result = await copy(source, target);
      assert.equal(result.outcome, "copied");
      assert.ok(result.outcome === "copied" && result.tables.every(({ rows, written }) => rows > 0 && written === 0));
      await (await target.openStore()).close();
    });

    it("leaves a book that is there already as it was", async (context) => {
      const { source, target } = await both(context);
      await fill(source);
      const store = await target.openStore();
      await save(store, adding(new Maker().take({ merchant: merchant("Z") })));
      await store.close();
      const before = await target.dump();
      assert.equal((await copy(source, target)).outcome, "foreign");
      assert.deepEqual(await target.dump(), before);
      await (await target.openStore()).close();
    });

    it("does not go on from a book that has changed since, and changes nothing", async (context) => {
      const { source, target } = await both(context);
      await fill(source);
      assert.equal(await copy(source, target, (real) => breakingAtBatch(real, { at: 2, isDone: true })).catch(brokenOff), null);
      const before = await target.dump();
      const store = await source.openStore();
      await save(store, adding(new Maker().take({ merchant: merchant("Z") })));
      await store.close();
      const result = await copy(source, target);
      assert.deepEqual(result, { outcome: "begun_otherwise", begunFrom: "the source" });
      assert.deepEqual(await target.dump(), before);
    });

    it("is not served, not proved and not copied on before it is at its end", async (context) => {
      const { source, target } = await both(context);
      await fill(source);
      assert.equal(await copy(source, target, breakingAtEnd).catch(brokenOff), null);
      await assert.rejects(async () => (await target.openStore()).close(), unfinished);
      await assert.rejects(target.openBook, unfinished);
      await assert.rejects(async () => (await target.openSource()).close(), unfinished);
    });

    const spoils: readonly { readonly finds: string; readonly sql: string; readonly at: RegExp }[] = [
      { finds: "a value that was changed", sql: "update stored_reply set body = 'x' where key = 'NULL'", at: /"table":"stored_reply".*"columns":\["body"\]/ },
      { finds: "a row that was taken away", sql: "delete from stored_reply where key = 'NULL'", at: /"table":"stored_reply"/ },
      { finds: "a row that was added", sql: `insert into api_key (key_hash, merchant, created_at) values ('${"0".repeat(64)}', 'test_x', 1)`, at: /"table":"api_key".*"target":\["0000/ },
      { finds: "a reference that was changed", sql: "update payment set reference = 'x' where refunded = 400", at: /"table":"payment".*"columns":\["reference"\]/ },
    ];
    it(`is held against its source, so that ${spoils.map(({ finds }) => finds).join(", ")} is found`, async (context) => {
      const source = await from(context);
      await fill(source);
      for (const { sql, at } of spoils) {
        const target = await to(context);
        const spoiled = (real: CopyTarget): CopyTarget => {
          let sights = 0;
          // The second sight is that of the comparison: all is written by then.
          return changed(real, {
            async sight() {
              sights += 1;
              if (sights === 2) await target.tamper(sql);
              return real.sight();
            },
          });
        };
        const result = await copy(source, target, spoiled);
        assert.equal(result.outcome, "unequal", sql);
        assert.match(JSON.stringify(result, plain), at);
        await assert.rejects(async () => (await target.openStore()).close(), unfinished);
      }
    });

    it("of a book that does not prove is not taken for done", async (context) => {
      const { source, target } = await both(context);
      await fill(source);
      await source.tamper("update refund set amount = 399 where amount = 400");
      const result = await copy(source, target);
      assert.equal(result.outcome, "unsound");
      await assert.rejects(async () => (await target.openStore()).close(), unfinished);
    });
  });
}

export async function fill(ground: Ground): Promise<void> {
  const store = await ground.openStore();
  await fillWithAllKinds(store);
  await store.close();
}

export async function copy(source: Ground, target: Ground, change: (real: CopyTarget) => CopyTarget = (real) => real): Promise<CopyResult> {
  const from = await source.openSource();
  const to = await target.openTarget();
  try {
    return await copyBook(from, change(to), { name: "the source", onProgress: () => undefined, rows: ROWS });
  } finally {
    await to.close();
    await from.close();
  }
}

export function changed(real: CopyTarget, change: Partial<CopyTarget>): CopyTarget {
  return {
    mark: () => real.mark(), begin: (mark) => real.begin(mark), resume: () => real.resume(), write: (table, rows) => real.write(table, rows), sight: () => real.sight(),
    openBook: () => real.openBook(), finish: () => real.finish(), close: () => real.close(), ...change,
  };
}

type BreakAt = { readonly at: number; readonly isDone: boolean; readonly onWritten?: (rows: number) => void };

/** Breaks off at that batch of the run: before it is written, or when it is. */
function breakingAtBatch(real: CopyTarget, { at, isDone, onWritten = () => undefined }: BreakAt): CopyTarget {
  let batches = 0;
  return changed(real, {
    async write(table, rows) {
      batches += 1;
      if (batches === at && !isDone) throw new StoreUnavailable("planted");
      const why = await real.write(table, rows);
      if (why === null) onWritten(rows.length);
      if (batches === at) throw new StoreUnavailable("planted");
      return why;
    },
  });
}

/** When all is written, compared and proved. */
function breakingAtEnd(real: CopyTarget): CopyTarget {
  return changed(real, {
    async finish() {
      throw new StoreUnavailable("planted");
    },
  });
}

/** By what was planted, or by a machine that was too slow for a connection. */
function brokenOff(error: unknown): null {
  assert.ok(error instanceof StoreUnavailable, String(error));
  return null;
}

function unfinished(error: unknown): boolean {
  return error instanceof CannotOpen && /is an unfinished copy of the source: .* Run the same `refundry copy` again/.test(error.message);
}

function count(dump: Readonly<Record<string, readonly string[]>>): number {
  return Object.values(dump).reduce((sum, rows) => sum + rows.length, 0);
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
