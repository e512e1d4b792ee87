/** One request to this dialect: what every endpoint needs to decode it, run it and answer it. */
import { sha256 } from "../../base/hash.ts";
import { parseForm, type FormNode, type FormProblem } from "../../base/form.ts";
import type { Command } from "../../domain/command.ts";
import type { ProfileId } from "../../domain/id.ts";
import { merchantOfAccount, ownAccount } from "../../domain/connected.ts";
import { modeOf, type MerchantId } from "../../domain/merchant.ts";
import type { Payment } from "../../domain/payment.ts";
import type { Profile } from "../../domain/profile.ts";
import type { Answer, Claim, Conflict, Done, Reply } from "../../engine/job.ts";
import type { Extras } from "../../engine/views.ts";
import type { Desk, WireReply, WireRequest } from "../../engine/wire.ts";
import { wordRefusal, type Subject } from "./errors.ts";
import { cashBy, cashReader } from "./customers-cash.ts";
import { extrasFor, leadsToBooks, leadsToCash, leadsToProfiles, NO_EXPAND, type Expand } from "./expand.ts";
import { connectedReader, linkedBy, type Linked } from "./connect-links.ts";
import { followingReader, lookAhead } from "./links.ts";
import type { Look } from "./objects/encode.ts";
import { accountIdOf, accountNamed } from "./ids.ts";
import { invalid, malformed, Malformed, type Problem } from "./problem.ts";
import { DEFAULT_VERSION, versionOf } from "./versions.ts";

/** A connected account on whose own book a platform acts. */
export type Connected = { readonly platform: MerchantId; readonly profile: Profile };

export type Call = {
  readonly desk: Desk;
  /** Whose book it is about: the key's merchant, or the connected account that the request names. */
  readonly merchant: MerchantId;
  readonly account: Connected | null;
  readonly livemode: boolean;
  readonly requestId: string;
  readonly version: string;
  readonly path: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly look: Look;
  readonly extras: Extras;
  /** The caller's idempotency key, as a claim; none on GET. */
  readonly key: Claim | null;
};

export const KEY_MAX = 255;
const FORM_TYPE = "application/x-www-form-urlencoded";
const SCOPE = "stripe:key";

/** The connected account that the request names; null where it names none, or the key's own. */
export async function accountOf(desk: Desk, request: WireRequest): Promise<Connected | null | Malformed> {
  const [account, context] = [request.header("stripe-account"), request.header("stripe-context")];
  const named = account ?? context;
  if (named === null) return null;
  // OURS: nobody can tell which of two was meant.
  if (account !== null && context !== null && account !== context) return malformed("The Stripe-Account and Stripe-Context headers name different accounts. Send one of them.");
  const id = accountNamed(named);
  if (id !== null && id === ownAccount(request.merchant)) return null;
  const [profile] = id === null ? [] : await desk.read.profiles(request.merchant, [id]);
  return profile?.kind === "account" ? { platform: request.merchant, profile } : noAccount(request.merchant, named);
}

/** The version, the parameters as a tree and the idempotency key, or the first thing wrong with them. */
export function open(desk: Desk, request: WireRequest, { method, account }: { readonly method: "GET" | "POST" | "DELETE"; readonly account: Connected | null }): { readonly call: Call; readonly root: FormNode } | Malformed {
  const version = versionOf(request.header("stripe-version"));
  if (version === null) return badVersion(request.header("stripe-version") ?? "");
  const root = readRoot(request, method);
  if (root instanceof Malformed) return root;
  const key = method === "POST" ? readKey(request, root) : null;
  if (key instanceof Malformed) return key;
  const livemode = modeOf(request.merchant) === "live";
  const { requestId, path, pathParameters } = request;
  const merchant = account === null ? request.merchant : merchantOfAccount(account.platform, account.profile.id);
  const now = desk.now();
  const look: Look = { livemode, now, expand: NO_EXPAND, acquirerReference: (refund) => desk.processor.acquirerReference(refund, now), profiles: new Map(), linked: new Map(), cash: new Map() };
  return { call: { desk, merchant, account, livemode, requestId, version, path, ids: pathParameters, look, extras: extrasFor(NO_EXPAND), key }, root };
}

