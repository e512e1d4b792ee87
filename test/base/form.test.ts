/** The strict form parser, against `qs` on what both accept, and on its own where it refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import qs from "qs";
import { FORM_DEPTH_MAX, FORM_PARAMETERS_MAX, parseForm, type FormNode, type FormProblem } from "../../src/base/form.ts";

type Tree = string | readonly Tree[] | { readonly [name: string]: Tree };

const name = fc.stringMatching(/^[a-z_][a-z0-9_ é&=+%-]{0,6}$/).filter((text) => text !== "__proto__");
const value = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !text.includes("\0"));
const { tree } = fc.letrec<{ tree: Tree; leaf: string; hash: Tree; list: Tree }>((tie) => ({
  leaf: value,
  list: fc.array(value, { minLength: 1, maxLength: 4 }),
  hash: fc.dictionary(name, tie("tree"), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  tree: fc.oneof({ depthSize: "small", maxDepth: FORM_DEPTH_MAX - 3 }, tie("leaf"), tie("list"), tie("hash")),
}));
const request = fc.dictionary(name, tree, { maxKeys: 4, noNullPrototype: true });

const styles = fc.record({ brackets: fc.boolean(), indices: fc.boolean(), plus: fc.boolean() });
type Style = { readonly brackets: boolean; readonly indices: boolean; readonly plus: boolean };

/** The pairs of a form, each in one of the spellings that clients have. */
function* spell(at: string, tree: Tree, style: Style): Generator<string> {
  const { brackets, indices, plus } = style;
  const [open, close] = brackets ? ["%5B", "%5D"] : ["[", "]"];
  if (typeof tree === "string") yield `${at}=${encode(tree, plus)}`;
  else if (Array.isArray(tree)) for (const [i, item] of tree.entries()) yield* spell(`${at}${open}${indices ? i : ""}${close}`, item, style);
  else for (const [key, inner] of Object.entries(tree)) yield* spell(`${at}${open}${encode(key, plus)}${close}`, inner, style);
}

function encode(text: string, plus: boolean): string {
  const encoded = encodeURIComponent(text);
  return plus ? encoded.replaceAll("%20", "+") : encoded;
}

function formOf(tree: { readonly [name: string]: Tree }, style: Style): string {
  return Object.entries(tree).flatMap(([key, inner]) => [...spell(encode(key, style.plus), inner, style)]).join("&");
}

/** A tree whose lists have their places for names, as the parser sees them. */
function named(tree: Tree): unknown {
  if (typeof tree === "string") return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, inner]) => [key, named(inner)]));
}

function plain(node: FormNode): unknown {
  return Object.fromEntries([...node].map(([key, inner]) => [key, typeof inner === "string" ? inner : plain(inner)]));
}

function read(text: string): unknown {
  const form = parseForm(text);
  assert.ok("root" in form, `refused: ${text}`);
  return plain(form.root);
}

function refusal(text: string): FormProblem {
  const form = parseForm(text);
  assert.ok("problem" in form, `accepted: ${text.slice(0, 200)}`);
  return form.problem;
}

test("every form that a client writes is read as it was meant, and as qs reads it", () => {
  fc.assert(
    fc.property(request, styles, (tree, style) => {
      const text = formOf(tree, style);
      assert.deepEqual(read(text), named(tree));
      const theirs = qs.parse(text, { depth: FORM_DEPTH_MAX, parameterLimit: FORM_PARAMETERS_MAX, allowPrototypes: true, arrayLimit: 100, strictDepth: true });
      assert.deepEqual(read(text), named(JSON.parse(JSON.stringify(theirs))));
    }),
    { numRuns: 500 },
  );
});

test("what qs writes is read as qs reads it", () => {
  fc.assert(
    fc.property(request, fc.constantFrom("indices", "brackets"), (tree, arrayFormat) => {
      const text = qs.stringify(tree, { arrayFormat });
      assert.deepEqual(read(text), named(JSON.parse(JSON.stringify(qs.parse(text, { depth: FORM_DEPTH_MAX, arrayLimit: 100, allowPrototypes: true })))));
    }),
  );
});

