/**
 * What an endpoint says of itself, apart from how it decodes and answers: the coverage tables, the API documents and the
 * explorer are all made from it. Each dialect's parameters carry their own declaration beside their own decoder.
 */
export type ParameterDeclaration = {
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "timestamp" | "enum" | "object" | "array" | "map";
  readonly required: boolean;
  readonly nullable: boolean;
  /** In people's words: `1..45 characters`, `at least 1`. */
  readonly limits: string | null;
  readonly values: readonly string[];
  /** The members of an object, or of an array's items. */
  readonly fields: readonly ParameterDeclaration[];
  readonly about: string;
  /** The API version from which on the parameter is there, or is as it is declared. */
  readonly since: string | null;
  /** Known to the vendor, and refused here with a message that says so. */
  readonly unsupported: boolean;
};

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
  /** The object that it answers with. */
  readonly returns: string;
};

export type Method = "GET" | "POST" | "PUT" | "DELETE";
