/** The messages in a stream of PostgreSQL's protocol: a letter, a length that counts itself, and the rest. */

export type Frame = { readonly type: string; readonly body: Buffer };

const LENGTH_BYTES = 4;

export class Frames {
  #rest: Buffer = Buffer.alloc(0);
  /** The first message of a client has no letter. */
  #untyped: boolean;

  constructor({ begins }: { readonly begins: "typed" | "untyped" }) {
    this.#untyped = begins === "untyped";
  }

  /** The messages that end within this part of the stream. */
  take(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== null; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | null {
    const head = this.#untyped ? 0 : 1;
    if (this.#rest.length < head + LENGTH_BYTES) return null;
    const end = head + this.#rest.readInt32BE(head);
    if (this.#rest.length < end) return null;
    const frame = { type: this.#rest.toString("latin1", 0, head), body: this.#rest.subarray(head + LENGTH_BYTES, end) };
    this.#rest = this.#rest.subarray(end);
    this.#untyped = false;
    return frame;
  }
}

/** Its texts, each of which ends with a zero byte. */
function textsOf({ body }: Frame): string[] {
  return body.toString("latin1").split("\0");
}

/** The one text of a query, or of the tag of what was done. */
export function textOf(frame: Frame): string {
  return textsOf(frame)[0] ?? "";
}

export function parsed(frame: Frame): { readonly name: string; readonly text: string } {
  const [name = "", text = ""] = textsOf(frame);
  return { name, text };
}

/** A binding names its portal first, and then the statement. */
export function nameBound(frame: Frame): string {
  return textsOf(frame)[1] ?? "";
}
