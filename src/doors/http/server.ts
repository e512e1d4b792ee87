/**
 * The HTTP door: reads bytes within limits, checks the key, hands the request to the dialect whose prefix it has, and
 * puts the dialect's bytes on the wire. It knows no vendor and no rule about money.
 */
import { isUtf8 } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { apiDocument } from "../../engine/api-document.ts";
import { StoreUnavailable } from "../../engine/store.ts";
import type { KeyRing } from "../../engine/keys.ts";
import type { Dialect, Endpoint, Trouble, WireReply } from "../../engine/wire.ts";
import { keyFrom } from "./authorization.ts";
import { addressesOf, Connections } from "./connections.ts";

export const BODY_BYTES_MAX = 256 * 1_024;
const PATH_PARAMETER_MAX = 500;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
/** In characters: above it, to encode a text by itself costs less than to measure it first. */
const LONG_TEXT = 16_384;
/** Whoever probes waits no longer, and neither do we. */
const PROBE_MS = 2_000;

/** Two of these, or of a dialect's version header, could be read differently by a proxy before us and by us. */
const SINGLE_HEADERS: readonly string[] = ["authorization", "content-type", "host", "idempotency-key"];

/** A body whose bytes are no UTF-8. */
class NotText extends Error {
  readonly statusCode = 400;
  override readonly message = "the body is not valid UTF-8";
}

export type HttpDoorParts = {
  readonly dialects: readonly Dialect[];
  readonly keys: KeyRing;
  /** Resolves when the book can be read and written. */
  readonly ping: () => Promise<void>;
  /** What could lose acknowledged money though everything works, in words. */
  readonly dangers: () => Promise<readonly string[]>;
  readonly requestId: () => string;
  readonly logLevel: string;
};

export type HttpDoor = {
  listen(port: number, host: string): Promise<{ readonly port: number }>;
  /**
   * Takes no new work, lets what is under way finish, and resolves when the last connection is closed: to the number of
   * requests that were cut off because their answer took too long.
   */
  drain(): Promise<number>;
};

export function httpDoor(parts: HttpDoorParts): HttpDoor {
  let draining = false;
  const app = Fastify({
    // Fastify's own words for it are no dialect's.
    return503OnClosing: false,
    logger: { level: parts.logLevel, redact: ["req.headers.authorization"] },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    genReqId: parts.requestId,
    // A logger of its own for each request would cost every one of them; only faults are logged, and they name their request.
    childLoggerFactory: (logger) => logger,
    routerOptions: { maxParamLength: PATH_PARAMETER_MAX },
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, request, reply) => {
      answerTrouble(dialectOf(parts.dialects, request.url), troubleOf(error), request, reply);
    },
  });
  app.server.headersTimeout = HEADERS_TIMEOUT_MS;
  const connections = new Connections(app.server);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
    // Decoding would put replacement characters where bytes are broken, and keep what nobody sent.
    if (isUtf8(bytes)) done(null, bytes.toString("utf8"));
    else done(new NotText());
  });

  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    if (draining) return reply.code(503).send({ status: "draining" });
    try {
      return await inTime(async () => {
        await parts.ping();
        return { status: "ready", dangers: await parts.dangers() };
      });
    } catch (error) {
      return reply.code(503).send({ status: "unavailable", reason: error instanceof Error ? error.message : "unknown" });
    }
  });
  const room: Room = { keys: parts.keys, connections, draining: () => draining };
  for (const dialect of parts.dialects) {
    mount(app, dialect, room);
    publish(app, dialect);
  }
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "There is nothing at this address. The APIs are below /v1 and /v2." }));

  return {
    async listen(port, host) {
      const [first, ...others] = await addressesOf(host);
      await app.listen({ port, host: first });
      const address = app.server.address();
      const taken = typeof address === "object" && address !== null ? address.port : port;
      for (const other of others) await connections.listenToo(taken, other);
      return { port: taken };
    },
    drain() {
      draining = true;
      return connections.drain(() => app.close());
    },
  };
}

/** What every request of a dialect meets. */
type Room = { readonly keys: KeyRing; readonly connections: Connections; readonly draining: () => boolean };

function mount(app: FastifyInstance, dialect: Dialect, { keys, connections, draining }: Room): void {
  app.register(
    (room, _options, done) => {
      // A request that was begun before the drain is let through; one that comes during it is told to go elsewhere.
      room.addHook("onRequest", (request, reply, next) => {
        if (draining()) answerTrouble(dialect, { kind: "unavailable" }, request, reply);
        else next();
      });
      for (const endpoint of dialect.endpoints) {
        const { method, path } = endpoint.declaration;
        room.route({
          method,
          url: path.slice(dialect.prefix.length),
          // Nothing is returned: a promise would make every request wait for its answer to have left, which nobody asks for.
          handler(request, reply) {
            connections.begin(request.raw);
            if (draining()) reply.header("connection", "close");
            void serve(dialect, endpoint, keys, request, reply).finally(() => connections.end(request.raw));
          },
        });
      }
      room.setErrorHandler((error, request, reply) => answerTrouble(dialect, troubleOf(error), request, reply, error));
      room.setNotFoundHandler(async (request, reply) => {
        const { method, url } = request;
        const opened = await openDoor(dialect, keys, request);
        const trouble: Trouble = "trouble" in opened ? opened.trouble : { kind: "unknown_url", method, path: pathOf(url) };
        return answerTrouble(dialect, trouble, request, reply);
      });
      done();
    },
    { prefix: dialect.prefix },
  );
}

