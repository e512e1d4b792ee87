/** The house stands as it is drawn: imports go down only, and rooms on one floor do not see one another. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";

const ROOT = join(import.meta.dirname, "..");

const FLOORS: Readonly<Record<string, number>> = { base: 0, domain: 1, engine: 2, dialects: 3, stores: 3, processors: 3, doors: 4 };
const MAIN = "src/main.ts";
const MAIN_FLOOR = 5;

/** What the kernel may not know of: waiting, time, chance, people at a screen, the machine. */
const IMPURE: readonly [string, RegExp][] = [
  ["await", /\bawait\b/],
  ["async", /\basync\b/],
  ["Date", /\bDate\b/],
  ["Math.random", /\bMath\s*\.\s*random\b/],
  ["crypto", /\bcrypto\b/],
  ["console", /\bconsole\b/],
  ["process", /\bprocess\b/],
  ["performance", /\bperformance\b/],
  ["a timer", /\bset(?:Timeout|Interval|Immediate)\b/],
];

/** Outside their own rooms, dialects are named only where the house is put together, and in the sandbox's table of their tokens. */
const MAY_NAME_DIALECTS = [MAIN, "src/doors/cli/", "src/processors/sandbox/"];
const DIALECT_NAMES = /stripe|square/i;

type Source = { readonly path: string; readonly text: string };

describe("the house", () => {
  it("imports only downwards, names no dialect outside its room, and keeps the kernel pure", () => {
    const sources = globSync("src/**/*.ts", { cwd: ROOT, exclude: ["src/web/**"] }).map((path) => ({
      path,
      text: readFileSync(join(ROOT, path), "utf8"),
    }));
    assert.ok(sources.length > 50, "the sources were found");
    assert.ok(sources.some(({ text }) => importsOf(text).length > 5), "their imports were found");
    assert.deepEqual(sources.flatMap(faultsOf), []);
  });

  const planted: readonly (Source & { readonly fault: RegExp })[] = [
    { path: "src/domain/money.ts", text: 'import { Engine } from "../engine/engine.ts";', fault: /up to src\/engine\/engine.ts/ },
    { path: "src/base/json.ts", text: 'export { currency } from "../domain/currency.ts";', fault: /up to/ },
    { path: "src/engine/engine.ts", text: 'import { openStore } from "../stores/sqlite/open.ts";', fault: /up to/ },
    { path: "src/engine/engine.ts", text: 'const s = await import("../stores/sqlite/open.ts");', fault: /up to/ },
    { path: "src/engine/engine.ts", text: 'type S = import("../stores/sqlite/open.ts").Store;', fault: /up to/ },
    { path: "src/dialects/native/routes.ts", text: 'import {\n  a,\n  b,\n} from "../stripe/ids.ts";', fault: /sees another room/ },
    { path: "src/dialects/native/routes.ts", text: 'import type { A } from "../../stores/memory/store.ts";', fault: /sees another room/ },
    { path: "src/stores/memory/store.ts", text: 'import "../sqlite/open.ts";', fault: /sees another room/ },
    { path: "src/doors/http/server.ts", text: 'import { serve } from "../cli/serve.ts";', fault: /sees another room/ },
    { path: "src/doors/http/server.ts", text: 'import { main } from "../../main.ts";', fault: /up to/ },
    { path: "src/engine/engine.ts", text: 'import { x } from "../../test/floors.test.ts";', fault: /outside the house/ },
    { path: "src/garden/tree.ts", text: "", fault: /on no floor/ },
    { path: "src/domain/id.ts", text: 'import { randomBytes } from "node:crypto";', fault: /node:crypto/ },
    { path: "src/domain/id.ts", text: 'import { z } from "zod";', fault: /zod/ },
    { path: "src/domain/id.ts", text: "const now = Date.now();", fault: /Date/ },
    { path: "src/domain/id.ts", text: "const chance = Math.random();", fault: /Math.random/ },
    { path: "src/domain/id.ts", text: "async function f() { await g(); }", fault: /await/ },
    { path: "src/domain/id.ts", text: 'console.log("here");', fault: /console/ },
    { path: "src/engine/job.ts", text: 'if (dialect === "stripe") skip();', fault: /names a dialect/ },
    { path: "src/doors/http/server.ts", text: "const squareHeader = 1;", fault: /names a dialect/ },
    { path: "src/dialects/square/ids.ts", text: "const a = `Stripe`;", fault: /names a dialect/ },
  ];
  for (const { path, text, fault } of planted) {
    it(`would be found out by ${path} with ${JSON.stringify(text)}`, () => {
      assert.match(faultsOf({ path, text }).join("\n"), fault);
    });
  }

  it("is not found at fault for what it may do", () => {
    const fine: readonly Source[] = [
      { path: MAIN, text: 'import { openStore } from "./stores/sqlite/open.ts";\nimport { stripe } from "./dialects/stripe/dialect.ts";' },
      { path: "src/stores/sqlite/open.ts", text: 'import { a } from "./store.ts";\nimport { b } from "../../engine/store.ts";\nimport c from "better-sqlite3";' },
      { path: "src/domain/id.ts", text: "// Stripe and Square await a Date.\nconst a = 1;" },
      { path: "src/dialects/square/ids.ts", text: 'const square = "square";' },
      { path: "src/engine/engine.ts", text: 'import { a } from "../base/assert.ts";' },
    ];
    assert.deepEqual(fine.flatMap(faultsOf), []);
  });
});

