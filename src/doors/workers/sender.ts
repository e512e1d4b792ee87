/** Sends what endpoints are told: one POST over a kept connection, to no address but one that may be told, without following where an answer points. */
import { Agent, errors } from "undici";
import type { Millis } from "../../domain/id.ts";
import type { Post, Sent } from "../../engine/teller.ts";
import { AddressRefused, hostOf, type Addresses } from "./addresses.ts";

const CONNECT_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;
/** So much of an answer is read, and so much of that is kept for people. */
const ANSWER_MAX = 65_536;
const KEPT_BYTES = 256;
const CODE_OF_TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/;

export class Sender {
  readonly #addresses: Addresses;
  readonly #agent: Agent;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
    this.#agent = new Agent({
      connect: { lookup: addresses.lookup, timeout: CONNECT_MS },
      keepAliveTimeout: KEEP_ALIVE_MS,
      pipelining: 1,
    });
  }

  /** Never rejects: whatever goes wrong is what the try came to. `patience` covers all of it, from the name's look-up to the answer's last byte. */
  async send({ url, headers, body }: Post, patience: Millis): Promise<Sent> {
    const began = performance.now();
    const took = () => Math.round(performance.now() - began);
    const refusal = this.#addresses.refusal(url);
    if (refusal !== null) return { status: null, problem: "address", answer: `Not sent: ${refusal}.`, took: 0 };
    const target = new URL(url);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new errors.HeadersTimeoutError()), patience);
    try {
      const response = await this.#agent.request({
        origin: target.origin, path: `${target.pathname}${target.search}`, method: "POST", headers, body, signal: late.signal, headersTimeout: patience, bodyTimeout: patience,
      });
      const { statusCode: status } = response;
      const answer = await firstBytes(response.body);
      return { status, problem: status >= 200 && status < 300 ? null : "status", answer: keepable(answer), took: took() };
    } catch (error) {
      const { problem, answer } = meaningOf(error, hostOf(target));
      return { status: null, problem, answer: keepable(answer), took: took() };
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The beginning of an answer, for people. Its status is known by now: whatever goes wrong from here on is the end of it, and what is greater than we read is let go of. */
async function firstBytes(body: AsyncIterable<Uint8Array>): Promise<string> {
  const kept: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      if (length < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - length));
      length += chunk.length;
      if (length > ANSWER_MAX) break;
    }
  } catch {
    // What has come is what there is.
  }
  return Buffer.concat(kept).toString("utf8");
}

/** A book may be in a database that does not hold every character. */
function keepable(text: string): string {
  return text.slice(0, KEPT_BYTES).replaceAll("\0", "\u{FFFD}").toWellFormed();
}

function meaningOf(error: unknown, host: string): Pick<Sent, "problem" | "answer"> {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof AddressRefused) return { problem: "address", answer: `Not sent: ${cause.message}.` };
  if (cause instanceof errors.HeadersTimeoutError || cause instanceof errors.BodyTimeoutError || cause instanceof errors.ConnectTimeoutError) return { problem: "timeout", answer: `${host} did not answer in time.` };
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const words = cause instanceof Error ? cause.message : String(cause);
  return { problem: CODE_OF_TLS.test(code) ? "tls" : "connection", answer: words };
}
