/**
 * Who is connected, and who waits for an answer: so that a drain ends, whatever the clients do. Once a server closes, Node
 * no longer times out requests that are half sent, and one of them would hold the process for ever.
 */
import { lookup } from "node:dns/promises";
import { createServer as createListener, type Server as Listener, type Socket } from "node:net";
import type { IncomingMessage, Server } from "node:http";

/** How long a drain waits for the rest of requests that are half sent, and for connections that have not said anything. */
export const HALF_SENT_MS_MAX = 2_000;
/** How long a drain waits for the answers that are owed. */
export const ANSWER_MS_MAX = 10_000;

export class Connections {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Requests that are here whole and not yet answered. */
  readonly #owed = new Set<IncomingMessage>();
  #others: readonly Listener[] = [];
  #draining = false;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  begin(request: IncomingMessage): void {
    this.#owed.add(request);
  }

  end(request: IncomingMessage): void {
    this.#owed.delete(request);
    // The client could keep the connection, and the process, until it is tired of it.
    if (this.#draining && ![...this.#owed].some(({ socket }) => socket === request.socket)) request.socket.destroySoon();
  }

  /** The same server on another address, and the same limits: `localhost` is one name of two addresses. An address that this machine lacks is left out. */
  async listenToo(port: number, host: string): Promise<void> {
    const listener = createListener((socket) => this.#server.emit("connection", socket));
    const listens = await new Promise<boolean>((resolve) => {
      listener.once("error", () => resolve(false));
      listener.listen(port, host, () => resolve(true));
    });
    if (listens) this.#others = [...this.#others, listener];
  }

  /** Resolves when `close` has closed the server and nobody is connected; to the number of requests that waited longer than is waited for. */
  async drain(close: () => Promise<void>): Promise<number> {
    this.#draining = true;
    let cutOff = 0;
    const others = this.#others.map((listener) => new Promise<void>((resolve) => listener.close(() => resolve())));
    const closed = close();
    const grace = setTimeout(() => this.#closeSilent(), HALF_SENT_MS_MAX);
    const deadline = setTimeout(() => {
      cutOff = this.#owed.size;
      for (const socket of this.#sockets) socket.destroy();
    }, ANSWER_MS_MAX);
    await Promise.all([closed, ...others]);
    clearTimeout(grace);
    clearTimeout(deadline);
    return cutOff;
  }

  #closeSilent(): void {
    const waiting = new Set([...this.#owed].map(({ socket }) => socket));
    // What was written already still goes out.
    for (const socket of this.#sockets) if (!waiting.has(socket)) socket.destroySoon();
  }
}

/** What a name stands for on this machine. Only `localhost` is listened to in full: it must answer whichever address a client takes. */
export async function addressesOf(host: string): Promise<readonly [string, ...string[]]> {
  if (host !== "localhost") return [host];
  const [first, ...others] = (await lookup(host, { all: true })).map(({ address }) => address);
  return first === undefined ? [host] : [first, ...new Set(others.filter((address) => address !== first))];
}
