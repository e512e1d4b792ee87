/** Both dialects pass the suite of all: each says here how it asks, and how it is answered. */
import { randomUUID } from "node:crypto";
import { call, type Answer, type TestServer } from "../test-server.ts";
import { dialectSuite, type Till } from "./dialect-suite.ts";

function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((inner: unknown, name) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, name) : undefined), value);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const NOBODYS = "0".repeat(24);

function stripeTill(server: TestServer, key: string): Till {
  const ask = (path: string, form?: Readonly<Record<string, string>>, idempotency?: string) =>
    call(server, key, { path, ...(form === undefined ? {} : { form }), ...(idempotency === undefined ? {} : { headers: { "idempotency-key": idempotency } }) });
  return {
    take: async (amount) => String(member((await ask("/v1/charges", { amount: String(amount), currency: "usd", source: "tok_visa" })).json, "id")),
    refund: (charge, amount, idempotency) => ask("/v1/refunds", { charge, amount }, idempotency),
    payment: (id) => ask(`/v1/charges/${id}`),
    getRefund: (id) => ask(`/v1/refunds/${id}`),
    list: ({ limit, after }) => ask(`/v1/refunds?limit=${limit}${after === null ? "" : `&starting_after=${after}`}`),
  };
}

dialectSuite({
  name: "Stripe",
  till: stripeTill,
  told: {
    refundId: ({ json }) => String(member(json, "id")),
    refundedAmount: ({ json }) => Number(member(json, "amount_refunded")),
    amount: ({ json }) => Number(member(json, "amount")),
    page({ json }) {
      const ids = listOf(member(json, "data")).map((one) => String(member(one, "id")));
      return { ids, next: member(json, "has_more") === true ? (ids.at(-1) ?? null) : null };
    },
    exceeds: /Refund amount \(\$[\d.]+\) is greater than unrefunded amount on charge \(\$[\d.]+\)/,
    nothingLeft: /charge_already_refunded/,
    unknownPayment: (id) => new RegExp(`No such charge: '${id}'`),
    unknownRefund: (id) => new RegExp(`No such refund: '${id}'`),
    otherRequest: /idempotency_error/,
    badAmount: /parameter_invalid_integer|Invalid integer|amount_too_large|greater than or equal to 1|amount_too_small|Invalid positive integer|no more than/,
  },
  unknownPayments: [`ch_${NOBODYS}`, "ch_x"],
  unknownRefunds: [`re_${NOBODYS}`, "re_x"],
  walksBothWays: false,
});

function squareTill(server: TestServer, key: string): Till {
  const ask = (path: string, json?: unknown) => call(server, key, { path, ...(json === undefined ? {} : { json }) });
  /** The amount stands in the body as it was written. */
  const refund = async (payment: string, amount: string, idempotency: string): Promise<Answer> => {
    const written = /^-?\d/.test(amount) ? amount : JSON.stringify(amount);
    const body = `{"idempotency_key":"${idempotency}","payment_id":"${payment}","amount_money":{"amount":${written},"currency":"USD"}}`;
    const response = await fetch(`${server.url}/v2/refunds`, { method: "POST", headers: { authorization: `Bearer ${key}`, "content-type": "application/json" }, body });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
  };
  return {
    async take(amount) {
      const paid = await ask("/v2/payments", { source_id: "cnon:card-nonce-ok", idempotency_key: randomUUID(), amount_money: { amount, currency: "USD" } });
      return String(member(paid.json, "payment", "id"));
    },
    refund: (payment, amount, idempotency = randomUUID()) => refund(payment, amount, idempotency),
    payment: (id) => ask(`/v2/payments/${id}`),
    getRefund: (id) => ask(`/v2/refunds/${id}`),
    list: ({ limit, after, oldestFirst }) => ask(`/v2/refunds?limit=${limit}${oldestFirst ? "&sort_order=ASC" : ""}${after === null ? "" : `&cursor=${after}`}`),
  };
}

const EXCEEDS = /"code":"REFUND_AMOUNT_INVALID","detail":"The requested refund amount exceeds the amount available to refund\."/;

dialectSuite({
  name: "Square",
  till: squareTill,
  told: {
    refundId: ({ json }) => String(member(json, "refund", "id")),
    refundedAmount: ({ json }) => Number(member(json, "payment", "refunded_money", "amount") ?? 0),
    amount: ({ json }) => Number(member(json, "refund", "amount_money", "amount")),
    page({ json }) {
      const cursor = member(json, "cursor");
      return { ids: listOf(member(json, "refunds")).map((one) => String(member(one, "id"))), next: typeof cursor === "string" ? cursor : null };
    },
    exceeds: EXCEEDS,
    nothingLeft: EXCEEDS,
    unknownPayment: (id) => new RegExp(`Could not find payment with id: ${id}"`),
    unknownRefund: (id) => new RegExp(`Could not find refund with id: ${id}"`),
    otherRequest: /IDEMPOTENCY_KEY_REUSED/,
    badAmount: /"code":"(?:VALUE_TOO_LOW|VALUE_TOO_HIGH|EXPECTED_INTEGER)"/,
  },
  unknownPayments: [NOBODYS, "x"],
  unknownRefunds: [NOBODYS, "x"],
  walksBothWays: true,
});
