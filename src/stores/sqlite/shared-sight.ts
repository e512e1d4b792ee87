/**
 * Reads that arrive together share one sight of the book: to begin and end a read transaction costs more than what one
 * of them looks up.
 */
import type { Connection } from "./connection.ts";
import * as statements from "./statements.ts";

/** Reads of one sight. More wait a turn, so that no one waits long for what others ask. */
const TOGETHER_MAX = 128;

/** Looks, and gives back how to tell: nobody is told before all have looked. */
type Read = { readonly look: () => () => void; readonly fail: (error: unknown) => void };

export class SharedSight {
  readonly #begin;
  readonly #end;
  readonly #undo;
  readonly #db: Connection;
  #waiting: Read[] = [];

  constructor(db: Connection) {
    this.#begin = db.prepare<[]>(statements.BEGIN_READ);
    this.#end = db.prepare<[]>(statements.COMMIT);
    this.#undo = db.prepare<[]>(statements.ROLLBACK);
    this.#db = db;
  }

  /** What `work` finds, at the end of this turn of the loop. Rejects with the error of its own work, or of the sight's. */
  read<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#lookAll());
      this.#waiting.push({
        look() {
          const found = work();
          return () => resolve(found);
        },
        fail: reject,
      });
    });
  }

  #lookAll(): void {
    const reads = this.#waiting.slice(0, TOGETHER_MAX);
    this.#waiting = this.#waiting.slice(TOGETHER_MAX);
    if (this.#waiting.length > 0) setImmediate(() => this.#lookAll());
    const tell: (() => void)[] = [];
    try {
      this.#begin.run();
      for (const read of reads) tell.push(looked(read));
      this.#end.run();
    } catch (error) {
      for (const { fail } of reads) fail(error);
      this.#giveUp();
      return;
    }
    for (const one of tell) one();
  }

  /** A sight that did not end would be in the way of every one after it; of one that cannot end, the next hears as it begins. */
  #giveUp(): void {
    try {
      if (this.#db.inTransaction) this.#undo.run();
    } catch {
      return;
    }
  }
}

/** One read that fails leaves the others what they found. */
function looked({ look, fail }: Read): () => void {
  try {
    return look();
  } catch (error) {
    return () => fail(error);
  }
}
