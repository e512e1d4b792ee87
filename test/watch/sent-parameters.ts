/** Which declared parameters a request sends: the names that the coverage documents have for them. */
import { parseForm, type FormNode } from "../../src/base/form.ts";
import { isJsonObject, parseJson, type JsonIn } from "../../src/base/json.ts";
import type { EndpointDeclaration, ParameterDeclaration } from "../../src/engine/declaration.ts";
import type { WireRequest } from "../../src/engine/wire.ts";

type Tree = ReadonlyMap<string, Tree | null>;

const NOTHING: Tree = new Map();

/** As `a.b` and `a[]`; a name that nobody declared is left out. */
export function sentParameters({ method, query, body }: EndpointDeclaration, request: Pick<WireRequest, "query" | "body">, form: boolean): string[] {
  const inQuery = formTree(request.query);
  const inBody = form ? formTree(request.body) : jsonTree(request.body);
  const merged = form && method === "POST" ? new Map([...inQuery, ...inBody]) : inBody;
  return [...declared(query, inQuery), ...declared(body, merged)];
}

function declared(parameters: readonly ParameterDeclaration[], sent: Tree, above = ""): string[] {
  return parameters.flatMap(({ name, type, fields }) => {
    if (name === "[]") return sent.size === 0 ? [] : [`${above}[]`, ...[...sent.values()].flatMap((item) => declared(fields, item ?? NOTHING, `${above}[]`))];
    const below = sent.get(name);
    if (below === undefined) return [];
    const path = above === "" ? name : `${above}.${name}`;
    // What a map holds is named by the caller.
    return type === "map" ? [path] : [path, ...declared(fields, below ?? NOTHING, path)];
  });
}

function formTree(text: string): Tree {
  const form = parseForm(text);
  return "root" in form ? treeOf(form.root) : NOTHING;
}

function treeOf(node: FormNode): Tree {
  return new Map([...node].map(([name, value]) => [name, typeof value === "string" ? null : treeOf(value)]));
}

function jsonTree(text: string): Tree {
  return branches(parseJson(text)?.value ?? null) ?? NOTHING;
}

/** Null says nothing, and so is not sent. */
function branches(value: JsonIn): Tree | null {
  if (Array.isArray(value)) return new Map(value.map((item, i) => [String(i), branches(item)]));
  if (!isJsonObject(value)) return null;
  return new Map(Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, branches(member)] as const])));
}
