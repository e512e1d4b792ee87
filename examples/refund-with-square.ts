/** Refund a payment with the official `square` SDK, with the version token that keeps two people apart. Start Refundry first (npm start). */
import { randomUUID } from "node:crypto";
import { SquareClient, SquareError } from "square";

const baseUrl = process.env["REFUNDRY_URL"] ?? "http://127.0.0.1:4242";
const square = new SquareClient({ token: process.env["REFUNDRY_KEY"] ?? "sk_test_refundry", baseUrl });

const { payment } = await square.payments.create({
  sourceId: "cnon:card-nonce-ok",
  idempotencyKey: randomUUID(),
  amountMoney: { amount: 2_000n, currency: "USD" },
  appFeeMoney: { amount: 200n, currency: "USD" },
});
const paymentId = payment?.id ?? "";
const seen = payment?.versionToken ?? "";

const { refund } = await square.refunds.refundPayment({
  idempotencyKey: randomUUID(),
  paymentId,
  amountMoney: { amount: 1_500n, currency: "USD" },
  paymentVersionToken: seen,
  reason: "three of four items returned",
});
console.log(`${refund?.id}: ${refund?.amountMoney.amount} ${refund?.status}, ${refund?.appFeeMoney?.amount} of it out of the application's fee`);

try {
  // Somebody who saw the payment before that refund decides on old facts.
  await square.refunds.refundPayment({ idempotencyKey: randomUUID(), paymentId, amountMoney: { amount: 500n, currency: "USD" }, paymentVersionToken: seen });
} catch (error) {
  if (!(error instanceof SquareError)) throw error;
  console.log(`${error.errors[0]?.code}: ${error.errors[0]?.detail}`);
}
