/** Letters to the other thread: those of one turn go together, since each parcel costs more than what is in it. */
import type { MessagePort, Worker } from "node:worker_threads";

export class Outbox<Letter> {
  readonly #to: Pick<MessagePort | Worker, "postMessage">;
  readonly #max: number;
  readonly #atTurnsEnd: (send: () => void) => void;
  #letters: Letter[] = [];
  #waits = false;

  /** A parcel goes when it holds `max`, or when `atTurnsEnd` calls. */
  constructor(to: Pick<MessagePort | Worker, "postMessage">, { max, atTurnsEnd }: { readonly max: number; readonly atTurnsEnd: (send: () => void) => void }) {
    this.#to = to;
    this.#max = max;
    this.#atTurnsEnd = atTurnsEnd;
  }

  post(letter: Letter): void {
    this.#letters.push(letter);
    if (this.#letters.length >= this.#max) this.#send();
    else if (!this.#waits) {
      this.#waits = true;
      this.#atTurnsEnd(() => {
        this.#waits = false;
        this.#send();
      });
    }
  }

  #send(): void {
    if (this.#letters.length === 0) return;
    const parcel = this.#letters;
    this.#letters = [];
    this.#to.postMessage(parcel);
  }
}
