/**
 * What a JSON object looks like, said once: its schema in the API documents, and the type that whoever encodes it must
 * return, are both made from it. Objects refer to one another by name, since they may lead back to where they came from.
 */
import { orNull, type JsonSchema } from "./json-schema.ts";

/** A value that has no shape below it. `holds` is never there: it carries the type. */
export interface Plain<T> {
  readonly kind: "plain";
  readonly schema: JsonSchema;
  readonly holds?: T;
}
export interface Nullable<S = Shape> {
  readonly kind: "nullable";
  readonly of: S;
}
export interface ListOf<S = Shape> {
  readonly kind: "list";
  readonly of: S;
}
export interface Either<S = Shape> {
  readonly kind: "either";
  readonly of: readonly S[];
}
/** Another object of the same API. */
export interface Named<Name extends string = string> {
  readonly kind: "named";
  readonly name: Name;
}
export interface Members<R extends Rows = Rows> {
  readonly kind: "members";
  readonly rows: R;
  readonly about: string | null;
}
/** A member that is left out where it does not apply. Any other is always there. */
export interface Sometimes<S = Shape> {
  readonly kind: "sometimes";
  readonly of: S;
}

export type Shape = Plain<unknown> | Nullable | ListOf | Either | Named | Members;
export type Row = Shape | Sometimes;
export interface Rows {
  readonly [name: string]: Row;
}

/**
 * The type of what has this shape. `Names` are the API's objects by name; `Gap` is what may stand for a member that is
 * left out: nothing, or undefined where the encoder leaves it to `JSON.stringify`.
 */
export type Shown<S, Names, Gap = never> =
  S extends Plain<infer T> ? T
  : S extends Nullable<infer Of> ? Shown<Of, Names, Gap> | null
  : S extends ListOf<infer Of> ? Shown<Of, Names, Gap>[]
  : S extends Either<infer Of> ? Shown<Of, Names, Gap>
  : S extends Named<infer Name> ? (Name extends keyof Names ? Names[Name] : never)
  : S extends Members<infer R> ? ShownRows<R, Names, Gap>
  : never;

type ShownRows<R, Names, Gap> = {
  -readonly [Name in keyof R as R[Name] extends Sometimes<unknown> ? never : Name]: Shown<R[Name], Names, Gap>;
} & {
  -readonly [Name in keyof R as R[Name] extends Sometimes<unknown> ? Name : never]?: (R[Name] extends Sometimes<infer Of> ? Shown<Of, Names, Gap> : never) | Gap;
};

export const text: Plain<string> = { kind: "plain", schema: { type: "string" } };
export const whole: Plain<number> = { kind: "plain", schema: { type: "integer" } };
export const flag: Plain<boolean> = { kind: "plain", schema: { type: "boolean" } };
/** A member that is there for its readers' sake, and has nothing to say here. */
export const nothing: Plain<null> = { kind: "plain", schema: { type: "null" } };
/** Texts by names that the caller chose. */
export const texts: Plain<Record<string, string>> = { kind: "plain", schema: { type: "object", additionalProperties: { type: "string" } } };

export function formatted<T>(of: Plain<T>, format: string): Plain<T> {
  return { ...of, schema: { ...of.schema, format } };
}

export function literal<const V extends string>(value: V): Plain<V> {
  return { kind: "plain", schema: { type: "string", const: value } };
}

export function oneOf<const V extends string>(values: readonly V[]): Plain<V> {
  return { kind: "plain", schema: { type: "string", enum: values } };
}

export function nullable<S extends Shape>(of: S): Nullable<S> {
  return { kind: "nullable", of };
}

export function list<S extends Shape>(of: S): ListOf<S> {
  return { kind: "list", of };
}

export function either<const S extends readonly Shape[]>(...of: S): Either<S[number]> {
  return { kind: "either", of };
}

export function named<const Name extends string>(name: Name): Named<Name> {
  return { kind: "named", name };
}

export function sometimes<S extends Shape>(of: S): Sometimes<S> {
  return { kind: "sometimes", of };
}

export function members<R extends Rows>(rows: R, about: string | null = null): Members<R> {
  return { kind: "members", rows, about };
}

/** The schema, in which `refer` says where the objects stand that are named. */
export function schemaOf(shape: Shape, refer: (name: string) => string): JsonSchema {
  switch (shape.kind) {
    case "plain":
      return shape.schema;
    case "nullable":
      return orNull(schemaOf(shape.of, refer));
    case "list":
      return { type: "array", items: schemaOf(shape.of, refer) };
    case "either":
      return { anyOf: shape.of.map((of) => schemaOf(of, refer)) };
    case "named":
      return { $ref: refer(shape.name) };
    case "members": {
      const rows = Object.entries(shape.rows);
      const always = rows.filter(([, row]) => row.kind !== "sometimes").map(([name]) => name);
      return {
        type: "object",
        ...(shape.about === null ? {} : { description: shape.about }),
        ...(always.length === 0 ? {} : { required: always }),
        properties: Object.fromEntries(rows.map(([name, row]) => [name, schemaOf(row.kind === "sometimes" ? row.of : row, refer)])),
      };
    }
  }
}
