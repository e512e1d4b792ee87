/**
 * Moves the log into the book outside the HTTP thread: it reads and writes thousands of pages and syncs both files. A first
 * pass runs beside the writes; what they added meanwhile is moved by a second, for which they wait, so that the log is
 * empty at its end and is written from its start again.
 */
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { OutcomeUnknown } from "../../engine/store.ts";
import type { Pass } from "./checkpoint-thread.ts";
import { CHECKPOINT_PAGES, type Connection } from "./connection.ts";
import { wordsOf } from "./failure.ts";
import * as statements from "./statements.ts";

/** The log is begun again when it holds so many times what is moved at once. */
const LOG_ROUNDS = 4;
/** Writes wait for no more pages than these, if so many passes beside them can have it so. */
const SHORT_PAGES = 400;
const PASSES_MAX = 4;

const THREAD = join(import.meta.dirname, `checkpoint-thread${extname(import.meta.filename)}`);

export class Checkpoints {
  readonly #path: string;
  readonly #pages: number;
  readonly #look;
  readonly #lose: (error: OutcomeUnknown) => void;
  /** Made when the log is long for the first time: most books of a test never need it. */
  #thread: Worker | null = null;
  #ended: Promise<void> = Promise.resolve();
  #running: Promise<void> | null = null;
  #gate: Promise<unknown> | null = null;
  #tell: (pass: Pass) => void = () => undefined;
  /** How long the log was when it was last tried to be moved: a long sight of the book, such as a proof of it, keeps it where it is, and the next try is due when it has grown by as much again. */
  #triedAt = 0;

  /** The log is moved when it holds `pages`. */
  constructor(path: string, writer: Connection, { pages = CHECKPOINT_PAGES, lose }: { readonly pages?: number | undefined; readonly lose: (error: OutcomeUnknown) => void }) {
    this.#path = path;
    this.#pages = pages;
    this.#look = writer.prepare<[], [busy: number, logged: number, moved: number]>(statements.LOOK_AT_LOG).raw();
    this.#lose = lose;
  }

  /** What a write waits for before it begins; null nearly always. */
  get gate(): Promise<unknown> | null {
    return this.#gate;
  }

  /** After each commit. */
  committed(): void {
    if (this.#running !== null) return;
    const { logged, unmoved } = this.#length();
    // It was begun again.
    if (logged < this.#triedAt) this.#triedAt = 0;
    if (unmoved < this.#pages || logged < this.#triedAt + this.#pages) return;
    this.#running = this.#run()
      .catch((error: unknown) => this.#lose(new OutcomeUnknown(`the log cannot be looked at: ${wordsOf(error)}`, { cause: error })))
      .finally(() => {
        this.#running = null;
      });
  }

  async close(): Promise<void> {
    await this.#running;
    if (this.#thread === null) return;
    this.#thread.ref();
    this.#thread.postMessage("close");
    await this.#ended;
  }

  async #run(): Promise<void> {
    this.#triedAt = this.#length().logged;
    let moves = await this.#moves();
    if (this.#length().logged < this.#pages * LOG_ROUNDS) return;
    // The more is moved beside the writes, the shorter they wait for the rest.
    for (let i = 0; i < PASSES_MAX && moves && this.#length().unmoved > SHORT_PAGES; i += 1) moves = await this.#moves();
    if (!moves || this.#length().unmoved === 0) return;
    this.#gate = this.#pass();
    await this.#gate;
    this.#gate = null;
  }

  /** One pass; whether it moved anything. Whoever looks at the book for long keeps the log as it is, and writes would wait for nothing. */
  async #moves(): Promise<boolean> {
    const { logged, unmoved } = this.#length();
    const pass = await this.#pass();
    const after = this.#length();
    return pass === "done" && after.logged - after.unmoved > logged - unmoved;
  }

  /** In pages: all that is in the log, and what of it is not in the book yet. */
  #length(): { readonly logged: number; readonly unmoved: number } {
    const [, logged = 0, moved = 0] = this.#look.get() ?? [];
    return { logged, unmoved: logged - moved };
  }

  #pass(): Promise<Pass> {
    const thread = (this.#thread ??= this.#start());
    return new Promise((resolve) => {
      thread.ref();
      this.#tell = (pass) => {
        this.#tell = () => undefined;
        thread.unref();
        if (typeof pass === "object") this.#lose(new OutcomeUnknown(pass.lost));
        resolve(pass);
      };
      thread.postMessage("pass");
    });
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { workerData: this.#path });
    thread.unref();
    thread.on("message", (pass: Pass) => this.#tell(pass));
    thread.on("error", (error) => process.emitWarning(`the log of the book was not moved: ${error.message}. It grows until it is, at the next try or by the writer itself.`));
    // Heard from the start, since a thread that fails may be gone before anybody asks for its end.
    this.#ended = new Promise((resolve) => {
      thread.once("exit", () => {
        // Nothing is unknown: the log is whole. The next pass begins with a new thread.
        this.#thread = null;
        this.#tell("not_done");
        resolve();
      });
    });
    return thread;
  }
}
