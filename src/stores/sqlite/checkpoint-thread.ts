/** The thread that moves the log into the book: a connection of its own, one pass for each word that it gets. */
import { parentPort, workerData } from "node:worker_threads";
import { OutcomeUnknown } from "../../engine/store.ts";
import { openMover } from "./connection.ts";
import { translate } from "./failure.ts";
import * as statements from "./statements.ts";

/** How a pass ended: done as far as readers let it, not done this time, or nobody knows what is on the disk, and why. */
export type Pass = "done" | "not_done" | { readonly lost: string };

const db = openMover(String(workerData));
const move = db.prepare<[]>(statements.MOVE_LOG);

parentPort?.on("message", (word: "pass" | "close") => {
  if (word === "pass") return parentPort?.postMessage(pass());
  db.close();
  parentPort?.close();
});

function pass(): Pass {
  try {
    move.get();
    return "done";
  } catch (error) {
    const meaning = translate(error, "begun");
    return meaning instanceof OutcomeUnknown ? { lost: meaning.message } : "not_done";
  }
}
