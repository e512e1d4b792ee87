/** What is the same for every endpoint: keys, versions, addresses, headers, forms (Stripe's API reference: conventions and errors). */
import assert from "node:assert/strict";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { call, startTestServer, type TestServer } from "../../test-server.ts";
import { chargeOf, member, openDesk, textMember, thrown, type Form, type StripeDesk } from "./desk.ts";

let server: TestServer;
let desk: StripeDesk;
before(async () => {
  server = await startTestServer();
  desk = openDesk(server);
});
after(() => server.stop());

type RawHeaders = Readonly<Record<string, string | readonly string[]>>;

/** With a header given twice, as neither fetch nor the SDK would send it. */
async function twice(path: string, headers: RawHeaders): Promise<{ readonly status: number | undefined; readonly json: unknown }> {
  const answer = new Promise<{ status: number | undefined; json: unknown }>((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method: "POST" }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, json: JSON.parse(body) }), reject);
    });
    for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
    sent.on("error", reject);
    sent.end("charge=ch_1");
  });
  return answer;
}

/** A body as it stands. */
async function sendBody(path: string, body: string, type = "application/x-www-form-urlencoded"): Promise<{ readonly status: number; readonly json: unknown }> {
  const response = await fetch(`${server.url}${path}`, { method: "POST", headers: { authorization: `Bearer ${desk.key}`, "content-type": type }, body });
  return { status: response.status, json: await response.json() };
}

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

test("a key comes as a bearer token or as the user of a basic pair, and is the same merchant", async () => {
  const { id } = await chargeOf(desk);
  for (const authorization of [`Bearer ${desk.key}`, `bearer ${desk.key}`, basic(`${desk.key}:`), basic(desk.key), basic(`${desk.key}:ignored`)]) {
    const { status, json } = await call(server, null, { path: `/v1/charges/${id}`, headers: { authorization } });
    assert.deepEqual([status, member(json, "id")], [200, id], authorization);
  }
});

const NO_KEY =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.";

test("without a key nothing is answered but how to send one", async () => {
  for (const headers of [{}, { authorization: "Bearer " }, { authorization: "Bearer" }, { authorization: basic(":password") }, { authorization: "Digest x" }] satisfies Form[]) {
    for (const path of ["/v1/charges", "/v1/nowhere"]) {
      const { status, json, headers: said } = await call(server, null, { path, headers });
      assert.deepEqual([status, json], [401, { error: { message: NO_KEY, type: "invalid_request_error" } }]);
      assert.match(said.get("www-authenticate") ?? "", /^Bearer/);
      assert.match(said.get("request-id") ?? "", /^req_/);
    }
  }
});

test("a key that opens nothing is shown with its middle hidden", async () => {
  const cases = [
    ["sk_live_abcdefghijklmnopqrstuvwxyz", `sk_live_abc${"*".repeat(19)}wxyz`],
    ["rk_test_51abcdefghijklmnop", `rk_test_51a${"*".repeat(11)}mnop`],
    ["short", "*****"],
  ] as const;
  for (const [key, shown] of cases) {
    const { status, json } = await call(server, key, { path: "/v1/charges" });
    assert.deepEqual([status, json], [401, { error: { message: `Invalid API Key provided: ${shown}`, type: "invalid_request_error" } }]);
    const error = await thrown(openDesk(server, key).stripe.charges.list());
    assert.equal(error.type, "StripeAuthenticationError");
  }
});

test("a publishable key is told apart", async () => {
  const error = await thrown(openDesk(server, "pk_test_1234567890").stripe.charges.list());
  assert.deepEqual([error.statusCode, error.code], [401, "secret_key_required"]);
  assert.match(error.message, /^This API call cannot be made with a publishable API key\./);
});

test("an address that is not known is not found, and a key is asked for first", async () => {
  const slash = " If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code.";
  const tail = " Please see https://stripe.com/docs or we can help at https://support.stripe.com/.";
  for (const [method, path, hint] of [["GET", "/v1/nowhere", slash], ["POST", "/v1/charges/ch_1/nowhere", ""], ["DELETE", "/v1/charges/ch_1", ""], ["GET", "/v1/charges/", slash], ["POST", "/v1/charges//refund", ""], ["PATCH", "/v1/refunds", ""]] as const) {
    const { status, json } = await call(server, desk.key, { method, path });
    assert.deepEqual([status, textMember(json, "error", "message"), textMember(json, "error", "type")], [404, `Unrecognized request URL (${method}: ${path}).${hint}${tail}`, "invalid_request_error"]);
    assert.match(textMember(json, "error", "request_log_url"), /^https:\/\/dashboard\.stripe\.com\/test\/logs\/req_/);
  }
  assert.equal((await call(server, null, { path: "/v1/nowhere" })).status, 401);
});

test("the version that was asked for is echoed; without one it is the first with Payment Records", async () => {
  const echo = async (headers: Form) => (await desk.get("/v1/charges", headers)).headers.get("stripe-version");
  assert.equal(await echo({}), "2025-10-29.clover");
  for (const version of ["2026-10-28.endive", "2024-06-20", "2020-08-27"]) assert.equal(await echo({ "stripe-version": version }), version);
  const { lastResponse } = await desk.stripe.charges.list();
  assert.equal(lastResponse.apiVersion, "2026-10-28.endive");
});

test("a version that is none is refused, without a code and without a log", async () => {
  for (const version of ["not-a-real-version", "2026-13-01", "2026", "2026-10-28.endive.x"]) {
    const { status, json } = await desk.get("/v1/charges", { "stripe-version": version });
    assert.deepEqual([status, json], [400, { error: { message: `Invalid Stripe API version: ${version}`, type: "invalid_request_error" } }]);
  }
});

