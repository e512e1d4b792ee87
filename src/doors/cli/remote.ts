/** A server that the command line asks, over its own API like anybody else. */
import { setTimeout as delay } from "node:timers/promises";
import { plain } from "./plain.ts";

export type RemoteFlags = { readonly server?: string | undefined; readonly key?: string | undefined };

const ANSWER_MS = 10_000;
const TRIES_MAX = 5;
const PAUSE_MS = 500;

/** What happened, why, and what to do next, for people. */
export class RemoteRefused extends Error {
  override readonly name = "RemoteRefused";
}

export type Json = Readonly<Record<string, unknown>>;

export class Remote {
  readonly #server: string;
  readonly #key: string;

  constructor(server: string, key: string) {
    this.#server = server.replace(/\/+$/, "");
    this.#key = key;
  }

  get server(): string {
    return this.#server;
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Json> {
    const text = new URLSearchParams(query).toString();
    return this.#ask("GET", text === "" ? path : `${path}?${text}`);
  }

  post(path: string, body: { readonly form?: Readonly<Record<string, string>>; readonly json?: object } = {}): Promise<Json> {
    return this.#ask("POST", path, body);
  }

  delete(path: string): Promise<Json> {
    return this.#ask("DELETE", path);
  }

  /** A server that is being started, or has too much to do, is waited for a little. What only reads may be asked again. */
  async #ask(method: string, path: string, body: { readonly form?: Readonly<Record<string, string>>; readonly json?: object } = {}): Promise<Json> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#once(method, path, body).catch((error: unknown) => {
        if (method === "GET" && tries < TRIES_MAX) return null;
        throw new RemoteRefused(`There is no Refundry at ${this.#server}: ${wordsOf(error)}. Start one with \`refundry serve\`, or name another with --server.`);
      });
      if (answer !== null && answer.status < 400) return answer.body;
      if (answer !== null && (answer.status !== 429 && answer.status !== 503 || tries === TRIES_MAX)) throw new RemoteRefused(`${this.#server} refuses (${answer.status}): ${messageIn(answer.body)}`);
      await delay(PAUSE_MS * tries);
    }
  }

  async #once(method: string, path: string, { form, json }: { readonly form?: Readonly<Record<string, string>>; readonly json?: object }): Promise<{ readonly status: number; readonly body: Json }> {
    const response = await fetch(`${this.#server}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, ...(json === undefined ? {} : { "content-type": "application/json" }) },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body: unknown = await response.json();
    return { status: response.status, body: isJson(body) ? body : {} };
  }
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The rows of a list; none where it is no list. */
export function rowsIn(body: Json): readonly Json[] {
  const { data } = body;
  return Array.isArray(data) ? data.filter(isJson) : [];
}

/** As it may be shown. */
export function textIn(row: Json, name: string): string {
  const value = row[name];
  return typeof value === "string" || typeof value === "number" ? plain(String(value)) : "";
}

/** As each of the APIs words it. */
function messageIn(body: Json): string {
  const errors: unknown = body["errors"];
  const first: unknown = Array.isArray(errors) ? errors[0] : body["error"];
  return isJson(first) ? textIn(first, "message") || textIn(first, "detail") : "without a word";
}

function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return plain(cause instanceof Error ? cause.message || cause.name : String(cause));
}
