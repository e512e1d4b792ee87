/** Requests that the SDK would not send: read by nobody, and told in Square's words (Square's API reference: conventions and errors). */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { startTestServer } from "../../test-server.ts";
import { openShop, pay, request, said, send, type Said, type Shop } from "./shop.ts";

let server: Awaited<ReturnType<typeof startTestServer>>;
let shop: Shop;
let locationId = "";
before(async () => {
  server = await startTestServer();
  shop = openShop(server.url);
  const { locations } = await shop.square.locations.list();
  locationId = locations?.[0]?.id ?? "";
});
after(() => server.stop());

async function check(path: string, json: unknown, errors: readonly Said[]): Promise<void> {
  const answer = await send(shop, "POST", path, { json });
  assert.deepEqual(answer.json, { errors });
  assert.equal(answer.status, 400);
}

const blank = (field: string) => request("VALUE_EMPTY", "Field must not be blank", field);
const unset = (field: string) => request("MISSING_REQUIRED_PARAMETER", "Field must be set", field);
const noInteger = (field: string) => request("EXPECTED_INTEGER", "Expected an integer value.", field);

test("an empty payment is three errors in Square's order", () =>
  check("/v2/payments", {}, [blank("source_id"), blank("idempotency_key"), unset("amount_money")]));

test("an empty refund is three errors in declared order", () =>
  check("/v2/refunds", {}, [blank("idempotency_key"), unset("amount_money"), blank("payment_id")]));

test("null counts as absent, and blanks as empty", async () => {
  await check("/v2/payments", { source_id: null, idempotency_key: "  ", amount_money: null, note: null }, [
    blank("source_id"),
    blank("idempotency_key"),
    unset("amount_money"),
  ]);
  await check("/v2/refunds", { idempotency_key: "", amount_money: {}, payment_id: "" }, [
    blank("idempotency_key"),
    unset("amount_money.amount"),
    blank("amount_money.currency"),
    blank("payment_id"),
  ]);
});

/** A refund of a body that is right but for what is put over it, which is JSON as written. */
async function checkAmount(amount: string, error: Said): Promise<void> {
  for (const path of ["/v2/refunds", "/v2/payments"]) {
    const body = `{"idempotency_key":"${randomUUID()}","payment_id":"x","source_id":"cnon:card-nonce-ok","amount_money":{"amount":${amount},"currency":"USD"}}`;
    const answer = await send(shop, "POST", path, { body });
    assert.deepEqual(answer.json, { errors: [error] }, amount);
  }
}

