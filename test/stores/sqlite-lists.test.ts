/** A page costs the same wherever it lies: no list sorts, and none walks a table without an index that bounds it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { present } from "../../src/base/assert.ts";
import { openWriter, type Connection } from "../../src/stores/sqlite/connection.ts";
import * as listers from "../../src/stores/sqlite/list-statements.ts";
import { migrate } from "../../src/stores/sqlite/migrate.ts";
import { listings } from "./listings.ts";
import { ACME, Maker, START, USD } from "./making.ts";
import { idRange } from "../../src/engine/id-range.ts";
import { findEntries, listEntries, nextCurrency, sumEntries } from "../../src/stores/sqlite/entry-statements.ts";

/** What SQLite would do, step by step. */
function planOf(db: Connection, { sql, values }: listers.Listing): string[] {
  const plan = db.prepare<unknown[], [number, number, number, string]>(`explain query plan ${sql}`).raw().all(...values);
  return plan.map(([, , , detail]) => detail);
}

function openBook(context: TestContext): Connection {
  const folder = mkdtempSync(join(tmpdir(), "refundry-"));
  const db = openWriter(join(folder, "book.db"));
  context.after(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });
  migrate(db);
  return db;
}

/**
 * A list of a payment's refunds is merged of two, the few that the payment names and a page of the others: each is sorted when it
 * is there, so the last step of each is left out. All other lists are one part.
 */
function partsOf(steps: readonly string[]): (readonly string[])[] {
  if (steps[0] !== "MERGE (UNION ALL)") return [steps];
  const right = steps.indexOf("RIGHT");
  const [named, others] = [steps.slice(steps.indexOf("LEFT") + 1, right), steps.slice(right + 1)];
  assert.deepEqual([named.at(-1), others.at(-1)], ["USE TEMP B-TREE FOR ORDER BY", "USE TEMP B-TREE FOR ORDER BY"]);
  assert.match(others[0] ?? "", /^CO-ROUTINE/);
  return [named.slice(0, -1), others.slice(1, -1)];
}

it("every list is read straight off an index, in its order", (context) => {
  const db = openBook(context);
  for (const listing of listings(listers)) {
    const steps = planOf(db, listing);
    for (const part of partsOf(steps)) {
      assert.match(part[0] ?? "", /^SEARCH \w+ USING (?:COVERING )?(?:INDEX \w+|PRIMARY KEY) \(merchant=\?/, listing.sql);
      assert.ok(!part.some((step) => step.includes("TEMP B-TREE")), `${listing.sql}\n${steps.join("\n")}`);
    }
  }
});

it("each kind and currency of entries is one part of an index, between two bounds", (context) => {
  const db = openBook(context);
  const { payment, entry } = new Maker().take();
  for (const order of ["newest", "oldest"] as const) {
    const page = { order, after: payment.id, from: START, until: START + 1, limit: 10 };
    const part = planOf(db, listEntries(ACME, { currency: USD, kind: "refund" }, { ...idRange(page), limit: 10 }));
    assert.deepEqual(part, ["SEARCH journal_entry USING INDEX entry_by_currency (merchant=? AND currency=? AND kind=? AND id>? AND id<?)"]);
    const named = planOf(db, findEntries(ACME, { page, kinds: ["capture"], currency: USD, ids: null }, [present(entry, "the entry").id]));
    assert.match(named[0] ?? "", /PRIMARY KEY \(merchant=\? AND id=\?\)/);
  }
  assert.deepEqual(planOf(db, nextCurrency(ACME, "EUR")), ["SEARCH journal_entry USING INDEX entry_by_currency (merchant=? AND currency>?)"]);
  assert.ok(planOf(db, sumEntries(ACME, { after: payment.id, below: "~" }, 1_000)).includes("SEARCH journal_entry USING PRIMARY KEY (merchant=? AND id>? AND id<?)"));
});
