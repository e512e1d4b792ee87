/**
 * The same random moves on two stores and on a small model: after each batch all three agree, and the book is proved.
 * MODEL_RUNS sets how many, MODEL_SEED repeats one.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import * as fc from "fast-check";
import type { Dossier } from "../../src/domain/audit.ts";
import type { Answer, PaymentJob, Result } from "../../src/engine/job.ts";
import { NO_EXTRAS } from "../../src/engine/views.ts";
import { addingProfiles } from "../stores/making-profiles.ts";
import { save } from "../stores/store-suite.ts";
import { CUSTOMERS, type Known } from "./jobs.ts";
import { batches, type Batch } from "./moves.ts";
import { playOnBoth } from "./play-on-both.ts";
import { Reference } from "./reference.ts";
import { memoryWorld, type World } from "./world.ts";

const SEED = Number(process.env["MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** What must come about: what is rare is waited for, some rounds more. */
const WANTED = ["replayed", "conflict", "refund", "amount_exceeds_left", "already_refunded", "fee_exceeds_left", "went on to succeeded", "went on to failed", "disputed", "dispute won", "payment_not_due", "captured by itself", "canceled by itself", "cash came in", "cash refunded"];
const ROUNDS_MAX = 5;
/** So many runs meet everything, or nearly. Where so many would take too long, so would the search for the shortest moves that fail. */
const WANTED_FROM = 100;
/** How often each kind of answer came, so that a test in which nothing happens does not pass. */
const seen = new Map<string, number>();

export function modelTest(name: string, { open, runs }: { readonly open: () => World | Promise<World>; readonly runs: number }): void {
  const count = Number(process.env["MODEL_RUNS"] ?? runs);
  it(`${name}, the one in memory and the model agree about every answer and the whole book (MODEL_SEED=${SEED} MODEL_RUNS=${count})`, async (context) => {
    context.diagnostic(`seed ${SEED}, ${count} runs`);
    const property = fc.asyncProperty(batches, async (all) => play(all, [memoryWorld(), await open()]));
    const wanted = count < WANTED_FROM ? [] : WANTED;
    const missing = () => wanted.filter((what) => !seen.has(what));
    for (let round = 0; round === 0 || (round < ROUNDS_MAX && missing().length > 0); round++) {
      await fc.assert(property, { seed: SEED + round, numRuns: count, endOnFailure: count < WANTED_FROM });
    }
    context.diagnostic([...seen].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `${what} ${count}`).join(", "));
    assert.deepEqual(missing(), [], "what never came about");
  });
}

async function play(all: readonly Batch[], worlds: readonly [World, World]): Promise<void> {
  try {
    const known: Known = { payments: [], attempts: [], refunds: [], disputes: [], jobs: [] };
    const reference = new Reference();
    for (const { store } of worlds) await save(store, addingProfiles(...CUSTOMERS));
    for (const batch of all) await playBatch(batch, worlds, { known, reference });
  } finally {
    for (const world of worlds) await world.close();
  }
}

async function playBatch(batch: Batch, worlds: readonly [World, World], { known, reference }: { readonly known: Known; readonly reference: Reference }): Promise<void> {
  for (const { job, answer, result } of await playOnBoth(batch, worlds, known)) {
    reference.follow(job, answer, result);
    remember(job, answer, result);
  }
  await compareBooks(worlds, reference);
}

async function compareBooks([memory, other]: readonly [World, World], reference: Reference): Promise<void> {
  const [mine, theirs] = [await memory.look(), await other.look()];
  assert.deepEqual(theirs.dossiers, mine.dossiers, "both stores hold the same book");
  for (const { proof } of [mine, theirs]) {
    assert.deepEqual(proof.findings, []);
    assert.deepEqual([...proof.imbalances, ...proof.damage], []);
    assert.equal(proof.sound, true);
  }
  assert.equal(mine.dossiers.length, reference.counts.size, "there is no payment that was not told");
  const refunds = mine.dossiers.flatMap((dossier) => dossier.refunds);
  assert.deepEqual(new Set(refunds.map(({ id }) => String(id))), reference.refunds, "there is no refund that was not told, and none is lost");
  for (const dossier of mine.dossiers) await comparePayment(dossier, [memory, other], reference);
}

async function comparePayment({ payment, refunds, entries }: Dossier, worlds: readonly World[], reference: Reference): Promise<void> {
  const count = reference.counts.get(payment.id);
  assert.ok(count !== undefined);
  assert.deepEqual([payment.captured, payment.refunded + payment.pending, payment.disputed], [count.captured, count.refunded, count.chargedBack]);
  const view = {
    payment,
    refunds: refunds.toReversed().slice(0, 2),
    captureEntry: entries.find(({ kind }) => kind === "capture") ?? null,
  };
  for (const { store } of worlds) {
    const read = await store.payment(payment.merchant, payment.id, { refunds: 2, entries: true, attempts: true });
    assert.deepEqual(read && { payment: read.payment, refunds: read.refunds, captureEntry: read.captureEntry }, view);
    for (const { merchant, id } of refunds.slice(-1)) {
      assert.equal((await store.refund(merchant, id, NO_EXTRAS))?.refund.paymentId, payment.id);
    }
  }
}

function whatOf(result: Result): string {
  if ("conflict" in result) return "conflict";
  return "refusal" in result ? result.refusal.code : (result.done.refund?.kind ?? "done");
}

function remember(job: PaymentJob, answer: Answer, result: Result | null): void {
  const what = result === null ? answer.kind : whatOf(result);
  see(what);
  if (result !== null && "done" in result && result.done.payment.connect?.role === "cash") see(result.done.refund === null ? "cash came in" : "cash refunded");
  if (result !== null && "done" in result && job.command.kind === "advance_payment") see(`${result.done.payment.state} by itself`);
  if (result !== null && "done" in result && job.command.kind === "adjust_payment" && result.done.payment.toCapture !== null) see("agreed to be less");
  const { refund = null, dispute = null } = result !== null && "done" in result ? result.done : {};
  if (dispute !== null) see(`dispute ${dispute.state}`);
  // An inquiry has handed evidence in before it becomes a chargeback.
  if (dispute?.state === "needs_response" && dispute.submissions > 0) see("inquiry charged back");
  if (refund !== null && refund.updatedAt > refund.createdAt) see(`went on to ${refund.state}`);
}

function see(what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}
