/** Puts requests on the wire as they are, headers twice and all, and tells what came back: an answer, or that none came. */
import { Agent, request as open } from "node:http";
import { connect } from "node:net";

export type Outcome = { readonly status: number; readonly text: string } | { readonly none: string };

export type Raw = { readonly method: string; readonly path: string; readonly headers: readonly (readonly [string, string])[]; readonly body: Buffer };

const HANG_MS = 5_000;

export class Sender {
  readonly #agent: Agent;
  readonly #port: number;

  constructor(port: number, connections: number) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  send({ method, path, headers, body }: Raw): Promise<Outcome> {
    return new Promise((resolve) => {
      const length: readonly [string, string][] = body.length > 0 || method === "POST" ? [["content-length", String(body.length)]] : [];
      const request = open(
        { host: "127.0.0.1", port: this.#port, agent: this.#agent, method, path, headers: [["host", "127.0.0.1"], ...headers, ...length].flat(), timeout: HANG_MS },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => (text += part));
          answer.on("error", (error) => resolve({ none: error.message }));
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      request.on("timeout", () => {
        resolve({ none: `hung for ${HANG_MS} ms` });
        request.destroy();
      });
      request.on("error", (error) => resolve({ none: error.message }));
      request.end(body);
    });
  }

  /** Bytes that no HTTP client would send. An answer's first line is read; a closed connection is an answer too. */
  sendBytes(bytes: Buffer): Promise<Outcome> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, "127.0.0.1");
      let said = "";
      socket.setTimeout(HANG_MS, () => {
        resolve({ none: `hung for ${HANG_MS} ms` });
        socket.destroy();
      });
      socket.setEncoding("latin1");
      socket.on("data", (part: string) => (said += part));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(said)?.[1] ?? 400), text: said }));
      socket.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const HEAD = "Host: x\r\nAuthorization: Bearer sk_test_x\r\n";

/** Requests that break HTTP itself. */
export const BROKEN_HTTP: readonly string[] = [
  "\r\n\r\n\r\n",
  "GARBAGE\r\n\r\n",
  "GET /v1/charges HTTP/9.9\r\n\r\n",
  `GET /v1/charges HTTP/1.1\r\n${HEAD}Bad Header: 1\r\n\r\n`,
  `GET /v1/charges HTTP/1.1\r\n${HEAD}X: a\u0000b\r\n\r\n`,
  `GET /v1/charges HTTP/1.1\r\n${HEAD} folded: 1\r\n\r\n`,
  `GET /v1/char ges HTTP/1.1\r\n${HEAD}\r\n`,
  `GET /v1/charges HTTP/1.1\r\n${HEAD}X: ${"a".repeat(20_000)}\r\n\r\n`,
  `GET /v1/${"a".repeat(20_000)} HTTP/1.1\r\n${HEAD}\r\n`,
  `POST /v1/charges HTTP/1.1\r\n${HEAD}Content-Length: -1\r\n\r\namount=1`,
  `POST /v1/charges HTTP/1.1\r\n${HEAD}Content-Length: 8\r\nContent-Length: 9\r\n\r\namount=1`,
  `POST /v1/charges HTTP/1.1\r\n${HEAD}Content-Length: 8\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST /v1/charges HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\namount=1\r\n0\r\n\r\n`,
  `POST /v1/charges HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  `POST /v1/charges HTTP/1.1\r\n${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  `POST /v1/charges HTTP/1.1\r\n${HEAD}Content-Length: 100\r\n\r\namount=1`,
  `POST /v2/refunds HTTP/1.1\r\n${HEAD}Content-Length: 0x10\r\n\r\n{}`,
  "POST /v2/refunds HTTP/1.1\r\nAuthorization: Bearer sk_test_x\r\n\r\n",
  `CONNECT /v2/refunds HTTP/1.1\r\n${HEAD}\r\n`,
  `GET http://[::1/v1/charges HTTP/1.1\r\n${HEAD}\r\n`,
];
