/** The requests that are measured, as bytes, made before the clock starts. */

export const CASES = ["refund", "report_refund", "charge_refund", "square_refund", "get_refund", "list_refunds", "list_charges"] as const;
export type Case = (typeof CASES)[number];

export const TITLES: Readonly<Record<Case, string>> = {
  refund: "POST /v1/refunds",
  report_refund: "POST /v1/payment_records/{id}/report_refund",
  charge_refund: "POST /v1/charges/{id}/refund",
  square_refund: "POST /v2/refunds",
  get_refund: "GET /v1/refunds/{id}",
  list_refunds: "GET /v1/refunds?limit=100",
  list_charges: "GET /v1/charges?limit=100",
};

/** What is asked for by a refund's id; all else is asked for by a payment's. */
export const BY_REFUND: readonly Case[] = ["get_refund", "list_refunds"];
/** Lists are timed one at a time: their promise is how long one takes. */
export const LISTS: readonly Case[] = ["list_refunds", "list_charges"];

const AMOUNT = 100;

type Made = { readonly path: string; readonly type?: string; readonly body?: string; readonly idempotencyKey?: string };

/** So many requests over these ids in turn, each under a key of its own. */
export function makeRequests(what: Case, apiKey: string, ids: readonly string[], count: number, run: string): Buffer[] {
  return Array.from({ length: count }, (_, i) => bytes(made(what, ids[i % ids.length] ?? "", `${run}-${i}`), apiKey));
}

function made(what: Case, id: string, key: string): Made {
  const form = "application/x-www-form-urlencoded";
  switch (what) {
    case "refund":
      return { path: "/v1/refunds", type: form, body: `charge=ch_${id}&amount=${AMOUNT}`, idempotencyKey: key };
    case "charge_refund":
      return { path: `/v1/charges/ch_${id}/refund`, type: form, body: `amount=${AMOUNT}`, idempotencyKey: key };
    case "report_refund":
      return {
        path: `/v1/payment_records/pr_${id}/report_refund`,
        type: form,
        body: `processor_details[type]=custom&processor_details[custom][refund_reference]=${key}&outcome=refunded&refunded[refunded_at]=1730253453&amount[currency]=usd&amount[value]=${AMOUNT}&initiated_at=1730253450`,
      };
    case "square_refund":
      return {
        path: "/v2/refunds",
        type: "application/json",
        body: JSON.stringify({ amount_money: { amount: AMOUNT, currency: "USD" }, idempotency_key: key, payment_id: id, reason: "Example" }),
      };
    case "get_refund":
      return { path: `/v1/refunds/re_${id}` };
    case "list_refunds":
      return { path: `/v1/refunds?limit=100&starting_after=re_${id}` };
    case "list_charges":
      return { path: `/v1/charges?limit=100&starting_after=ch_${id}` };
  }
}

function bytes({ path, type, body, idempotencyKey }: Made, apiKey: string): Buffer {
  const head = [`${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1`, "host: 127.0.0.1", `authorization: Bearer ${apiKey}`];
  if (type !== undefined && body !== undefined) head.push(`content-type: ${type}`, `content-length: ${body.length}`);
  if (idempotencyKey !== undefined) head.push(`idempotency-key: ${idempotencyKey}`);
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body ?? ""}`, "latin1");
}
