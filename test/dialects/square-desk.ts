/** The Square room without a door: its endpoints over an engine whose clock the test holds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { squareDialect } from "../../src/dialects/square/dialect.ts";
import { present } from "../../src/base/assert.ts";
import { nameFrom } from "../../src/base/hash.ts";
import { currency } from "../../src/domain/currency.ts";
import { isMerchantId, type MerchantId } from "../../src/domain/merchant.ts";
import { Balances } from "../../src/engine/balances.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Job } from "../../src/engine/job.ts";
import { makeMoments, machineSources } from "../../src/engine/moments.ts";
import type { Store } from "../../src/engine/store.ts";
import type { Vault } from "../../src/engine/vault.ts";
import type { Desk, Dialect, WireReply } from "../../src/engine/wire.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { openStore } from "../../src/stores/sqlite/open.ts";
import { Watch } from "../watch/watch.ts";

export type Room = {
  readonly merchant: MerchantId;
  readonly store: Store;
  readonly vault: Vault | null;
  readonly dialect: Dialect;
  readonly call: (method: string, path: string, more?: { readonly json?: unknown; readonly query?: string }) => Promise<{ readonly reply: WireReply; readonly json: unknown }>;
  readonly wait: (milliseconds: number) => void;
  /** The clock stands still at that time; null lets it run again. */
  readonly stopAt: (at: number | null) => void;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly code?: string;
  readonly unlinked?: boolean;
  readonly store?: Store;
  /** Without one no subscription can be made. */
  readonly vault?: Vault | null;
  readonly send?: Desk["send"];
};

const unsent: Desk["send"] = () => Promise.reject(new Error("nothing is sent"));

/** One address stands for all that may not be told anything. */
const refusal: Desk["mayTell"] = (url) => (url === "https://inward.test" ? "its address is not a public one" : null);

export function openRoom({ code = "USD", unlinked = false, store: given, vault = null, send = unsent }: Options = {}): Room {
  const folder = mkdtempSync(join(tmpdir(), "refundry-square-"));
  const store = given ?? openStore(folder);
  const processor = makeSandbox();
  const machine = machineSources();
  let ahead = 0;
  let still: number | null = null;
  const now = () => still ?? machine.now() + ahead;
  const moments = makeMoments({ now, chance: (length) => machine.chance(length) });
  const engine = new Engine({
    store,
    processor,
    moments,
    halt(error) {
      throw error;
    },
  });
  const own = present(currency(code), "a currency");
  const watch = new Watch();
  const desk = { execute: (job: Job) => engine.execute(job), read: store, balances: new Balances(store, now), processor, now, outbox: store.outbox, vault, mayTell: refusal, send, eventDays: 30 };
  const dialect = watch.around(squareDialect(desk, { currency: own, unlinked }));
  const name = `test_${nameFrom(folder, 22)}`;
  const merchant = present(isMerchantId(name) ? name : null, "a merchant");
  return {
    merchant,
    store,
    vault,
    dialect,
    async call(method, path, more = {}) {
      const { endpoint, pathParameters } = present(find(dialect, method, path), `an endpoint at ${method} ${path}`);
      const reply = await endpoint.handle({
        merchant,
        requestId: moments().id(),
        path,
        pathParameters,
        query: more.query ?? "",
        body: more.json === undefined ? "" : JSON.stringify(more.json),
        contentType: more.json === undefined ? null : "application/json",
        header: () => null,
      });
      const json: unknown = JSON.parse(reply.body);
      return { reply, json };
    },
    wait(milliseconds) {
      ahead += milliseconds;
    },
    stopAt(at) {
      if (at === null) ahead = Math.max(ahead, (still ?? 0) - machine.now());
      still = at;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
      watch.end();
    },
  };
}

function find(dialect: Dialect, method: string, path: string) {
  for (const endpoint of dialect.endpoints) {
    const { declaration } = endpoint;
    const pattern = new RegExp(`^${declaration.path.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
    const match = declaration.method === method ? pattern.exec(path) : null;
    if (match !== null) return { endpoint, pathParameters: { ...match.groups } };
  }
  return null;
}
