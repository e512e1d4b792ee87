/** Answers what the HTTP door asks: checks the key, has the dialect handle the request, and words what goes wrong. */
import { assert, present } from "../../base/assert.ts";
import { modeOf, type Mode } from "../../domain/merchant.ts";
import { apiDocument } from "../../engine/api-document.ts";
import type { KeyRing } from "../../engine/keys.ts";
import { AnswerLate, Overloaded, StoreUnavailable } from "../../engine/store.ts";
import type { Dialect, Trouble, WireReply } from "../../engine/wire.ts";
import { factsOf } from "./fault.ts";
import { isCall, type Ask, type Call, type Mount, type Question, type Told } from "./question.ts";

/** Whoever probes waits no longer, and neither do we. */
const PROBE_MS = 2_000;

export type AnsweringParts = {
  readonly dialects: readonly Dialect[];
  readonly keys: KeyRing;
  /** Resolves when the book can be read and written. */
  readonly ping: () => Promise<void>;
  /** What could lose acknowledged money though everything works, in words. */
  readonly dangers: () => Promise<readonly string[]>;
  readonly requestId: () => string;
};

export function mountsOf(dialects: readonly Dialect[]): readonly Mount[] {
  return dialects.map(({ name, prefix, versionHeader, headers, endpoints }) => ({
    name,
    prefix,
    versionHeader,
    headers: [versionHeader, ...headers],
    routes: endpoints.map(({ declaration: { method, path } }) => ({ method, path })),
  }));
}

/** Never rejects: whatever goes wrong is answered. */
export function makeAnswering(parts: AnsweringParts): Ask {
  const { dialects, ping, dangers, requestId } = parts;
  const mounts = mountsOf(dialects).map((mount, i) => ({ ...mount, dialect: present(dialects[i], "a dialect") }));
  const documents = new Map<number, string>();
  const document = (of: number): string => {
    const { api, endpoints } = at(dialects, of);
    // Made for the first who asks.
    const made = documents.get(of) ?? JSON.stringify(apiDocument(api, endpoints.map(({ declaration }) => declaration)));
    documents.set(of, made);
    return made;
  };
  const answer = async (question: Question, id: string): Promise<Told> => {
    if (isCall(question)) return answerCall(question, { id, mount: at(mounts, question[0]), keys: parts.keys });
    switch (question.kind) {
      case "nowhere": {
        const { dialect, apiKey, method, path, version } = question;
        return guarded(at(dialects, dialect), { id, version }, async () => {
          const { trouble } = await opened(parts.keys, apiKey);
          return word(at(dialects, dialect), trouble ?? { kind: "unknown_url", method, path }, { id, version });
        });
      }
      case "trouble":
        return word(at(dialects, question.dialect), question.trouble, { id, version: question.version });
      case "document":
        return { reply: json(200, document(question.dialect)) };
      case "ready":
        return { reply: await readiness({ ping, dangers }) };
    }
  };
  return (question) => answer(question, requestId());
}

type Mounted = Mount & { readonly dialect: Dialect };

async function answerCall([, route, apiKey, path, query, body, contentType, pathParameters, sent]: Call, { id, mount, keys }: { readonly id: string; readonly mount: Mounted; readonly keys: KeyRing }): Promise<Told> {
  const { dialect, headers } = mount;
  const header = (name: string): string | null => {
    const place = headers.indexOf(name);
    assert(place >= 0, `the dialect ${dialect.name} says that it reads the header ${name}`);
    return sent[place] ?? null;
  };
  const version = sent[0] ?? null;
  return guarded(dialect, { id, version }, async (meet) => {
    const { merchant, trouble } = await opened(keys, apiKey);
    if (trouble !== null) return word(dialect, trouble, { id, version });
    meet(modeOf(merchant));
    return { reply: await at(dialect.endpoints, route).handle({ merchant, requestId: id, path, pathParameters, query, body, contentType, header }) };
  });
}

type Context = { readonly id: string; readonly version: string | null };

/** Whatever the work meets is answered; it tells the mode of the key as soon as that is known. */
async function guarded(dialect: Dialect, context: Context, work: (meet: (mode: Mode) => void) => Promise<Told>): Promise<Told> {
  let mode: Mode = "test";
  try {
    return await work((met) => (mode = met));
  } catch (error) {
    if (error instanceof Overloaded) return word(dialect, { kind: "too_many", mode }, context);
    if (error instanceof AnswerLate) return word(dialect, { kind: "late" }, context);
    if (error instanceof StoreUnavailable) return word(dialect, { kind: "unavailable" }, context);
    return { ...word(dialect, { kind: "fault" }, context), fault: { ...factsOf(error), requestId: context.id } };
  }
}

/** The merchant whose key came along, or what is wrong with it. */
async function opened(keys: KeyRing, apiKey: string | null) {
  if (apiKey === null) return { merchant: null, trouble: { kind: "no_key" } satisfies Trouble };
  const merchant = await keys.merchantOf(apiKey);
  return merchant === null ? { merchant, trouble: { kind: "bad_key", key: apiKey } satisfies Trouble } : { merchant, trouble: null };
}

function word(dialect: Dialect, trouble: Trouble, { id, version }: Context): Told {
  return { reply: dialect.trouble(trouble, { requestId: id, version }) };
}

async function readiness({ ping, dangers }: Pick<AnsweringParts, "ping" | "dangers">): Promise<WireReply> {
  try {
    return await inTime(async () => {
      await ping();
      return json(200, JSON.stringify({ status: "ready", dangers: await dangers() }));
    });
  } catch (error) {
    return json(503, JSON.stringify({ status: "unavailable", reason: error instanceof Error ? error.message : "unknown" }));
  }
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

function json(status: number, body: string): WireReply {
  return { status, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

function at<T>(list: readonly T[], place: number): T {
  return present(list[place], "what the door was told of");
}
