/** The clock of what goes on by itself: each thing is done when it is due, however close others are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { RefundClock } from "../../src/doors/workers/refund-clock.ts";
import { refundId } from "../../src/domain/id.ts";
import type { Due } from "../../src/engine/store.ts";
import { ACME } from "../stores/making.ts";

/** Longer than a busy machine needs to wake, and much shorter than the clock's own looks are apart. */
const PROMPT_MS = 700;

test("what falls due soon after another is done then, and not at the next look", async () => {
  const waiting = new Map<string, number>();
  const late: number[] = [];
  const clock = new RefundClock({
    due: async (by, limit) => [...waiting].filter(([, at]) => at <= by).slice(0, limit).map(([id]): Due => ({ what: "refund", merchant: ACME, id: refundId(id) })),
    async execute(job) {
      assert.ok(job.command !== undefined && "refund" in job.command);
      const id: string = job.command.refund;
      late.push(Date.now() - (waiting.get(id) ?? Number.NaN));
      waiting.delete(id);
      // Others fall due while this one is decided.
      await delay(30);
      return { kind: "decided", reply: { status: 200, body: "" } };
    },
    now: Date.now,
    requestId: () => "r",
    report: (error) => assert.fail(String(error)),
  });
  clock.start();
  await delay(50);
  const began = Date.now();
  for (let i = 0; i < 10; i++) {
    const at = began + 100 + i * 25;
    waiting.set(String(i).padStart(24, "0"), at);
    clock.expect(at);
  }
  await delay(100 + 10 * 25 + PROMPT_MS);
  await clock.stop();
  assert.equal(late.length, 10);
  assert.ok(Math.min(...late) >= 0 && Math.max(...late) < PROMPT_MS, `late by ${late.join(", ")} ms`);
});
