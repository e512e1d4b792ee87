/** Two servers on one store, so that their batches interleave; whoever asks takes the next door. */
import type { ServeFlags } from "../../src/doors/cli/config.ts";
import type { Store } from "../../src/engine/store.ts";
import { freshKey, startTestServer } from "../test-server.ts";
import { Client } from "./client.ts";

export async function withServers<T>(store: Store, { inFlight, flags = {} }: { readonly inFlight: number; readonly flags?: ServeFlags }, act: (clients: readonly Client[]) => Promise<T>): Promise<T> {
  const key = freshKey();
  const servers = [await startTestServer({ store: shared(store), unwatched: true, flags }), await startTestServer({ store, unwatched: true, flags })];
  const clients = servers.map(({ port }) => new Client(port, key, inFlight));
  try {
    return await act(clients);
  } finally {
    for (const client of clients) client.close();
    for (const server of servers) await server.stop();
  }
}

/** The store is closed once, by the last server that stops. */
function shared(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === "close") return () => Promise.resolve();
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
