/** A way to PostgreSQL that can fail at the worst moment: around a COMMIT. It knows of the protocol only what that takes. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * What happens to the next packet that holds a COMMIT, and to all that come after it until it is told otherwise:
 * - `pass`: nothing;
 * - `drop before`: the way breaks before the server has it;
 * - `drop after`: the server is done with it, and the way breaks before the answer;
 * - `hang`: the server is done with it, and the answer never comes, with nothing broken that could be seen;
 * - `pooler's word`: the server is done with it, and somebody in between says that the connection was lost, as poolers do;
 * - `late`: the way breaks, and the server gets it some time later all the same;
 * - `in German`: the server warns in another language.
 */
export type Manner = "pass" | "drop before" | "drop after" | "hang" | "pooler's word" | "late" | "in German";

export type Proxy = {
  readonly url: string;
  manner: Manner;
  /** Only so many commits are met; then it passes again. */
  left: number;
  /** Commits that were met. */
  readonly met: () => number;
  /** Breaks every connection. */
  readonly breakAll: () => void;
};

const LATE_MS = 400;
/** As a simple query; and what the server says when it is done. */
const COMMIT_ASKED = Buffer.from("commit\0");
const COMMIT_DONE = Buffer.from("COMMIT\0");
/** How serious a notice is, which comes first in it and is said in the server's language. */
const SEVERITY = "SWARNING\0";
const GERMAN = "SWARNUNG\0";

type Context = { after(work: () => Promise<void>): void };

export async function proxyTo(context: Context, url: string, listenOn = "127.0.0.1"): Promise<Proxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let met = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    let manner: Manner = "pass";
    client.on("close", () => (manner === "late" ? undefined : upstream.destroy()));
    upstream.on("close", () => (manner === "hang" ? undefined : client.destroy()));
    client.on("data", (bytes) => {
      if (proxy.manner !== "pass" && proxy.left > 0 && bytes.includes(COMMIT_ASKED)) {
        manner = proxy.manner;
        met += 1;
        proxy.left -= 1;
      }
      if (manner === "drop before") client.destroy();
      else if (manner === "late") {
        client.destroy();
        setTimeout(() => upstream.destroyed || upstream.end(bytes), LATE_MS);
      } else upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (manner === "pass") client.write(bytes);
      else if (manner === "in German") client.write(Buffer.from(bytes.toString("latin1").replaceAll(SEVERITY, GERMAN), "latin1"));
      else if (!bytes.includes(COMMIT_DONE)) return;
      else if (manner === "drop after") client.destroy();
      else if (manner === "pooler's word") client.end(fatal("08P01", "server conn crashed?"));
    });
  });
  server.listen(0, listenOn);
  await once(server, "listening");
  context.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const own = new URL(url);
  [own.hostname, own.port] = [listenOn, String(address.port)];
  const proxy: Proxy = {
    url: own.href,
    manner: "pass",
    left: Number.POSITIVE_INFINITY,
    met: () => met,
    breakAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}

/** An ErrorResponse as the protocol has it. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}
