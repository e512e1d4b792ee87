/**
 * Form bodies and query strings with nested keys (`a[b]=1`, `a[]=1`, `a[0]=1`), read strictly: what a lenient parser
 * would drop, merge or flatten is an error here, because a lost `amount` would turn a partial refund into a full one.
 */

export type FormValue = string | FormNode;
export type FormNode = ReadonlyMap<string, FormValue>;

export const FORM_PARAMETERS_MAX = 500;
export const FORM_DEPTH_MAX = 8;

export type FormProblem =
  | { readonly kind: "encoding"; readonly key: string }
  | { readonly kind: "brackets"; readonly key: string }
  | { readonly kind: "duplicate"; readonly key: string }
  | { readonly kind: "too_many" }
  | { readonly kind: "too_deep"; readonly key: string };

export type Form = { readonly root: FormNode } | { readonly problem: FormProblem };

export function parseForm(text: string): Form {
  const root = new Map<string, FormValue>();
  if (text === "") return { root };
  const pairs = text.split("&", FORM_PARAMETERS_MAX + 1);
  if (pairs.length > FORM_PARAMETERS_MAX) return { problem: { kind: "too_many" } };
  for (const pair of pairs) {
    if (pair === "") continue;
    const problem = put(root, pair);
    if (problem) return { problem };
  }
  return { root };
}

function put(root: Map<string, FormValue>, pair: string): FormProblem | null {
  const equals = pair.indexOf("=");
  const key = decode(equals < 0 ? pair : pair.slice(0, equals));
  const value = equals < 0 ? "" : decode(pair.slice(equals + 1));
  if (key === null || value === null) return { kind: "encoding", key: key ?? "" };
  const steps = split(key);
  if (steps === null) return { kind: "brackets", key };
  if (steps.length > FORM_DEPTH_MAX) return { kind: "too_deep", key: steps[0] ?? "" };

  let node = root;
  for (const [i, step] of steps.entries()) {
    const name = step === "" ? String(node.size) : step;
    const known = node.get(name);
    if (i === steps.length - 1) {
      if (known !== undefined) return { kind: "duplicate", key };
      node.set(name, value);
    } else if (known === undefined) {
      const next = new Map<string, FormValue>();
      node.set(name, next);
      node = next;
    } else if (known instanceof Map) node = known;
    else return { kind: "duplicate", key };
  }
  return null;
}

/** `a[b][]` into `a`, `b`, ``; null where the brackets do not close or text stands between them. */
function split(key: string): string[] | null {
  const open = key.indexOf("[");
  if (open < 0) return key.includes("]") ? null : [key];
  if (open === 0) return null;
  const steps = [key.slice(0, open)];
  let at = open;
  while (at < key.length) {
    const close = key.indexOf("]", at);
    if (key.charAt(at) !== "[" || close < 0) return null;
    const step = key.slice(at + 1, close);
    if (step.includes("[")) return null;
    steps.push(step);
    at = close + 1;
  }
  return steps;
}

/** Percent-encoding and `+`; null if it is not valid UTF-8, or holds a NUL, which no store can keep alike. */
function decode(text: string): string | null {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  let plain = spaced;
  if (spaced.includes("%")) {
    try {
      plain = decodeURIComponent(spaced);
    } catch {
      return null;
    }
  }
  return plain.includes("\u0000") || !plain.isWellFormed() ? null : plain;
}
