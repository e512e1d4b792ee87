/**
 * Brings a book to the form that this version knows, one node at a time: whoever holds the lock row migrates, the others wait.
 * A migration that was applied is never edited: its checksum is kept. Each says in its first line which migration a server must
 * know, at least, to work with what it makes: so an older server goes on while the newer ones are started, until something is
 * taken away.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sha256 } from "../../base/hash.ts";
import { CannotOpen } from "../../engine/store.ts";
import type { Connection } from "./connection.ts";
import { codeOf } from "./failure.ts";

/** `needs`: the number of the migration that a server must know to work with a book that has this one. */
export type Migration = { readonly number: number; readonly needs: number; readonly name: string; readonly sql: string; readonly checksum: string };

/** Beside this file in the sources and in the published package alike. */
const FOLDER = join(import.meta.dirname, "migrations");
const FILE = /^(\d{4})-[a-z0-9-]+\.sql$/;
const NEEDS = /^-- needs (\d{4})\n/;

const MIGRATE_MS = 600_000;
const TRIES_MAX = 20;
const PAUSE_MS = 100;
/** Two nodes that make the same table at once: one of them is told so, and looks again. */
/** A migration that waits for a lock has all others wait behind it: it gives way, and tries again. */
const GIVES_WAY_MS = 1_000;
const GAVE_WAY = ["55P03", "40P01"];
const GIVE_WAY_MAX = 300;
const RACED = ["23505", "42P07", "42710", "40001", "40P01"];

const MAKE_TABLES = `
  create table if not exists migration (
    number bigint not null primary key,
    needs bigint not null,
    name text collate "C" not null,
    checksum text collate "C" not null
  );
  create table if not exists migration_lock (id bigint not null primary key);
  insert into migration_lock (id) values (1) on conflict do nothing`;
const TAKE_LOCK = "select id from migration_lock for update";
const FIND_APPLIED = "select number, needs, name, checksum from migration order by number";
const HAS_TABLE = "select count(*) from information_schema.tables where table_schema = current_schema() and table_name = 'migration'";
const REMEMBER = "insert into migration (number, needs, name, checksum) values ($1::bigint, $2::bigint, $3, $4)";

type Applied = [number: bigint, needs: bigint, name: string, checksum: string];

export function readMigrations(folder: string = FOLDER): Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted()
    .map((name, i) => {
      const number = Number(FILE.exec(name)?.[1]);
      if (number !== i + 1) throw new CannotOpen(`${join(folder, name)} is out of order: migrations are numbered from 0001 without a gap.`);
      const sql = readFileSync(join(folder, name), "utf8");
      const needs = Number(NEEDS.exec(sql)?.[1]);
      if (!(needs >= 1 && needs <= number)) throw new CannotOpen(`${join(folder, name)} does not begin with the line "-- needs" and the number of a migration.`);
      return { number, needs, name, sql, checksum: sha256(sql) };
    });
}

export async function migrate(connection: Connection, migrations: readonly Migration[] = readMigrations()): Promise<void> {
  const applied = await checkApplied(connection, migrations);
  // Nothing to do is told by reading alone: a lock would wait for a standby that is gone, and the server would not start.
  if (applied !== null && applied >= migrations.length) return;
  if (applied === null) await makeTables(connection);
  while (await applyNext(connection, migrations));
}

/** How many were applied; null where there is no book at all. Refuses a book that this version cannot work with. */
export async function checkApplied(connection: Connection, migrations: readonly Migration[]): Promise<number | null> {
  const applied = await findApplied(connection);
  if (applied === null) return null;
  for (const [i, [, needs, name, checksum]] of applied.entries()) {
    const known = migrations[i];
    if (known === undefined && Number(needs) > migrations.length) {
      throw new CannotOpen(
        `The book was brought up to date by a newer Refundry (it has ${name}, which this one cannot work with). ` +
          "Going back could lose what the newer one keeps: start the newer version, or restore a copy made before the upgrade.",
      );
    }
    if (known !== undefined && (known.checksum !== checksum || known.name !== name)) {
      throw new CannotOpen(
        `The migration ${known.name} is not the one that made this book. An applied migration must never be edited. ` +
          "Restore the file as it was released, and put the change into a new migration.",
      );
    }
  }
  return applied.length;
}

async function findApplied(connection: Connection): Promise<Applied[] | null> {
  const { rows } = await ask<[bigint]>(connection, HAS_TABLE);
  return rows[0]?.[0] === 1n ? (await ask<Applied>(connection, FIND_APPLIED)).rows : null;
}

async function makeTables(connection: Connection): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await connection.together(MIGRATE_MS, () => connection.tell(MAKE_TABLES));
      return;
    } catch (error) {
      if (!RACED.includes(codeOf(error) ?? "") || tries === TRIES_MAX) throw error;
      await delay(PAUSE_MS);
    }
  }
}

/** Whether there was one to apply. Whoever reads or writes the tables goes first. */
async function applyNext(connection: Connection, migrations: readonly Migration[]): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryNext(connection, migrations);
    } catch (error) {
      if (!GAVE_WAY.includes(codeOf(error) ?? "") || tries === GIVE_WAY_MAX) throw error;
      await delay(PAUSE_MS);
    }
  }
}

/** Looks again under the lock, since another node may have been quicker. */
async function tryNext(connection: Connection, migrations: readonly Migration[]): Promise<boolean> {
  try {
    await connection.together(MIGRATE_MS, () => connection.tell(`begin; ${TAKE_LOCK}`));
    const applied = (await checkApplied(connection, migrations)) ?? 0;
    const next = migrations[applied];
    if (next !== undefined) {
      const { number, needs, name, sql, checksum } = next;
      await connection.together(MIGRATE_MS, () => connection.tell(`set local lock_timeout = ${GIVES_WAY_MS};\n${sql}`));
      await connection.together(MIGRATE_MS, () => connection.ask({ text: REMEMBER, values: [number, needs, name, checksum] }));
    }
    await connection.together(MIGRATE_MS, () => connection.tell("commit"));
    return next !== undefined;
  } catch (error) {
    await connection.together(MIGRATE_MS, () => connection.tell("rollback")).catch(() => connection.destroy());
    throw error;
  }
}

function ask<Row extends unknown[]>(connection: Connection, text: string) {
  return connection.together(MIGRATE_MS, () => connection.ask<Row>({ text, values: [] }));
}
