/** Opens a book in a folder: for the one process that writes it, or for a look that changes nothing. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SqliteBook } from "./book.ts";
import { openReader, openWriter } from "./connection.ts";
import { CannotOpen } from "./failure.ts";
import { lockFolder } from "./lock.ts";
import { checkApplied, migrate, readMigrations } from "./migrate.ts";
import { freeBytesIn } from "./room.ts";
import { SqliteStore, type StoreOptions } from "./store.ts";

const FILE = "book.db";

/** Only the server's own user may look into the folder: it holds what people paid, and with which cards. */
const FOLDER_MODE = 0o700;

export function openStore(folder: string, options: StoreOptions = {}): SqliteStore {
  const data = resolve(folder);
  mkdirSync(data, { recursive: true, mode: FOLDER_MODE });
  const lock = lockFolder(data);
  try {
    const path = join(data, FILE);
    const isNew = !existsSync(path);
    const writer = openWriter(path);
    try {
      migrate(writer);
      if (isNew) {
        // A file whose name is not on the disk is lost with all that was synced into it.
        syncFolder(data);
        syncFolder(dirname(data));
      }
      return new SqliteStore(writer, openReader(path), lock, { freeBytes: () => freeBytesIn(data), ...options });
    } catch (error) {
      writer.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** One consistent sight of the book, also while a server writes it. It makes no folder and no book. */
export function openBookReadOnly(folder: string): SqliteBook {
  const path = join(resolve(folder), FILE);
  if (!existsSync(path)) {
    throw new CannotOpen(`There is no book in ${resolve(folder)}: ${FILE} is not there. Give the folder that the server runs on with --data.`);
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
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
