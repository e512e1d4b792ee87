/** Sends a post, once, to an address that events may be told to. What goes wrong on the way is an outcome, and nothing is thrown. */
import { request as plain, type IncomingMessage } from "node:http";
import { request as secured } from "node:https";
import { isIP } from "node:net";
import type { Millis } from "../../domain/id.ts";
import type { TryProblem } from "../../engine/outbox.ts";
import type { Post, Sent } from "../../engine/teller.ts";
import { AddressRefused, hostOf, type Addresses } from "./addresses.ts";

/** So much of an answer is kept. */
const ANSWER_BYTES_MAX = 1_024;

export class Sender {
  readonly #addresses: Addresses;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  async send({ url, headers, body }: Post, patience: Millis): Promise<Sent> {
    const begun = performance.now();
    const took = () => Math.round(performance.now() - begun);
    const to = URL.parse(url);
    const refusal = this.#addresses.refusal(url);
    if (to === null || refusal !== null) return { status: null, problem: "address", answer: refusal ?? "it is not a valid URL", took: took() };
    const signal = AbortSignal.timeout(patience);
    try {
      const { status, answer } = await this.#exchange(to, headers, body, signal);
      return { status, problem: status >= 200 && status < 300 ? null : "status", answer, took: took() };
    } catch (error) {
      return { status: null, problem: signal.aborted ? "timeout" : problemOf(error), answer: error instanceof Error ? error.message : String(error), took: took() };
    }
  }

  #exchange(to: URL, headers: Post["headers"], body: string, signal: AbortSignal): Promise<{ readonly status: number; readonly answer: string }> {
    return new Promise((resolve, reject) => {
      const request = (to.protocol === "https:" ? secured : plain)(to, {
        method: "POST",
        headers: { ...headers, "content-length": Buffer.byteLength(body) },
        agent: false,
        ...(isIP(hostOf(to)) === 0 ? { lookup: this.#addresses.lookup } : {}),
      });
      const late = () => request.destroy(new Error("no whole answer came in time"));
      signal.addEventListener("abort", late, { once: true });
      request.on("close", () => signal.removeEventListener("abort", late));
      request.on("error", reject);
      request.on("response", (response) => {
        firstBytes(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject).finally(() => request.destroy());
      });
      request.end(body);
    });
  }
}

async function firstBytes(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue;
    parts.push(part);
    length += part.length;
    if (length >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts).subarray(0, ANSWER_BYTES_MAX).toString("utf8");
}

function problemOf(error: unknown): TryProblem {
  if (error instanceof AddressRefused) return "address";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || code.includes("CERT") || code === "EPROTO") return "tls";
  return "connection";
}
