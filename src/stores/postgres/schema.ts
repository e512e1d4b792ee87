/** Holds a book's schema against what the migrations make: a guard that was dropped is missed by no row. */
import type { Connection } from "./connection.ts";
import { readMigrations } from "./migrate.ts";

const ANSWER_MS = 60_000;
const MODEL = "refundry_model";

/** Every column, constraint, index, trigger, function and view of one schema, each with what it says. */
const DESCRIBE = `
  with here as (select oid from pg_namespace where nspname = $1),
  tables as (select c.oid, c.relname, c.relkind from pg_class c where c.relnamespace = (select oid from here))
  select 'column ' || t.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end || coalesce(' collate ' || l.collname, '')
    from tables t join pg_attribute a on a.attrelid = t.oid left join pg_collation l on l.oid = a.attcollation
    where t.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
  union all
  select 'constraint ' || t.relname || '.' || k.conname, pg_get_constraintdef(k.oid) || case when k.convalidated then '' else ' (not checked)' end
    from tables t join pg_constraint k on k.conrelid = t.oid where k.contype <> 'n'
  union all
  select 'index ' || i.indexname, i.indexdef from pg_indexes i where i.schemaname = $1
  union all
  select 'trigger ' || t.relname || '.' || g.tgname, pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text
    from tables t join pg_trigger g on g.tgrelid = t.oid where not g.tgisinternal
  union all
  select 'function ' || p.proname, p.prosrc from pg_proc p where p.pronamespace = (select oid from here)
  union all
  select 'view ' || t.relname, pg_get_viewdef(t.oid) from tables t where t.relkind = 'v'
  union all
  select 'rule ' || t.relname || '.' || r.rulename, pg_get_ruledef(r.oid) from tables t join pg_rewrite r on r.ev_class = t.oid where t.relkind <> 'v'`;

type Described = [name: string, what: string];

/** Differences, in words. Makes the model and undoes it in one transaction: it needs to be let create a schema. */
export async function compareSchema(connection: Connection): Promise<string[]> {
  const own = (await ask<[string]>(connection, "select current_schema()", []))[0]?.[0] ?? "public";
  const held = await describe(connection, own);
  const made = await describeModel(connection);
  const names = [...new Set([...made.keys(), ...held.keys()])].toSorted();
  return names.flatMap((name) => {
    if (!held.has(name)) return [`the ${name} is missing: somebody dropped it`];
    if (!made.has(name)) return [`the ${name} is none of the book's own: somebody added it`];
    return held.get(name) === made.get(name) ? [] : [`the ${name} is not as the migrations made it`];
  });
}

async function describeModel(connection: Connection): Promise<ReadonlyMap<string, string>> {
  try {
    await connection.together(ANSWER_MS, () => connection.tell(`begin; create schema ${MODEL}; set local search_path = ${MODEL}`));
    for (const { sql } of readMigrations()) await connection.together(ANSWER_MS, () => connection.tell(sql));
    return await describe(connection, MODEL);
  } finally {
    await connection.together(ANSWER_MS, () => connection.tell("rollback"));
  }
}

async function describe(connection: Connection, schema: string): Promise<ReadonlyMap<string, string>> {
  const rows = await ask<Described>(connection, DESCRIBE, [schema]);
  const own = rows.filter(([name]) => !/^\w+ (?:migration(?:_lock)?|unfinished_copy)(?:[._]|$)/.test(name));
  return new Map(own.map(([name, what]) => [name, what.replaceAll(`${schema}.`, "")]));
}

async function ask<Row extends unknown[]>(connection: Connection, text: string, values: readonly string[]): Promise<Row[]> {
  return (await connection.together(ANSWER_MS, () => connection.ask<Row>({ text, values }))).rows;
}
