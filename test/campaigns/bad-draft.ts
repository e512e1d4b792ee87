/** A request in the making: first as its endpoint declares it, then with at least one fault. */
import type { EndpointDeclaration, ParameterDeclaration } from "../../src/engine/declaration.ts";

export type DialectName = "stripe" | "square";

/** JSON as text, so that faults may be what no JSON value can hold: `1e400`, `-0`, half a surrogate pair. */
export type JsonText = string | { readonly [name: string]: JsonText };

export type Draft = {
  method: string;
  path: string;
  /** Encoded `name=value` pairs. */
  query: string[];
  form: string[];
  /** Members of the body, each as the text that stands for its value. */
  json: Map<string, JsonText>;
  headers: [string, string][];
  /** In place of what form or json make. */
  body: Buffer | null;
};

/** A parameter, and the names that lead to it. */
export type Place = { readonly names: readonly string[]; readonly told: ParameterDeclaration };

/** A request that could be read, on ids that name nothing or on a payment that is there. */
export function draftOf(dialect: DialectName, { method, path, query, body }: EndpointDeclaration, ids: { readonly path: string; readonly known: string }): Draft {
  const draft: Draft = { method, path: path.replace(/:\w+/, ids.path), query: [], form: [], json: new Map(), headers: [], body: null };
  for (const { names, told } of needed(query)) draft.query.push(pair(names, plain(dialect, told, ids.known)));
  for (const { names, told } of needed(body)) {
    if (dialect === "stripe") draft.form.push(pair(names, plain(dialect, told, ids.known)));
  }
  if (dialect === "square") for (const told of body) if (told.required || told.name === "payment_id") draft.json.set(told.name, jsonOf(told, ids.known));
  return draft;
}

export function pair(names: readonly string[], value: string): string {
  return `${encodeURIComponent(bracketed(names))}=${encodeURIComponent(value)}`;
}

export function bracketed([first, ...others]: readonly string[]): string {
  return `${first ?? ""}${others.map((name) => `[${name}]`).join("")}`;
}

/** Every parameter at every depth. */
export function places(told: readonly ParameterDeclaration[], above: readonly string[] = []): Place[] {
  return told.flatMap((one) => {
    const names = [...above, one.name];
    return [{ names, told: one }, ...(one.type === "object" ? places(one.fields, names) : [])];
  });
}

/** Required parameters that are not objects, below required ones. */
function needed(told: readonly ParameterDeclaration[], above: readonly string[] = []): Place[] {
  return told.filter((one) => one.required).flatMap((one) => {
    const names = [...above, one.name];
    return one.type === "object" ? needed(one.fields, names) : [{ names, told: one }];
  });
}

function plain(dialect: DialectName, { name, type, values }: ParameterDeclaration, known: string): string {
  switch (type) {
    case "integer":
      return "100";
    case "timestamp":
      return dialect === "square" ? "2026-01-01T00:00:00Z" : "1730253453";
    case "boolean":
      return "true";
    case "enum":
      return values.includes("USD") ? "USD" : (values[0] ?? "");
    default:
      return name === "currency" ? "usd" : name === "source_id" ? "cnon:card-nonce-ok" : name === "payment_id" ? known : "text";
  }
}

export function jsonOf(told: ParameterDeclaration, known: string): JsonText {
  if (told.type === "object") return Object.fromEntries(told.fields.filter((field) => field.required).map((field) => [field.name, jsonOf(field, known)]));
  const text = plain("square", told, known);
  return told.type === "integer" || told.type === "boolean" ? text : JSON.stringify(text);
}

/** Puts a text at that place, and makes the objects that lead to it. */
export function setJson(draft: Draft, [first = "", ...others]: readonly string[], text: string): void {
  const known = draft.json.get(first);
  draft.json.set(first, others.length === 0 ? text : inside(known, others, text));
}

function inside(known: JsonText | undefined, [first = "", ...others]: readonly string[], text: string): JsonText {
  const members = typeof known === "object" ? known : {};
  return { ...members, [first]: others.length === 0 ? text : inside(members[first], others, text) };
}

export function jsonText(value: JsonText): string {
  if (typeof value === "string") return value;
  return `{${Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(",")}}`;
}

export function bodyOf(dialect: DialectName, draft: Draft): Buffer {
  if (draft.body !== null) return draft.body;
  if (dialect === "stripe") return Buffer.from(draft.form.join("&"), "latin1");
  return Buffer.from(`{${[...draft.json].map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(",")}}`);
}
