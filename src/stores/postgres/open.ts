/** Opens a book in a database: for a node that serves it, or for a look that changes nothing. */
import { unfinishedCopy } from "../../engine/sight.ts";
import { CannotOpen } from "../../engine/store.ts";
import { readAddress } from "./address.ts";
import { PostgresBook } from "./book.ts";
import type { Connection } from "./connection.ts";
import { PostgresCopyTarget, PostgresSight, readMark } from "./copy.ts";
import { beginAlone } from "./copy-statements.ts";
import { codeOf, cannotOpen } from "./failure.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { checkApplied, migrate, readMigrations } from "./migrate.ts";
import { Pool } from "./pool.ts";
import { TOO_LOOSE, type Settings } from "./dangers.ts";
import * as statements from "./statements.ts";
import { LANES, PostgresStore, type Manners } from "./store.ts";

/** One for each batch under way; keys and settings are asked for on them too. */
const WRITING_MAX = LANES + 1;
const READING_MAX = 6;
const LISTING_MAX = 4;
/** A batch that is under way in a server is over by then. */
const WRITERS_MS = 10_000;
/** Functions, casts or types that a kin of PostgreSQL does not have. */
const UNKNOWN_THERE = /^(?:42|0A)/;

export type OpenOptions = {
  /** The address of a replica, for lists. */
  readonly listsFrom?: string | null;
  /** In place of the usual ones. */
  readonly limits?: Partial<Limits>;
};

export async function openStore(url: string, { listsFrom = null, limits: given = {} }: OpenOptions = {}): Promise<PostgresStore> {
  const limits = { ...LIMITS, ...given };
  const address = readAddress(url);
  const replica = listsFrom === null ? null : readAddress(listsFrom);
  const writing = new Pool(address, { max: WRITING_MAX, readOnly: false, limits });
  const reading = new Pool(address, { max: READING_MAX, readOnly: false, limits });
  const listing = replica === null ? reading : new Pool(replica, { max: LISTING_MAX, readOnly: true, limits });
  try {
    const manners = await writing.use(async (connection) => {
      await expectWhole(connection, address.name);
      await migrate(connection);
      return learnManners(connection);
    });
    return new PostgresStore({ writing, reading, listing }, manners, limits);
  } catch (error) {
    await Promise.all([writing, reading, listing].map((pool) => pool.close()));
    throw cannotOpen(error, address.name);
  }
}

/**
 * One consistent sight of the book, also while servers write it. It makes no tables. Of several hosts it is the primary's,
 * since a standby may be behind; one host alone is taken for what it is.
 */
export async function openBookReadOnly(url: string): Promise<PostgresBook> {
  const address = readAddress(url);
  const pool = new Pool(address, { max: 1, readOnly: address.hosts.length === 1, limits: LIMITS });
  try {
    await pool.use(async (connection) => {
      await expectCurrent(connection, address.name);
      await expectWhole(connection, address.name);
    });
    return await PostgresBook.open(pool);
  } catch (error) {
    await pool.close();
    throw cannotOpen(error, address.name);
  }
}

/** The book that is copied. Its tables are locked, so that servers may run and none can write meanwhile; who writes already is waited for. */
export async function openCopySource(url: string, { writersMs = WRITERS_MS }: { readonly writersMs?: number } = {}): Promise<PostgresSight> {
  const address = readAddress(url);
  const pool = new Pool(address, { max: 1, readOnly: false, limits: LIMITS });
  try {
    await pool.use(async (connection) => {
      await expectCurrent(connection, address.name);
      await expectWhole(connection, address.name);
    });
    return await PostgresSight.begin(await pool.lend(), beginAlone({ lockMs: writersMs }), () => pool.close());
  } catch (error) {
    await pool.close();
    const why = LOCKING[codeOf(error) ?? ""];
    throw why === undefined ? cannotOpen(error, address.name) : new CannotOpen(`Nothing was copied: the book in ${address.name} ${why}`, { cause: error });
  }
}

/** Why writers cannot be kept out of a book, and what to do. */
const LOCKING: Readonly<Record<string, string>> = {
  "55P03": "is being written, and a book that is copied must not change. Stop the servers that run on it, and copy again.",
  "40P01": "is being written, and a book that is copied must not change. Stop the servers that run on it, and copy again.",
  "42501": "cannot be locked by this user, and a book that is copied must not change. Give the user that owns its tables.",
};

/** The book that a copy is written into; it is made if it is not there. What stands in one that is there is looked at by whoever copies. */
export async function openCopyTarget(url: string): Promise<PostgresCopyTarget> {
  const address = readAddress(url);
  const pool = new Pool(address, { max: 1, readOnly: false, limits: LIMITS });
  const openBook = async () => {
    const own = new Pool(address, { max: 1, readOnly: false, limits: LIMITS });
    return PostgresBook.open(own).catch(async (error: unknown) => {
      await own.close();
      throw error;
    });
  };
  try {
    await pool.use(async (connection) => {
      // What was begun to be made, and has nothing yet, is as good as nothing.
      const applied = (await checkApplied(connection, readMigrations())) ?? 0;
      if (applied === 0) await migrate(connection);
      else await expectCurrent(connection, address.name);
    });
    return new PostgresCopyTarget(pool, openBook);
  } catch (error) {
    await pool.close();
    throw cannotOpen(error, address.name);
  }
}

async function expectCurrent(connection: Connection, name: string): Promise<void> {
  const migrations = readMigrations();
  const applied = await checkApplied(connection, migrations);
  if (applied === null) throw new CannotOpen(`There is no book in ${name}: it has no table of migrations. Give the database that the servers run on with --database.`);
  if (applied < migrations.length) {
    throw new CannotOpen("The book was written by an older Refundry. Start a server of this version once: it brings the book up to date.");
  }
}

async function expectWhole(connection: Connection, name: string): Promise<void> {
  const mark = await readMark(connection);
  if (mark !== null) throw new CannotOpen(unfinishedCopy(name, mark.begunFrom));
}

async function learnManners(connection: Connection): Promise<Manners> {
  const { rows } = await connection.together(LIMITS.answerMs, () => connection.ask<Settings>({ text: statements.SETTINGS, values: [] }));
  const [, , synchronousCommit] = rows[0] ?? [];
  return { canTellWho: await canTellWho(connection), insistOnSync: TOO_LOOSE.includes(synchronousCommit ?? "") };
}

async function canTellWho(connection: Connection): Promise<boolean> {
  try {
    const { rows } = await connection.together(LIMITS.answerMs, () => connection.ask<[string]>({ text: statements.WHO_WE_ARE, values: [] }));
    await connection.together(LIMITS.answerMs, () => connection.ask({ text: statements.STATUS_OF, values: [rows[0]?.[0] ?? ""] }));
    return true;
  } catch (error) {
    if (UNKNOWN_THERE.test(codeOf(error) ?? "")) return false;
    throw error;
  }
}
