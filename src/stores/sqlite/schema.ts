/** Holds a book's schema against what the migrations make: a guard that was dropped is missed by no row. */
import Database from "better-sqlite3";
import type { Connection } from "./connection.ts";
import { migrate } from "./migrate.ts";
import * as statements from "./statements.ts";

/** Differences, in words. */
export function compareSchema(db: Connection): string[] {
  const model = new Database(":memory:");
  try {
    migrate(model);
    const [made, held] = [schemaOf(model), schemaOf(db)];
    const names = [...new Set([...made.keys(), ...held.keys()])].toSorted();
    return names.flatMap((name) => {
      if (!held.has(name)) return [`the ${name} is missing: somebody dropped it`];
      if (!made.has(name)) return [`the ${name} is none of the book's own: somebody added it`];
      return held.get(name) === made.get(name) ? [] : [`the ${name} is not as the migrations made it`];
    });
  } finally {
    model.close();
  }
}

function schemaOf(db: Connection): ReadonlyMap<string, string | null> {
  return new Map(db.prepare<[], [name: string, sql: string | null]>(statements.SCHEMA).raw().all());
}
