/** A parameter's declaration as the schema of what may be sent. */
import { orNull, type JsonSchema } from "../base/json-schema.ts";
import type { ApiDescription } from "./api-description.ts";
import type { Limits, ParameterDeclaration } from "./declaration.ts";

/** No integer of more than thirty digits is read anywhere, whatever it is for. */
const WIDEST = 1e30;

export type Wording = Pick<ApiDescription, "closed" | "timestamp" | "blank">;

export function parameterSchema(parameter: ParameterDeclaration, wording: Wording): JsonSchema {
  const { about, since, unsupported } = parameter;
  const words: JsonSchema = {
    description: about,
    ...(since === null ? {} : { "x-since": since }),
    ...(unsupported === null ? {} : { "x-unsupported": unsupported }),
  };
  const blank = wording.blank(parameter);
  // What is refused whatever it says has no value that would do.
  if (unsupported !== null) return { ...words, ...(blank ?? { not: {} }) };
  const { description, ...value } = valueSchema(parameter, wording);
  const told = { ...words, ...(description === undefined ? {} : { description: `${about} ${description}` }) };
  if (blank === null) return { ...told, ...value };
  return { ...told, ...(blank.type === "null" ? orNull(value) : { anyOf: [value, blank] }) };
}

/** An object of parameters: of a body, or of one of its hashes. */
export function fieldsSchema(fields: readonly ParameterDeclaration[], wording: Wording): JsonSchema {
  const required = fields.filter((field) => field.required).map(({ name }) => name);
  return {
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(fields.map((field) => [field.name, parameterSchema(field, wording)])),
    ...(wording.closed ? { additionalProperties: false } : {}),
  };
}

function valueSchema(parameter: ParameterDeclaration, wording: Wording): JsonSchema {
  const { type, limits, values, fields } = parameter;
  switch (type) {
    case "string":
      return { type: "string", ...lengths(limits), ...(limits.pattern === undefined ? {} : { pattern: limits.pattern }) };
    case "enum":
      return { type: "string", enum: values };
    case "integer":
      return {
        type: "integer",
        ...(limits.min === undefined ? { exclusiveMinimum: -WIDEST } : { minimum: Number(limits.min) }),
        ...(limits.max === undefined ? { exclusiveMaximum: WIDEST } : { maximum: Number(limits.max) }),
      };
    case "boolean":
      return { type: "boolean" };
    case "timestamp":
      return wording.timestamp;
    case "object": {
      const object = fieldsSchema(fields, wording);
      return parameter.shorthand === null ? object : { anyOf: [wording.timestamp, object] };
    }
    case "array": {
      const [item] = fields;
      return {
        type: "array",
        ...(item === undefined ? {} : { items: parameterSchema(item, wording) }),
        ...(limits.maxItems === undefined ? {} : { maxItems: limits.maxItems }),
      };
    }
    case "map":
      return {
        type: "object",
        additionalProperties: { type: "string", ...lengths(limits) },
        ...(limits.maxKeyLength === undefined ? {} : { propertyNames: { type: "string", maxLength: limits.maxKeyLength } }),
        ...(limits.maxItems === undefined ? {} : { maxProperties: limits.maxItems }),
      };
  }
}

function lengths({ minLength, maxLength }: Limits): JsonSchema {
  return { ...(minLength === undefined ? {} : { minLength }), ...(maxLength === undefined ? {} : { maxLength }) };
}
