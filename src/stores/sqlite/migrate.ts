/** Brings a book to the form that this version knows. A migration that was applied is never edited: its checksum is kept. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../base/hash.ts";
import { CannotOpen } from "../../engine/store.ts";
import type { Connection } from "./connection.ts";

export type Migration = { readonly number: number; readonly name: string; readonly sql: string; readonly checksum: string };

/** Beside this file in the sources and in the published package alike. */
const FOLDER = join(import.meta.dirname, "migrations");
const FILE = /^(\d{4})-[a-z0-9-]+\.sql$/;

const MAKE_TABLE = `create table if not exists migration (
  number integer not null primary key,
  name text not null,
  checksum text not null
) strict`;

type Applied = [number: number, name: string, checksum: string];

export function readMigrations(folder: string = FOLDER): Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted()
    .map((name, i) => {
      const number = Number(FILE.exec(name)?.[1]);
      if (number !== i + 1) throw new CannotOpen(`${join(folder, name)} is out of order: migrations are numbered from 0001 without a gap.`);
      const sql = readFileSync(join(folder, name), "utf8");
      return { number, name, sql, checksum: sha256(sql) };
    });
}

export function migrate(db: Connection, migrations: readonly Migration[] = readMigrations()): void {
  db.exec(MAKE_TABLE);
  const applied = checkApplied(db, migrations);
  const remember = db.prepare("insert into migration (number, name, checksum) values (?, ?, ?)");
  for (const { number, name, sql, checksum } of migrations.slice(applied)) {
    db.transaction(() => {
      db.exec(sql);
      remember.run(number, name, checksum);
    }).immediate();
  }
}

/** How many were applied; refuses a book that this version does not know. */
export function checkApplied(db: Connection, migrations: readonly Migration[]): number {
  const applied = db.prepare<[], Applied>("select number, name, checksum from migration order by number").raw().all();
  for (const [i, [, name, checksum]] of applied.entries()) {
    const known = migrations[i];
    if (known === undefined) {
      throw new CannotOpen(
        `The book was written by a newer Refundry (it has ${name}, which this one does not know). ` +
          "Going back could lose what the newer one keeps: start the newer version, or restore a copy made before the upgrade.",
      );
    }
    if (known.checksum !== checksum || known.name !== name) {
      throw new CannotOpen(
        `The migration ${known.name} is not the one that made this book. An applied migration must never be edited. ` +
          "Restore the file as it was released, and put the change into a new migration.",
      );
    }
  }
  return applied.length;
}
