/** Connections to the book's file: one that writes, and others that only read. */
import Database from "better-sqlite3";
import { CannotOpen } from "../../engine/store.ts";

export type Connection = Database.Database;

/** Before it, two connections that write and checkpoint at once can corrupt the book (sqlite.org/wal.html#walresetbug). */
const SQLITE_LEAST: readonly [number, number, number] = [3, 51, 3];
const BUSY_MILLIS = 5_000;
/** The writer's holds what the greatest batch dirties; beyond that the system's own cache is as good, and not ours to grow in. */
const WRITER_CACHE_KIBIBYTES = 16 * 1_024;
const READER_CACHE_KIBIBYTES = 8 * 1_024;
const MOVER_CACHE_KIBIBYTES = 256;
/** Pages in the log before they are moved into the book: fewer moves for pages that change again and again. */
export const CHECKPOINT_PAGES = 4_000;
/** The writer moves them itself, and everybody waits, when the thread whose work it is has fallen so far behind (4 GB): it cannot work at all. While a long look at the book, such as a proof, needs them where they are, nobody can. */
const CHECKPOINT_PAGES_MOST = 250 * CHECKPOINT_PAGES;
const LOG_BYTES_KEPT = 64 * 1_024 * 1_024;

export function openWriter(path: string): Connection {
  const db = new Database(path, { timeout: BUSY_MILLIS });
  try {
    checkVersion(db);
    db.pragma("journal_mode = wal");
    // The book is whole after any crash. That its last commits are there too is the work of `log-sync.ts`, before anybody is told of them.
    db.pragma("synchronous = normal");
    db.pragma("foreign_keys = on");
    db.pragma(`busy_timeout = ${BUSY_MILLIS}`);
    db.pragma("mmap_size = 0");
    db.pragma("trusted_schema = off");
    db.pragma(`cache_size = -${WRITER_CACHE_KIBIBYTES}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES_MOST}`);
    db.pragma(`journal_size_limit = ${LOG_BYTES_KEPT}`);
    expect(db, "journal_mode", "wal");
    expect(db, "synchronous", 1);
    expect(db, "foreign_keys", 1);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** For one work only: to move the log into the book. */
export function openMover(path: string): Connection {
  const db = new Database(path, { timeout: BUSY_MILLIS, fileMustExist: true });
  db.pragma("synchronous = normal");
  db.pragma("mmap_size = 0");
  db.pragma("trusted_schema = off");
  db.pragma(`cache_size = -${MOVER_CACHE_KIBIBYTES}`);
  return db;
}

export function openReader(path: string): Connection {
  const db = new Database(path, { timeout: BUSY_MILLIS, readonly: true, fileMustExist: true });
  try {
    checkVersion(db);
    db.pragma("query_only = on");
    db.pragma("mmap_size = 0");
    db.pragma("trusted_schema = off");
    db.pragma(`cache_size = -${READER_CACHE_KIBIBYTES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A setting that was asked for is not always the one that holds: a file system may refuse it without a word. */
function expect(db: Connection, setting: string, wanted: string | number): void {
  const held = db.pragma(setting, { simple: true });
  if (held === wanted) return;
  throw new CannotOpen(
    `SQLite holds ${setting} = ${String(held)} where the book needs ${wanted}, without which an acknowledged refund could be lost. ` +
      "Put the data folder on a local file system that supports write-ahead logging.",
  );
}

export function checkVersion(db: Connection): void {
  const text = String(db.prepare("select sqlite_version()").pluck().get());
  if (isRecent(text)) return;
  throw new CannotOpen(
    `This SQLite is ${text}. Before ${SQLITE_LEAST.join(".")} it can corrupt a book that is read while it is written. ` +
      "Install the better-sqlite3 that package-lock.json names: npm ci.",
  );
}

export function isRecent(version: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [i, least] of SQLITE_LEAST.entries()) {
    const part = parts[i] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