test("no parameter is ever lost: of any text, each pair is a leaf or the whole is refused", () => {
  const anything = fc.string({ unit: fc.constantFrom("a", "b", "[", "]", "=", "&", "%", "5", "B", "D", "+", "é", "0"), maxLength: 40 });
  const leaves = (node: FormNode): number => [...node.values()].reduce((sum, inner) => sum + (typeof inner === "string" ? 1 : leaves(inner)), 0);
  fc.assert(
    fc.property(anything, (text) => {
      const form = parseForm(text);
      if ("root" in form) assert.equal(leaves(form.root), text.split("&").filter((pair) => pair !== "").length);
    }),
    { numRuns: 2_000 },
  );
});

test("a parameter without a value is empty, and empty pairs are nothing", () => {
  assert.deepEqual(read(""), {});
  assert.deepEqual(read("&&a=1&&b&c=&"), { a: "1", b: "", c: "" });
  assert.deepEqual(read("a=b=c"), { a: "b=c" });
});

test("a plus is a space, and an encoded plus is a plus", () => {
  assert.deepEqual(read("a+b=c+d%2Be%20f"), { "a b": "c d+e f" });
});

test("a parameter that comes twice is refused, in whatever spelling", () => {
  for (const [text, key] of [
    ["amount=1&amount=1000", "amount"],
    ["a[b]=1&a%5Bb%5D=2", "a[b]"],
    ["a=1&a[b]=2", "a[b]"],
    ["a[b]=1&a=2", "a"],
    ["a[0]=1&a[0]=2", "a[0]"],
    ["a[1]=1&a[]=2", "a[]"],
    ["a[b][c]=1&a[b]=2", "a[b]"],
    ["a[b]=1&a[b][c]=2", "a[b][c]"],
  ] as const) {
    assert.deepEqual(refusal(text), { kind: "duplicate", key }, text);
  }
});

test("brackets that do not match are refused", () => {
  for (const text of ["a[b=1", "a]b=1", "a[b]c=1", "a[b]]=1", "a[[b]]=1", "[a]=1", "]=1", "a[b][=1", "a[b]c[d]=1"]) assert.equal(refusal(text).kind, "brackets", text);
});

test("depth and number have their limits, and the last allowed is read", () => {
  const deep = (steps: number) => `a${"[b]".repeat(steps - 1)}=1`;
  assert.deepEqual(refusal(deep(FORM_DEPTH_MAX + 1)), { kind: "too_deep", key: "a" });
  read(deep(FORM_DEPTH_MAX));
  const many = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=1`).join("&");
  assert.deepEqual(refusal(many(FORM_PARAMETERS_MAX + 1)), { kind: "too_many" });
  assert.deepEqual(refusal("&".repeat(FORM_PARAMETERS_MAX)), { kind: "too_many" });
  const form = parseForm(many(FORM_PARAMETERS_MAX));
  assert.ok("root" in form);
  assert.equal(form.root.size, FORM_PARAMETERS_MAX);
});

test("the amount at the end of a long form is not dropped, as qs drops it", () => {
  const text = `${Array.from({ length: 1000 }, (_, i) => `metadata[k${i}]=1`).join("&")}&amount=1`;
  assert.equal(qs.parse(text)["amount"], undefined, "this is the trap");
  assert.deepEqual(refusal(text), { kind: "too_many" });
});

test("bytes that are no text are refused, in names and in values", () => {
  for (const [text, key] of [
    ["a=%", "a"],
    ["a=%z1", "a"],
    ["a=%ff", "a"],
    ["a=%c3%28", "a"],
    ["a=%ed%a0%80", "a"],
    ["a=%00", "a"],
    ["a=\u0000", "a"],
    ["a=\ud800", "a"],
    ["%ff=1", ""],
    ["a\udc00=1", ""],
    ["a%00=1", ""],
  ] as const) {
    assert.deepEqual(refusal(text), { kind: "encoding", key }, JSON.stringify(text));
  }
  assert.deepEqual(read("a=%F0%9F%8D%8B"), { a: "🍋" });
});

test("names that mean something to objects are names like any other", () => {
  const form = parseForm("__proto__[polluted]=1&constructor[prototype][polluted]=2&toString=3");
  assert.ok("root" in form);
  assert.deepEqual([...form.root.keys()], ["__proto__", "constructor", "toString"]);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});