function faultsOf({ path, text }: Source): string[] {
  const code = withoutComments(text);
  const floor = floorOf(path);
  if (floor === null) return [`${path} stands on no floor`];
  const faults = importsOf(code).flatMap((name) => importFault(path, floor, name) ?? []);
  if (floor === FLOORS["domain"]) {
    for (const [what, pattern] of IMPURE) if (pattern.test(code)) faults.push(`${path} knows of ${what}`);
  }
  if (namesDialect(path, code)) faults.push(`${path} names a dialect`);
  return faults;
}

function importFault(path: string, floor: number, name: string): string | null {
  if (!name.startsWith(".")) return floor === FLOORS["domain"] ? `${path} imports ${name}` : null;
  const target = normalize(join(dirname(path), name)).replaceAll("\\", "/");
  if (!target.startsWith("src/")) return `${path} imports ${target}, which is outside the house`;
  const below = floorOf(target);
  if (below === null) return `${path} imports ${target}, which stands on no floor`;
  if (below > floor) return `${path} imports up to ${target}`;
  if (below === floor && roomOf(path) !== roomOf(target)) return `${path} sees another room: ${target}`;
  return null;
}

function floorOf(path: string): number | null {
  return path === MAIN ? MAIN_FLOOR : (FLOORS[path.split("/")[1] ?? ""] ?? null);
}

/** From floor 3 up each folder is a room; below, the whole floor is one. */
function roomOf(path: string): string {
  const [, floor = "", room = ""] = path.split("/");
  return (FLOORS[floor] ?? MAIN_FLOOR) < 3 ? floor : `${floor}/${room}`;
}

/** A dialect's own room may say its own name, and no other's. */
function namesDialect(path: string, code: string): boolean {
  if (MAY_NAME_DIALECTS.some((place) => path.startsWith(place))) return false;
  const own = /^src\/dialects\/([a-z]+)\//.exec(path)?.[1];
  return DIALECT_NAMES.test(own === undefined ? code : code.replaceAll(new RegExp(own, "gi"), ""));
}

/** `import … from`, `export … from`, bare and dynamic imports, in values and in types. */
function importsOf(text: string): string[] {
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*["'`]([^"'`]+)["'`]/g);
  return [...found].map((match) => match[1] ?? "");
}

/** Comments may say what they like. Texts stay, and a `//` inside one is not a comment. */
function withoutComments(text: string): string {
  return text.replaceAll(/("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (_all, quoted?: string) => quoted ?? " ");
}
