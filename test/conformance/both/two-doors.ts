/** One merchant at both doors: the same key, both SDKs. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { SquareError, type SquareClient, type Square } from "square";
import { squareFor, type TestServer } from "../../test-server.ts";
import { openDesk, type StripeDesk } from "../stripe/desk.ts";

export type TwoDoors = StripeDesk & { readonly square: SquareClient };

export function openBoth(server: TestServer): TwoDoors {
  const desk = openDesk(server);
  return { ...desk, square: squareFor(server, desk.key) };
}

export async function payBySquare({ square }: TwoDoors, amount: number): Promise<string> {
  const { payment } = await square.payments.create({ sourceId: "cnon:card-nonce-ok", idempotencyKey: randomUUID(), amountMoney: usd(amount) });
  assert.ok(payment?.id !== undefined);
  return payment.id;
}

export async function refundBySquare({ square }: TwoDoors, paymentId: string, amount: number): Promise<string> {
  const { refund } = await square.refunds.refundPayment({ idempotencyKey: randomUUID(), amountMoney: usd(amount), paymentId });
  assert.ok(refund?.id !== undefined);
  return refund.id;
}

const WAIT_MS_MAX = 10_000;

/** Resolves when no refund is under way any more: on a server that lets nothing take long. */
export async function settled({ square }: TwoDoors): Promise<void> {
  const until = Date.now() + WAIT_MS_MAX;
  while ((await square.refunds.list({ status: "PENDING", limit: 1 })).data.length > 0) {
    assert.ok(Date.now() < until, "a refund is still under way");
    await delay(5);
  }
}

export const usd = (amount: number) => ({ amount: BigInt(amount), currency: "USD" as const });

export async function squarePayment({ square }: TwoDoors, paymentId: string): Promise<Square.Payment> {
  const { payment } = await square.payments.get({ paymentId });
  assert.ok(payment !== undefined);
  return payment;
}

/** What one payment says of itself at each door: refunded so far, the ids of its refunds, and how Stripe splits it. */
export async function seenFromBoth(both: TwoDoors, body: string) {
  const payment = await squarePayment(both, body);
  const record = await both.stripe.paymentRecords.retrieve(`pr_${body}`);
  const squareList = await both.square.refunds.list({ sortOrder: "DESC" });
  const stripeList = await both.stripe.refunds.list();
  return {
    square: Number(payment.refundedMoney?.amount ?? 0n),
    stripe: record.amount_refunded.value,
    guaranteed: record.amount_guaranteed.value,
    squareRefunds: squareList.data.map(({ id, amountMoney, paymentId }) => [id, Number(amountMoney.amount), paymentId]),
    stripeRefunds: stripeList.data.map(({ id, amount }) => [id.slice("re_".length), amount, body]),
  };
}

/** An error of Square's SDK: its status, and the codes and texts of its errors. */
export async function refusedBySquare(work: Promise<unknown>): Promise<{ readonly status: number | undefined; readonly body: unknown }> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof SquareError, String(error));
    return { status: error.statusCode, body: error.body };
  }
  return assert.fail("the request was answered with success");
}
