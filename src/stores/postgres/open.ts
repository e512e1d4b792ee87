/** Opens a book in a database: for a node that serves it, or for a look that changes nothing. */
import { CannotOpen } from "../../engine/store.ts";
import { readAddress } from "./address.ts";
import { PostgresBook } from "./book.ts";
import type { Connection } from "./connection.ts";
import { codeOf, cannotOpen } from "./failure.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { checkApplied, migrate, readMigrations } from "./migrate.ts";
import { Pool } from "./pool.ts";
import type { Settings } from "./dangers.ts";
import * as statements from "./statements.ts";
import { LANES, PostgresStore, type Manners } from "./store.ts";

/** One for each batch under way; keys and settings are asked for on them too. */
const WRITING_MAX = LANES + 1;
const READING_MAX = 6;
const LISTING_MAX = 4;
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
    const migrations = readMigrations();
    const applied = await pool.use((connection) => checkApplied(connection, migrations));
    if (applied === null) throw new CannotOpen(`There is no book in ${address.name}: it has no table of migrations. Give the database that the servers run on with --database.`);
    if (applied < migrations.length) {
      throw new CannotOpen("The book was written by an older Refundry. Start a server of this version once: it brings the book up to date.");
    }
    return await PostgresBook.open(pool);
  } catch (error) {
    await pool.close();
    throw cannotOpen(error, address.name);
  }
}

async function learnManners(connection: Connection): Promise<Manners> {
  const { rows } = await connection.together(LIMITS.answerMs, () => connection.ask<Settings>({ text: statements.SETTINGS, values: [] }));
  const [, , synchronousCommit] = rows[0] ?? [];
  return { canTellWho: await canTellWho(connection), insistOnSync: synchronousCommit === "off" || synchronousCommit === "local" };
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
