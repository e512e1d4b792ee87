/** The thread of the HTTP door: reads and writes on its sockets while the house decides and writes to its disk. */
import { parentPort, workerData } from "node:worker_threads";
import { present } from "../../base/assert.ts";
import { Outbox, packQuestions, unpackReplies, type Asked, type Replies } from "./parcel.ts";
import type { Mount, Told } from "./question.ts";
import { httpDoor } from "./server.ts";

/** What the door is given when it is made; what it is told, and what it says. */
export type DoorData = { readonly mounts: readonly Mount[]; readonly logLevel: string };
export type ToDoor = Replies | { readonly kind: "listen"; readonly port: number; readonly host: string } | { readonly kind: "drain" };
export type FromDoor =
  | string
  | { readonly kind: "listening"; readonly port: number }
  /** Only the message of an error crosses over by itself; what the system says of it is in its other fields. */
  | { readonly kind: "cannot_listen"; readonly message: string; readonly fields: object }
  | { readonly kind: "drained"; readonly cutOff: number };

/** So many questions go at once, and the house begins with them while the door reads on. */
const PARCEL_MAX = 16;

const port = present(parentPort, "the house behind the door");
const { mounts, logLevel }: DoorData = workerData;
const waiting = new Map<number, (told: Told) => void>();
const outbox = new Outbox<Asked>(port, { pack: packQuestions, max: PARCEL_MAX, atTurnsEnd: setImmediate });
let asked = 0;

const door = httpDoor({
  mounts,
  logLevel,
  ask: (question) =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      outbox.post([asked, question]);
    }),
});

function say(word: FromDoor): void {
  port.postMessage(word);
}

async function drain(): Promise<void> {
  say({ kind: "drained", cutOff: await door.drain() });
  port.close();
}

port.on("message", (word: ToDoor) => {
  if (!("kind" in word)) {
    for (const [number, told] of unpackReplies(word)) {
      waiting.get(number)?.(told);
      waiting.delete(number);
    }
  } else if (word.kind === "listen") {
    door.listen(word.port, word.host).then(
      (listening) => say({ kind: "listening", ...listening }),
      (error: unknown) => say({ kind: "cannot_listen", message: error instanceof Error ? error.message : String(error), fields: Object.fromEntries(Object.entries(error ?? {})) }),
    );
  } else {
    void drain();
  }
});
