/** The HTTP door in a thread of its own, as the house sees it: what is asked there is answered here. */
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { DoorData, FromDoor, ToDoor } from "./door-thread.ts";
import { Outbox, packReplies, unpackQuestions, type Answered } from "./parcel.ts";
import type { Ask, Mount } from "./question.ts";
import type { HttpDoor } from "./server.ts";

const THREAD = join(import.meta.dirname, `door-thread${extname(import.meta.filename)}`);
/** What the door makes of a request is gone with its answer: less room for it than the house needs. */
const YOUNG_MB = 24;
/** More than are ever answered in one turn. */
const PARCEL_MAX = 1_000;

export type ThreadedDoorParts = {
  readonly mounts: readonly Mount[];
  readonly answer: Ask;
  readonly logLevel: string;
  /** Called when the thread is gone, and nobody can ask any more, or when what was asked has no answer. */
  readonly lost: (error: Error) => void;
};

export function threadedDoor({ mounts, answer, logLevel, lost }: ThreadedDoorParts): HttpDoor {
  const data: DoorData = { mounts, logLevel };
  const thread = new Worker(THREAD, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  // What a batch answers is known in one turn, after all that hangs on it has run.
  const outbox = new Outbox<Answered>(thread, { pack: packReplies, max: PARCEL_MAX, atTurnsEnd: (send) => process.nextTick(send) });
  let tell: (word: Exclude<FromDoor, string>) => void = () => undefined;
  thread.on("message", (word: FromDoor) => {
    if (typeof word !== "string") return tell(word);
    for (const [number, question] of unpackQuestions(word)) answer(question).then((told) => outbox.post([number, told]), lost);
  });
  thread.on("error", lost);
  const command = (word: ToDoor) =>
    new Promise<Exclude<FromDoor, string>>((resolve) => {
      tell = resolve;
      thread.postMessage(word);
    });
  return {
    async listen(port, host) {
      const said = await command({ kind: "listen", port, host });
      if (said.kind === "listening") return { port: said.port };
      await thread.terminate();
      throw said.kind === "cannot_listen" ? Object.assign(new Error(said.message), said.fields) : new Error("the door was closed before it was open");
    },
    async drain() {
      const ended = new Promise((resolve) => thread.once("exit", resolve));
      const said = await command({ kind: "drain" });
      await ended;
      return said.kind === "drained" ? said.cutOff : 0;
    },
  };
}
