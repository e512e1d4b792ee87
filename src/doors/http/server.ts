/**
 * The HTTP door: reads bytes within limits, asks the house on behalf of whoever sent them, and puts what it is told on the
 * wire. It knows no vendor and no rule about money, and nothing of the house but where each dialect is.
 */
import { isUtf8 } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Trouble } from "../../engine/wire.ts";
import { keyFrom } from "./authorization.ts";
import { addressesOf, Connections } from "./connections.ts";
import type { Ask, Mount, Question, Told } from "./question.ts";

export const BODY_BYTES_MAX = 256 * 1_024;
const PATH_PARAMETER_MAX = 500;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;
/** In characters: above it, to encode a text by itself costs less than to measure it first. */
const LONG_TEXT = 16_384;

const FAULT = "a request met a fault of ours";

/** Two of these, or of a dialect's version header, could be read differently by a proxy before us and by us. */
const SINGLE_HEADERS: readonly string[] = ["authorization", "content-type", "host", "idempotency-key"];

/** A body whose bytes are no UTF-8. */
class NotText extends Error {
  readonly statusCode = 400;
  override readonly message = "the body is not valid UTF-8";
}

export type HttpDoorParts = {
  readonly mounts: readonly Mount[];
  readonly ask: Ask;
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

export function httpDoor({ mounts, ask, logLevel }: HttpDoorParts): HttpDoor {
  let draining = false;
  const app = Fastify({
    // Fastify's own words for it are no dialect's.
    return503OnClosing: false,
    logger: { level: logLevel, redact: ["req.headers.authorization"] },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    // A logger of its own for each request would cost every one of them; only faults are logged, and they name their request.
    childLoggerFactory: (logger) => logger,
    routerOptions: { maxParamLength: PATH_PARAMETER_MAX },
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, request, reply) => {
      const dialect = mounts.findIndex(({ prefix }) => request.url.startsWith(`${prefix}/`));
      const mount = mounts[dialect];
      if (mount === undefined) refuse(reply);
      else void answerTrouble({ ask, dialect, versionHeader: mount.versionHeader }, troubleOf(error), request, reply);
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
  app.get("/readyz", async (_request, reply) => (draining ? reply.code(503).send({ status: "draining" }) : put(await ask({ kind: "ready" }), reply)));
  for (const [dialect, mount] of mounts.entries()) {
    mountDialect(app, mount, { ask, dialect, versionHeader: mount.versionHeader, connections, draining: () => draining });
    app.get(`/openapi/${mount.name}.json`, async (_request, reply) => put(await ask({ kind: "document", dialect }), reply));
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

/** Whom to ask about a dialect. */
type Room = { readonly ask: Ask; readonly dialect: number; readonly versionHeader: string };

function mountDialect(app: FastifyInstance, { prefix, routes, headers }: Mount, room: Room & { readonly connections: Connections; readonly draining: () => boolean }): void {
  const { ask, dialect, versionHeader, connections, draining } = room;
  const questionFor = (route: number, request: FastifyRequest, apiKey: string | null): Question => {
    const { url, headers: sent, body, params } = request;
    const question = url.indexOf("?");
    return [
      dialect, route, apiKey, pathOf(url), question < 0 ? "" : url.slice(question + 1), typeof body === "string" ? body : "", sent["content-type"] ?? null,
      textMembers(params), headers.map((name) => single(sent[name])),
    ];
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply, question: (apiKey: string | null) => Question): Promise<FastifyReply> => {
    try {
      const twice = duplicateHeader(request.raw.rawHeaders, versionHeader);
      if (twice !== null) return await answerTrouble(room, { kind: "unreadable", what: `the header ${twice} was sent twice` }, request, reply);
      return put(await ask(question(keyFrom(request.headers.authorization))), reply);
    } catch (error) {
      // What is told cannot be put on the wire, such as a header that no HTTP has.
      request.log.error({ err: error, method: request.method, path: pathOf(request.url) }, FAULT);
      return answerTrouble(room, { kind: "fault" }, request, reply);
    }
  };
  app.register(
    (inside, _options, done) => {
      // A request that was begun before the drain is let through; one that comes during it is told to go elsewhere.
      inside.addHook("onRequest", (request, reply, next) => {
        if (draining()) void answerTrouble(room, { kind: "unavailable" }, request, reply);
        else next();
      });
      for (const [route, { method, path }] of routes.entries()) {
        inside.route({
          method,
          url: path.slice(prefix.length),
          // Nothing is returned: a promise would make every request wait for its answer to have left, which nobody asks for.
          handler(request, reply) {
            connections.begin(request.raw);
            // Not before it has left: of requests that came one behind the other, an answer waits for those before it.
            reply.raw.once("close", () => connections.end(request.raw));
            if (draining()) reply.header("connection", "close");
            void answer(request, reply, (apiKey) => questionFor(route, request, apiKey));
          },
        });
      }
      inside.setErrorHandler((error, request, reply) => {
        const trouble = troubleOf(error);
        if (trouble.kind === "fault") request.log.error({ err: error, method: request.method, path: pathOf(request.url) }, FAULT);
        return answerTrouble(room, trouble, request, reply);
      });
      inside.setNotFoundHandler((request, reply) => {
        const { method, url, headers: sent } = request;
        return answer(request, reply, (apiKey) => ({ kind: "nowhere", dialect, apiKey, method, path: pathOf(url), version: single(sent[versionHeader]) }));
      });
      done();
    },
    { prefix },
  );
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

async function answerTrouble({ ask, dialect, versionHeader }: Room, trouble: Trouble, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return put(await ask({ kind: "trouble", dialect, trouble, version: single(request.headers[versionHeader]) }), reply);
}

/** In nobody's words: the address is no dialect's. */
function refuse(reply: FastifyReply): void {
  reply.code(400).send({ error: "The request could not be read." });
}

function put({ reply: { status, headers, body }, fault }: Told, reply: FastifyReply): FastifyReply {
  const { log, method, url } = reply.request;
  if (fault !== undefined) log.error({ err: fault, reqId: fault.requestId, method, path: pathOf(url) }, FAULT);
  // A long text would be read twice, for its length in bytes and for the bytes; a short one leaves in one piece with its head.
  return reply.code(status).headers(headers).send(body.length > LONG_TEXT ? Buffer.from(body) : body);
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
