/** One batch on two worlds, with the same time and the same chance: they must answer alike to the last byte. */
import assert from "node:assert/strict";
import type { Answer, PaymentJob, Result } from "../../src/engine/job.ts";
import { jobOf, learn, textOf, type Known } from "./jobs.ts";
import type { Batch } from "./moves.ts";
import type { World } from "./world.ts";

/** What was decided is null where the answer was one that was kept. */
export type Played = { readonly job: PaymentJob; readonly answer: Answer; readonly result: Result | null };

/** Plays at most `most` jobs, and learns from what came of them which payments there are. */
export async function playOnBoth({ pause, moves }: Batch, [first, second]: readonly [World, World], known: Known, most = Number.POSITIVE_INFINITY): Promise<Played[]> {
  for (const world of [first, second]) world.sources.at += pause;
  // A job may be repeated, also within its batch; each time it is one of its own.
  const jobs = moves.flatMap((move) => jobOf(move, known) ?? []).slice(0, most).map((job) => ({ ...job }));
  known.jobs.push(...jobs);
  // What was decided is taken from where the reply is worded; only the first world's is kept.
  const results = new Map<PaymentJob, Result>();
  const listened = jobs.map((job) => ({
    ...job,
    reply(result: Result) {
      results.set(job, result);
      return job.reply(result);
    },
  }));
  const answers = await first.execute(listened);
  assert.equal(textOf(await second.execute(jobs)), textOf(answers), "both stores answer alike");
  return answers.map((answer, i) => {
    const job = jobs[i];
    assert.ok(job !== undefined);
    const result = results.get(job) ?? null;
    learn(known, result);
    return { job, answer, result };
  });
}
