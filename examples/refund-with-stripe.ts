/** Refund a charge in parts with the official `stripe` SDK. Start Refundry first (npm start). */
import { Stripe } from "stripe";

const url = new URL(process.env["REFUNDRY_URL"] ?? "http://127.0.0.1:4242");
const stripe = new Stripe(process.env["REFUNDRY_KEY"] ?? "sk_test_refundry", { host: url.hostname, port: Number(url.port), protocol: "http" });

const intent = await stripe.paymentIntents.create({ amount: 1_000, currency: "usd", payment_method: "pm_card_visa", confirm: true });
const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 300 }, { idempotencyKey: `part-1-${intent.id}` });
console.log(`${first.id}: ${first.amount} ${first.status}`);

// A retry with the same key is the same refund, also after a lost reply.
const again = await stripe.refunds.create({ payment_intent: intent.id, amount: 300 }, { idempotencyKey: `part-1-${intent.id}` });
console.log(`${again.id}: the same refund, answered again`);

const rest = await stripe.refunds.create({ payment_intent: intent.id });
console.log(`${rest.id}: ${rest.amount} ${rest.status}`);

try {
  await stripe.refunds.create({ payment_intent: intent.id });
} catch (error) {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
