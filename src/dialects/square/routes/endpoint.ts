/**
 * What all endpoints share: version, media type, body and query are checked here, in that order, and each endpoint is
 * given only what its own declaration could read (Square's API reference: conventions).
 */
import { parseForm, type FormProblem } from "../../../base/form.ts";
import { isJsonObject, parseJson, type Json, type JsonObjectIn } from "../../../base/json.ts";
import type { EndpointDeclaration, ParameterDeclaration } from "../../../engine/declaration.ts";
import type { Reply } from "../../../engine/job.ts";
import type { Endpoint, WireReply, WireRequest } from "../../../engine/wire.ts";
import { DETAIL, errorReply, squareError, type SquareError } from "../errors.ts";
import { declarations, decode, queryAsJson, type Shape } from "../params.ts";
import type { NOTHING, ObjectName } from "../shapes/objects.ts";
import { DEFAULT_VERSION, VERSION_HEADER, versionOfHeader } from "../version.ts";

export type Plan<Q extends object, B extends object> = Pick<EndpointDeclaration, "method" | "path" | "title" | "source"> & {
  readonly returns: { readonly object: ObjectName | typeof NOTHING; readonly list: boolean };
  /** What the path's one parameter means. */
  readonly pathParameter?: string;
  readonly query: Shape<Q>;
  readonly body: Shape<B>;
  /** An `optional` body may be left out; where there is `none`, what is sent is not looked at. */
  readonly bodyIs: "required" | "optional" | "none";
  /** What the body's fields say together. */
  readonly check?: (body: Partial<B>, request: WireRequest) => readonly SquareError[];
  readonly answer: (asked: { readonly request: WireRequest; readonly id: string; readonly query: Q; readonly body: B }) => Reply | Promise<Reply>;
};

export function makeEndpoint<Q extends object, B extends object>(plan: Plan<Q, B>): Endpoint {
  const { method, path, title, source, returns } = plan;
  const idName = /:(\w+)/.exec(path)?.[1] ?? "";
  return {
    declaration: {
      method,
      path,
      title,
      source,
      returns,
      pathParameters: idName === "" ? [] : [pathParameter(idName, plan.pathParameter ?? "")],
      query: declarations(plan.query),
      body: declarations(plan.body),
    },
    async handle(request) {
      const version = versionOfHeader(request.header(VERSION_HEADER));
      if (version === null) {
        return wireReply(errorReply([squareError("INVALID_SQUARE_VERSION_FORMAT", DETAIL.version)]), DEFAULT_VERSION);
      }
      return wireReply(await answer(plan, request, request.pathParameters[idName] ?? ""), version);
    },
  };
}

async function answer<Q extends object, B extends object>(plan: Plan<Q, B>, request: WireRequest, id: string): Promise<Reply> {
  const sent = plan.bodyIs === "none" ? { json: {} } : readBody(request, plan.bodyIs);
  if ("error" in sent) return errorReply([sent.error]);
  const form = parseForm(request.query);
  if ("problem" in form) return errorReply([squareError("BAD_REQUEST", DETAIL.unreadable(QUERY_PROBLEMS[form.problem.kind]))]);
  const query = decode(plan.query, queryAsJson(plan.query, form.root), () => []);
  if ("errors" in query) return errorReply(query.errors);
  const { check } = plan;
  const body = decode(plan.body, sent.json, (values) => check?.(values, request) ?? []);
  if ("errors" in body) return errorReply(body.errors);
  return plan.answer({ request, id, query: query.values, body: body.values });
}

const QUERY_PROBLEMS: Readonly<Record<FormProblem["kind"], string>> = {
  encoding: "the query string is not percent-encoded UTF-8",
  brackets: "the query string has brackets that do not close",
  duplicate: "the query string says one parameter twice",
  too_many: "the query string has too many parameters",
  too_deep: "the query string is nested too deep",
};

/** A body without a content type is read all the same; one of another type is not. */
function readBody({ body, contentType }: WireRequest, is: "required" | "optional"): { readonly json: JsonObjectIn } | { readonly error: SquareError } {
  if (body === "" && is === "optional") return { json: {} };
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "" && type !== "application/json") return { error: unsupportedMediaType(type) };
  const parsed = parseJson(body);
  return parsed !== null && isJsonObject(parsed.value)
    ? { json: parsed.value }
    : { error: squareError("EXPECTED_JSON_BODY", DETAIL.expectedJson) };
}

function unsupportedMediaType(type: string): SquareError {
  return squareError("UNSUPPORTED_MEDIA_TYPE", DETAIL.unsupportedType(type));
}

export function wireReply({ status, body }: Reply, version: string): WireReply {
  return { status, headers: { "content-type": "application/json", [VERSION_HEADER]: version }, body };
}

export function okReply(body: Json): Reply {
  return { status: 200, body: JSON.stringify(body) };
}

function pathParameter(name: string, about: string): ParameterDeclaration {
  const none = { limits: { minLength: 1 }, values: [], fields: [], shorthand: null, since: null, unsupported: null };
  return { ...none, name, type: "string", required: true, nullable: false, about };
}
