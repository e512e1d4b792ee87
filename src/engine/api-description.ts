/** What a dialect says of its API as a whole, beside its endpoints' declarations: all that the API documents need. */
import type { JsonSchema } from "../base/json-schema.ts";
import type { Shape } from "../base/shape.ts";
import type { ParameterDeclaration, Returns } from "./declaration.ts";

export type ApiDescription = {
  readonly title: string;
  readonly about: string;
  /** The vendor's API version that is spoken to those who name none. */
  readonly version: string;
  /** Forms are written with brackets, `a[b]=1`; JSON is JSON. */
  readonly body: "form" | "json";
  /** Whether a parameter that was never declared is refused; else it is passed over. */
  readonly closed: boolean;
  readonly timestamp: JsonSchema;
  /** What may be sent in place of a value, to take it away or to say nothing; null where nothing may. */
  readonly blank: (parameter: ParameterDeclaration) => JsonSchema | null;
  readonly headers: readonly HeaderDeclaration[];
  readonly security: Readonly<Record<string, SecurityScheme>>;
  /** The objects, by the names that endpoints and other objects have for them. */
  readonly objects: Readonly<Record<string, Shape>>;
  /** The whole answer around the object, or the objects, that an endpoint returns. */
  readonly answer: (returns: Returns) => Shape;
  /** The answer when it is a no, of whatever kind. */
  readonly error: Shape;
};

export type HeaderDeclaration = {
  readonly name: string;
  readonly about: string;
  readonly schema: JsonSchema;
  readonly on: "all" | "writes";
};

export type SecurityScheme = { readonly type: "http"; readonly scheme: "bearer" | "basic"; readonly description: string };
