/** Customers with cash, for tests. */
import type { Stripe } from "stripe";
import type { StripeDesk } from "./desk.ts";

/** A customer with so much in cash. */
export async function funded({ stripe }: StripeDesk, amount = 1000, currency = "eur"): Promise<string> {
  const { id } = await stripe.customers.create({ name: "Jenny", email: "jenny@example.com" });
  await stripe.testHelpers.customers.fundCashBalance(id, { amount, currency });
  return id;
}

export function refundOf({ stripe }: StripeDesk, customer: string, amount: number, more: Partial<Stripe.RefundCreateParams> = {}): Promise<Stripe.Refund> {
  return stripe.refunds.create({ origin: "customer_balance", customer, amount, currency: "eur", ...more });
}

export async function availableTo({ stripe }: StripeDesk, customer: string): Promise<Stripe.CashBalance["available"]> {
  return (await stripe.customers.retrieveCashBalance(customer)).available;
}