test("an amount is a plain integer from 1 to 2^53-1, and is never rounded", async () => {
  const field = "amount_money.amount";
  for (const amount of ['"100"', "1.0", "1e3", "100.5", "true", "[]", "{}"]) await checkAmount(amount, noInteger(field));
  for (const amount of ["0", "-0", "-1", "-99999999999999999999"]) {
    await checkAmount(amount, request("VALUE_TOO_LOW", "Field must not be less than 1", field));
  }
  for (const amount of ["9007199254740992", "9007199254740993", "99999999999999999999999999"]) {
    await checkAmount(amount, request("VALUE_TOO_HIGH", "Field must not be greater than 9007199254740991", field));
  }
  const greatest = await send(shop, "POST", "/v2/payments", {
    body: `{"idempotency_key":"${randomUUID()}","source_id":"cnon:card-nonce-ok","amount_money":{"amount":9007199254740991,"currency":"USD"}}`,
  });
  assert.match(greatest.text, /"total_money":\{"amount":9007199254740991,/);
});

test("a total beyond 2^53-1 is refused", () =>
  check(
    "/v2/payments",
    {
      source_id: "cnon:card-nonce-ok",
      idempotency_key: randomUUID(),
      amount_money: { amount: Number.MAX_SAFE_INTEGER, currency: "USD" },
      tip_money: { amount: 1, currency: "USD" },
    },
    [request("VALUE_TOO_HIGH", "Field must not be greater than 0", "tip_money.amount")],
  ));

test("texts are held to their lengths, counted in code points", async () => {
  const payment = await pay(shop);
  const body = { idempotency_key: randomUUID(), amount_money: { amount: 1, currency: "USD" }, payment_id: payment.id };
  const tooLong = (field: string, max: number) => request("VALUE_TOO_LONG", `Field must not be greater than ${max} length`, field);
  await check("/v2/refunds", { ...body, idempotency_key: "k".repeat(46), reason: "r".repeat(193), team_member_id: "t".repeat(193) }, [
    tooLong("idempotency_key", 45),
    tooLong("reason", 192),
    tooLong("team_member_id", 192),
  ]);
  const fits = await send(shop, "POST", "/v2/refunds", { json: { ...body, idempotency_key: "😀".repeat(45), reason: "é".repeat(192) } });
  assert.equal(fits.status, 200);
});

test("text that no store keeps alike is refused", async () => {
  const body = { idempotency_key: "k", amount_money: { amount: 1, currency: "USD" }, payment_id: "x" };
  for (const reason of ["a\u0000b", "a\ud800b"]) {
    await check("/v2/refunds", { ...body, reason }, [request("INVALID_VALUE", "Field must not contain NUL characters or unpaired surrogates", "reason")]);
  }
});

test("each field of a refund that is wrong is told, in declared order", () =>
  check(
    "/v2/refunds",
    {
      external_details: { type: "BARTER", source: "", source_id: 5 },
      cash_details: {},
      team_member_id: 5,
      payment_version_token: 5,
      reason: 5,
      customer_id: 5,
      location_id: 5,
      unlinked: "yes",
      destination_id: 5,
      payment_id: 5,
      app_fee_allocations: [{ location_id: 5 }, 5],
      app_fee_money: { amount: -1, currency: "usd" },
      amount_money: { amount: "1", currency: 5 },
      idempotency_key: 5,
    },
    [
      noString("idempotency_key"),
      noInteger("amount_money.amount"),
      noString("amount_money.currency"),
      request("VALUE_TOO_LOW", "Field must not be less than 0", "app_fee_money.amount"),
      noCurrency("app_fee_money.currency"),
      noString("app_fee_allocations[0].location_id"),
      unset("app_fee_allocations[0].amount_money"),
      noObject("app_fee_allocations[1]"),
      noString("payment_id"),
      noString("destination_id"),
      request("EXPECTED_BOOLEAN", "Expected a boolean value.", "unlinked"),
      noString("location_id"),
      noString("customer_id"),
      noString("reason"),
      noString("payment_version_token"),
      noString("team_member_id"),
      unset("cash_details.seller_supplied_money"),
      notExternalType("external_details.type"),
      blank("external_details.source"),
      noString("external_details.source_id"),
    ],
  ));

const noString = (field: string) => request("EXPECTED_STRING", "Expected a string value.", field);
const noObject = (field: string) => request("EXPECTED_OBJECT", "Expected an object value.", field);
const notServed = (field: string) => request("BAD_REQUEST", `${field} is not served here.`, field);
const noCurrency = (field: string) => request("INVALID_ENUM_VALUE", "Field must be the ISO 4217 code of a currency that is served here", field);
const EXTERNAL_TYPES =
  "CHECK, BANK_TRANSFER, OTHER_GIFT_CARD, CRYPTO, SQUARE_CASH, SOCIAL, EXTERNAL, EMONEY, CARD, STORED_BALANCE, FOOD_VOUCHER, OTHER";
const notExternalType = (field: string) => request("INVALID_ENUM_VALUE", `Field must be one of ${EXTERNAL_TYPES}`, field);

test("each field of a payment that is wrong is told, in declared order", () =>
  check(
    "/v2/payments",
    {
      source_id: 5,
      idempotency_key: "k".repeat(46),
      amount_money: [],
      tip_money: { amount: -1, currency: "USD" },
      app_fee_money: 5,
      app_fee_allocations: [{ location_id: 5 }, 5],
      delay_duration: "a week",
      delay_action: "FORGET",
      autocomplete: 1,
      order_id: 5,
      customer_id: "c".repeat(192),
      location_id: "L1L1",
      team_member_id: 5,
      reference_id: "r".repeat(41),
      verification_token: 5,
      accept_partial_authorization: "no",
      buyer_email_address: "e".repeat(256),
      buyer_phone_number: "call me",
      billing_address: "here",
      shipping_address: { locality: 5, country: "USA" },
      note: "n".repeat(501),
      statement_description_identifier: "s".repeat(21),
      cash_details: { buyer_supplied_money: { amount: 1.5, currency: "XYZ" } },
      external_details: { type: 5 },
      customer_details: {},
      offline_payment_details: {},
    },
    [
      noString("source_id"),
      request("VALUE_TOO_LONG", "Field must not be greater than 45 length", "idempotency_key"),
      noObject("amount_money"),
      request("VALUE_TOO_LOW", "Field must not be less than 0", "tip_money.amount"),
      noObject("app_fee_money"),
      noString("app_fee_allocations[0].location_id"),
      unset("app_fee_allocations[0].amount_money"),
      noObject("app_fee_allocations[1]"),
      request("INVALID_VALUE", "Field must be an ISO 8601 duration of 1 minute to 36 days", "delay_duration"),
      request("INVALID_ENUM_VALUE", "Field must be one of CANCEL, COMPLETE", "delay_action"),
      request("EXPECTED_BOOLEAN", "Expected a boolean value.", "autocomplete"),
      noString("order_id"),
      request("VALUE_TOO_LONG", "Field must not be greater than 191 length", "customer_id"),
      request("INVALID_VALUE", `This merchant has one location, ${locationId}.`, "location_id"),
      noString("team_member_id"),
      request("VALUE_TOO_LONG", "Field must not be greater than 40 length", "reference_id"),
      noString("verification_token"),
      request("EXPECTED_BOOLEAN", "Expected a boolean value.", "accept_partial_authorization"),
      request("VALUE_TOO_LONG", "Field must not be greater than 255 length", "buyer_email_address"),
      request("INVALID_PHONE_NUMBER", "Field must be 9 to 16 digits, with or without a leading plus", "buyer_phone_number"),
      noObject("billing_address"),
      noString("shipping_address.locality"),
      request("VALUE_TOO_LONG", "Field must not be greater than 2 length", "shipping_address.country"),
      request("VALUE_TOO_LONG", "Field must not be greater than 500 length", "note"),
      request("VALUE_TOO_LONG", "Field must not be greater than 20 length", "statement_description_identifier"),
      noInteger("cash_details.buyer_supplied_money.amount"),
      noCurrency("cash_details.buyer_supplied_money.currency"),
      noString("external_details.type"),
      blank("external_details.source"),
      notServed("customer_details"),
      notServed("offline_payment_details"),
    ],
  ));

test("fields of a payment that do not go together are told", async () => {
  const amount = { amount: 100, currency: "USD" };
  const body = { source_id: "cnon:card-nonce-ok", idempotency_key: "k", amount_money: amount };
  const conflict = (field: string, detail: string) => request("CONFLICTING_PARAMETERS", detail, field);
  await check("/v2/payments", { ...body, source_id: "CASH" }, [unset("cash_details")]);
  await check("/v2/payments", { ...body, source_id: "EXTERNAL" }, [unset("external_details")]);
  await check("/v2/payments", { ...body, source_id: "CASH", cash_details: { buyer_supplied_money: { ...amount, amount: 99 } } }, [
    request("VALUE_TOO_LOW", "Field must not be less than 100", "cash_details.buyer_supplied_money.amount"),
  ]);
  await check("/v2/payments", { ...body, cash_details: { buyer_supplied_money: amount }, external_details: { type: "OTHER", source: "s" } }, [
    conflict("cash_details", "Field may only be given when source_id is CASH"),
    conflict("external_details", "Field may only be given when source_id is EXTERNAL"),
  ]);
  await check("/v2/payments", { ...body, source_id: "CASH", autocomplete: false, cash_details: { buyer_supplied_money: amount } }, [
    conflict("autocomplete", "Only a card payment can be completed later."),
  ]);
  await check("/v2/payments", { ...body, delay_duration: "P1D", accept_partial_authorization: true }, [
    conflict("delay_duration", "A payment is only held when autocomplete is false."),
    conflict("accept_partial_authorization", "A partial authorization is only accepted when autocomplete is false."),
  ]);
  for (const delay of ["PT59S", "P37D", "P", "PT", "1D"]) {
    await check("/v2/payments", { ...body, autocomplete: false, delay_duration: delay }, [
      request("INVALID_VALUE", "Field must be an ISO 8601 duration of 1 minute to 36 days", "delay_duration"),
    ]);
  }
  await check("/v2/payments", { ...body, app_fee_money: { ...amount, amount: 91 } }, [
    said("PAYMENT_METHOD_ERROR", "INVALID_FEES", "The app_fee_money on a payment is too high.", "app_fee_money"),
  ]);
  await check("/v2/payments", { ...body, tip_money: { amount: 1, currency: "EUR" } }, [
    request("INVALID_VALUE", "This merchant can only process payments in USD, but amount was provided in EUR.", "tip_money.currency"),
  ]);
});

test("a version token that is no text is told", () =>
  check("/v2/payments/x/complete", { version_token: 5 }, [noString("version_token")]));

test("bodies that are no JSON object are refused", async () => {
  for (const body of ["", "nonsense", "[]", "null", '"text"', "{", `${"[".repeat(100)}${"]".repeat(100)}`]) {
    const answer = await send(shop, "POST", "/v2/refunds", { body, headers: { "content-type": "application/json; charset=utf-8" } });
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.json, { errors: [request("EXPECTED_JSON_BODY", "The request body is not a JSON object.")] });
  }
});

