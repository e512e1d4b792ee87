/** The composition root: the one place that knows every room. Configures, builds, starts and stops; nothing else. */
import { randomBytes } from "node:crypto";
import { CommanderError } from "commander";
import { Balances } from "./engine/balances.ts";
import { openSandbox, provisionedKeys, provisionKey } from "./engine/keys.ts";
import { Engine } from "./engine/engine.ts";
import { machineSources, makeMoments, type Sources } from "./engine/moments.ts";
import { Vault, VAULT_KEY_BYTES } from "./engine/vault.ts";
import { CannotOpen, OutcomeUnknown, StoreUnavailable, type Store } from "./engine/store.ts";
import type { Teller } from "./engine/teller.ts";
import { DAY_MS } from "./engine/views.ts";
import type { Desk, Dialect } from "./engine/wire.ts";
import { nativeDialect } from "./dialects/native/dialect.ts";
import { squareDialect } from "./dialects/square/dialect.ts";
import { stripeDialect } from "./dialects/stripe/dialect.ts";
import { explain } from "./doors/cli/explain.ts";
import { EXIT_FAILURE, greeting, program } from "./doors/cli/program.ts";
import { printCopy } from "./doors/cli/copy.ts";
import { MEMORY, nameOfPlace, type Place, type ServerConfig } from "./doors/cli/config.ts";
import { runDemo } from "./doors/cli/demo.ts";
import { printVerification } from "./doors/cli/verify.ts";
import { makeAnswering, mountsOf } from "./doors/http/answering.ts";
import { threadedDoor } from "./doors/http/threaded-door.ts";
import { secretKeyFor } from "./doors/cli/secret-key.ts";
import { Addresses } from "./doors/workers/addresses.ts";
import { disableEndpoint } from "./doors/workers/disable-endpoint.ts";
import { Sender } from "./doors/workers/sender.ts";
import { WebhookCourier } from "./doors/workers/webhook-courier.ts";
import { WebhookLoop } from "./doors/workers/webhook-loop.ts";
import { RefundClock } from "./doors/workers/refund-clock.ts";
import { makeSandbox } from "./processors/sandbox/sandbox.ts";
import { openMemoryStore } from "./stores/memory/store.ts";
import {
  openBookReadOnly as openPostgresBook, openCopySource as openPostgresSource, openCopyTarget as openPostgresTarget, openStore as openPostgres,
} from "./stores/postgres/open.ts";
import { openBookReadOnly, openCopySource, openCopyTarget, openStore } from "./stores/sqlite/open.ts";

/** The book may or may not hold what was under way: only a restart can tell. */
export const EXIT_OUTCOME_UNKNOWN = 75;
/** A promise of our own was broken. */
export const EXIT_BROKEN = 70;
const FLUSH_MS = 250;
/** Deliveries that are taken away in one step. */
const PRUNED_MAX = 200;

export type Running = { readonly port: number; readonly stop: () => Promise<void> };

export type Parts = {
  readonly store: Store;
  readonly config: ServerConfig;
  readonly halt: (error: Error) => void;
  /** Where time and chance come from, the machine unless told: tests move the time. */
  readonly sources?: Sources;
  /** Under which endpoints' secrets are sealed: one that is gone with the process unless given, and none at all where it is null. */
  readonly secretKey?: Buffer | null;
  /** What stands around each dialect: tests look at every exchange from there. */
  readonly around?: (dialect: Dialect) => Dialect;
};

/** A server on parts that are given: what `serve` runs, and what tests run with a store of their own. */
export async function startServer({ store, config, halt, sources = machineSources(), secretKey = randomBytes(VAULT_KEY_BYTES), around = (dialect) => dialect }: Parts): Promise<Running> {
  const moments = makeMoments(sources);
  const processor = makeSandbox(config.sandboxDelay);
  const requestId = () => moments().id();
  /** The time that decisions go by, which never goes back whatever the machine's clock does. */
  const now = () => moments().now;
  const engine: Engine = new Engine({ store, processor, moments, halt, due: (at, due) => clock.expect(at, due), told: () => telling.poke() });
  const clock = new RefundClock({ due: (by, limit) => store.due(by, limit), execute: (job) => engine.execute(job), now, requestId, report: (error) => console.error(`What is due cannot be asked for: ${error instanceof Error ? error.message : String(error)}. It is tried again every second.`) });
  const addresses = new Addresses({ open: config.keys === "open", allowed: config.webhookAllow });
  const sender = new Sender(addresses);
  const desk: Desk = {
    execute: (job) => engine.execute(job), read: store, outbox: store.outbox, balances: new Balances(store, now), processor, now, eventDays: config.eventDays,
    vault: secretKey === null ? null : new Vault(secretKey), mayTell: (url) => addresses.refusal(url), send: (post, patience) => sender.send(post, patience),
  };
  const spoken = [stripeDialect(desk), squareDialect(desk, { currency: config.squareCurrency, unlinked: config.squareUnlinked })];
  const tellers = tellersOf(spoken);
  const dialects = [...spoken, nativeDialect(desk, tellers)].map(around);
  const reportTelling = (error: unknown) => console.error(`Webhooks wait: ${error instanceof Error ? error.message : String(error)}. They are tried again.`);
  const busy = () => engine.isBusy;
  const courier = new WebhookCourier({
    outbox: store.outbox, read: store, tellers, send: desk.send, node: requestId(), now, chance: Math.random, fast: config.webhookRetries === "fast", busy,
    disable: (endpoint) => disableEndpoint(engine, endpoint, requestId()), report: reportTelling,
  });
  const telling = new WebhookLoop({ courier, busy, report: reportTelling, prune: async () => (await store.outbox.prune(now() - config.eventDays * DAY_MS, PRUNED_MAX)) === PRUNED_MAX });
  const answer = makeAnswering({
    dialects,
    keys: config.keys === "open" ? openSandbox() : provisionedKeys(store),
    ping: () => store.ping(),
    dangers: () => store.dangers(),
    requestId,
  });
  const door = threadedDoor({ mounts: mountsOf(dialects), answer, logLevel: config.logLevel, lost: (error) => halt(new DoorLost(error)) });
  const { port } = await door.listen(config.port, config.host);
  clock.start();
  if (config.webhooks) telling.start();
  return {
    port,
    async stop() {
      const cutOff = await door.drain();
      await clock.stop();
      await telling.stop();
      await sender.close();
      await store.close();
      if (cutOff > 0) throw new Error(`${cutOff} requests were under way for too long and were cut off. The same idempotency keys tell what became of them.`);
    },
  };
}

