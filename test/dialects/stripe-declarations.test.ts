/** What an endpoint declares is what it decodes: each declared parameter, sent wrong alone, is the one that the error names. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { dialects } from "../../scripts/coverage-document.ts";
import { present } from "../../src/base/assert.ts";
import type { EndpointDeclaration, ParameterDeclaration } from "../../src/engine/declaration.ts";
import { member, openDesk, type Form, type StripeDesk } from "../conformance/stripe/desk.ts";
import { call, startTestServer, type Answer, type TestServer } from "../test-server.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

/** A value that no parameter of the type takes, beside the name: a text wants no hash, and a hash no text. */
const WRONG: Readonly<Record<ParameterDeclaration["type"], readonly [below: string, value: string]>> = {
  string: ["[zz]", "1"],
  integer: ["", "abc"],
  boolean: ["", "maybe"],
  timestamp: ["", "yesterday"],
  enum: ["", "zz"],
  object: ["", "abc"],
  array: ["", "abc"],
  map: ["", "abc"],
};

function right({ name, type, values }: ParameterDeclaration): string {
  if (name === "currency") return "usd";
  if (type === "enum") return values[0] ?? "";
  return type === "integer" || type === "timestamp" ? "1" : type === "boolean" ? "true" : "x";
}

/** All that is required at this depth and below. */
function needed(fields: readonly ParameterDeclaration[], above = ""): Form {
  const pairs = fields.filter(({ required }) => required).flatMap((field) => {
    const at = above === "" ? field.name : `${above}[${field.name}]`;
    if (field.type === "array") return field.fields.map((item) => [`${at}[0]`, right(item)] as const);
    if (field.type !== "object") return [[at, right(field)] as const];
    const inside = Object.entries(needed(field.fields, at));
    if (inside.length > 0) return inside;
    // A hash of nothing but what may be left out is there when one of its members is.
    const member = present(field.fields.find(({ type }) => type !== "object"), `a member of ${at}`);
    return [[`${at}[${member.name}]`, right(member)] as const];
  });
  return Object.fromEntries(pairs);
}

type Case = { readonly at: string; readonly field: ParameterDeclaration; readonly beside: Form };

/** Every parameter at every depth, with what must stand beside it. */
function casesOf(fields: readonly ParameterDeclaration[], above = "", beside: Form = {}): Case[] {
  const all = { ...beside, ...needed(fields, above) };
  return fields.flatMap((field) => {
    if (field.name === "[]") return [];
    const at = above === "" ? field.name : `${above}[${field.name}]`;
    const others = Object.fromEntries(Object.entries(all).filter(([name]) => name !== at && !name.startsWith(`${at}[`)));
    return [{ at, field, beside: others }, ...(field.type === "object" ? casesOf(field.fields, at, others) : [])];
  });
}

function ask({ method, path }: EndpointDeclaration, form: Form): Promise<Answer> {
  const address = path.replaceAll(/:\w+/g, "x");
  if (method === "POST") return desk.post(address, form);
  return call(server, desk.key, { method, path: `${address}?${new URLSearchParams(form).toString()}` });
}

for (const { declaration } of present(dialects()[0], "the dialect").endpoints) {
  const { method, path, query, body } = declaration;
  test(`${method} ${path} names each parameter that is wrong`, async () => {
    const cases = casesOf([...query, ...body]);
    assert.ok(cases.length > 0);
    for (const { at, field, beside } of cases) {
      const [below, value] = WRONG[field.type];
      // A parameter that is not served is refused whatever it says.
      const { status, json } = await ask(declaration, { ...beside, [field.unsupported === null ? at + below : at]: value });
      const told = `${at} (${JSON.stringify(json)})`;
      assert.equal(status, 400, told);
      assert.equal(member(json, "error", "param"), at, told);
      if (field.unsupported !== null) assert.equal(member(json, "error", "message"), `Refundry does not serve the parameter '${at}' yet. Remove it from your request.`);
      // Inside a hash, what is missing is missed only where the hash is there.
      if (!field.required || at !== field.name) continue;
      const without = await ask(declaration, beside);
      assert.deepEqual([without.status, member(without.json, "error", "code"), member(without.json, "error", "param")], [400, "parameter_missing", at], told);
    }
  });
}
