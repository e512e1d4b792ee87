/**
 * What goes from thread to thread: many letters in one parcel, in the form that costs least to copy. A question is short, and many
 * of them are one JSON text; a reply has a long body, which is copied as it is, beside its number, its status and its headers.
 */
import type { MessagePort, Worker } from "node:worker_threads";
import type { Question, Told } from "./question.ts";

export type Asked = readonly [number: number, question: Question];
export type Answered = readonly [number: number, told: Told];

export function packQuestions(asked: readonly Asked[]): string {
  return JSON.stringify(asked);
}

export function unpackQuestions(parcel: string): readonly Asked[] {
  return JSON.parse(parcel);
}

/** Four of them for each reply: number, status, headers as JSON, body. A fault, which is rare, has its place behind them all. */
export type Replies = readonly [replies: readonly (string | number)[], faults: readonly (readonly [number: number, fault: NonNullable<Told["fault"]>])[]];

export function packReplies(answered: readonly Answered[]): Replies {
  const replies = answered.flatMap(([number, { reply: { status, headers, body } }]) => [number, status, JSON.stringify(headers), body]);
  return [replies, answered.flatMap(([number, { fault }]) => (fault === undefined ? [] : [[number, fault] as const]))];
}

export function unpackReplies([replies, faults]: Replies): Answered[] {
  const faultOf = new Map(faults);
  const answered: Answered[] = [];
  for (let i = 0; i < replies.length; i += 4) {
    const number = Number(replies[i]);
    const reply = { status: Number(replies[i + 1]), headers: JSON.parse(String(replies[i + 2])), body: String(replies[i + 3]) };
    const fault = faultOf.get(number);
    answered.push([number, fault === undefined ? { reply } : { reply, fault }]);
  }
  return answered;
}

/** Letters of one turn go together, since each parcel costs more than what is in it. */
export class Outbox<Letter> {
  readonly #to: Pick<MessagePort | Worker, "postMessage">;
  readonly #pack: (letters: readonly Letter[]) => unknown;
  readonly #max: number;
  readonly #atTurnsEnd: (send: () => void) => void;
  #letters: Letter[] = [];
  #waits = false;

  /** A parcel goes when it holds `max`, or when `atTurnsEnd` calls. */
  constructor(
    to: Pick<MessagePort | Worker, "postMessage">,
    { pack, max, atTurnsEnd }: { readonly pack: (letters: readonly Letter[]) => unknown; readonly max: number; readonly atTurnsEnd: (send: () => void) => void },
  ) {
    this.#to = to;
    this.#pack = pack;
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
    this.#to.postMessage(this.#pack(parcel));
  }
}