test("another content type is refused, and none is taken for JSON", async () => {
  const json = { idempotency_key: randomUUID(), source_id: "cnon:card-nonce-ok", amount_money: { amount: 1, currency: "USD" } };
  const form = await send(shop, "POST", "/v2/payments", { json, headers: { "content-type": "application/x-www-form-urlencoded" } });
  assert.equal(form.status, 415);
  assert.deepEqual(form.json, {
    errors: [request("UNSUPPORTED_MEDIA_TYPE", "The content type must be application/json, not application/x-www-form-urlencoded.")],
  });
  const bytes = new Blob([JSON.stringify(json)]);
  const none = await fetch(`${shop.url}/v2/payments`, { method: "POST", headers: { authorization: `Bearer ${shop.token}` }, body: bytes });
  assert.equal(none.status, 200);
});

test("a payment is completed with an empty body, no body, and no content type", async () => {
  for (const more of [{ json: {} }, {}, { body: "", headers: { "content-type": "application/json" } }]) {
    const held = await pay(shop, { autocomplete: false });
    assert.equal((await send(shop, "POST", `/v2/payments/${held.id}/complete`, more)).status, 200);
  }
});

test("the version of the API is echoed, and must be a date", async () => {
  const versionOf = async (version: string | null) => {
    const headers: Record<string, string> = version === null ? {} : { "square-version": version };
    const { status, json, headers: answered } = await send(shop, "GET", "/v2/locations", { headers });
    return { status, json, version: answered.get("square-version") };
  };
  assert.equal((await versionOf(null)).version, "2026-09-16");
  assert.equal((await versionOf("2024-12-18")).version, "2024-12-18");
  for (const wrong of ["latest", "2024-13-01", "2024-02-30", "20240101"]) {
    const { status, json } = await versionOf(wrong);
    assert.equal(status, 400);
    assert.deepEqual(json, {
      errors: [request("INVALID_SQUARE_VERSION_FORMAT", "The provided Square-Version is incorrectly formatted. It must be a date such as 2026-09-16.")],
    });
  }
});

test("without a key nothing is done", async () => {
  for (const headers of [{ authorization: "" }, { authorization: "Bearer nonsense" }]) {
    const { status, json } = await send(shop, "GET", "/v2/refunds", { headers });
    assert.equal(status, 401);
    assert.deepEqual(json, { errors: [said("AUTHENTICATION_ERROR", "UNAUTHORIZED", "This request could not be authorized.")] });
  }
});

test("an address where nothing is, is not found", async () => {
  for (const [method, path] of [["GET", "/v2/nothing"], ["DELETE", "/v2/refunds"], ["PATCH", "/v2/payments/x"]] as const) {
    const { status, json } = await send(shop, method, path);
    assert.equal(status, 404);
    assert.deepEqual(json, { errors: [request("NOT_FOUND", "Resource not found.")] });
  }
});

test("a body beyond the limit is refused as too large", async () => {
  const { status, json } = await send(shop, "POST", "/v2/refunds", { json: { reason: "r".repeat(1_000_000) } });
  assert.equal(status, 413);
  assert.match(JSON.stringify(json), /REQUEST_ENTITY_TOO_LARGE/);
});
