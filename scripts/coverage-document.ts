/** The coverage documents as Markdown, one for each dialect: what its endpoints declare, and what tests were seen to send. */
import { currency } from "../src/domain/currency.ts";
import { present } from "../src/base/assert.ts";
import { nativeDialect } from "../src/dialects/native/dialect.ts";
import { squareDialect } from "../src/dialects/square/dialect.ts";
import { stripeDialect } from "../src/dialects/stripe/dialect.ts";
import { Balances } from "../src/engine/balances.ts";
import type { EndpointDeclaration, ParameterDeclaration } from "../src/engine/declaration.ts";
import type { Desk, Dialect } from "../src/engine/wire.ts";
import { makeSandbox } from "../src/processors/sandbox/sandbox.ts";
import { openMemoryStore } from "../src/stores/memory/store.ts";
import type { Recording, SentTo } from "../test/watch/watch.ts";
import { limitWords } from "./limit-words.ts";
import { addressOf, REFUND_FAMILY } from "./refund-family.ts";
import { SQUARE_TEXTS_PATH, squareTexts } from "./square-texts.ts";

const HEAD = `Made by \`npm run coverage\`; \`npm test\` holds it against the declarations that decode the requests, and against what its tests send.

- **answered**: whether the parameter is taken; one that is taken without effect says so. What is not answered is refused with a message, never dropped.
- **tested**: whether a test in \`test/conformance\` or \`test/dialects\` sends it. *yes*: in a request that is done. *refused*: only in requests that are refused. *no*: in none.
  It was recorded while those tests ran ([tested.json](tested.json)), and says that it is sent, not how closely the answer is looked at. A parameter that is not answered is tested when it was sent and refused.`;

/** By the path of the file. */
export function coverageDocuments(recording: Recording): ReadonlyMap<string, string> {
  return new Map([[SQUARE_TEXTS_PATH, squareTexts()], ...dialects().map((dialect): [string, string] => [`docs/coverage/${dialect.name}.md`, documentOf(dialect, recording)])]);
}

export function dialects(): readonly Dialect[] {
  const store = openMemoryStore();
  const desk: Desk = {
    execute: () => Promise.reject(new Error("the declarations are read, nothing is run")),
    read: store,
    balances: new Balances(store, () => 0),
    processor: makeSandbox(),
    now: () => 0,
    outbox: store.outbox,
    vault: null,
    mayTell: () => null,
    eventDays: 30,
    send: () => Promise.reject(new Error("nothing is sent")),
  };
  return [stripeDialect(desk), squareDialect(desk, { currency: present(currency("USD"), "USD"), unlinked: true }), nativeDialect(desk, new Map())];
}

function documentOf({ name, endpoints }: Dialect, recording: Recording): string {
  const declarations = endpoints.map(({ declaration }) => declaration);
  const sent = (declaration: EndpointDeclaration) => recording[name]?.[nameOf(declaration)];
  const lines = [
    `# What is spoken of ${name.charAt(0).toUpperCase()}${name.slice(1)}'s API`,
    "",
    HEAD,
    "",
    "| endpoint | answers with | parameters | of them answered | of them tested |",
    "|---|---|---|---|---|",
    ...declarations.map((declaration) => summary(declaration, sent(declaration))),
    "",
    ...missing(name, declarations),
    ...declarations.flatMap((declaration) => section(declaration, sent(declaration))),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

export function nameOf({ method, path }: EndpointDeclaration): string {
  return `${method} ${path}`;
}

type Row = { readonly path: string; readonly parameter: ParameterDeclaration };

/** Every parameter at every depth, with the path that it has in tables and recordings. */
export function rowsOf({ query, body }: Pick<EndpointDeclaration, "query" | "body">): readonly Row[] {
  return [...query, ...body].flatMap((parameter) => rowsBelow(parameter, ""));
}

function rowsBelow(parameter: ParameterDeclaration, above: string): readonly Row[] {
  const path = above === "" ? parameter.name : parameter.name === "[]" ? `${above}[]` : `${above}.${parameter.name}`;
  return [{ path, parameter }, ...parameter.fields.flatMap((field) => rowsBelow(field, path))];
}

function summary(declaration: EndpointDeclaration, sent: SentTo | undefined): string {
  const rows = rowsOf(declaration);
  const answered = rows.filter(({ parameter }) => parameter.unsupported === null);
  const tested = rows.filter((row) => testedWord(row, sent) === "yes");
  const anchor = nameOf(declaration).toLowerCase().replaceAll(/[^a-z0-9_ -]/g, "").replaceAll(" ", "-");
  const whole = sent?.endpoint === "done" ? `${tested.length}` : "the endpoint is not tested";
  return `| [${nameOf(declaration)}](#${anchor}) | ${answerOf(declaration)} | ${rows.length} | ${answered.length} | ${whole} |`;
}

function answerOf({ returns }: EndpointDeclaration): string {
  return `${returns.list ? "list of " : ""}${returns.object}`;
}

function missing(dialect: string, declarations: readonly EndpointDeclaration[]): string[] {
  const served = new Set(declarations.map(addressOf));
  const absent = (REFUND_FAMILY[dialect] ?? []).filter((known) => !served.has(addressOf(known)));
  if (absent.length === 0) return ["Every endpoint of the refund family is there.", ""];
  return ["## Not there yet", "", "Endpoints of the refund family that are not served, and so are unknown addresses:", "", ...absent.map(({ method, path, title }) => `- \`${method} ${path}\`: ${title}`), ""];
}

function section(declaration: EndpointDeclaration, sent: SentTo | undefined): string[] {
  const { title, source } = declaration;
  const rows = rowsOf(declaration);
  const head = [`## ${nameOf(declaration)}`, "", `${title}. Answers with: ${answerOf(declaration)}. Source: ${source}.`, ""];
  if (rows.length === 0) return [...head, "No parameters.", ""];
  return [...head, "| parameter | type | required | limits | answered | tested | meaning |", "|---|---|---|---|---|---|---|", ...rows.map((row) => line(row, sent)), ""];
}

/** So many values of an enum are named; currencies are more. */
const VALUES_SHOWN = 20;

function line(row: Row, sent: SentTo | undefined): string {
  const { type, required, nullable, limits, values, about, since, unsupported } = row.parameter;
  const kind = values.length > VALUES_SHOWN ? `one of ${values.length} values` : values.length > 0 ? values.join(" \\| ") : type;
  const limit = [...limitWords(type, limits), nullable ? "may be cleared" : "", since === null ? "" : `from ${since}`].filter((part) => part !== "").join("; ");
  const meaning = unsupported === null || unsupported === about ? about : `${about} ${unsupported}`;
  return `| \`${row.path}\` | ${kind} | ${required ? "yes" : ""} | ${limit} | ${unsupported === null ? "yes" : "no"} | ${testedWord(row, sent)} | ${meaning.replaceAll("|", "\\|")} |`;
}

function testedWord({ path, parameter }: Row, sent: SentTo | undefined): "yes" | "refused" | "no" {
  const how = sent?.parameters[path];
  if (how === undefined) return "no";
  // To be refused is what is asked of a parameter that is not served.
  return how === "done" || parameter.unsupported !== null ? "yes" : "refused";
}
