/** Receives what is told, as fast as it comes, and keeps what a campaign counts: which event was answered with success how often, and when first. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** `fails`: whether this try of this event is answered with 500. */
export type ReceiverOptions = { readonly fails?: (id: string, nth: number) => boolean; readonly mutePath?: string };

const ID = /"id":\s*"(evt_[0-9A-Za-z]+)"/;

export class WebhookReceiver {
  readonly #server: Server;
  readonly #seen = new Map<string, number>();
  readonly #done = new Map<string, number>();
  /** When each was first answered with success, by the clock of `performance`. */
  readonly doneAt = new Map<string, number>();

  constructor({ fails = () => false, mutePath = "" }: ReceiverOptions = {}) {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (part: string) => (body += part));
      request.on("end", () => {
        if (request.url === mutePath) return;
        const id = ID.exec(body)?.[1] ?? "";
        const nth = this.#seen.get(id) ?? 0;
        this.#seen.set(id, nth + 1);
        if (fails(id, nth)) return void response.writeHead(500).end();
        this.#done.set(id, (this.#done.get(id) ?? 0) + 1);
        if (!this.doneAt.has(id)) this.doneAt.set(id, performance.now());
        response.writeHead(200).end();
      });
    });
    this.#server.keepAliveTimeout = 30_000;
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Events that were answered with success. */
  get delivered(): number {
    return this.#done.size;
  }

  /** How often an event came again that had been answered with success before. */
  get duplicates(): number {
    let count = 0;
    for (const times of this.#done.values()) count += times - 1;
    return count;
  }

  /** All that came, each time it did. */
  get requests(): number {
    let count = 0;
    for (const times of this.#seen.values()) count += times;
    return count;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
