/**
 * A dialect's API as an OpenAPI 3.1 document (OpenAPI Specification 3.1.1), made from the very declarations that decode its
 * requests: an endpoint that is mounted is in it, and a parameter that is not in it is not read.
 */
import type { JsonSchema } from "../base/json-schema.ts";
import { schemaOf, type Shape } from "../base/shape.ts";
import type { ApiDescription, SecurityScheme } from "./api-description.ts";
import type { EndpointDeclaration, Method, ParameterDeclaration } from "./declaration.ts";
import { fieldsSchema, parameterSchema } from "./parameter-schema.ts";

const OPENAPI = "3.1.1";
const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";
/** The component that every answer but a 200 is. */
const ERROR = "Error";

export type ApiDocument = {
  readonly openapi: string;
  readonly jsonSchemaDialect: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  };
};

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Readonly<Record<string, MediaType>> }>>;
};

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly required: boolean;
  readonly style?: "deepObject";
  readonly explode?: boolean;
  readonly schema: JsonSchema;
};

type RequestBody = { readonly required: boolean; readonly content: Readonly<Record<string, MediaType>> };
type MediaType = { readonly schema: JsonSchema; readonly encoding?: Readonly<Record<string, { readonly style: "deepObject"; readonly explode: boolean }>> };

export function apiDocument(api: ApiDescription, endpoints: readonly EndpointDeclaration[]): ApiDocument {
  const paths = new Map<string, Record<string, Operation>>();
  for (const endpoint of endpoints) {
    const path = templated(endpoint.path);
    paths.set(path, { ...paths.get(path), [endpoint.method.toLowerCase()]: operation(api, endpoint) });
  }
  const shapes: readonly [string, Shape][] = [...Object.entries(api.objects), [ERROR, api.error]];
  return {
    openapi: OPENAPI,
    jsonSchemaDialect: DIALECT,
    info: { title: api.title, version: api.version, description: api.about },
    servers: [{ url: "/" }],
    security: Object.keys(api.security).map((name) => ({ [name]: [] })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(shapes.map(([name, shape]) => [name, schemaOf(shape, placeOf)])),
      securitySchemes: api.security,
    },
  };
}

function placeOf(name: string): string {
  return `#/components/schemas/${name}`;
}

function operation(api: ApiDescription, { method, path, title, source, pathParameters, query, body, returns }: EndpointDeclaration): Operation {
  return {
    operationId: operationId(method, path),
    summary: title,
    description: `Source: ${source}.`,
    tags: [path.split("/")[2] ?? ""],
    parameters: [
      ...pathParameters.map((parameter) => asParameter(parameter, "path", api)),
      ...query.map((parameter) => asParameter(parameter, "query", api)),
      ...headers(api, method),
    ],
    ...(body.length === 0 ? {} : { requestBody: bodyOf(body, api) }),
    responses: {
      200: { description: "Done, or found.", content: { [JSON_TYPE]: { schema: schemaOf(api.answer(returns), placeOf) } } },
      default: { description: "Refused, or failed.", content: { [JSON_TYPE]: { schema: { $ref: placeOf(ERROR) } } } },
    },
  };
}

function headers(api: ApiDescription, method: Method): Parameter[] {
  return api.headers
    .filter(({ on }) => on === "all" || (method !== "GET" && method !== "DELETE"))
    .map(({ name, about, schema }) => ({ name, in: "header", description: about, required: false, schema }));
}

function asParameter(declared: ParameterDeclaration, place: "path" | "query", api: ApiDescription): Parameter {
  // A path or a query says nothing by leaving a parameter out: only a body can say that a value is taken away.
  const { description = "", ...schema } = parameterSchema(declared, { ...api, blank: () => null });
  const { name, required } = declared;
  return { name, in: place, description, required, ...(isDeep(declared) ? { style: "deepObject", explode: true } : {}), schema };
}

function bodyOf(body: readonly ParameterDeclaration[], api: ApiDescription): RequestBody {
  const schema = fieldsSchema(body, api);
  const required = body.some((parameter) => parameter.required);
  if (api.body === "json") return { required, content: { [JSON_TYPE]: { schema } } };
  const deep = body.filter(isDeep).map(({ name }) => [name, { style: "deepObject", explode: true }] as const);
  return { required, content: { [FORM_TYPE]: { schema, ...(deep.length === 0 ? {} : { encoding: Object.fromEntries(deep) }) } } };
}

function isDeep({ type }: ParameterDeclaration): boolean {
  return type === "object" || type === "array" || type === "map";
}

/** `/v1/charges/:charge/refund` as `/v1/charges/{charge}/refund`. */
function templated(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

/** `GET /v1/charges/:charge` as `getV1ChargesCharge`. */
function operationId(method: Method, path: string): string {
  const words = path.split(/[/:_]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
