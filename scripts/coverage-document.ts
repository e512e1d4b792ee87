/** The coverage table as Markdown. */
import { currency } from "../src/domain/currency.ts";
import { present } from "../src/base/assert.ts";
import { squareDialect } from "../src/dialects/square/dialect.ts";
import { stripeDialect } from "../src/dialects/stripe/dialect.ts";
import { Balances } from "../src/engine/balances.ts";
import type { EndpointDeclaration, ParameterDeclaration } from "../src/engine/declaration.ts";
import type { Desk } from "../src/engine/wire.ts";
import { makeSandbox } from "../src/processors/sandbox/sandbox.ts";
import { openMemoryStore } from "../src/stores/memory/store.ts";

export function coverageDocument(): string {
  const store = openMemoryStore();
  const desk: Desk = {
    execute: () => Promise.reject(new Error("the declarations are read, nothing is run")),
    read: store,
    balances: new Balances(store, () => 0),
    processor: makeSandbox(),
    now: () => 0,
  };
  const dialects = [stripeDialect(desk), squareDialect(desk, { currency: present(currency("USD"), "USD") })];
  const lines = ["# What is spoken", "", "Made by `npm run coverage` from the declarations that decode the requests; a test holds it against them.", ""];
  for (const { name, endpoints } of dialects) {
    lines.push(`## ${name.charAt(0).toUpperCase()}${name.slice(1)}`, "");
    for (const { declaration } of endpoints) lines.push(...section(declaration));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function section({ method, path, title, source, query, body, returns }: EndpointDeclaration): string[] {
  const parameters = [...query, ...body];
  const head = [`### ${method} ${path}`, "", `${title}. Answers with: ${returns}. Source: ${source}.`, ""];
  if (parameters.length === 0) return [...head, "No parameters.", ""];
  const rows = parameters.flatMap((parameter) => row(parameter, ""));
  return [...head, "| parameter | type | required | limits | served | meaning |", "|---|---|---|---|---|---|", ...rows, ""];
}

function row(parameter: ParameterDeclaration, path: string): string[] {
  const { type, required, nullable, limits, values, fields, about, since, unsupported } = parameter;
  const name = path === "" ? parameter.name : parameter.name === "[]" ? `${path}[]` : `${path}.${parameter.name}`;
  const kind = values.length > 0 ? values.join(" \\| ") : type;
  const limit = [limits ?? "", nullable ? "may be cleared" : "", since === null ? "" : `from ${since}`].filter((part) => part !== "").join("; ");
  const own = `| \`${name}\` | ${kind} | ${required ? "yes" : ""} | ${limit} | ${unsupported ? "no" : "yes"} | ${about.replaceAll("|", "\\|")} |`;
  return [own, ...fields.flatMap((field) => row(field, name))];
}