/** Where links lead to customers or payment methods, whatever is read from now on brings those along. */
export function expanding(call: Call, expand: Expand): Call {
  const expanded = { ...call, look: { ...call.look, expand }, extras: extrasFor(expand) };
  if (expand.size === 0) return expanded;
  const profiles = new Map<ProfileId, Profile>(call.account === null ? [] : [[call.account.profile.id, call.account.profile]]);
  const linked: Linked = new Map();
  const cash = new Map<ProfileId, readonly Payment[]>();
  const own = leadsToCash(expand) ? cashReader(call.desk.read, cash) : call.desk.read;
  const read = connectedReader(own, linked, profiles);
  return { ...expanded, look: { ...expanded.look, profiles, linked, cash }, desk: { ...call.desk, read: leadsToProfiles(expand) ? followingReader(read, profiles) : read } };
}

/** To act on the key's own merchant instead would move the wrong one's money. */
function noAccount(merchant: MerchantId, account: string): Malformed {
  const key = `sk_${modeOf(merchant)}_***`;
  return malformed(
    `The provided key '${key}' does not have access to account '${account.slice(0, 100)}' (or that account does not exist). Application access may have been revoked.`,
    { code: "account_invalid", status: 403 },
  );
}

function badVersion(version: string): Malformed {
  return new Malformed({ ...invalid(`Invalid Stripe API version: ${version.slice(0, 100)}`), unlogged: true });
}

function readRoot(request: WireRequest, method: "GET" | "POST" | "DELETE"): FormNode | Malformed {
  if (method === "GET" && request.body !== "") return malformed("Invalid request: a GET request has its parameters in the URL, and no body.");
  const type = request.contentType?.split(";")[0]?.trim().toLowerCase() ?? FORM_TYPE;
  if (request.body !== "" && request.contentType !== null && type !== FORM_TYPE) {
    return malformed(`Invalid request: the body must be ${FORM_TYPE}, and not ${request.contentType.slice(0, 100)}.`);
  }
  const text = method === "GET" ? request.query : request.query === "" ? request.body : request.body === "" ? request.query : `${request.query}&${request.body}`;
  const form = parseForm(text);
  return "root" in form ? form.root : wordForm(form.problem);
}

/** OURS: Stripe's words for a body that no parser can read are not known. */
function wordForm(problem: FormProblem): Malformed {
  const shown = "key" in problem ? problem.key.slice(0, 100) : "";
  switch (problem.kind) {
    case "encoding":
      return malformed(`Invalid request: '${shown}' is not valid URL-encoded UTF-8.`);
    case "brackets":
      return malformed(`Invalid request: the brackets of '${shown}' do not match.`);
    case "duplicate":
      return malformed(`Invalid request: '${shown}' was sent more than once.`, { param: shown });
    case "too_many":
      return malformed("Invalid request: it has too many parameters.");
    case "too_deep":
      return malformed(`Invalid request: '${shown}' is nested too deep.`);
  }
}

function readKey(request: WireRequest, root: FormNode): Claim | Malformed | null {
  const key = request.header("idempotency-key");
  if (key === null || key === "") return null;
  if (key.length > KEY_MAX) return malformed(`Invalid Idempotency-Key: it has ${key.length} characters and can have up to ${KEY_MAX}.`);
  if (!/^[\x20-\x7e]+$/.test(key)) return malformed("Invalid Idempotency-Key: it must be printable ASCII.");
  return { scope: SCOPE, key, path: request.path, fingerprint: sha256(canonical(root)), binds: "always" };
}

/** The same parameters in any order and spelling of brackets give the same text. */
export function canonical(node: FormNode): string {
  const parts = [...node].map(([key, value]) => `${JSON.stringify(key)}:${typeof value === "string" ? JSON.stringify(value) : canonical(value)}`);
  return `{${parts.toSorted().join(",")}}`;
}

export type Write = {
  readonly command: Command;
  readonly subject: Subject;
  /** Whose book it is about, where that is not the merchant's own. */
  readonly book?: MerchantId;
  /** Claims beside the idempotency key. */
  readonly claims?: readonly Claim[];
  /** The answer's object, or the problem that a decision which was made still means for the caller: a declined card. */
  readonly encode: (done: Done, look: Look) => object | { readonly problem: Problem };
};

