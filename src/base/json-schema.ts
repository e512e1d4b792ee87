/** As much of JSON Schema 2020-12 as our documents say, with the two words that we add to it. */

type JsonType = "string" | "integer" | "boolean" | "object" | "array" | "null";

export type JsonSchema = {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: JsonType | readonly JsonType[];
  readonly format?: string;
  readonly const?: string;
  readonly enum?: readonly (string | null)[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly maxProperties?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  /** The API version from which on it is there, or is as it is said. */
  readonly "x-since"?: string;
  /** Why it is refused. */
  readonly "x-unsupported"?: string;
};

/** Whatever the schema takes, and null. */
export function orNull(schema: JsonSchema): JsonSchema {
  const { type, enum: values, anyOf } = schema;
  if (anyOf !== undefined) return { ...schema, anyOf: [...anyOf, { type: "null" }] };
  if (typeof type !== "string" || schema.const !== undefined) return { anyOf: [schema, { type: "null" }] };
  if (type === "null") return schema;
  return { ...schema, type: [type, "null"], ...(values === undefined ? {} : { enum: [...values, null] }) };
}
