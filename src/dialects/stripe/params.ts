/**
 * How Stripe's parameters are declared and read. Each parameter carries both its declaration and its reader, so that what
 * is documented is what is decoded. The first problem wins; parameters that were never declared come before all others.
 */
import type { FormNode, FormValue } from "../../base/form.ts";
import { NO_LIMITS, type Limits, type ParameterDeclaration } from "../../engine/declaration.ts";
import { Malformed, malformed } from "./problem.ts";

type Told = Omit<ParameterDeclaration, "name" | "required">;

export type Param<T> = {
  readonly told: Told;
  readonly read: (raw: FormValue, path: string) => T | Malformed;
  /** Paths below this one that nobody declared. */
  readonly strangers: (raw: FormValue, path: string) => readonly string[];
};

export type Field<T, Required extends boolean = boolean> = {
  readonly param: Param<T>;
  readonly required: Required;
};
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What decoding a set of fields gives: every name is there, undefined where it was not sent. */
export type Decoded<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer T, infer Required> ? (Required extends true ? T : T | undefined) : never;
};

export const STRING_MAX = 5_000;
const LIST_MAX = 100;
const INTEGER = /^-?\d{1,30}$/;
export const TIME_MAX = 253_402_300_799n;

export function required<T>(param: Param<T>): Field<T, true> {
  return { param, required: true };
}

export function optional<T>(param: Param<T>): Field<T, false> {
  return { param, required: false };
}

function tell(type: Told["type"], more: Partial<Told>): Told {
  return { type, nullable: false, limits: NO_LIMITS, values: [], fields: [], shorthand: null, about: "", since: null, unsupported: null, ...more };
}

const none = (): readonly string[] => [];

export function text(about: string, max = STRING_MAX): Param<string> {
  return {
    told: tell("string", { about, limits: { minLength: 1, maxLength: max } }),
    strangers: none,
    read(raw, path) {
      if (typeof raw !== "string") return malformed("Invalid string", { param: path });
      if (raw === "") return empty(path);
      if (raw.length > max) return tooLong(path, raw.length, max);
      return raw;
    },
  };
}

/** A text that an empty string takes away: then it reads as null. */
export function clearableText(about: string, max = STRING_MAX): Param<string | null> {
  const plain = text(about, max);
  return {
    told: { ...plain.told, nullable: true },
    strangers: none,
    read: (raw, path) => (raw === "" ? null : plain.read(raw, path)),
  };
}

export function whole(about: string, bounds?: Pick<Limits, "min" | "max">): Param<bigint> {
  const { min, max } = bounds ?? {};
  return {
    told: tell("integer", { about, limits: bounds ?? NO_LIMITS }),
    strangers: none,
    read(raw, path) {
      if (raw === "") return empty(path);
      if (typeof raw !== "string" || !INTEGER.test(raw)) return notInteger(raw, path);
      const value = BigInt(raw);
      if (min !== undefined && value < min) {
        return malformed(`This value must be greater than or equal to ${min}.`, { code: "parameter_invalid_integer", param: path });
      }
      if (max !== undefined && value > max) {
        return malformed(`This value must be less than or equal to ${max}.`, { code: "parameter_invalid_integer", param: path });
      }
      return value;
    },
  };
}

/** Seconds since 1970. */
export function timestamp(about: string): Param<bigint> {
  const seconds = whole(about, { min: 0n, max: TIME_MAX });
  return { ...seconds, told: { ...seconds.told, type: "timestamp", limits: NO_LIMITS } };
}

export function flag(about: string): Param<boolean> {
  return {
    told: tell("boolean", { about }),
    strangers: none,
    read(raw, path) {
      if (raw === "true" || raw === "false") return raw === "true";
      if (raw === "") return empty(path);
      return malformed(typeof raw === "string" ? `Invalid boolean: ${shorten(raw)}` : "Invalid boolean", { param: path });
    },
  };
}

export function choice<const V extends string>(about: string, values: readonly V[]): Param<V> {
  return {
    told: tell("enum", { about, values }),
    strangers: none,
    read(raw, path) {
      const chosen = values.find((value) => value === raw);
      return chosen ?? malformed(`Invalid ${path}: must be ${values.length > 1 ? "one of " : ""}${spoken(values)}`, { param: path });
    },
  };
}

export function hash<F extends Fields>(about: string, fields: F): Param<Decoded<F>> {
  return {
    told: tell("object", { about, fields: declarations(fields) }),
    strangers: (raw, path) => (typeof raw === "string" ? [] : strangersIn(fields, raw, path)),
    read: (raw, path) => (typeof raw === "string" ? malformed("Invalid object", { param: path }) : readFields(fields, raw, path)),
  };
}