/** Runs a command and answers with what was done, or with the refusal's words. */
export async function write(call: Call, { command, subject, book = call.merchant, claims = [], encode }: Write): Promise<WireReply> {
  const now = call.desk.now();
  if (leadsToProfiles(call.look.expand) || leadsToBooks(call.look.expand)) await lookAhead(call.desk.read, book, command);
  const answer = await call.desk.execute({
    merchant: call.merchant,
    requestId: call.requestId,
    request: { id: call.requestId, key: call.key?.key ?? null },
    command,
    book,
    claims: call.key === null ? claims : [call.key, ...claims],
    extras: call.extras,
    reply(result) {
      if ("conflict" in result) return problemReply(wordConflict(result), call, now);
      if ("refusal" in result) return problemReply(wordRefusal(result.refusal, subject), call, now);
      const look = call.look.expand.size === 0 ? call.look : { ...call.look, linked: linkedBy(result.done, call.look.linked), cash: cashBy(result.done, call.look.cash) };
      const said = encode(result.done, look);
      return "problem" in said ? problemReply(said.problem, call, now) : objectReply(said);
    },
  });
  return answered(answer, call);
}

/** What was decided now, or was decided before under the same key. */
export function answered(answer: Answer, call: Call): WireReply {
  if (answer.kind === "decided") return onWire(answer.reply, call);
  return onWire(answer.reply, call, { "idempotent-replayed": "true", "original-request": `req_${answer.firstRequestId}` });
}

export function wordConflict({ conflict: { claim, first } }: Conflict): Problem {
  const firstPath = first.path;
  if (claim.binds === "when_done") {
    // OURS: a refund reference is unique across all refunds; used again for another refund it is refused.
    return invalid(`The refund reference '${claim.key}' was already used for another refund. References must be unique across all refunds.`, {
      param: "processor_details[custom][refund_reference]",
    });
  }
  const other = `Try using a key other than '${claim.key}' if you meant to execute a different request.`;
  const message =
    firstPath === claim.path
      ? `Keys for idempotent requests can only be used with the same parameters they were first used with. ${other}`
      : `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${claim.path}' vs '${firstPath}'). ${other}`;
  return { status: 400, type: "idempotency_error", message };
}

export function show(call: Call, object: object): WireReply {
  return onWire(objectReply(object), call);
}

export function fail(call: Asked & Named & Pick<Call, "desk">, problem: Problem): WireReply {
  return onWire(problemReply(problem, call, call.desk.now()), call);
}

/** As Stripe prints: two spaces, and a line's end. */
export function objectReply(object: object): Reply {
  return { status: 200, body: `${JSON.stringify(object, null, 2)}\n` };
}

type Asked = Pick<Call, "requestId" | "livemode">;
/** What is echoed in the headers, where it was read. */
type Named = Partial<Pick<Call, "version" | "key" | "account">>;

export function problemReply(problem: Problem, asked: Asked, now: number): Reply {
  const { status, type, message, code, param, more, unlogged } = problem;
  const log = `https://dashboard.stripe.com/${asked.livemode ? "" : "test/"}logs/req_${asked.requestId}?t=${Math.floor(now / 1_000)}`;
  const error = {
    ...(code === undefined ? {} : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` }),
    message,
    ...(param === undefined ? {} : { param }),
    ...more,
    ...(unlogged ? {} : { request_log_url: log }),
    type,
  };
  return { status, body: `${JSON.stringify({ error }, null, 2)}\n` };
}

export function onWire(reply: Reply, call: Pick<Call, "requestId"> & Named, more: Readonly<Record<string, string>> = {}): WireReply {
  return {
    ...reply,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-cache, no-store",
      "request-id": `req_${call.requestId}`,
      "stripe-version": call.version ?? DEFAULT_VERSION,
      ...(call.key ? { "idempotency-key": call.key.key } : {}),
      ...(call.account ? { "stripe-account": accountIdOf(call.account.profile.id) } : {}),
      ...more,
    },
  };
}
