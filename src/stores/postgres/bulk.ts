/** Many rows in one statement: each column travels as one array, so that the statement's text does not depend on how many there are. */
import type { Value } from "../../engine/rows.ts";
import type { Statement } from "./connection.ts";

/** Columns that hold numbers; all others hold text. */
const NUMBERS = new Set([
  "created_at", "updated_at", "version", "loaded_version", "intent", "requested", "authorized", "captured", "refunded", "pending", "fee_taken",
  "fee_returned", "reversed", "attempts", "refunds", "entries", "captured_at", "processed", "amount", "number", "status", "due", "to_capture",
  "disputed", "fee", "respond_by", "submissions", "part", "endpoints", "tries", "at", "took",
]);

/** `unnest($1::text[], $2::bigint[])`, for columns that are bound from `first` on. */
export function unnest(columns: readonly string[], first = 1): string {
  return `unnest(${columns.map((column, i) => `$${first + i}::${NUMBERS.has(column) ? "bigint" : "text"}[]`).join(", ")})`;
}

/** `columns` as the engine lists them: "merchant, id, …". */
export function insert(table: string, columns: string): string {
  return `insert into ${table} (${columns}) select * from ${unnest(columns.split(", "))}`;
}

/**
 * `changes` as the engine lists them, "updated_at = ?, …", and then the names by which a row is found. A row that is not found
 * as often as it was asked for divides by zero, so that the whole transaction ends there and the commit behind it does nothing.
 */
export function update(table: string, changes: string, names: readonly (readonly [column: string, bound: string])[]): string {
  const changed = changes.split(", ").map((change) => change.split(" ")[0] ?? "");
  const columns = [...changed, ...names.map(([, bound]) => bound)];
  const set = changed.map((column) => `${column} = c.${column}`).join(", ");
  const where = names.map(([column, bound]) => `t.${column} = c.${bound}`).join(" and ");
  return (
    `with changed as (update ${table} t set ${set} from ${unnest(columns)} as c (${columns.join(", ")}) where ${where} returning 1) ` +
    `select 1 / (count(*) = $${columns.length + 1}::bigint)::int from changed`
  );
}

/** Rows to what is bound: one array for each column. `width`: how many there are, where there may be no row. */
export function columnsOf(rows: readonly (readonly Value[])[], width = rows[0]?.length ?? 0): string[] {
  return Array.from({ length: width }, (_, column) => arrayOf(rows.map((row) => row[column] ?? null)));
}

export function bulk(text: string, rows: readonly (readonly Value[])[], ...more: readonly Value[]): Statement[] {
  return rows.length === 0 ? [] : [{ text, values: [...columnsOf(rows), ...more] }];
}

/** PostgreSQL's own notation. */
export function arrayOf(values: readonly Value[]): string {
  let text = "{";
  for (const value of values) {
    if (text.length > 1) text += ",";
    if (value === null) text += "NULL";
    else text += typeof value === "string" ? quoted(value) : String(value);
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;

function quoted(value: string): string {
  return SPECIAL.test(value) ? `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${value}"`;
}
