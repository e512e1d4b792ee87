/** A primary and its synchronous standby for a test, and what can happen to them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";

const STEP_MS = 180_000;

export type Pair = {
  /** Both, of which one takes writes at a time. */
  readonly url: string;
  /** As when the link between them fails, some moments before the primary does. */
  readonly cut: () => Promise<void>;
  /** As when the primary's machine fails. */
  readonly kill: () => Promise<void>;
  /** Makes the standby the primary. */
  readonly promote: () => Promise<void>;
  /** Makes what was the primary a standby, from a copy of the new one, and waits until it is in step. */
  readonly rebuild: () => Promise<void>;
};

/** Gone after the test, however it ends. An asynchronous primary acknowledges what no standby has. */
export async function startPair(t: TestContext, kind: "synchronous" | "asynchronous"): Promise<Pair> {
  // A group of its own: Ctrl-C is meant for us, and the keeper sees that we are gone.
  const keeper = spawn(process.execPath, [join(import.meta.dirname, "pair-keeper.ts"), kind], { stdio: ["pipe", "pipe", "inherit"], detached: true });
  const ended = once(keeper, "exit");
  t.after(async () => {
    keeper.stdin.end();
    await ended;
  });
  const answers = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const late = setTimeout(() => keeper.stdin.end(), STEP_MS);
    const { value, done } = await answers.next();
    clearTimeout(late);
    if (done === true) throw new Error("the keeper of the servers has ended: see the lines above");
    return value;
  };
  const act = (word: string) => async () => {
    keeper.stdin.write(`${word}\n`);
    const answer = await next();
    if (answer !== word) throw new Error(`asked to ${word}, the keeper answered '${answer}'`);
  };
  return { url: await next(), cut: act("cut"), kill: act("kill"), promote: act("promote"), rebuild: act("rebuild") };
}
