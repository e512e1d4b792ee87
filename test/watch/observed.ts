/**
 * What the answers of a server were seen to be, beside what their shapes say that they may be: a member that comes and
 * goes must have been seen to do both, one that may be null must have been null and not, and each word must have been said.
 */
import type { Shape } from "../../src/base/shape.ts";
import { present } from "../../src/base/assert.ts";
import type { ApiDescription } from "../../src/engine/api-description.ts";
import type { Dialect } from "../../src/engine/wire.ts";

export class Observed {
  readonly #seen = new Map<string, Set<string>>();
  readonly #apis = new Map<string, ApiDescription>();

  readonly around = (dialect: Dialect): Dialect => {
    const { name, api } = dialect;
    const seen = new Set<string>();
    this.#seen.set(name, seen);
    this.#apis.set(name, api);
    return {
      ...dialect,
      endpoints: dialect.endpoints.map(({ declaration, handle }) => ({
        declaration,
        handle: async (request) => {
          const reply = await handle(request);
          const [shape, at] = reply.status === 200 ? [api.answer(declaration.returns), declaration.returns.list ? "list" : ""] as const : [api.error, "error"] as const;
          observe(JSON.parse(reply.body), { shape, at, api, seen });
          return reply;
        },
      })),
    };
  };

  /** All that the dialect's objects may be by their shapes and were not seen to be. */
  unseen(name: string): string[] {
    const api = present(this.#apis.get(name), `the dialect ${name}`);
    const shapes = [...Object.entries(api.objects), ["error", api.error] as const];
    const claimed = shapes.flatMap(([object, shape]) => claims(shape, object));
    const seen = present(this.#seen.get(name), "what was seen");
    return [...new Set(claimed)].filter((claim) => !seen.has(claim));
  }
}

/** Everything that the shape says may be, as texts such as `charge.refunds is absent`. */
function claims(shape: Shape, at: string): string[] {
  switch (shape.kind) {
    case "plain":
      return (shape.schema.enum ?? []).map((word) => `${at} is ${word}`);
    case "nullable":
      return [`${at} is null`, `${at} is not null`, ...claims(shape.of, at)];
    case "list":
      return [`${at}[] is there`, ...claims(shape.of, `${at}[]`)];
    case "either":
      return shape.of.flatMap((of, i) => [`${at} is of kind ${i}`, ...claims(of, at)]);
    case "named":
      return [];
    case "members":
      return Object.entries(shape.rows).flatMap(([name, row]) => {
        const path = `${at}.${name}`;
        return row.kind === "sometimes" ? [`${path} is absent`, `${path} is there`, ...claims(row.of, path)] : claims(row, path);
      });
  }
}

type Place = { readonly shape: Shape; readonly at: string; readonly api: ApiDescription; readonly seen: Set<string> };

function observe(value: unknown, { shape, at, api, seen }: Place): void {
  switch (shape.kind) {
    case "plain":
      if (shape.schema.enum !== undefined) seen.add(`${at} is ${String(value)}`);
      return;
    case "nullable":
      seen.add(`${at} is ${value === null ? "null" : "not null"}`);
      if (value !== null) observe(value, { shape: shape.of, at, api, seen });
      return;
    case "list":
      if (!Array.isArray(value)) return;
      for (const item of value) {
        seen.add(`${at}[] is there`);
        observe(item, { shape: shape.of, at: `${at}[]`, api, seen });
      }
      return;
    case "either": {
      const i = shape.of.findIndex((of) => fits(value, of, api));
      seen.add(`${at} is of kind ${i}`);
      observe(value, { shape: present(shape.of[i], `a shape for ${at}`), at, api, seen });
      return;
    }
    case "named":
      observe(value, { shape: present(api.objects[shape.name], shape.name), at: shape.name, api, seen });
      return;
    case "members": {
      const members = new Map<string, unknown>(Object.entries(Object(value)));
      for (const [name, row] of Object.entries(shape.rows)) {
        const path = `${at}.${name}`;
        if (row.kind === "sometimes") seen.add(`${path} is ${members.has(name) ? "there" : "absent"}`);
        if (members.has(name)) observe(members.get(name), { shape: row.kind === "sometimes" ? row.of : row, at: path, api, seen });
      }
    }
  }
}

/** Which of several shapes a value has: told by its JSON type, and for objects by the words that they always say. */
function fits(value: unknown, shape: Shape, api: ApiDescription): boolean {
  if (shape.kind === "named") return typeof value === "object" && fits(value, present(api.objects[shape.name], shape.name), api);
  if (shape.kind !== "members") return typeof value !== "object";
  const members = new Map<string, unknown>(Object.entries(Object(value)));
  return Object.entries(shape.rows).every(([name, row]) => row.kind !== "plain" || row.schema.const === undefined || row.schema.const === members.get(name));
}
