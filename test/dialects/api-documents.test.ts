/** The API documents: valid OpenAPI, open to anybody, and made of nothing but what the endpoints declare. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { nativeDialect } from "../../src/dialects/native/dialect.ts";
import { squareDialect } from "../../src/dialects/square/dialect.ts";
import { stripeDialect } from "../../src/dialects/stripe/dialect.ts";
import { present } from "../../src/base/assert.ts";
import { currency } from "../../src/domain/currency.ts";
import { apiDocument } from "../../src/engine/api-document.ts";
import { Balances } from "../../src/engine/balances.ts";
import { NO_LIMITS, type EndpointDeclaration, type ParameterDeclaration } from "../../src/engine/declaration.ts";
import type { Desk } from "../../src/engine/wire.ts";
import { makeSandbox } from "../../src/processors/sandbox/sandbox.ts";
import { openMemoryStore } from "../../src/stores/memory/store.ts";
import { member } from "../conformance/stripe/desk.ts";
import { call, startTestServer, type TestServer } from "../test-server.ts";

const store = openMemoryStore();
const desk: Desk = { execute: () => Promise.reject(new Error("nothing is run")), read: store, balances: new Balances(store, () => 0), processor: makeSandbox(), now: () => 0, outbox: store.outbox, vault: null, mayTell: () => null, eventDays: 30, send: () => Promise.reject(new Error("nothing is sent")) };
const dialects = [stripeDialect(desk), squareDialect(desk, { currency: present(currency("USD"), "USD"), unlinked: true }), nativeDialect(desk, new Map())];

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

async function served(name: string): Promise<unknown> {
  const answer = await call(server, null, { path: `/openapi/${name}.json` });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  return answer.json;
}

/** The member at that path of names. */
async function at(name: string, ...path: readonly string[]): Promise<unknown> {
  return member(await served(name), ...path);
}

for (const dialect of dialects) {
  const declarations = dialect.endpoints.map(({ declaration }) => declaration);

  test(`the document of ${dialect.name} is served without a key, as its endpoints declare it`, async () => {
    assert.deepEqual(await served(dialect.name), JSON.parse(JSON.stringify(apiDocument(dialect.api, declarations))));
  });

  test(`the document of ${dialect.name} is valid OpenAPI 3.1`, async () => {
    const document: unknown = await served(dialect.name);
    assert.ok(typeof document === "object" && document !== null);
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...document });
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, "3.1");
  });

  test(`every schema in the document of ${dialect.name} is valid JSON Schema, and leads only to what is there`, async () => {
    const document: unknown = await served(dialect.name);
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": true, date: true, "unix-time": true } });
    // The components stand beside each schema, so that its references find them.
    ajv.addVocabulary(["x-since", "x-unsupported", "components"]);
    const components = member(document, "components");
    const schemas = schemasIn(document);
    assert.ok(schemas.length > declarations.length * 2, "the schemas were found");
    assert.ok(ajv.compile({ anyOf: schemas, components }));
  });

  test(`every parameter that an endpoint of ${dialect.name} declares stands in its document, and whatever is refused is marked`, () => {
    for (const declaration of declarations) {
      const { paths } = apiDocument(dialect.api, [declaration]);
      const text = JSON.stringify(paths);
      const told = [...declaration.pathParameters, ...declaration.query, ...declaration.body].flatMap(namesIn);
      for (const name of told) assert.ok(text.includes(`"${name}"`), `${declaration.method} ${declaration.path}: ${name}`);
      const unsupported = (text.match(/"x-unsupported"/g) ?? []).length;
      assert.equal(unsupported, told.length - declaredServed(declaration));
    }
  });

  test(`a new endpoint of ${dialect.name} shows up by itself`, () => {
    const returns = { object: dialect.name === "stripe" ? "refund" : "PaymentRefund", list: false };
    const added: EndpointDeclaration = { method: "DELETE", path: `${dialect.prefix}/things/:thing`, title: "Take a thing away", source: "nowhere", pathParameters: [named("thing")], query: [named("why")], body: [], returns };
    const { paths } = apiDocument(dialect.api, [...declarations, added]);
    const operation = paths[`${dialect.prefix}/things/{thing}`]?.["delete"];
    assert.deepEqual(operation?.parameters.filter((parameter) => parameter.in !== "header").map((parameter) => [parameter.name, parameter.in, parameter.required]), [["thing", "path", true], ["why", "query", true]]);
    assert.match(JSON.stringify(operation?.responses), /Refund|refund/);
  });
}

