/**
 * What an endpoint says of itself, apart from how it decodes and answers: the coverage tables, the API documents and the
 * explorer are all made from it. Each dialect's parameters carry their own declaration beside their own decoder.
 */
export type ParameterDeclaration = {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "timestamp" | "enum" | "object" | "array" | "map";
  readonly required: boolean;
  readonly nullable: boolean;
  readonly limits: Limits;
  readonly values: readonly string[];
  /** The members of an object, or of an array's items. */
  readonly fields: readonly ParameterDeclaration[];
  /** Instead of an object, one value of this type may be sent. */
  readonly shorthand: "timestamp" | null;
  readonly about: string;
  /** The API version from which on the parameter is there, or is as it is declared. */
  readonly since: string | null;
  /** Why a parameter of the vendor's is refused here, with a message that says so; null where it is served. */
  readonly unsupported: string | null;
};

/** Bounds are included, and lengths count characters. */
export type Limits = {
  readonly min?: bigint;
  readonly max?: bigint;
  /** Of a text, or of each value of a map. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** A regular expression, as JSON Schema has them. */
  readonly pattern?: string;
  /** Of an array's items, or of a map's keys. */
  readonly maxItems?: number;
  readonly maxKeyLength?: number;
};

export const NO_LIMITS: Limits = {};

export type EndpointDeclaration = {
  readonly method: Method;
  /** With `:name` for each path parameter. */
  readonly path: string;
  readonly title: string;
  /** The contract and section that it follows. */
  readonly source: string;
  readonly pathParameters: readonly ParameterDeclaration[];
  readonly query: readonly ParameterDeclaration[];
  readonly body: readonly ParameterDeclaration[];
  readonly returns: Returns;
};

/** The object that an endpoint answers with, by the name that its dialect has for it, or a list of them. */
export type Returns = { readonly object: string; readonly list: boolean };

export type Method = "GET" | "POST" | "PUT" | "DELETE";
