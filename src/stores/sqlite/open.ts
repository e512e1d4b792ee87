/** Opens a book in a folder: for the one process that writes it, or for a look that changes nothing. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CannotOpen } from "../../engine/store.ts";
import { SqliteBook } from "./book.ts";
import { openReader, openWriter } from "./connection.ts";
import { cannotOpen } from "./failure.ts";
import { lockFolder } from "./lock.ts";
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
    const path = join(data, FILE);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) {
      throw new CannotOpen(`There is no book in ${data}: ${FILE} is not there. Give the folder that the server runs on with --data.`);
    }
    const db = openReader(path);
    try {
      const migrations = readMigrations();
      const applied = checkApplied(db, migrations);
      if (applied < migrations.length) {
        throw new CannotOpen("The book was written by an older Refundry. Start the server of this version once: it brings the book up to date.");
      }
      return new SqliteBook(db);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw cannotOpen(error, data);
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
