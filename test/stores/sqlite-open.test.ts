/** Folders and files that are not as a book should be: each is told in a sentence, and none in a stack trace. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import Database from "better-sqlite3";
import { openBookReadOnly, openStore } from "../../src/stores/sqlite/open.ts";
import { closedBook, complaints, folder, verify } from "./closed-book.ts";
import { CannotOpen } from "../../src/engine/store.ts";

const FLIPS = 400;

type Spoil = (path: string) => string | void;

const BOTH: Readonly<Record<string, Spoil>> = {
  "a book of junk": (path) => writeFileSync(join(path, "book.db"), "junk".repeat(2_000)),
  "an empty book": (path) => truncateSync(join(path, "book.db")),
  "a book without its second half": (path) => truncateSync(join(path, "book.db"), 40_000),
  "a book with a damaged schema": (path) => overwrite(path, 108, 3_000),
  "a folder where the book should be": (path) => {
    rmSync(join(path, "book.db"));
    mkdirSync(join(path, "book.db"));
  },
  "the database of another program": (path) => {
    rmSync(join(path, "book.db"));
    new Database(join(path, "book.db")).exec("create table theirs (a)").close();
  },
  "a file in place of the folder": (path) => join(path, "lock"),
  "a folder below a file": (path) => join(path, "lock", "below"),
};

const WRITER: Readonly<Record<string, Spoil>> = {
  "a lock of junk": (path) => writeFileSync(join(path, "lock"), "junk".repeat(2_000)),
  "a folder in place of the lock": (path) => {
    rmSync(join(path, "lock"), { force: true });
    mkdirSync(join(path, "lock"));
  },
  "a link that leads in a circle": (path) => {
    symlinkSync("circle", join(path, "circle"));
    return join(path, "circle", "data");
  },
};

function overwrite(path: string, from: number, to: number): void {
  const bytes = readFileSync(join(path, "book.db"));
  writeFileSync(join(path, "book.db"), bytes.fill(0xff, from, to));
}

function said(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof CannotOpen, String(error instanceof Error ? error.stack : error));
    return error.message;
  }
  return "";
}

describe("a book that cannot be opened", () => {
  for (const [name, spoil] of Object.entries({ ...BOTH, ...WRITER })) {
    it(`says why, and what to do, when it meets ${name}`, async (context) => {
      const path = await closedBook(context);
      const at = spoil(path) ?? path;
      const isHalf = name.includes("second half");
      const words = said(() => void openStore(at).close());
      if (!isHalf) assert.match(words, /cannot be opened: .+\. \(.+\) .+\./);
      if (name in WRITER) return;
      assert.match(said(() => openBookReadOnly(at).close()) || complaints(await verify(at)), /cannot be opened: .+\. \(.+\) .+\.|There is no book|cannot|not/);
    });
  }

  it("leaves the database of another program as it was", async (context) => {
    const path = folder(context);
    const theirs = new Database(join(path, "book.db")).exec("create table theirs (a)");
    assert.throws(() => openStore(path), CannotOpen);
    assert.deepEqual(theirs.prepare("select name from sqlite_schema").pluck().all(), ["theirs"]);
    theirs.close();
  });

  it("is made anew where a first start was killed before the book was whole", async (context) => {
    const path = folder(context);
    for (const rest of ["", "-wal", "-journal"]) writeFileSync(join(path, `book.db.new${rest}`), "half");
    await openStore(path).close();
    assert.equal((await verify(path)).sound, true);
    assert.equal(existsSync(join(path, "book.db.new")), false);
  });

  it("is not for others to read, though the folder was there and is", async (context) => {
    const path = folder(context);
    chmodSync(path, 0o755);
    const store = openStore(path);
    for (const name of ["book.db", "book.db-wal"]) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600, name);
    assert.equal(statSync(path).mode & 0o777, 0o755);
    await store.close();
  });
});

describe("a flipped byte anywhere in a book", () => {
  it("is told by the proof or changes nothing that it holds, and never ends it in a fault", async (context: TestContext) => {
    const path = await closedBook(context);
    const bytes = readFileSync(join(path, "book.db"));
    const spoiled = mkdtempSync(join(tmpdir(), "refundry-"));
    context.after(() => rmSync(spoiled, { recursive: true, force: true }));
    let told = 0;
    let seed = 7;
    for (let i = 0; i < FLIPS; i++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      // The header and the schema first, and then anywhere.
      const at = i < 100 ? i * 37 : seed % bytes.length;
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << i % 8), at);
      for (const rest of ["-wal", "-shm"]) rmSync(join(spoiled, `book.db${rest}`), { force: true });
      writeFileSync(join(spoiled, "book.db"), flipped);
      const refused = said(() => openBookReadOnly(spoiled).close());
      if (refused !== "" || complaints(await verify(spoiled)) !== "") told += 1;
    }
    assert.ok(told > FLIPS / 20, `${told} were told`);
  });
});
