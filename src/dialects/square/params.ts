/**
 * Declared parameters. A field is declared once: from the declaration come the decoder, with Square's wording of each
 * mistake (Square's API reference: errors), and the row in the API documents. All bad fields are told at once, in declared order.
 */
import type { FormNode } from "../../base/form.ts";
import { isJsonObject, JsonNumber, member, type JsonIn, type JsonObjectIn } from "../../base/json.ts";
import { currencies, currency, type Currency } from "../../domain/currency.ts";
import type { Millis } from "../../domain/id.ts";
import { AMOUNT_MAX, type Money } from "../../domain/money.ts";
import { NO_LIMITS, type Limits, type ParameterDeclaration } from "../../engine/declaration.ts";
import { DETAIL, squareError, type ErrorCode, type SquareError } from "./errors.ts";
import { parseTime } from "./times.ts";

type Declared = Omit<ParameterDeclaration, "name">;
type Read<T> = { readonly value: T } | null;
type Place = { readonly field: string; readonly report: (error: SquareError) => void };

export type Field<T> = {
  readonly declaration: Declared;
  /** The value, or null once a mistake was reported. */
  readonly read: (value: JsonIn | undefined, place: Place) => Read<T>;
};

export type Shape<T> = { readonly [K in keyof T]: Field<T[K]> };

/** What a shape decodes to. */
export type Values<S> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never };

/** What the fields say together: of those that could be read; the others are not there. */
export type Check<T> = (values: Partial<T>) => readonly SquareError[];

export type Decoded<T> = { readonly values: T } | { readonly errors: readonly SquareError[] };

