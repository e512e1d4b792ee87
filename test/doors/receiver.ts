/** Whoever is told events: keeps what came, and answers as it is told to. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { TestContext } from "node:test";

export type Received = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string; readonly at: number };

/** A status, or `never` to leave whoever asks waiting. `nth` counts what came to that path before. */
export type Answering = (received: Received, nth: number) => number | "never";

export class Receiver {
  readonly received: Received[] = [];
  readonly #server: Server;
  readonly #counts = new Map<string, number>();
  answering: Answering = () => 200;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const received = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString("utf8"), at: performance.now() };
        const nth = this.#counts.get(received.path) ?? 0;
        this.#counts.set(received.path, nth + 1);
        this.received.push(received);
        const status = this.answering(received, nth);
        if (status !== "never") response.writeHead(status, { "content-type": "text/plain", ...(status >= 300 && status < 400 ? { location: "/elsewhere" } : {}) }).end(`answered ${status}`);
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  url(path: string): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}${path}`;
  }

  at(path: string): readonly Received[] {
    return this.received.filter((one) => one.path === path);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

export async function openReceiver(t: Pick<TestContext, "after">): Promise<Receiver> {
  const receiver = await new Receiver().listen();
  t.after(() => receiver.close());
  return receiver;
}
