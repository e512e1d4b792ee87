/** Faults that a request may have, each of which alone is reason enough to refuse it: taken from what its endpoint declares. */
import type { EndpointDeclaration } from "../../src/engine/declaration.ts";
import { bodyOf, pair, places, setJson, type DialectName, type Draft, type Place } from "./bad-draft.ts";

/** Numbers and texts that fast-check has drawn for one fault. */
export type Dice = { readonly pick: number; readonly text: string; readonly many: number };

export type Fault = {
  readonly name: string;
  readonly apply: (draft: Draft, dice: Dice) => void;
};

const NUMBERS = ["abc", "1.0", "1e3", "1e400", "0x10", "٣", "1_000", "9".repeat(40), "Infinity", "NaN", "--1", "1 0"];
/** What no amount is, though it is a whole number: with the bounds that the declaration tells of. */
const BEYOND = ["0", "-0", "00", "-1", "9007199254740992", "9223372036854775808", "-9223372036854775809"];
const JSON_NUMBERS = ["1.0", "1e400", "1e3", "-1.5", '"100"', "true", "[]", "{}", "9007199254740993.5"];
const NOT_TEXTS = ["1", "true", "[]", "{}", "-0", '{"a":1}', '["x"]', '"\\ud800"', '"a\\u0000b"'];
const BAD_FORMS = ["%zz=1", "a=%C3%28", "a=%ED%A0%80", "%00=1", "a=%00", "a[b=1", "a]=1", "a[b]c=1", "[a]=1", "a[[b]]=1", "%=1", "a=%F8%88%80%80%80"];
const POISON = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
const BROKEN_JSON = ["", "{", "[]", "null", '"text"', "1", "{'a':1}", '{"a":1,}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":"\n"}', "{}{}", '{"a":undefined}', "\ufeff{", '{"a":1e}'];
const BODY_BYTES_MAX = 256 * 1_024;

/** One that every request to this endpoint can have. */
export function faultsOf(dialect: DialectName, told: EndpointDeclaration): readonly Fault[] {
  return [...(dialect === "stripe" ? stripeFaults(told) : squareFaults(told)), ...doorFaults(dialect, told)];
}

function fault(name: string, apply: Fault["apply"]): Fault {
  return { name, apply };
}

function one<T>(items: readonly T[], { pick }: Dice, otherwise: T): T {
  return items[pick % items.length] ?? otherwise;
}

function stripeFaults({ method, query, body }: EndpointDeclaration): Fault[] {
  const to = (draft: Draft) => (method === "GET" ? draft.query : draft.form);
  const told = method === "GET" ? query : body;
  const found = places(told).flatMap((place) => stripeFaultsAt(place, to));
  return [
    ...found,
    fault("unknown parameter", (draft, dice) => to(draft).push(pair([`zz_${dice.pick}`], dice.text.replaceAll("\u0000", "")))),
    fault("poisoned parameter", (draft, dice) => to(draft).push(pair([one(POISON, dice, "__proto__"), "polluted"], "yes"))),
    ...(told.some(({ required }) => required) ? [fault("missing parameters", (draft: Draft) => (draft.form = draft.query = []))] : []),
    fault("parameter sent twice", (draft) => to(draft).push("zz=1", "zz=2")),
    fault("unreadable form", (draft, dice) => to(draft).push(one(BAD_FORMS, dice, "%zz"))),
    fault("too many parameters", (draft, { many }) => to(draft).push(...Array.from({ length: many }, (_, i) => `k${i}`))),
    fault("too deep", (draft, { many }) => to(draft).push(`metadata${"[a]".repeat(8 + (many % 1_000))}=1`)),
    ...(method === "GET"
      ? []
      : [
          fault("another content type", (draft: Draft, dice: Dice) => {
            draft.form.push("zz=1");
            draft.headers.push(["content-type", one(["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xml"], dice, "text/plain")]);
          }),
          fault("bytes that are no UTF-8", (draft: Draft, dice: Dice) => {
            draft.body = Buffer.concat([bodyOf("stripe", draft), Buffer.from("&description="), badUtf8(dice)]);
          }),
        ]),
  ];
}

