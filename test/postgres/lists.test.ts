/** A page costs the same wherever it lies: no list sorts, and none walks a table without an index that bounds it. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { Client } from "pg";
import { present } from "../../src/base/assert.ts";
import { profileId, type ProfileId } from "../../src/domain/id.ts";
import type { Page, RefundQuery } from "../../src/engine/views.ts";
import type { Statement } from "../../src/stores/postgres/connection.ts";
import { listAttempts, listPayments, listProfiles, listRefunds } from "../../src/stores/postgres/list-statements.ts";
import { openStore } from "../../src/stores/postgres/open.ts";
import { ACME, Maker, START } from "../stores/making.ts";
import { freshDatabase } from "./database.ts";

/** Walks that begin where the asked rows begin. A bound on the merchant alone would walk all that is his. */
const BOUNDED = /Index (?:Only )?Cond: .*merchant = .*(?: AND .*(?:id|updated_at)| = ANY)/;

it("every list is read straight off an index, in its order", async (context) => {
  const { url } = await freshDatabase(context);
  await (await openStore(url)).close();
  const client = new Client({ connectionString: url });
  await client.connect();
  // As the store asks, and as the planner decides when it has seen neither values nor rows.
  await client.query("set enable_seqscan = off; set plan_cache_mode = force_generic_plan; set enable_sort = off; set enable_bitmapscan = off");
  // The database goes with its test, and takes whoever is still connected along.
  client.on("error", () => undefined);
  let count = 0;
  for (const { text, values } of listings()) {
    const name = `list_${(count += 1)}`;
    await client.query(`prepare ${name} as ${text}`);
    const { rows } = await client.query<[string], unknown[]>({ text: `explain (costs off) execute ${name}(${values.map((value) => client.escapeLiteral(String(value))).join(", ")})`, rowMode: "array" });
    const plan = rows.map(([line]) => line).join("\n");
    assert.doesNotMatch(plan, /Sort|Seq Scan|Materialize/, `${text}\n${plan}`);
    assert.match(plan, BOUNDED, `${text}\n${plan}`);
  }
});

function* listings(): Generator<Statement> {
  const { payment, attempt } = new Maker().take();
  const { id: attemptId } = present(attempt, "the attempt");
  for (const order of ["newest", "oldest"] as const) {
    const page = { order, after: payment.id, from: START, until: START + 1, limit: 10 };
    for (const yes of [false, true]) {
      yield listPayments(ACME, { page, intent: yes });
      yield listAttempts(ACME, { page, paymentId: null, processed: yes });
      yield listAttempts(ACME, { page, paymentId: payment.id, processed: yes });
    }
    yield* ofProfiles(page, profileId(payment.id));
    const plain: RefundQuery = { page, paymentId: null, attemptId: null, states: null, instruments: null, updated: null };
    const changed = { from: START, until: START + 1, after: START };
    yield listRefunds(ACME, plain);
    yield listRefunds(ACME, { ...plain, paymentId: payment.id });
    yield listRefunds(ACME, { ...plain, attemptId });
    yield listRefunds(ACME, { ...plain, states: ["pending", "failed"] });
    yield listRefunds(ACME, { ...plain, instruments: ["cash"] });
    yield listRefunds(ACME, { ...plain, updated: { ...changed, sort: false } });
    yield listRefunds(ACME, { ...plain, updated: { ...changed, sort: true } });
    yield listRefunds(ACME, { ...plain, states: ["pending"], updated: { ...changed, sort: true } });
  }
}

function* ofProfiles(page: Page, customer: ProfileId): Generator<Statement> {
  yield listPayments(ACME, { page, intent: true, customer });
  yield listAttempts(ACME, { page, paymentId: null, processed: true, customer });
  yield listProfiles(ACME, { page, of: "customers", email: null });
  yield listProfiles(ACME, { page, of: "customers", email: "a@example.com" });
  yield listProfiles(ACME, { page, of: "instruments", owner: customer, type: null });
  yield listProfiles(ACME, { page, of: "instruments", owner: customer, type: "card" });
}
