/**
 * A dialect's API document as a judge of exchanges: whether a request is one that the document allows, and whether an
 * answer is one that it promises, with no member beside those that it names.
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parseForm } from "../../src/base/form.ts";
import { isJsonObject, JsonNumber, parseJson, type JsonIn } from "../../src/base/json.ts";
import type { JsonSchema } from "../../src/base/json-schema.ts";
import { present } from "../../src/base/assert.ts";
import { apiDocument, type ApiDocument, type Operation } from "../../src/engine/api-document.ts";
import type { EndpointDeclaration } from "../../src/engine/declaration.ts";
import type { Dialect, WireReply, WireRequest } from "../../src/engine/wire.ts";
import { formJson } from "./form-json.ts";

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Also that the day is one of its month: `2026-02-30` is none. */
function isTime(text: string): boolean {
  const day = RFC_3339.exec(text)?.[1];
  return day !== undefined && isDay(day);
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

export class Contract {
  readonly document: ApiDocument;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #form: boolean;

  constructor({ api, endpoints }: Dialect) {
    this.document = apiDocument(api, endpoints.map(({ declaration }) => declaration));
    this.#form = api.body === "form";
    this.#ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": isTime, date: isDay, "unix-time": true } });
    this.#ajv.addVocabulary(["x-since", "x-unsupported"]);
    const { schemas } = this.document.components;
    for (const [name, schema] of Object.entries(schemas)) this.#ajv.addSchema(closed(schema), `/components/schemas/${name}`);
  }

  /** What is wrong with the answer, or null. */
  answerFault(declaration: EndpointDeclaration, { status, body }: Pick<WireReply, "status" | "body">): string | null {
    const { responses } = this.#operation(declaration);
    const response = present(status === 200 ? responses["200"] : responses["default"], "a response");
    return this.#fault(`${declaration.method} ${declaration.path} ${status === 200 ? "200" : "default"}`, () => closed(schemaIn(response)), JSON.parse(body));
  }

  /** The same of an answer that no endpoint gave. */
  errorFault({ body }: Pick<WireReply, "body">): string | null {
    return this.#fault("error", () => ({ $ref: "/components/schemas/Error" }), JSON.parse(body));
  }

  /** What the document has against the request, or null where it allows it. */
  requestFault(declaration: EndpointDeclaration, request: Pick<WireRequest, "query" | "body">): string | null {
    const operation = this.#operation(declaration);
    const name = `${declaration.method} ${declaration.path}`;
    const ofBody = () => (operation.requestBody === undefined ? {} : schemaIn(operation.requestBody));
    if (this.#form && declaration.method === "POST") return this.#fault(`${name} body`, ofBody, formOf([request.query, request.body], ofBody()));
    const ofQuery = () => this.#queryOf(operation);
    const fault = this.#fault(`${name} query`, ofQuery, formOf(this.#form ? [request.query, request.body] : [withoutBlanks(request.query)], ofQuery()));
    if (fault !== null || operation.requestBody === undefined) return fault;
    return this.#fault(`${name} body`, ofBody, request.body === "" ? {} : jsonOf(request.body));
  }

  #operation({ method, path }: EndpointDeclaration): Operation {
    const template = path.replaceAll(/:(\w+)/g, "{$1}");
    return present(this.document.paths[template]?.[method.toLowerCase()], `${method} ${template} in the document`);
  }

  #queryOf({ parameters }: Operation): JsonSchema {
    const query = parameters.filter((parameter) => parameter.in === "query");
    return {
      type: "object",
      properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
      required: query.filter(({ required }) => required).map(({ name }) => name),
      ...(this.#form ? { additionalProperties: false } : {}),
    };
  }

  #fault(name: string, schema: () => JsonSchema, value: unknown): string | null {
    const known = this.#validators.get(name) ?? this.#ajv.compile(schema());
    this.#validators.set(name, known);
    if (known(value)) return null;
    return this.#ajv.errorsText(known.errors);
  }
}

function schemaIn({ content }: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }): JsonSchema {
  return relocated(present(Object.values(content)[0], "a media type").schema);
}

/** References that lead to where the components were added, not into the schema that they stand in. */
function relocated(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/components/schemas/', '"/components/schemas/');
  const moved: JsonSchema = JSON.parse(text);
  return moved;
}

/** No object may have a member that its schema does not name. */
export function closed(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(relocated(schema), (_key, value: unknown) =>
    typeof value === "object" && value !== null && "properties" in value && !("additionalProperties" in value) && "type" in value ? { ...value, additionalProperties: false } : value,
  );
  const shut: JsonSchema = JSON.parse(text);
  return shut;
}

function formOf(texts: readonly string[], schema: JsonSchema): unknown {
  const form = parseForm(texts.filter((text) => text !== "").join("&"));
  return "root" in form ? formJson(form.root, schema) : form.problem.kind;
}

function withoutBlanks(query: string): string {
  return query.split("&").filter((pair) => /=./.test(pair)).join("&");
}

/** A number that was not written as a whole one is none, whatever it is worth. */
function jsonOf(text: string): unknown {
  const parsed = parseJson(text);
  return parsed === null ? "no JSON" : plain(parsed.value);
}

function plain(value: JsonIn): unknown {
  if (value instanceof JsonNumber) return /^-?\d+$/.test(value.source) ? Number(value.source) : 0.5;
  if (Array.isArray(value)) return value.map(plain);
  return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)])) : value;
}