function stripeFaultsAt({ names, told }: Place, to: (draft: Draft) => string[]): Fault[] {
  const put = (what: string, values: readonly string[]) =>
    fault(`${what} at ${told.type}`, (draft, dice) => {
      const list = to(draft);
      const prefix = pair(names, "").slice(0, -1);
      // Whatever stood there or below is taken away, so that the fault is this one.
      const kept = list.filter((known) => !known.startsWith(`${prefix}=`) && !known.startsWith(`${prefix}%5B`));
      list.splice(0, list.length, ...kept, pair(names, one(values, dice, "")));
    });
  const nested = fault(`hash at ${told.type}`, (draft) => to(draft).push(pair([...names, "zz"], "1")));
  if (told.unsupported) return [put("unsupported", ["1"])];
  switch (told.type) {
    case "integer":
      return [put("no number", NUMBERS), nested, ...(told.limits.max === undefined ? [] : [put("beyond", told.limits.min === 0n ? BEYOND.filter((text) => Number(text) !== 0) : BEYOND)])];
    case "timestamp":
      return [put("no number", NUMBERS), nested];
    case "boolean":
      return [put("no boolean", ["1", "TRUE", "yes", " true", "null"]), nested];
    case "enum":
      return [put("no such value", ["zz", "__proto__", "constructor", "REFUNDED "]), nested];
    case "object":
    case "array":
    case "map":
      return [put("text", ["abc", "{}", "[]", "null"])];
    case "string": {
      const most = told.limits.maxLength;
      return [nested, ...(most === undefined ? [] : [put("too long", ["x".repeat(most + 1)])])];
    }
  }
}

function squareFaults({ query, body }: EndpointDeclaration): Fault[] {
  return [
    ...places(body).flatMap(squareFaultsAt),
    ...query.flatMap((told) => squareQueryFaults({ names: [told.name], told })),
    fault("unreadable query", (draft, dice) => draft.query.push(one(BAD_FORMS, dice, "%zz"))),
    fault("query parameter sent twice", (draft) => draft.query.push("zz=1", "zz=2")),
    fault("too many query parameters", (draft, { many }) => draft.query.push(...Array.from({ length: many }, (_, i) => `k${i}`))),
    ...(body.some(({ required }) => required) ? squareBodyFaults(body.filter(({ required }) => required).map(({ name }) => name)) : []),
  ];
}

function squareBodyFaults(required: readonly string[]): Fault[] {
  return [
    fault("broken JSON", (draft, dice) => (draft.body = Buffer.from(one(BROKEN_JSON, dice, "{")))),
    fault("cut JSON", (draft, { many }) => {
      const whole = bodyOf("square", draft);
      draft.body = whole.subarray(0, many % whole.length);
    }),
    fault("deep JSON", (draft, { many }) => draft.json.set("zz", `${"[".repeat(many)}${"]".repeat(many)}`)),
    fault("missing member", (draft, dice) => draft.json.delete(one(required, dice, ""))),
    fault("poisoned JSON without a member", (draft, dice) => {
      draft.json.delete(one(required, dice, ""));
      draft.json.set(one(POISON, dice, "__proto__"), '{"polluted":"yes"}');
    }),
    fault("another content type", (draft, dice) =>
      draft.headers.push(["content-type", one(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "image/png"], dice, "text/plain")])),
    fault("bytes that are no UTF-8", (draft, dice) => {
      draft.body = Buffer.concat([bodyOf("square", draft).subarray(0, -1), Buffer.from(',"note":"'), badUtf8(dice), Buffer.from('"}')]);
    }),
  ];
}