/** The dialect's API document, for anybody: it says nothing that the sources do not say. Made for the first who asks. */
function publish(app: FastifyInstance, { name, api, endpoints }: Dialect): void {
  let document: string | null = null;
  app.get(`/openapi/${name}.json`, (_request, reply) => {
    document ??= JSON.stringify(apiDocument(api, endpoints.map(({ declaration }) => declaration)));
    return reply.type("application/json").send(document);
  });
}

/** Never rejects: whatever goes wrong is answered. */
async function serve(dialect: Dialect, endpoint: Endpoint, keys: KeyRing, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { url, headers } = request;
  const question = url.indexOf("?");
  try {
    const opened = await openDoor(dialect, keys, request);
    if ("trouble" in opened) {
      answerTrouble(dialect, opened.trouble, request, reply);
      return;
    }
    const answer = await endpoint.handle({
      merchant: opened.merchant,
      requestId: request.id,
      path: pathOf(url),
      pathParameters: textMembers(request.params),
      query: question < 0 ? "" : url.slice(question + 1),
      body: typeof request.body === "string" ? request.body : "",
      contentType: headers["content-type"] ?? null,
      header: (name) => single(headers[name]),
    });
    put(answer, reply);
  } catch (error) {
    answerTrouble(dialect, troubleOf(error), request, reply, error);
  }
}

/** The merchant whose key came along, or what is wrong with the headers. */
async function openDoor(dialect: Dialect, keys: KeyRing, request: FastifyRequest) {
  const twice = duplicateHeader(request.raw.rawHeaders, dialect.versionHeader);
  if (twice !== null) return { trouble: { kind: "unreadable", what: `the header ${twice} was sent twice` } satisfies Trouble };
  const key = keyFrom(request.headers.authorization);
  if (key === null) return { trouble: { kind: "no_key" } satisfies Trouble };
  const merchant = await keys.merchantOf(key);
  return merchant === null ? { trouble: { kind: "bad_key", key } satisfies Trouble } : { merchant };
}

/** What `work` finds, or an error when that takes too long: a book that hangs is not ready. */
async function inTime<T>(work: () => Promise<T>): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new StoreUnavailable(`the book did not answer within ${PROBE_MS} ms`)), PROBE_MS);
  });
  try {
    return await Promise.race([work(), timeout]);
  } finally {
    clearTimeout(late);
  }
}

function duplicateHeader(rawHeaders: readonly string[], versionHeader: string): string | null {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? "";
    if (name !== versionHeader && !SINGLE_HEADERS.includes(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof StoreUnavailable) return { kind: "unavailable" };
  const statusCode = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  const message = error instanceof Error ? error.message : "";
  if (statusCode === 413) return { kind: "too_large", bytesMax: BODY_BYTES_MAX };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return { kind: "unreadable", what: message };
  return { kind: "fault" };
}

/** What is no HTTP has no path, and so no dialect. The client is told that the connection ends, or it would use it again. */
function answerBrokenHttp(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) return;
  const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const body = JSON.stringify({ error: "The request could not be read." });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, "connection: close", "content-type: application/json", `content-length: ${body.length}`];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function answerTrouble(dialect: Dialect | null, trouble: Trouble, request: FastifyRequest, reply: FastifyReply, error?: unknown): FastifyReply {
  if (trouble.kind === "fault") request.log.error({ err: error, reqId: request.id, method: request.method, path: pathOf(request.url) }, "a request met a fault of ours");
  if (dialect === null) return reply.code(400).send({ error: "The request could not be read." });
  const version = single(request.headers[dialect.versionHeader]);
  return put(dialect.trouble(trouble, { requestId: request.id, version }), reply);
}

function put(answer: WireReply, reply: FastifyReply): FastifyReply {
  // A long text would be read twice, for its length in bytes and for the bytes; a short one leaves in one piece with its head.
  const { status, headers, body } = answer;
  return reply.code(status).headers(headers).send(body.length > LONG_TEXT ? Buffer.from(body) : body);
}

function dialectOf(dialects: readonly Dialect[], url: string): Dialect | null {
  return dialects.find(({ prefix }) => url.startsWith(`${prefix}/`)) ?? null;
}

function pathOf(url: string): string {
  const question = url.indexOf("?");
  return question < 0 ? url : url.slice(0, question);
}

function single(value: string | string[] | undefined): string | null {
  return typeof value === "string" ? value : (value?.[0] ?? null);
}

function textMembers(params: unknown): Record<string, string> {
  if (typeof params !== "object" || params === null) return {};
  return Object.fromEntries(Object.entries(params).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}