function named(name: string): ParameterDeclaration {
  return { name, type: "string", required: true, nullable: false, limits: NO_LIMITS, values: [], fields: [], shorthand: null, about: "A thing.", since: null, unsupported: null };
}

function namesIn({ name, fields }: ParameterDeclaration): string[] {
  return [...(name === "[]" ? ["items"] : [name]), ...fields.flatMap(namesIn)];
}

function declaredServed({ pathParameters, query, body }: EndpointDeclaration): number {
  const served = (parameters: readonly ParameterDeclaration[]): number => parameters.reduce((sum, { unsupported, fields }) => sum + (unsupported === null ? 1 : 0) + served(fields), 0);
  return served([...pathParameters, ...query, ...body]);
}

/** Every member that is called `schema`, and every component. */
function schemasIn(document: unknown): object[] {
  const found: object[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === "schema" && typeof inner === "object" && inner !== null) found.push(inner);
      else walk(inner);
    }
  };
  walk(member(document, "paths"));
  const components = member(document, "components", "schemas");
  assert.ok(typeof components === "object" && components !== null);
  return [...found, ...Object.values(components)];
}

const FORM = "application/x-www-form-urlencoded";

test("forms are declared as Stripe's clients write them", async () => {
  const body = ["paths", "/v1/payment_records/report_payment", "post", "requestBody"];
  assert.deepEqual(await at("stripe", ...body, "required"), true);
  assert.deepEqual(await at("stripe", ...body, "content", FORM, "encoding", "amount_requested"), { style: "deepObject", explode: true });
  const schema = [...body, "content", FORM, "schema"];
  assert.deepEqual(await at("stripe", ...schema, "required"), ["amount_requested", "payment_method_details", "initiated_at"]);
  assert.equal(await at("stripe", ...schema, "additionalProperties"), false);
  assert.deepEqual(await at("stripe", ...schema, "properties", "amount_requested", "properties", "value"), { description: "Minor units, more than zero.", type: "integer", minimum: 1, maximum: 9007199254740991 });
  assert.deepEqual(await at("stripe", ...schema, "properties", "customer_presence", "enum"), ["on_session", "off_session"]);
  const update = ["paths", "/v1/charges/{charge}", "post", "requestBody", "content", FORM, "schema", "properties"];
  assert.deepEqual(await at("stripe", ...update, "description", "anyOf"), [{ type: "string", minLength: 1, maxLength: 5000 }, { type: "string", const: "", description: "Takes the value away." }]);
});

test("what is not served is marked with its reason, and what came later with its version", async () => {
  const properties = (path: string) => ["paths", path, "post", "requestBody", "content", FORM, "schema", "properties"];
  assert.deepEqual(await at("stripe", ...properties("/v1/charges"), "destination"), {
    description: "An older form: use `transfer_data` and `application_fee_amount`.",
    "x-unsupported": "An older form: use `transfer_data` and `application_fee_amount`.",
    not: {},
  });
  assert.equal(await at("stripe", ...properties("/v1/payment_records/{id}/report_refund"), "refunded", "x-since"), "2026-06-24.dahlia");
  assert.deepEqual(await at("square", "paths", "/v2/payments", "post", "requestBody", "content", "application/json", "schema", "properties", "customer_details"), {
    description: "How the customer was identified.",
    "x-unsupported": "Only for Square's own applications.",
    type: "null",
  });
});

test("keys are sent as bearer tokens or as users without a password, to the server that the document came from", async () => {
  for (const { name } of dialects) {
    const document = await served(name);
    assert.deepEqual(member(document, "security"), [{ bearer: [] }, { basic: [] }]);
    assert.deepEqual([member(document, "components", "securitySchemes", "bearer", "scheme"), member(document, "components", "securitySchemes", "basic", "scheme")], ["bearer", "basic"]);
    assert.deepEqual(member(document, "servers"), [{ url: "/" }]);
  }
});

test("there is no other document", async () => {
  assert.equal((await call(server, null, { path: "/openapi/other.json" })).status, 404);
});