function tellersOf(dialects: readonly Dialect[]): ReadonlyMap<string, Teller> {
  return new Map(dialects.flatMap(({ name, teller }) => (teller === undefined ? [] : [[name, teller]])));
}

/** What was decided stands in the book, but nobody can ask or be answered any more. */
class DoorLost extends Error {
  constructor(cause: Error) {
    super(`the HTTP door ended by a fault. ${cause.stack ?? cause.message}`, { cause });
  }
}

let halting = false;

/** Going on could harm the book. After an unknown outcome nobody is answered: the same key, sent again, will tell. */
export function halt(error: Error): void {
  if (error instanceof OutcomeUnknown) {
    console.error(`Refundry stops: ${error.message}`);
    console.error("The last commit may or may not be on the disk. Start again: what was committed is there, and the same idempotency key tells each caller.");
    process.exit(EXIT_OUTCOME_UNKNOWN);
  }
  if (halting) return;
  halting = true;
  console.error(`Refundry stops: ${error.message}`);
  console.error(
    error instanceof DoorLost
      ? "What was under way may be done: the same idempotency keys tell. Please report it, with these lines."
      : "Nothing of this request was saved. Please report it, with the lines of the log before this one.",
  );
  setTimeout(() => process.exit(EXIT_BROKEN), FLUSH_MS);
}

async function serve(config: ServerConfig): Promise<void> {
  await serveOn(await openFor(config), config);
}

async function openFor({ data, database, listsFrom }: ServerConfig): Promise<Store> {
  if (database !== null) return openPostgres(database, { listsFrom });
  return data === MEMORY ? openMemoryStore() : openStore(data, { onLost: halt });
}

/** Serves until a signal, on a store that is given: its own for `serve`, one with a planted fault for tests. */
export async function serveOn(store: Store, config: ServerConfig): Promise<void> {
  const running = await startServer({ store, config, halt, secretKey: secretKeyFor(config) }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(EXIT_FAILURE);
    stopping = true;
    void running.stop().then(
      // A halt that is on its way has the last word.
      () => halting || process.exit(0),
      (error: unknown) => {
        console.error(`Refundry did not stop in order: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(EXIT_FAILURE);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  console.log(greeting(config, running.port));
  // A book that went away in this moment tells its dangers in /readyz when it is back.
  const dangers = await store.dangers().catch(() => []);
  for (const danger of dangers) console.error(`Danger: ${danger}`);
}

async function createKey({ data, database, mode, json }: Place & { readonly mode: "test" | "live"; readonly json: boolean }): Promise<number> {
  const store = database === null ? openForKey(data) : await openPostgres(database);
  const made = await provisionKey(store, mode, Date.now());
  await store.close();
  console.log(json ? JSON.stringify(made) : `${made.key}\n\nKeep it: it is not shown again, and the book holds only its SHA-256. Its merchant is ${made.merchant}.`);
  return 0;
}

function openForKey(data: string): Store {
  try {
    return openStore(data);
  } catch (error) {
    if (!(error instanceof CannotOpen) || !error.message.startsWith("Another Refundry is running")) throw error;
    throw new CannotOpen(`No key was made: a server is running on the book in ${data}, and a book has one writer. Stop the server, make the key, and start it again.`);
  }
}

async function copy({ from, to, json }: { readonly from: Place; readonly to: Place; readonly json: boolean }): Promise<number> {
  const source = from.database === null ? openCopySource(from.data) : await openPostgresSource(from.database);
  try {
    const target = to.database === null ? openCopyTarget(to.data) : await openPostgresTarget(to.database);
    try {
      return await printCopy(source, target, { from: nameOfPlace(from), to: nameOfPlace(to), json });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

export async function main(argv: readonly string[]): Promise<void> {
  const actions = {
    serve,
    copy,
    createKey,
    verify: async ({ json, ...place }: Place & { readonly json: boolean }) => {
      const book = place.database === null ? openBookReadOnly(place.data) : await openPostgresBook(place.database);
      return printVerification(book, { data: nameOfPlace(place), json });
    },
    demo: () => runDemo({ startServer, openStore, openBook: openBookReadOnly }),
  };
  try {
    await program(actions, process.env).parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const words = error instanceof CannotOpen || error instanceof StoreUnavailable || error instanceof OutcomeUnknown ? error.message : explain(error);
    if (words === null) throw error;
    console.error(words);
    process.exitCode = error instanceof OutcomeUnknown ? EXIT_OUTCOME_UNKNOWN : EXIT_FAILURE;
  }
}
