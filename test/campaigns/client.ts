/** A lean HTTP client on kept-alive connections, and the requests of the three contracts as it sends them. */
import { Agent, request as open } from "node:http";

export type Sent = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** A server gives up on its database sooner, and says so. */
const WAIT_MS = 120_000;

export type Answered = { readonly status: number; readonly text: string };

export class Client {
  readonly #agent: Agent;
  readonly #port: number;
  readonly #key: string;

  constructor(port: number, key: string, connections = 64) {
    this.#port = port;
    this.#key = key;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Rejects when the connection ends before the whole answer is there. */
  send({ method, path, headers, body }: Sent): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const request = open(
        {
          host: "127.0.0.1",
          port: this.#port,
          agent: this.#agent,
          method,
          path,
          headers: { authorization: `Bearer ${this.#key}`, ...headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
        },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => (text += part));
          answer.on("error", reject);
          answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text }));
        },
      );
      request.setTimeout(WAIT_MS, () => request.destroy(new Error(`no answer came within ${WAIT_MS} ms`)));
      request.on("error", reject);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function form(path: string, fields: Readonly<Record<string, string | number>>, key?: string): Sent {
  const body = new URLSearchParams(Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded", ...(key === undefined ? {} : { "idempotency-key": key }) };
  return { method: "POST", path, headers, body };
}

function json(path: string, body: unknown): Sent {
  return { method: "POST", path, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** `body` is always the payment's id body, which each contract shows in its own way. */
export const requests = {
  charge: (amount: number, key?: string) => form("/v1/charges", { amount, currency: "usd", source: "tok_visa" }, key),
  squarePayment: (amount: number, key: string) =>
    json("/v2/payments", { source_id: "cnon:card-nonce-ok", idempotency_key: key, amount_money: { amount, currency: "USD" } }),
  refund: (body: string, amount: number, key?: string) => form("/v1/refunds", { charge: `ch_${body}`, amount }, key),
  chargeRefund: (body: string, amount: number, key?: string) => form(`/v1/charges/ch_${body}/refund`, { amount }, key),
  reportRefund: (body: string, amount: number, reference: string) =>
    form(`/v1/payment_records/pr_${body}/report_refund`, {
      outcome: "refunded",
      "processor_details[type]": "custom",
      "processor_details[custom][refund_reference]": reference,
      "refunded[refunded_at]": 1_730_253_453,
      "amount[currency]": "usd",
      "amount[value]": amount,
    }),
  /** `more`: other members of either body, as they go over the wire. */
  squarePaymentOf: (amount: number, key: string, more: Readonly<Record<string, unknown>>) => json("/v2/payments", { idempotency_key: key, amount_money: { amount, currency: "USD" }, ...more }),
  squareRefund: (body: string, amount: number, key: string, more: Readonly<Record<string, unknown>> = {}) =>
    json("/v2/refunds", { idempotency_key: key, payment_id: body, amount_money: { amount, currency: "USD" }, ...more }),
  squareComplete: (body: string) => json(`/v2/payments/${body}/complete`, {}),
  squareCancel: (body: string): Sent => ({ method: "POST", path: `/v2/payments/${body}/cancel` }),
  chargeCapture: (body: string) => form(`/v1/charges/ch_${body}/capture`, {}),
  squareRead: (body: string): Sent => ({ method: "GET", path: `/v2/payments/${body}` }),
  reportPayment: (amount: number) =>
    form("/v1/payment_records/report_payment", {
      "amount_requested[currency]": "usd",
      "amount_requested[value]": amount,
      initiated_at: 1_730_211_360,
      outcome: "guaranteed",
      "guaranteed[guaranteed_at]": 1_730_211_363,
      "payment_method_details[type]": "custom",
      "payment_method_details[custom][display_name]": "newpay",
      "payment_method_details[custom][type]": "cpmt_1",
      "processor_details[type]": "custom",
      "processor_details[custom][payment_reference]": "npp1",
    }),
};

/** The member at that path of a JSON text; undefined where there is none. */
export function at(text: string, ...path: readonly string[]): unknown {
  let value: unknown = JSON.parse(text);
  for (const name of path) value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return value;
}

/** The id body of the payment that an answer tells of, whichever contract it follows. */
export function paymentBody({ status, text }: Answered): string {
  const id = at(text, "payment", "id") ?? at(text, "id");
  if (status !== 200 || typeof id !== "string") throw new Error(`no payment was made: ${status} ${text}`);
  return id.slice(id.indexOf("_") + 1);
}