export function decode<T extends object>(shape: Shape<T>, source: JsonObjectIn, check: Check<T>): Decoded<T> {
  const errors: SquareError[] = [];
  const values = readMembers(shape, source, { field: "", report: (error) => errors.push(error) });
  errors.push(...check(values));
  if (errors.length === 0 && isWhole(shape, values)) return { values };
  const order = Object.keys(shape);
  const place = ({ field }: SquareError) => order.indexOf(field?.split(/[.[]/)[0] ?? "");
  return { errors: errors.toSorted((one, other) => place(one) - place(other)) };
}

/** Query parameters, as the JSON that they would be. An empty one counts as absent. */
export function queryAsJson<T>(shape: Shape<T>, query: FormNode): JsonObjectIn {
  const members: [string, JsonIn][] = [];
  for (const key in shape) {
    const text = query.get(key);
    if (text === undefined || text === "") continue;
    members.push([key, typeof text === "string" ? asJson(shape[key].declaration.type, text) : {}]);
  }
  return Object.fromEntries(members);
}

function asJson(type: Declared["type"], text: string): JsonIn {
  if (type === "integer" && INTEGER.test(text)) return new JsonNumber(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

export function declarations<T>(shape: Shape<T>): ParameterDeclaration[] {
  const rows: ParameterDeclaration[] = [];
  for (const name in shape) rows.push({ name, ...shape[name].declaration });
  return rows;
}

function declare(type: Declared["type"], about: string, more: Partial<Declared> = {}): Declared {
  const none = { limits: NO_LIMITS, values: [], fields: [], shorthand: null, since: null, unsupported: null };
  return { ...none, type, about, required: true, nullable: false, ...more };
}

const NOT_BLANK = "\\S";

/** Text that must be there, and be more than blanks. */
export function string(about: string, limits: TextLimits = {}): Field<string> {
  return {
    declaration: declare("string", about, { limits: { minLength: 1, pattern: NOT_BLANK, ...inCharacters(limits) } }),
    read(value, place) {
      if (value === undefined || value === null || (typeof value === "string" && value.trim() === "")) {
        return no(place.report, "VALUE_EMPTY", DETAIL.blank, place.field);
      }
      return readText(value, limits, place);
    },
  };
}

/** Text that may be absent, null or empty. */
export function text(about: string, limits: TextLimits & { readonly nullable?: boolean } = {}): Field<string | null> {
  return {
    declaration: declare("string", about, { limits: inCharacters(limits), required: false, nullable: limits.nullable ?? false }),
    read: (value, place) => (value === undefined || value === null ? { value: null } : readText(value, limits, place)),
  };
}

type TextLimits = { readonly max?: number };

/** Length counts code points. Text that not every store can keep alike is refused. */
function readText(value: JsonIn, { max }: TextLimits, { field, report }: Place): Read<string> {
  if (typeof value !== "string") return no(report, "EXPECTED_STRING", DETAIL.expectedString, field);
  if (value.includes("\u0000") || !value.isWellFormed()) return no(report, "INVALID_VALUE", DETAIL.notStorable, field);
  if (max !== undefined && Array.from(value).length > max) return no(report, "VALUE_TOO_LONG", DETAIL.tooLong(max), field);
  return { value };
}

function inCharacters({ max }: TextLimits): Limits {
  return max === undefined ? NO_LIMITS : { maxLength: max };
}

/** Text of a form: `make` gives null for text that has another. */
function formed<T>(declaration: Declared, make: (text: string) => T | null, wrong: { readonly code: ErrorCode; readonly detail: string }): Field<T> {
  const plain = string(declaration.about);
  return {
    declaration,
    read(value, place) {
      const read = plain.read(value, place);
      if (read === null) return null;
      const made = make(read.value);
      return made === null ? no(place.report, wrong.code, wrong.detail, place.field) : { value: made };
    },
  };
}

export function matching(pattern: RegExp, about: string, wrong: { readonly code: ErrorCode; readonly detail: string }): Field<string> {
  return formed(declare("string", about, { limits: { pattern: pattern.source } }), (text) => (pattern.test(text) ? text : null), wrong);
}

export function oneOf<const V extends string>(values: readonly V[], about: string, wrong?: { readonly code: ErrorCode; readonly detail: string }): Field<V> {
  const find = (text: string) => values.find((value) => value === text) ?? null;
  return formed(declare("enum", about, { values }), find, wrong ?? { code: "INVALID_ENUM_VALUE", detail: DETAIL.notOneOf(values) });
}

export function timestamp(about: string): Field<Millis> {
  return formed(declare("timestamp", about), parseTime, { code: "INVALID_TIME", detail: DETAIL.time });
}

const INTEGER = /^-?\d+$/;
/** One digit more than the greatest amount has: longer ones are beyond it, whatever they are. */
const DIGITS_MAX = 17;

/** A whole number written as one: `1.0` and `1e3` are not, and nothing is rounded. */
export function integer(about: string, { min, max }: { readonly min: bigint; readonly max: bigint }): Field<bigint> {
  return {
    declaration: declare("integer", about, { limits: { min, max } }),
    read(value, { field, report }) {
      if (value === undefined || value === null) return no(report, "MISSING_REQUIRED_PARAMETER", DETAIL.unset, field);
      if (!(value instanceof JsonNumber) || !INTEGER.test(value.source)) {
        return no(report, "EXPECTED_INTEGER", DETAIL.expectedInteger, field);
      }
      const { source } = value;
      const long = source.length > DIGITS_MAX;
      const number = long ? (source.startsWith("-") ? min - 1n : max + 1n) : BigInt(source);
      if (number < min) return no(report, "VALUE_TOO_LOW", DETAIL.tooLow(min), field);
      if (number > max) return no(report, "VALUE_TOO_HIGH", DETAIL.tooHigh(max), field);
      return { value: number };
    },
  };
}

export function boolean(about: string): Field<boolean> {
  return {
    declaration: declare("boolean", about),
    read(value, { field, report }) {
      if (value === undefined || value === null) return no(report, "MISSING_REQUIRED_PARAMETER", DETAIL.unset, field);
      return typeof value === "boolean" ? { value } : no(report, "EXPECTED_BOOLEAN", DETAIL.expectedBoolean, field);
    },
  };
}

export function object<T extends object>(about: string, shape: Shape<T>): Field<T> {
  return {
    declaration: declare("object", about, { fields: declarations(shape) }),
    read(value, { field, report }) {
      if (value === undefined || value === null) return no(report, "MISSING_REQUIRED_PARAMETER", DETAIL.unset, field);
      if (!isJsonObject(value)) return no(report, "EXPECTED_OBJECT", DETAIL.expectedObject, field);
      const values = readMembers(shape, value, { field, report });
      return isWhole(shape, values) ? { value: values } : null;
    },
  };
}

/** At least one, and at most so many: each mistake is told at its item's own place. */
export function list<T>(about: string, item: Field<T>, { max }: { readonly max: number }): Field<readonly T[]> {
  return {
    declaration: declare("array", about, { limits: { maxItems: max }, fields: [{ name: "[]", ...item.declaration }] }),
    read(value, { field, report }) {
      if (value === undefined || value === null) return no(report, "MISSING_REQUIRED_PARAMETER", DETAIL.unset, field);
      if (!isList(value)) return no(report, "EXPECTED_ARRAY", DETAIL.expectedArray, field);
      if (value.length === 0) return no(report, "ARRAY_EMPTY", DETAIL.arrayEmpty, field);
      if (value.length > max) return no(report, "ARRAY_LENGTH_TOO_LONG", DETAIL.arrayTooLong(max), field);
      const read = value.map((one, i) => item.read(one, { field: `${field}[${i}]`, report }));
      const items = read.filter((one) => one !== null);
      return items.length === read.length ? { value: items.map(({ value: one }) => one) } : null;
    },
  };
}

function isList(value: JsonIn | undefined): value is readonly JsonIn[] {
  return Array.isArray(value);
}

/** Amounts of the wire are minor units; zero is only for fees and tips. `own`: the one currency that it may be in, where that is known beforehand. */
export function money(about: string, min: 0n | 1n, own: Currency | null = null): Field<Money> {
  const code: Field<Currency> = formed(
    declare("enum", "The ISO 4217 code, in capitals.", { values: currencies() }),
    currency,
    { code: "INVALID_ENUM_VALUE", detail: DETAIL.notCurrency },
  );
  return object(about, { amount: integer("Minor units.", { min, max: AMOUNT_MAX }), currency: own === null ? code : only(own, code) });
}

/** Told beside whatever else is wrong. */
function only(own: Currency, { declaration, read }: Field<Currency>): Field<Currency> {
  return {
    declaration,
    read(value, place) {
      const given = read(value, place);
      return given === null || given.value === own ? given : no(place.report, "INVALID_VALUE", DETAIL.currencyOfMerchant(own, given.value), place.field);
    },
  };
}

/** Absent and null are one. */
export function optional<T>(field: Field<T>, more: Pick<Partial<Declared>, "nullable"> = {}): Field<T | null> {
  return {
    declaration: { ...field.declaration, ...more, required: false },
    read: (value, place) => (value === undefined || value === null ? { value: null } : field.read(value, place)),
  };
}

/** As `optional`, where the contract itself lets null be sent. */
export function nullable<T>(field: Field<T>): Field<T | null> {
  return optional(field, { nullable: true });
}

/** Known to Square, and refused here rather than passed over: whoever sends it counts on what it does. */
export function unsupported(type: Declared["type"], about: string, reason: string): Field<null> {
  return {
    declaration: declare(type, about, { required: false, unsupported: reason }),
    read: (value, { field, report }) =>
      value === undefined || value === null ? { value: null } : no(report, "BAD_REQUEST", DETAIL.notServed(field), field),
  };
}

function no(report: Place["report"], code: ErrorCode, detail: string, field: string): null {
  report(squareError(code, detail, field));
  return null;
}

function readMembers<T extends object>(shape: Shape<T>, source: JsonObjectIn, { field, report }: Place): Partial<T> {
  const values: Partial<T> = {};
  for (const key in shape) {
    const read = shape[key].read(member(source, key), { field: field === "" ? key : `${field}.${key}`, report });
    if (read !== null) values[key] = read.value;
  }
  return values;
}

function isWhole<T extends object>(shape: Shape<T>, values: Partial<T>): values is T {
  return Object.keys(shape).every((key) => Object.hasOwn(values, key));
}