test("every answer has a request id of its own, and is JSON with two spaces", async () => {
  const [one, two] = [await desk.get("/v1/charges"), await desk.get("/v1/charges")];
  for (const { headers, text: body } of [one, two]) {
    assert.match(headers.get("request-id") ?? "", /^req_[0-9A-Za-z]{24}$/);
    assert.match(headers.get("content-type") ?? "", /^application\/json/);
    assert.match(body, /^\{\n {2}"object": "list",\n/);
  }
  assert.notEqual(one.headers.get("request-id"), two.headers.get("request-id"));
  const list = await desk.stripe.charges.list();
  assert.match(list.lastResponse.requestId, /^req_/);
});

test("a header that was sent twice is refused, whichever of the two would have been meant", async () => {
  const plain: RawHeaders = { authorization: `Bearer ${desk.key}`, "content-type": "application/x-www-form-urlencoded" };
  for (const [name, values] of [["idempotency-key", ["a", "b"]], ["stripe-version", ["2024-06-20", "2024-06-20"]], ["authorization", [`Bearer ${desk.key}`, "Bearer sk_test_other"]]] as const) {
    const { status, json } = await twice("/v1/refunds", { ...plain, [name]: values });
    assert.deepEqual([status, textMember(json, "error", "message")], [400, `Invalid request: the header ${name} was sent twice.`]);
  }
});

test("forms that could be read in two ways are refused", async () => {
  const { id } = await chargeOf(desk);
  const cases: [string, RegExp][] = [
    [`charge=${id}&amount=1&amount=1000`, /^Invalid request: 'amount' was sent more than once\.$/],
    [`charge=${id}&amount=%ff`, /^Invalid request: 'amount' is not valid URL-encoded UTF-8\.$/],
    [`charge=${id}&amount=1%00`, /^Invalid request: 'amount' is not valid URL-encoded UTF-8\.$/],
    [`charge=${id}&metadata[a=1`, /^Invalid request: the brackets of 'metadata\[a' do not match\.$/],
    [`charge=${id}&metadata${"[a]".repeat(8)}=1`, /nested too deep/],
    [`${Array.from({ length: 501 }, (_, i) => `metadata[k${i}]=1`).join("&")}&charge=${id}&amount=1`, /too many parameters/],
  ];
  for (const [body, message] of cases) {
    const { status, json } = await sendBody("/v1/refunds", body);
    assert.equal(status, 400);
    assert.match(textMember(json, "error", "message"), message);
  }
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 0);
});

test("a body that is not a form is refused, and one with a charset is read", async () => {
  const { id } = await chargeOf(desk);
  for (const type of ["application/json", "text/plain", "multipart/form-data; boundary=x"]) {
    const { status, json } = await sendBody("/v1/refunds", JSON.stringify({ charge: id }), type);
    assert.deepEqual([status, textMember(json, "error", "message")], [400, `Invalid request: the body must be application/x-www-form-urlencoded, and not ${type}.`]);
  }
  const { status } = await sendBody("/v1/refunds", `charge=${id}&amount=1`, "application/x-www-form-urlencoded; charset=utf-8");
  assert.equal(status, 200);
  assert.equal((await desk.stripe.charges.retrieve(id)).amount_refunded, 1);
});

test("a body that is too large is refused", async () => {
  const { status, json } = await sendBody("/v1/refunds", `charge=${"c".repeat(300_000)}`);
  assert.deepEqual([status, textMember(json, "error", "type")], [413, "invalid_request_error"]);
});

test("brackets and spaces may be encoded or not", async () => {
  const { json } = await sendBody("/v1/charges", "amount=100&currency=usd&source=tok_visa&metadata%5Ba+b%5D=c+d%2Be&metadata[f%20g]=%C3%A9");
  assert.deepEqual(member(json, "metadata"), { "a b": "c d+e", "f g": "é" });
});

test("parameters of a POST may stand in its address, but not in both places", async () => {
  const { id } = await chargeOf(desk);
  assert.equal((await sendBody(`/v1/refunds?charge=${id}`, "amount=1")).status, 200);
  const { status, json } = await sendBody(`/v1/refunds?amount=1`, `charge=${id}&amount=1000`);
  assert.deepEqual([status, textMember(json, "error", "message")], [400, "Invalid request: 'amount' was sent more than once."]);
});

test("every kind of the SDK's errors is thrown as its own class", async () => {
  const { id } = await chargeOf(desk);
  const { stripe } = desk;
  const invalid = await thrown(stripe.refunds.create({ charge: "ch_nope" }));
  const card = await thrown(stripe.charges.create({ amount: 100, currency: "usd", source: "tok_chargeDeclined" }));
  await stripe.refunds.create({ charge: id, amount: 1 }, { idempotencyKey: "classes" });
  const key = await thrown(stripe.refunds.create({ charge: id, amount: 2 }, { idempotencyKey: "classes" }));
  const auth = await thrown(openDesk(server, "nonsense").stripe.charges.list());
  assert.deepEqual([invalid.type, card.type, key.type, auth.type], ["StripeInvalidRequestError", "StripeCardError", "StripeIdempotencyError", "StripeAuthenticationError"]);
  assert.deepEqual([invalid.rawType, card.rawType, key.rawType, auth.rawType], ["invalid_request_error", "card_error", "idempotency_error", "invalid_request_error"]);
  assert.equal(invalid.doc_url, "https://stripe.com/docs/error-codes/resource-missing");
  assert.equal(card.doc_url, "https://stripe.com/docs/error-codes/card-declined");
  assert.equal(key.doc_url, undefined, "there is a page only where there is a code");
});
