/** Holds one book against another, row by row and value by value, in bounded memory. */
import type { Sight } from "./sight.ts";
import { keyOf, TABLES, type Key, type Row, type Table } from "./tables.ts";

/** The first place at which a table is not the same in both books. */
export type Difference = {
  readonly table: string;
  /** The key of the row that stands there; null where the table has ended. */
  readonly source: Key | null;
  readonly target: Key | null;
  /** Where both have that row: the columns that are not equal. */
  readonly columns: readonly string[];
};

export type Comparison = {
  /** One at most of each table. */
  readonly differences: readonly Difference[];
  /** How many rows of all tables are equal. */
  readonly equal: number;
};

/** `onRows` hears how many rows were found equal so far. */
export async function compareBooks(source: Sight, target: Sight, { rows, onRows }: { readonly rows: number; readonly onRows: (done: number) => void }): Promise<Comparison> {
  const differences: Difference[] = [];
  let equal = 0;
  for (const table of TABLES) {
    let after: Key | null = null;
    for (;;) {
      const [ours, theirs]: [Row[], Row[]] = await Promise.all([source.page(table, after, rows), target.page(table, after, rows)]);
      const difference = firstDifference(table, ours, theirs);
      if (difference !== null) differences.push(difference);
      const last = ours.at(-1);
      if (difference !== null || last === undefined) break;
      after = keyOf(table, last);
      equal += ours.length;
      onRows(equal);
    }
  }
  return { differences, equal };
}

/** Both pages begin behind the same key and are in one order: whatever differs stands at one place in both. */
function firstDifference(table: Table, ours: readonly Row[], theirs: readonly Row[]): Difference | null {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [one, other] = [ours[i], theirs[i]];
    if (one === undefined || other === undefined) return { table: table.table, source: one ? keyOf(table, one) : null, target: other ? keyOf(table, other) : null, columns: [] };
    const unequal = one.flatMap((value, place) => (value === other[place] ? [] : place));
    if (unequal.length === 0) continue;
    const [source, target] = [keyOf(table, one), keyOf(table, other)];
    const isSameRow = source.every((value, place) => value === target[place]);
    const names = table.columns.split(", ");
    return { table: table.table, source, target, columns: isSameRow ? unequal.map((place) => names[place] ?? "") : [] };
  }
  return null;
}
