/** A page costs the same wherever it lies: no list sorts, and none walks a table without an index that bounds it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { present } from "../../src/base/assert.ts";
import type { Page, RefundQuery } from "../../src/engine/views.ts";
import { openWriter } from "../../src/stores/sqlite/connection.ts";
import { listAttempts, listPayments, listProfiles, listRefunds, type Listing } from "../../src/stores/sqlite/list-statements.ts";
import { migrate } from "../../src/stores/sqlite/migrate.ts";
import { ACME, Maker, START } from "./making.ts";
import { profileId, type ProfileId } from "../../src/domain/id.ts";

it("every list is read straight off an index, in its order", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "refundry-"));
  const db = openWriter(join(folder, "book.db"));
  context.after(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });
  migrate(db);
  for (const { sql, values } of listings()) {
    const plan = db.prepare<unknown[], [number, number, number, string]>(`explain query plan ${sql}`).raw().all(...values);
    const steps = plan.map(([, , , detail]) => detail);
    assert.match(steps[0] ?? "", /^SEARCH \w+ USING (?:COVERING )?(?:INDEX \w+|PRIMARY KEY) \(merchant=\?/, sql);
    assert.ok(!steps.some((step) => step.includes("TEMP B-TREE")), `${sql}\n${steps.join("\n")}`);
  }
});

function* listings(): Generator<Listing> {
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

function* ofProfiles(page: Page, customer: ProfileId): Generator<Listing> {
  yield listPayments(ACME, { page, intent: true, customer });
  yield listAttempts(ACME, { page, paymentId: null, processed: true, customer });
  yield listProfiles(ACME, { page, of: "customers", email: null });
  yield listProfiles(ACME, { page, of: "customers", email: "a@example.com" });
  yield listProfiles(ACME, { page, of: "instruments", owner: customer, type: null });
  yield listProfiles(ACME, { page, of: "instruments", owner: customer, type: "card" });
}
