/** The clock of what goes on by itself: each thing is done when it is due, by the node that wrote it, or by another when that one does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { RefundClock } from "../../src/doors/workers/refund-clock.ts";
import { refundId } from "../../src/domain/id.ts";
import type { Due } from "../../src/engine/store.ts";
import { ACME } from "../stores/making.ts";

/** Longer than a busy machine needs to wake, and shorter than the clock leaves things to others. */
const PROMPT_MS = 400;
const TURN_MS = 30;

/** A clock on a book of these refunds, and how late each was done. */
function start(waiting: Map<string, number>) {
  const late: number[] = [];
  const clock = new RefundClock({
    due: async (by, limit) => [...waiting].filter(([, at]) => at <= by).slice(0, limit).map(([id]) => dueOf(id)),
    async execute(job) {
      assert.ok(job.command !== undefined && "refund" in job.command);
      const id: string = job.command.refund;
      const at = waiting.get(id);
      waiting.delete(id);
      if (at !== undefined) late.push(Date.now() - at);
      // Others fall due while this one is decided.
      await delay(TURN_MS);
      return { kind: "decided", reply: { status: 200, body: "" } };
    },
    now: Date.now,
    requestId: () => "r",
    report: (error) => assert.fail(String(error)),
  });
  clock.start();
  return { clock, late };
}

function dueOf(id: string): Due {
  return { what: "refund", merchant: ACME, id: refundId(id) };
}

function nameOf(i: number): string {
  return String(i).padStart(24, "0");
}

test("what falls due soon after another is done then", async () => {
  const waiting = new Map<string, number>();
  const { clock, late } = start(waiting);
  await delay(50);
  const began = Date.now();
  for (let i = 0; i < 10; i++) {
    const at = began + 100 + i * 25;
    waiting.set(nameOf(i), at);
    clock.expect(at, dueOf(nameOf(i)));
  }
  await delay(100 + 10 * 25 + PROMPT_MS);
  await clock.stop();
  assert.equal(late.length, 10);
  assert.ok(Math.min(...late) >= 0 && Math.max(...late) < PROMPT_MS, `late by ${late.join(", ")} ms`);
});

test("what an earlier process left is done at the start, and what another node leaves a moment after it was due", async () => {
  const waiting = new Map([[nameOf(1), Date.now() - 5]]);
  const { clock, late } = start(waiting);
  await delay(PROMPT_MS / 2);
  assert.equal(late.length, 1);
  waiting.set(nameOf(2), Date.now());
  while (waiting.size > 0) await delay(10);
  await clock.stop();
  assert.ok((late[1] ?? 0) >= 500, `the other node had ${late[1]} ms to do it`);
});
