/** Opens a book in a folder: for the one process that writes it, or for a look that changes nothing. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { unfinishedCopy } from "../../engine/sight.ts";
import { CannotOpen } from "../../engine/store.ts";
import { SqliteBook } from "./book.ts";
import { openReader, openWriter, type Connection } from "./connection.ts";
import { readMark, SqliteCopyTarget, SqliteSight } from "./copy.ts";
import { cannotOpen } from "./failure.ts";
import { lockFolder, type Lock } from "./lock.ts";
import { LogSync } from "./log-sync.ts";
import { checkApplied, migrate, readMigrations } from "./migrate.ts";
import { freeBytesIn } from "./room.ts";
import { SqliteStore, type StoreOptions } from "./store.ts";

const FILE = "book.db";
/** A book that is not made yet. It takes its name when it is whole, so that an empty `book.db` is never ours. */
const UNMADE = "book.db.new";

/** Only the server's own user may look into them: they hold what people paid, and with which cards. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export function openStore(folder: string, options: StoreOptions = {}): SqliteStore {
  const data = resolve(folder);
  try {
    mkdirSync(data, { recursive: true, mode: FOLDER_MODE });
    return openLocked(data, options);
  } catch (error) {
    throw cannotOpen(error, data);
  }
}

/** One consistent sight of the book, also while a server writes it. It makes no folder and no book. */
export function openBookReadOnly(folder: string): SqliteBook {
  const data = resolve(folder);
  try {
    return new SqliteBook(openWhole(data));
  } catch (error) {
    throw cannotOpen(error, data);
  }
}

/** The book that is copied: locked, so that no server writes it meanwhile. */
export function openCopySource(folder: string): SqliteSight {
  const data = resolve(folder);
  try {
    // Whether there is a book is asked first: the lock is a file, and a folder without a book is not ours to write into.
    openWhole(data).close();
    const lock = lockForCopy(data);
    try {
      const db = openWhole(data);
      return new SqliteSight(db, () => {
        db.close();
        lock.release();
      });
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw cannotOpen(error, data);
  }
}

/** The book that a copy is written into; it is made if it is not there. What stands in one that is there is looked at by whoever copies. */
export function openCopyTarget(folder: string): SqliteCopyTarget {
  const data = resolve(folder);
  const path = join(data, FILE);
  try {
    mkdirSync(data, { recursive: true, mode: FOLDER_MODE });
    const lock = lockForCopy(data);
    try {
      if (!existsSync(path)) makeBook(data);
      openCurrent(path).close();
      syncFolder(data);
      syncFolder(dirname(data));
      return new SqliteCopyTarget({
        db: openWriter(path),
        freeBytes: () => freeBytesIn(data),
        openBook: () => new SqliteBook(openCurrent(path)),
        onClose: () => lock.release(),
      });
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw cannotOpen(error, data);
  }
}

/** For reading, a book that is there, of this version, and no unfinished copy. */
function openWhole(data: string): Connection {
  const path = join(data, FILE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new CannotOpen(`There is no book in ${data}: ${FILE} is not there. Give the folder that the server runs on with --data.`);
  }
  const db = openCurrent(path);
  try {
    expectWhole(db, data);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** For reading, a book that has the form of this version. */
function openCurrent(path: string): Connection {
  const db = openReader(path);
  try {
    const migrations = readMigrations();
    const applied = checkApplied(db, migrations);
    if (applied === migrations.length) return db;
    throw new CannotOpen("The book was written by an older Refundry. Start the server of this version once: it brings the book up to date.");
  } catch (error) {
    db.close();
    throw error;
  }
}

function expectWhole(db: Connection, data: string): void {
  const mark = readMark(db);
  if (mark !== null) throw new CannotOpen(unfinishedCopy(data, mark.begunFrom));
}

function lockForCopy(data: string): Lock {
  try {
    return lockFolder(data);
  } catch (error) {
    if (!(error instanceof CannotOpen)) throw error;
    throw new CannotOpen(`Nothing was copied: another Refundry is running on the book in ${data}, and a book that is copied must not change. Stop it, and copy again.`);
  }
}

function openLocked(data: string, options: StoreOptions): SqliteStore {
  const lock = lockFolder(data);
  try {
    const path = join(data, FILE);
    if (!existsSync(path)) makeBook(data);
    const writer = openWriter(path);
    try {
      // Refuses a file that is no book of ours, before anything is written into it.
      checkApplied(writer, readMigrations());
      expectWhole(writer, data);
      migrate(writer);
      // SQLite opens a file that may not be written without a word, and would tell the first who pays.
      writer.exec("begin immediate; rollback");
      // A file whose name is not on the disk is lost with all that was synced into it. An earlier start may have ended before this.
      syncFolder(data);
      syncFolder(dirname(data));
      const log = new LogSync(`${path}-wal`);
      return new SqliteStore({ path, writer, reader: openReader(path), log, lock }, { freeBytes: () => freeBytesIn(data), ...options });
    } catch (error) {
      writer.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

function makeBook(data: string): void {
  const unmade = join(data, UNMADE);
  for (const rest of ["", "-wal", "-shm", "-journal"]) rmSync(unmade + rest, { force: true });
  // SQLite gives the log the mode that it finds on the book.
  closeSync(openSync(unmade, "wx", FILE_MODE));
  const writer = openWriter(unmade);
  try {
    migrate(writer);
  } finally {
    writer.close();
  }
  renameSync(unmade, join(data, FILE));
}

/** The folder above may be one that this user may not read: its name was on the disk before we came. */
function syncFolder(folder: string): void {
  let handle;
  try {
    handle = openSync(folder, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