function squareFaultsAt({ names, told }: Place): Fault[] {
  const put = (what: string, values: readonly string[]) => fault(`${what} at ${told.type}`, (draft, dice) => setJson(draft, names, one(values, dice, "[]")));
  if (told.unsupported) return [put("unsupported", ["1", "{}", "[]", '"x"'])];
  switch (told.type) {
    case "integer":
      return [put("no integer", JSON_NUMBERS), put("beyond", ["-1", "9007199254740992", "9223372036854775808", `1${"0".repeat(400)}`])];
    case "boolean":
      return [put("no boolean", ['"true"', "1", "0", "[]", "{}"])];
    case "object":
      return [put("no object", ["1", '"x"', "[]", "true", "[{}]"])];
    case "enum":
      return [put("no such value", ['"zz"', '"__proto__"', "1", "{}"])];
    default: {
      const most = told.limits.maxLength;
      return [put("no text", NOT_TEXTS), ...(most === undefined ? [] : [put("too long", [JSON.stringify("x".repeat(most + 1)), JSON.stringify("😀".repeat(most + 1))])])];
    }
  }
}

function squareQueryFaults({ names, told }: Place): Fault[] {
  const put = (what: string, values: readonly string[]) => fault(`${what} in the query`, (draft, dice) => draft.query.push(pair(names, one(values, dice, "zz"))));
  if (told.unsupported) return [put("unsupported", ["1"])];
  switch (told.type) {
    case "integer":
      return [put("no integer", NUMBERS), put("beyond", ["-1", "9".repeat(30)])];
    case "timestamp":
      return [put("no time", ["yesterday", "2026-13-01T00:00:00Z", "1e9", "2026-02-30T00:00:00Z", "２０２６-01-01T00:00:00Z"])];
    case "boolean":
    case "enum":
      return [put("no such value", ["zz", "__proto__", "1"])];
    default:
      return [fault("hash in the query", (draft) => draft.query.push(pair([...names, "zz"], "1")))];
  }
}

function badUtf8(dice: Dice): Buffer {
  return one([Buffer.from([0xff]), Buffer.from([0xc3, 0x28]), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xf0, 0x9f]), Buffer.from([0xc0, 0xaf])], dice, Buffer.from([0xff]));
}

/** What the door refuses before any endpoint sees it. */
function doorFaults(dialect: DialectName, { method }: EndpointDeclaration): Fault[] {
  const version = dialect === "stripe" ? "stripe-version" : "square-version";
  const [own, other] = dialect === "stripe" ? ["/v1", "/v1/zz"] : ["/v2", "/v2/zz"];
  return [
    fault("no such version", (draft, dice) => draft.headers.push([version, one(["yesterday", "1999-99-99", "2026-01-01.zz", "[]"], dice, "zz")])),
    fault("another key", (draft, dice) => draft.headers.push(["authorization", one(["Bearer pk_test_1", "Bearer", "Digest x", "Basic !!!", "Bearer sk_live_x", `Bearer ${"x".repeat(2_000)}`], dice, "Bearer x")])),
    fault("a header twice", (draft, dice) => {
      const name = one(["authorization", "content-type", "host", "idempotency-key", version], dice, version);
      draft.headers.push([name, "zz"], [name, "zz"]);
    }),
    fault("another method", (draft, dice) => (draft.method = one(["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "TRACE"], dice, "PUT"))),
    fault("another path", (draft) => (draft.path = draft.path.replace(own, other))),
    fault("unreadable path", (draft, dice) => (draft.path = `${draft.path}/${one(["%zz", "%", "%C3%28", "%00", "%ED%A0%80", "%2e%2e%2f"], dice, "%zz")}`)),
    fault("long id", (draft, { many }) => (draft.path = `${draft.path}/${"a".repeat(many * 4)}`)),
    ...(method === "GET"
      ? []
      : [fault("too large", (draft, { many }) => (draft.body = Buffer.concat([bodyOf(dialect, draft), Buffer.alloc(BODY_BYTES_MAX + many, "x")])))]),
  ];
}
