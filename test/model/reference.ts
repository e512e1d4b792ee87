/** The model: a few numbers for each payment and a memory of keys. It is so small that it can be seen to be right. */
import assert from "node:assert/strict";
import type { Answer, PaymentJob, Result } from "../../src/engine/job.ts";
import type { Dispute } from "../../src/domain/dispute.ts";
import type { DisputeState } from "../../src/domain/states.ts";
import { textOf } from "./jobs.ts";

/** What was captured, what is refunded or under way, and what a bank took back: a refund that came to nothing weighs nothing. */
type Count = { captured: bigint; refunded: bigint; chargedBack: bigint; dispute: DisputeState | null };
const BARS: readonly (DisputeState | null)[] = ["needs_response", "under_review", "lost"];
const WEIGHS_NOTHING = ["failed", "canceled", "rejected"];
type Bound = { readonly path: string; readonly fingerprint: string; readonly body: string };

export class Reference {
  readonly counts = new Map<string, Count>();
  readonly #keys = new Map<string, Bound>();
  /** Ids of refunds that were answered as done, to see that none is told twice as new. */
  readonly refunds = new Set<string>();
  /** Refunds that came to nothing, once and for all. */
  readonly #ended = new Set<string>();

  /** Holds an answer against the model, which then follows it. `result` is null when nothing was decided anew. */
  follow(job: PaymentJob, answer: Answer, result: Result | null): void {
    const bound = job.claims.map(({ scope, key }) => this.#keys.get(textOf([job.merchant, scope, key])));
    const first = bound.findIndex((one) => one !== undefined);
    const known = bound[first];
    const claim = job.claims[first];
    if (known !== undefined && claim !== undefined) {
      const same = known.path === claim.path && known.fingerprint === claim.fingerprint;
      assert.equal(answer.kind, same ? "replayed" : "decided");
      if (same) assert.equal(answer.reply.body, known.body, "a replay is equal to the last byte");
      const told = result === null ? "nothing" : Object.keys(result).join();
      assert.equal(told, same ? "nothing" : "conflict", "a key that is bound has no second effect");
      this.#bind(job, answer, { claims: job.claims.slice(0, first), done: false });
      return;
    }
    assert.ok(answer.kind === "decided" && result !== null, "what has no key before is decided");
    const done = "done" in result;
    this.#bind(job, answer, { claims: job.claims, done });
    this.#count(job, result);
  }

  #bind(job: PaymentJob, answer: Answer, { claims, done }: { readonly claims: PaymentJob["claims"]; readonly done: boolean }): void {
    for (const { scope, key, path, fingerprint, binds } of claims) {
      if (binds === "when_done" && !done) continue;
      this.#keys.set(textOf([job.merchant, scope, key]), { path, fingerprint, body: answer.reply.body });
    }
  }

  #count({ command }: PaymentJob, result: Result): void {
    assert.ok(!("conflict" in result), "a key that was never bound conflicts with nothing");
    if ("refusal" in result) {
      const { refusal } = result;
      if (refusal.code === "cash_exceeds_most") assert.ok(refusal.asked.amount > refusal.most.amount, "what fits comes in");
      if (command.kind !== "refund_payment" || !("payment" in refusal)) return;
      const count = this.counts.get(refusal.payment.id);
      assert.ok(count !== undefined);
      const left = count.captured - count.refunded - count.chargedBack;
      if (refusal.code === "disputed" && count.captured > 0n) assert.ok(BARS.includes(count.dispute), "only a chargeback bars refunds");
      if (refusal.code === "amount_exceeds_left" && count.captured > 0n) assert.ok((command.money?.amount ?? 0n) > left);
      if (refusal.code === "already_refunded") assert.equal(count.captured, count.refunded);
      const plain = command.money !== null && command.money.currency === null && command.fee.kind !== "exact" &&
        command.within === null && command.expectedVersion === null && command.refundsMax === null && command.ageMax === null &&
        command.target.by === "payment" && refusal.code !== "instructions_missing" && !BARS.includes(count.dispute);
      if (plain) assert.ok((command.money?.amount ?? 0n) > left, `a plain refund within what is left was refused: ${refusal.code}`);
      return;
    }
    const { payment, refund, dispute } = result.done;
    const isNew = command.kind === "refund_payment";
    const count = this.counts.get(payment.id) ?? { captured: 0n, refunded: 0n, chargedBack: 0n, dispute: null };
    this.counts.set(payment.id, count);
    if (refund !== null && !isNew) {
      assert.ok(this.refunds.has(refund.id), "what goes on was made before");
      if (WEIGHS_NOTHING.includes(refund.state) && !this.#ended.has(refund.id)) {
        this.#ended.add(refund.id);
        count.refunded -= refund.amount;
      }
    } else if (refund?.kind === "release") {
      this.refunds.add(refund.id);
    } else if (refund !== null) {
      const left = count.captured - count.refunded;
      assert.equal(refund.amount, command.kind === "refund_payment" && command.money !== null ? command.money.amount : left);
      assert.ok(!BARS.includes(count.dispute), "nothing is refunded of what was charged back");
      assert.ok(refund.amount > 0n && refund.amount <= left, `refunded ${refund.amount} where ${left} was left`);
      assert.ok(!this.refunds.has(refund.id));
      this.refunds.add(refund.id);
      count.refunded += refund.amount;
    } else if (command.kind === "fund_cash_balance") {
      count.captured += command.money.amount;
    } else if (count.captured === 0n && payment.state === "captured") {
      assert.ok(["take_payment", "try_payment", "capture_payment", "advance_payment"].includes(command.kind));
      count.captured = payment.captured;
    }
    if (dispute !== null) followDispute(dispute, count);
    assert.equal(payment.captured, count.captured);
    assert.equal(payment.disputed, count.chargedBack);
    assert.equal(payment.refunded + payment.pending, count.refunded);
  }
}

/** Whatever is left is charged back at once, and brought back at once by a victory. */
function followDispute({ state, amount }: Dispute, count: Count): void {
  if (state === "needs_response" && count.dispute !== state) {
    count.chargedBack = count.captured - count.refunded;
    assert.ok(amount > 0n);
    assert.equal(amount, count.chargedBack, "the dispute is on what is left");
  }
  if (state === "won") count.chargedBack = 0n;
  count.dispute = state;
}
