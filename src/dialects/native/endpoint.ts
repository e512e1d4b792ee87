/** An endpoint is declared once: its parameters are all in the query, and the documents and the decoding are made from them. */
import type { EndpointDeclaration, ParameterDeclaration } from "../../engine/declaration.ts";
import { NO_LIMITS } from "../../engine/declaration.ts";
import type { MerchantId } from "../../domain/merchant.ts";
import type { Endpoint, WireRequest } from "../../engine/wire.ts";
import { isProblem, problemReply, reply, type Problem } from "./problem.ts";
import { readQuery, type Param, type Query } from "./params.ts";
import type { ObjectName } from "./shapes.ts";

export type Asked = { readonly merchant: MerchantId; readonly requestId: string; /** What the path names. */ readonly id: string; readonly query: Query };

export type Plan = Pick<EndpointDeclaration, "method" | "path" | "title"> & {
  readonly returns: { readonly object: ObjectName; readonly list: boolean };
  readonly params: readonly Param<unknown>[];
  readonly answer: (asked: Asked) => Promise<object | Problem>;
};

export function makeEndpoint({ method, path, title, returns, params, answer }: Plan): Endpoint {
  return {
    declaration: { method, path, title, source: "Refundry's own API", pathParameters: path.includes("/:id") ? [PATH_ID] : [], query: params.map(({ told }) => told), body: [], returns },
    async handle({ merchant, requestId, query: text, pathParameters }: WireRequest) {
      const query = readQuery(params, text);
      if (isProblem(query)) return problemReply(query);
      const said = await answer({ merchant, requestId, id: pathParameters["id"] ?? "", query });
      return isProblem(said) ? problemReply(said) : reply(200, said);
    },
  };
}

const PATH_ID: ParameterDeclaration = {
  name: "id", type: "string", required: true, nullable: false, limits: { ...NO_LIMITS, minLength: 1 }, values: [], fields: [], shorthand: null, about: "The object's id.", since: null, unsupported: null,
};
