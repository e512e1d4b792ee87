/** A page costs the same wherever it lies: no list sorts, and none walks a table without an index that bounds it. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { Client } from "pg";
import { present } from "../../src/base/assert.ts";
import type { EntryQuery } from "../../src/engine/views.ts";
import type { Statement } from "../../src/stores/postgres/connection.ts";
import * as listers from "../../src/stores/postgres/list-statements.ts";
import { listEntries, sumEntries } from "../../src/stores/postgres/entry-statements.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { listings } from "../stores/listings.ts";
import { ACME, Maker, START, USD } from "../stores/making.ts";
import { freshDatabase } from "./database.ts";

/** Walks that begin where the asked rows begin. A bound on the merchant alone would walk all that is his. */
const BOUNDED = /Index (?:Only )?Cond: .*merchant = .*(?: AND .*(?:id|updated_at)| = ANY)/;

/** Asks for plans as the store asks, and as the planner decides when it has seen no values. */
async function planner(context: TestContext, ...settings: readonly string[]) {
  const { url, run } = await freshDatabase(context);
  await (await openStore(url)).close();
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(["enable_seqscan = off", "plan_cache_mode = force_generic_plan", ...settings].map((setting) => `set ${setting}`).join("; "));
  // The database goes with its test, and takes whoever is still connected along.
  client.on("error", () => undefined);
  let count = 0;
  const planOf = async ({ text, values }: Statement): Promise<string> => {
    const name = `list_${(count += 1)}`;
    await client.query(`prepare ${name} as ${text}`);
    const bound = values.map((value) => (value === null ? "null" : client.escapeLiteral(String(value)))).join(", ");
    const { rows } = await client.query<[string], unknown[]>({ text: `explain (costs off) execute ${name}(${bound})`, rowMode: "array" });
    return rows.map(([line]) => line).join("\n");
  };
  return { run, planOf };
}

it("every list is read straight off an index, in its order", async (context) => {
  const { planOf } = await planner(context, "enable_sort = off", "enable_bitmapscan = off");
  for (const statement of listings(listers)) {
    const plan = await planOf(statement);
    assert.doesNotMatch(plan, /Sort|Seq Scan|Materialize/, `${statement.text}\n${plan}`);
    assert.match(plan, BOUNDED, `${statement.text}\n${plan}`);
  }
});

it("each kind and currency of entries is one part of an index, whatever is known of how rare it is", async (context) => {
  const { planOf, run } = await planner(context);
  const { payment, entry } = new Maker().take();
  const entries = async (what: string) => {
    for (const order of ["newest", "oldest"] as const) {
      const page = { order, after: payment.id, from: START, until: START + 1, limit: 10 };
      const plain: EntryQuery = { page, kinds: ["capture", "refund"], currency: null, ids: null };
      for (const query of [plain, { ...plain, currency: USD }]) {
        const plan = await planOf(listEntries(ACME, query));
        const scans = [...plan.matchAll(/(?:Scan|Scan Backward) (?:using|on) (\w+).*\n *(?:Recheck Cond|Index Cond): (.*)/g)].map(([, index, bounds]) => `${index ?? ""} ${bounds ?? ""}`);
        assert.doesNotMatch(plan, /Seq Scan|Materialize|Merge Join|Hash/, `${what}\n${plan}`);
        assert.ok(scans.every((scan) => /merchant = .* AND \(id = |entry_by_currency .*ROW\(merchant, currency, kind, id\) > .*ROW\(merchant, currency, kind, id\) < |entry_by_currency .*merchant = /.test(scan)), `${what}\n${plan}`);
        assert.ok(scans.some((scan) => scan.includes("ROW(merchant, currency, kind, id) >")), `${what}\n${plan}`);
      }
      assert.match(await planOf(listEntries(ACME, { ...plain, ids: [present(entry, "the entry").id] })), /journal_entry_pkey.*\n *Index Cond: .*merchant = .*id = ANY/, what);
    }
    assert.match(await planOf(sumEntries(ACME, { after: payment.id, below: "~" }, 10)), /journal_entry_pkey.*\n *Index Cond: .*merchant = .* AND \(id > .* AND \(id < /, what);
  };
  await entries("before anything is known");
  // So rare a currency is in no sample.
  await run(`insert into journal_entry select '${ACME}', lpad(i::text, 24, '0'), lpad(i::text, 24, '0'), 1, 'capture', null, i, case when i = 5 then 'JPY' else 'USD' end, '[["clearing","sales",300]]', repeat('f', 64) from generate_series(1, 50000) i`);
  await run("vacuum analyze journal_entry");
  await entries("when nearly all are of one kind");
});
