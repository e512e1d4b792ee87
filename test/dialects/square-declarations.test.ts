/** What an endpoint declares is what it decodes: each declared field, sent wrong alone, is the one error. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { ParameterDeclaration } from "../../src/engine/declaration.ts";
import { openRoom } from "./square-desk.ts";

const room = openRoom();
after(() => room.close());

const WRONG: Readonly<Record<ParameterDeclaration["type"], { readonly value: unknown; readonly code: string }>> = {
  string: { value: 5, code: "EXPECTED_STRING" },
  enum: { value: 5, code: "EXPECTED_STRING" },
  timestamp: { value: "yesterday", code: "INVALID_TIME" },
  integer: { value: "5", code: "EXPECTED_INTEGER" },
  boolean: { value: "maybe", code: "EXPECTED_BOOLEAN" },
  object: { value: 5, code: "EXPECTED_OBJECT" },
  array: { value: 5, code: "EXPECTED_ARRAY" },
  map: { value: 5, code: "EXPECTED_OBJECT" },
};

/** A right value of the field: no optional member of an object is in it. */
function right(field: ParameterDeclaration): unknown {
  switch (field.type) {
    case "array":
      return field.fields.map(right);
    case "object":
      return Object.fromEntries(field.fields.filter(({ required }) => required).map((member) => [member.name, right(member)]));
    case "integer":
      return 1;
    case "boolean":
      return false;
    case "enum":
      return field.values.includes("USD") ? "USD" : field.values[0];
    default:
      return "x";
  }
}

/** One wrong value at a path, and the whole of the body's field that it stands in. */
type Case = { readonly path: string; readonly code: string; readonly whole: unknown };

function* casesOf(field: ParameterDeclaration, above: string, wrap: (value: unknown) => unknown): Generator<Case> {
  const path = above === "" ? field.name : field.name === "[]" ? `${above}[0]` : `${above}.${field.name}`;
  const { value, code } = WRONG[field.type];
  yield { path, code: field.unsupported ? "BAD_REQUEST" : code, whole: wrap(value) };
  if (field.required) {
    const missing = field.type === "string" || field.type === "enum" ? "VALUE_EMPTY" : "MISSING_REQUIRED_PARAMETER";
    yield { path, code: missing, whole: wrap(null) };
  }
  // A list's mistakes inside its items are told at their own places, which are tested where those are.
  if (field.type === "array") return;
  for (const member of field.fields) {
    yield* casesOf(member, path, (inner) => wrap(field.type === "array" ? [inner] : { ...Object(right(field)), [member.name]: inner }));
  }
}

function codesOf(json: unknown): unknown {
  const errors: unknown = Object(json).errors;
  assert.ok(Array.isArray(errors), JSON.stringify(json));
  return errors.map((error: unknown) => `${Object(error).field} ${Object(error).code}`);
}

for (const { declaration } of room.dialect.endpoints) {
  const { method, path, body } = declaration;
  if (body.length === 0) continue;
  test(`${method} ${path} tells each field of its body that is wrong, and it alone`, async () => {
    const valid = Object.fromEntries(body.filter(({ required }) => required).map((field) => [field.name, right(field)]));
    if (path === "/v2/refunds") valid["payment_id"] = "x";
    let count = 0;
    for (const field of body) {
      for (const wrong of casesOf(field, "", (value) => value)) {
        const json = { ...valid, [field.name]: wrong.whole };
        const answer = await room.call(method, path.replace(":payment_id", "x"), { json });
        const told = codesOf(answer.json);
        assert.ok(Array.isArray(told));
        // Objects that only go with others are told too, once they can be read: the field itself stands among them.
        assert.ok(told.includes(`${wrong.path} ${wrong.code}`), `${wrong.path}: ${told.join(", ")}`);
        assert.ok(told.every((line) => String(line).startsWith(field.name)), `${wrong.path}: ${told.join(", ")}`);
        count += 1;
      }
    }
    assert.ok(count >= body.length);
  });
}

test("every query parameter that is wrong is told", async () => {
  for (const { declaration } of room.dialect.endpoints) {
    for (const field of declaration.query) {
      if (field.type === "string") continue;
      const expected = field.unsupported ? "BAD_REQUEST"
        : field.name === "sort_order" ? "INVALID_SORT_ORDER"
        : field.type === "enum" ? "INVALID_ENUM_VALUE"
        : WRONG[field.type].code;
      const { reply, json } = await room.call(declaration.method, declaration.path, { query: `${field.name}=nonsense` });
      assert.equal(reply.status, 400);
      assert.deepEqual(codesOf(json), [`${field.name} ${expected}`]);
    }
  }
});

test("every field is explained, and every object lists its members", () => {
  const walk = (fields: readonly ParameterDeclaration[]) => {
    for (const field of fields) {
      assert.notEqual(field.about, "", field.name);
      if (field.type === "object" && !field.unsupported) assert.notEqual(field.fields.length, 0, field.name);
      if (field.type === "enum") assert.notEqual(field.values.length, 0, field.name);
      walk(field.fields);
    }
  };
  for (const { declaration } of room.dialect.endpoints) {
    walk([...declaration.pathParameters, ...declaration.query, ...declaration.body]);
  }
});

test("a query string that cannot be read is told", async () => {
  const { reply, json } = await room.call("GET", "/v2/refunds", { query: "limit=1&limit=2" });
  assert.equal(reply.status, 400);
  assert.match(JSON.stringify(json), /says one parameter twice/);
});

test("trouble before an endpoint is told in Square's shape", () => {
  const context = { requestId: "r", version: "2024-12-18" };
  const unavailable = room.dialect.trouble({ kind: "unavailable" }, context);
  assert.equal(unavailable.status, 503);
  assert.equal(unavailable.headers["retry-after"], "1");
  assert.equal(unavailable.headers["square-version"], "2024-12-18");
  assert.match(unavailable.body, /"category":"API_ERROR","code":"SERVICE_UNAVAILABLE"/);
  const fault = room.dialect.trouble({ kind: "fault" }, { ...context, version: "nonsense" });
  assert.equal(fault.status, 500);
  assert.equal(fault.headers["square-version"], "2026-09-16");
  assert.match(fault.body, /"category":"API_ERROR","code":"INTERNAL_SERVER_ERROR"/);
  assert.equal(room.dialect.trouble({ kind: "unreadable", what: "noise" }, context).status, 400);
});