/** A hash that an empty string takes away. */
export function clearable<T>(param: Param<T>): Param<T | null> {
  return {
    told: { ...param.told, nullable: true },
    strangers: param.strangers,
    read: (raw, path) => (raw === "" ? null : param.read(raw, path)),
  };
}

/** `a[]=x&a[]=y` or `a[0]=x&a[1]=y`. */
export function list<T>(about: string, of: Param<T>, max = LIST_MAX): Param<readonly T[]> {
  return {
    told: tell("array", { about, limits: { maxItems: max }, fields: [{ name: "[]", required: true, ...of.told }] }),
    strangers: (raw, path) => (typeof raw === "string" ? [] : [...raw].flatMap(([key, item]) => of.strangers(item, `${path}[${key}]`))),
    read(raw, path) {
      if (typeof raw === "string" || ![...raw.keys()].every((key) => /^\d{1,4}$/.test(key))) return malformed("Invalid array", { param: path });
      if (raw.size > max) return malformed(`Array is too long: at most ${max} items are allowed.`, { param: path });
      const items: T[] = [];
      for (const [key, item] of raw) {
        const value = of.read(item, `${path}[${key}]`);
        if (value instanceof Malformed) return value;
        items.push(value);
      }
      return items;
    },
  };
}

/** A parameter of Stripe's that is not served here: it is refused with a word that says so, never dropped. */
export function unsupported(reason: string): Field<never, false> {
  return optional<never>({
    told: tell("string", { about: reason, unsupported: reason }),
    strangers: none,
    read: (_raw, path) => malformed(`Refundry does not serve the parameter '${path}' yet. Remove it from your request.`, { param: path }),
  });
}

export function since<T>(version: string, param: Param<T>): Param<T> {
  return { ...param, told: { ...param.told, since: version } };
}

/** All of a request's parameters, or the first problem with them. */
export function decode<F extends Fields>(fields: F, root: FormNode): Decoded<F> | Malformed {
  const strangers = strangersIn(fields, root, "");
  const [first] = strangers;
  if (first !== undefined) {
    const plural = strangers.length > 1 ? "s" : "";
    return malformed(`Received unknown parameter${plural}: ${strangers.map(shorten).join(", ")}`, { code: "parameter_unknown", param: shorten(first) });
  }
  return readFields(fields, root, "");
}

export function declarations(fields: Fields): readonly ParameterDeclaration[] {
  return Object.entries(fields).map(([name, field]) => ({ name, required: field.required, ...field.param.told }));
}

function readFields<F extends Fields>(fields: F, node: FormNode, path: string): Decoded<F> | Malformed {
  const read: [string, unknown][] = [];
  for (const [name, field] of Object.entries(fields)) {
    const at = below(path, name);
    const raw = node.get(name);
    if (raw === undefined) {
      if (field.required) return malformed(`Missing required param: ${at}.`, { code: "parameter_missing", param: at });
      read.push([name, undefined]);
      continue;
    }
    const value = field.param.read(raw, at);
    if (value instanceof Malformed) return value;
    read.push([name, value]);
  }
  // Each member was read by the field of its own name, which the compiler cannot follow through a loop.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(read) as Decoded<F>;
}

function strangersIn(fields: Fields, node: FormNode, path: string): readonly string[] {
  const found: string[] = [];
  for (const [name, raw] of node) {
    const at = below(path, name);
    if (!Object.hasOwn(fields, name)) found.push(at);
    else found.push(...(fields[name]?.param.strangers(raw, at) ?? []));
  }
  return found;
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}[${name}]`;
}

function empty(path: string): Malformed {
  return malformed(
    `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a parameter; however '${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`,
    { code: "parameter_invalid_empty", param: path },
  );
}

function notInteger(raw: FormValue, path: string): Malformed {
  const shown = typeof raw === "string" ? `: ${shorten(raw)}` : "";
  return malformed(`Invalid integer${shown}`, { code: "parameter_invalid_integer", param: path });
}

function tooLong(path: string, length: number, max: number): Malformed {
  return malformed(`Invalid string: it has ${length} characters, and '${path}' can have at most ${max}.`, { param: path });
}

const SHOWN_MAX = 100;

/** A caller's own text, short enough to be shown in an answer. */
function shorten(raw: string): string {
  return raw.length > SHOWN_MAX ? `${raw.slice(0, SHOWN_MAX)}...` : raw;
}

/** `a`, `a or b`, `a, b, or c`. */
function spoken(values: readonly string[]): string {
  if (values.length < 3) return values.join(" or ");
  return `${values.slice(0, -1).join(", ")}, or ${values.at(-1) ?? ""}`;
}
