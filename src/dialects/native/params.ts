/** Parameters of this API's queries: each has its declaration beside its own decoder. */
import { parseForm } from "../../base/form.ts";
import { NO_LIMITS, type ParameterDeclaration } from "../../engine/declaration.ts";
import { invalid, type Problem } from "./problem.ts";

const TEXT_MAX = 100;
const DIGITS = /^[0-9]{1,15}$/;

export type Param<T> = { readonly told: ParameterDeclaration; readonly read: (sent: string) => { readonly value: T } | { readonly problem: Problem } };

const PLAIN = { required: false, nullable: false, limits: NO_LIMITS, values: [], fields: [], shorthand: null, since: null, unsupported: null } as const;

export function text(name: string, about: string): Param<string> {
  return {
    told: { ...PLAIN, name, type: "string", about, limits: { maxLength: TEXT_MAX } },
    read: (sent) => (sent.length <= TEXT_MAX ? { value: sent } : { problem: invalid(`'${name}' has more than ${TEXT_MAX} characters.`) }),
  };
}

export function whole(name: string, about: string, { min, max }: { readonly min: number; readonly max: number }): Param<number> {
  return {
    told: { ...PLAIN, name, type: "integer", about, limits: { min: BigInt(min), max: BigInt(max) } },
    read(sent) {
      const value = DIGITS.test(sent) ? Number(sent) : null;
      return value !== null && value >= min && value <= max ? { value } : { problem: invalid(`'${name}' must be a whole number from ${min} to ${max}.`) };
    },
  };
}

export function oneOf<const V extends string>(name: string, about: string, values: readonly V[]): Param<V> {
  return {
    told: { ...PLAIN, name, type: "enum", about, values },
    read(sent) {
      const value = values.find((one) => one === sent);
      return value === undefined ? { problem: invalid(`'${name}' must be one of ${values.join(", ")}.`) } : { value };
    },
  };
}

/** A query whose parameters are all known and were all read once. */
export type Query = { readonly value: <T>(param: Param<T>) => T | null };

export function readQuery(params: readonly Param<unknown>[], query: string): Query | Problem {
  const form = parseForm(query);
  if ("problem" in form) return invalid("The query string cannot be read.");
  const { root } = form;
  for (const [name, sent] of root) {
    const param = params.find(({ told }) => told.name === name);
    if (param === undefined || typeof sent !== "string") return invalid(`'${name.slice(0, TEXT_MAX)}' is no parameter here. There are: ${params.map(({ told }) => told.name).join(", ") || "none"}.`);
    const read = param.read(sent);
    if ("problem" in read) return read.problem;
  }
  return {
    value(param) {
      const sent = root.get(param.told.name);
      const read = typeof sent === "string" ? param.read(sent) : null;
      return read !== null && "value" in read ? read.value : null;
    },
  };
}
