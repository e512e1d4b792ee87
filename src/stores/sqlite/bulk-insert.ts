import type { Connection } from "./connection.ts";
import type { Value } from "../../engine/rows.ts";
import * as statements from "./statements.ts";

/** How many rows one statement takes: sixteen at once cost little more than half of sixteen alone. */
const SIZES = [16, 4, 1] as const;

/** Inserts rows of one table, in as few statements as they fill. */
export class BulkInsert {
  readonly #sizes;

  constructor(db: Connection, { table, columns, ifNew = false }: statements.Shape) {
    const into = (size: number) => statements.insert(table, columns, size).replace("insert into", ifNew ? "insert or ignore into" : "insert into");
    this.#sizes = SIZES.map((size) => ({ size, statement: db.prepare<Value[]>(into(size)) }));
  }

  run(rows: readonly (readonly Value[])[]): void {
    let done = 0;
    for (const { size, statement } of this.#sizes) {
      for (; rows.length - done >= size; done += size) statement.run(...rows.slice(done, done + size).flat());
    }
  }
}
