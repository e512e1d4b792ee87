/**
 * Stands between servers and PostgreSQL, and loses answers to COMMIT: the connection ends when the database has got the word, and
 * before the server hears what became of it. It also counts what only a server asks that looks up such an outcome.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { Frames, nameBound, parsed, textOf, type Frame } from "./postgres-frames.ts";

/** What happened to a COMMIT: done and not told; got, and maybe done; never got. */
export type Fate = "done" | "got" | "lost";
const FATES: readonly Fate[] = ["done", "got", "lost"];

export type CommitProxy = {
  readonly port: number;
  /** From now on so great a share of the commits loses its answer. Zero ends it. */
  readonly lose: (share: number) => void;
  readonly count: Readonly<Record<Fate | "lookups", number>>;
  readonly close: () => Promise<void>;
};

type Shared = { share: number; readonly random: () => number; readonly count: Record<Fate | "lookups", number> };

export async function startCommitProxy(upstream: { readonly port: number }, random: () => number): Promise<CommitProxy> {
  const shared: Shared = { share: 0, random, count: { done: 0, got: 0, lost: 0, lookups: 0 } };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const database = connect(upstream.port, "127.0.0.1");
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    carry(client, database, shared);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port is free");
  return {
    port: address.port,
    count: shared.count,
    lose(share) {
      shared.share = share;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function carry(client: Socket, database: Socket, shared: Shared): void {
  const { count } = shared;
  const lookups = new Set<string>();
  let swallowing = false;
  const end = () => {
    client.destroy();
    database.destroy();
  };
  const asks = new Frames({ begins: "untyped" });
  client.on("data", (chunk) => {
    const frames = asks.take(chunk);
    for (const frame of frames) count.lookups += lookupsIn(frame, lookups);
    const fate = frames.some(isCommit) && shared.random() < shared.share ? FATES[Math.floor(shared.random() * FATES.length)] : undefined;
    if (fate === undefined) {
      database.write(chunk);
      return;
    }
    if (fate === "done") swallowing = true;
    else count[fate] += 1;
    if (fate === "lost") end();
    else database.write(chunk);
    if (fate !== "got") return;
    client.destroy();
    // The end comes behind the words, which are read first.
    database.end();
  });
  const answers = new Frames({ begins: "typed" });
  database.on("data", (chunk) => {
    const frames = answers.take(chunk);
    if (!swallowing) client.write(chunk);
    else if (frames.some((frame) => frame.type === "C" && textOf(frame) === "COMMIT")) {
      count.done += 1;
      end();
    } else if (frames.some(({ type }) => type === "E")) end();
  });
  for (const socket of [client, database]) socket.on("error", end);
  client.on("close", () => database.end());
  database.on("close", end);
}

function isCommit(frame: Frame): boolean {
  return frame.type === "Q" && textOf(frame) === "commit";
}

/** A statement is prepared once for each connection, and bound each time. */
function lookupsIn(frame: Frame, lookups: Set<string>): number {
  if (frame.type === "P") {
    const { name, text } = parsed(frame);
    if (text.includes("pg_xact_status")) lookups.add(name);
  }
  return frame.type === "B" && lookups.has(nameBound(frame)) ? 1 : 0;
}
