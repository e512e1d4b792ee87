/** A merchant of its own for every test: the unmodified SDK, and bare HTTP for what the SDK would not send. */
import { randomUUID } from "node:crypto";
import { SquareClient, SquareError, type Square } from "square";
import assert from "node:assert/strict";

export type Shop = {
  readonly square: SquareClient;
  readonly url: string;
  readonly token: string;
};

export function openShop(url: string): Shop {
  const token = `sk_test_square_${randomUUID()}`;
  return { url, token, square: new SquareClient({ token, baseUrl: url, maxRetries: 0 }) };
}

export const usd = (amount: number) => ({ amount: BigInt(amount), currency: "USD" as const });

export async function pay(shop: Shop, more: Partial<Square.CreatePaymentRequest> & { readonly amount?: number } = {}): Promise<Square.Payment & { id: string }> {
  const { amount = 1000, ...rest } = more;
  const { payment } = await shop.square.payments.create({
    sourceId: "cnon:card-nonce-ok",
    idempotencyKey: randomUUID(),
    amountMoney: usd(amount),
    ...rest,
  });
  return withId(payment);
}

export async function refund(shop: Shop, paymentId: string, amount: number, more: Partial<Square.RefundPaymentRequest> = {}) {
  const answer = await shop.square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(amount), paymentId, ...more });
  return withId(answer.refund);
}

export async function paymentOf(shop: Shop, paymentId: string): Promise<Square.Payment & { id: string }> {
  const { payment } = await shop.square.payments.get({ paymentId });
  return withId(payment);
}

export function withId<T extends { id?: string | undefined }>(object: T | undefined): T & { id: string } {
  assert.ok(object?.id !== undefined);
  return { ...object, id: object.id };
}

/** What one error of an answer says, without the category's neighbours in any order. */
export type Said = { readonly category: string; readonly code: string; readonly detail: string; readonly field?: string };

/** The SDK's error: its status, and the whole list. */
export async function refused(work: Promise<unknown>): Promise<{ readonly status: number | undefined; readonly errors: unknown }> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof SquareError, String(error));
    const body: unknown = error.body;
    assert.ok(typeof body === "object" && body !== null && "errors" in body);
    return { status: error.statusCode, errors: body.errors };
  }
  return assert.fail("the request was answered with success");
}

export const request = (code: string, detail: string, field?: string): Said => said("INVALID_REQUEST_ERROR", code, detail, field);

export function said(category: string, code: string, detail: string, field?: string): Said {
  return field === undefined ? { category, code, detail } : { category, code, detail, field };
}

export type Bare = { readonly status: number; readonly text: string; readonly json: unknown; readonly headers: Headers };

export async function send(
  shop: Pick<Shop, "url" | "token">,
  method: string,
  path: string,
  more: { readonly json?: unknown; readonly body?: string; readonly headers?: Record<string, string> } = {},
): Promise<Bare> {
  const body = more.body ?? (more.json === undefined ? null : JSON.stringify(more.json));
  const response = await fetch(shop.url + path, {
    method,
    headers: {
      authorization: `Bearer ${shop.token}`,
      ...(body === null ? {} : { "content-type": "application/json" }),
      ...more.headers,
    },
    body,
  });
  const text = await response.text();
  const json: unknown = JSON.parse(text);
  return { status: response.status, text, json, headers: response.headers };
}
