/** An endpoint is declared once: what it takes, what it becomes, what it answers. Decoding and documents come from that. */
import { modeOf } from "../../domain/merchant.ts";
import type { Method, ParameterDeclaration } from "../../engine/declaration.ts";
import type { Desk, Endpoint, WireReply } from "../../engine/wire.ts";
import { accountOf, expanding, fail, open, type Call } from "./call.ts";
import { readExpand, type ObjectName } from "./expand.ts";
import { declarations, decode, list, optional, text, type Decoded, type Fields } from "./params.ts";
import { Malformed } from "./problem.ts";
import { wordTrouble } from "./trouble.ts";

const EXPAND_PATH_MAX = 500;
const expandPaths = list("Links of the answer that are to be followed.", text("A path such as `charge.payment_intent`.", EXPAND_PATH_MAX));

export type Spec<F extends Fields> = {
  readonly method: Extract<Method, "GET" | "POST" | "DELETE">;
  readonly path: string;
  readonly title: string;
  readonly source: string;
  readonly params: F;
  readonly returns: { readonly object: ObjectName; readonly list: boolean; readonly or?: ObjectName };
  readonly run: (call: Call, params: Decoded<F>) => Promise<WireReply>;
};

export type StripeEndpoint = (desk: Desk) => Endpoint;

export function endpoint<F extends Fields>(spec: Spec<F>): StripeEndpoint {
  const { method, path, title, source, params, returns } = spec;
  const fields = { ...params, expand: optional(expandPaths) };
  const told = declarations(fields);
  return (desk) => ({
    declaration: {
      method,
      path,
      title,
      source,
      pathParameters: pathParameters(path),
      query: method === "POST" ? [] : told,
      body: method === "POST" ? told : [],
      returns,
    },
    async handle(request) {
      // `/v1/charges/` is not a charge whose id is empty: there is nothing at that address.
      if (Object.values(request.pathParameters).includes("")) {
        const context = { requestId: request.requestId, version: request.header("stripe-version"), now: desk.now() };
        return wordTrouble({ kind: "unknown_url", method, path: request.path }, context);
      }
      const names = request.header("stripe-account") !== null || request.header("stripe-context") !== null;
      const account = names ? await accountOf(desk, request) : null;
      const opened = account instanceof Malformed ? account : open(desk, request, { method, account });
      const asked = { desk, requestId: request.requestId, livemode: modeOf(request.merchant) === "live" };
      if (opened instanceof Malformed) return fail(asked, opened.problem);
      const decoded = decode(fields, opened.root);
      if (decoded instanceof Malformed) return fail(opened.call, decoded.problem);
      const raw = opened.root.get("expand");
      const paths = raw === undefined ? [] : expandPaths.read(raw, "expand");
      const links = paths instanceof Malformed ? paths : readExpand(paths, returns);
      if (links instanceof Malformed) return fail(opened.call, links.problem);
      return spec.run(expanding(opened.call, links), decoded);
    },
  });
}

function pathParameters(path: string): readonly ParameterDeclaration[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name: name ?? "",
    type: "string",
    required: true,
    nullable: false,
    limits: { minLength: 1 },
    values: [],
    fields: [],
    shorthand: null,
    about: "The object's id.",
    since: null,
    unsupported: null,
  }));
}
