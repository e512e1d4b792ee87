/** A form as the JSON that its document's schema says it is: what a client of the document would have sent. */
import type { FormValue } from "../../src/base/form.ts";
import type { JsonSchema } from "../../src/base/json-schema.ts";

/** A text that is not what the schema wants stays a text, and an empty query parameter is one that is not there. */
export function formJson(value: FormValue, schema: JsonSchema): unknown {
  if (schema.anyOf !== undefined) return formJson(value, schema.anyOf.find((one) => fits(value, one)) ?? {});
  if (typeof value === "string") return scalar(value, schema);
  const entries = [...value];
  if (schema.type === "array") return entries.every(([key]) => /^\d+$/.test(key)) ? entries.map(([, item]) => formJson(item, schema.items ?? {})) : Object.fromEntries(entries);
  const { properties = {}, additionalProperties } = schema;
  const others = additionalProperties === undefined || additionalProperties === false ? {} : additionalProperties;
  return Object.fromEntries(entries.map(([name, item]) => [name, formJson(item, Object.hasOwn(properties, name) ? (properties[name] ?? {}) : others)]));
}

function fits(value: FormValue, { type, const: only }: JsonSchema): boolean {
  const deep = type === "object" || type === "array";
  return typeof value === "string" ? !deep && (only === undefined || only === value) : deep;
}

function scalar(text: string, { type }: JsonSchema): unknown {
  if (type === "integer" && /^-?\d+$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
