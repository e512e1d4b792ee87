/** A whole server for a test: its own port, its own book, and a fresh merchant for each who asks. */
import { randomUUID } from "node:crypto";
import { Stripe } from "stripe";
import { SquareClient } from "square";
import { machineSources, type Sources } from "../src/engine/moments.ts";
import type { Store } from "../src/engine/store.ts";
import type { Dialect } from "../src/engine/wire.ts";
import { readConfig, type ServeFlags } from "../src/doors/cli/config.ts";
import { startServer, type Parts } from "../src/main.ts";
import { openMemoryStore } from "../src/stores/memory/store.ts";
import { openStore } from "../src/stores/postgres/open.ts";
import { freshDatabase } from "./postgres/database.ts";
import { Watch } from "./watch/watch.ts";

export type TestServer = {
  readonly url: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
};

/**
 * Which store the servers of this run stand on, when a test gives none of its own: one in memory, or with TEST_STORE=postgres a
 * database that is made for the server and gone when it stops.
 */
async function usualStore(after: (work: () => Promise<void>) => void): Promise<Store> {
  if (process.env["TEST_STORE"] !== "postgres") return openMemoryStore();
  const { url } = await freshDatabase({ after });
  return openStore(url);
}

/**
 * On the usual store unless another is given. A broken invariant fails the test that met it; an exchange that is not as the
 * API document says fails it when the server stops, unless the server is `unwatched`, as where much is sent at once.
 */
export async function startTestServer(options: { readonly store?: Store; readonly flags?: ServeFlags; readonly unwatched?: true; readonly around?: Parts["around"]; readonly clock?: MovedClock } = {}): Promise<TestServer> {
  // What happens later happens in no test that has not asked for it.
  const config = readConfig({ host: "127.0.0.1", port: "0", sandboxDelay: "3600000", ...options.flags }, { LOG_LEVEL: process.env["LOG_LEVEL"] ?? "fatal" });
  if ("mistake" in config) throw new Error(config.mistake);
  const cleaning: (() => Promise<void>)[] = [];
  const watch = options.unwatched ? null : new Watch();
  const { around = same } = options;
  const running = await startServer({
    around: (dialect) => (watch?.around ?? same)(around(dialect)),
    store: options.store ?? (await usualStore((work) => cleaning.push(work))),
    config,
    ...(options.clock === undefined ? {} : { sources: options.clock }),
    halt(error) {
      throw error;
    },
  });
  const stop = async () => {
    await running.stop();
    for (const clean of cleaning) await clean();
    watch?.end();
  };
  return { port: running.port, stop, url: `http://127.0.0.1:${running.port}` };
}

/** The machine's time, and what a test adds to it. */
export class MovedClock implements Sources {
  readonly #machine = machineSources();
  ahead = 0;

  now(): number {
    return this.#machine.now() + this.ahead;
  }

  chance(length: number): string {
    return this.#machine.chance(length);
  }
}

function same(dialect: Dialect): Dialect {
  return dialect;
}

/** A key that no other test has. */
export function freshKey(): string {
  return `sk_test_${randomUUID().replaceAll("-", "")}`;
}

export function stripeFor(server: TestServer, key = freshKey()): Stripe {
  return new Stripe(key, { host: "127.0.0.1", port: server.port, protocol: "http", telemetry: false, maxNetworkRetries: 0 });
}

export function squareFor(server: TestServer, key = freshKey()): SquareClient {
  return new SquareClient({ token: key, baseUrl: server.url, maxRetries: 0 });
}

export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly json: unknown };

/** A request as curl would send it: form fields for Stripe, a JSON text for Square. */
export async function call(server: TestServer, key: string | null, request: { readonly method?: string; readonly path: string; readonly form?: Readonly<Record<string, string>>; readonly json?: unknown; readonly headers?: Readonly<Record<string, string>> }): Promise<Answer> {
  const { path, form, json } = request;
  const body = form === undefined ? (json === undefined ? undefined : JSON.stringify(json)) : new URLSearchParams(form).toString();
  const type = form === undefined ? "application/json" : "application/x-www-form-urlencoded";
  const response = await fetch(server.url + path, {
    method: request.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": type }),
      ...request.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text === "" ? null : JSON.parse(text) };
}
