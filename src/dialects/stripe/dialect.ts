/** Stripe's API, as far as it is spoken here. */
import type { Desk, Dialect } from "../../engine/wire.ts";
import { stripeApi } from "./api.ts";
import { applicationFeeEndpoints } from "./routes/application-fees.ts";
import { accountEndpoints } from "./routes/accounts.ts";
import { balanceEndpoints } from "./routes/balance.ts";
import { balanceTransactionEndpoints } from "./routes/balance-transactions.ts";
import { cashBalanceEndpoints } from "./routes/cash-balance.ts";
import { chargeRefundEndpoints } from "./routes/charge-refunds.ts";
import { chargeEndpoints } from "./routes/charges.ts";
import { customerEndpoints } from "./routes/customers.ts";
import { disputeEndpoints } from "./routes/disputes.ts";
import { eventEndpoints } from "./routes/events.ts";
import { intentEndpoints } from "./routes/payment-intents.ts";
import { methodEndpoints } from "./routes/payment-methods.ts";
import { recordEndpoints } from "./routes/payment-records.ts";
import { reportEndpoints } from "./routes/report-payments.ts";
import { refundLifeEndpoints } from "./routes/refund-life.ts";
import { refundEndpoints } from "./routes/refunds.ts";
import { transferReversalEndpoints } from "./routes/transfer-reversals.ts";
import { transferEndpoints } from "./routes/transfers.ts";
import { updateIntentEndpoints } from "./routes/update-intent.ts";
import { webhookEndpoints } from "./routes/webhook-endpoints.ts";
import { stripeTeller } from "./teller.ts";
import { wordTrouble } from "./trouble.ts";

export function stripeDialect(desk: Desk): Dialect {
  const all = [
    ...reportEndpoints, ...recordEndpoints, ...chargeEndpoints, ...chargeRefundEndpoints, ...intentEndpoints, ...refundEndpoints, ...refundLifeEndpoints,
    ...customerEndpoints, ...cashBalanceEndpoints, ...methodEndpoints, ...updateIntentEndpoints, ...disputeEndpoints,
    ...balanceEndpoints, ...balanceTransactionEndpoints, ...accountEndpoints, ...applicationFeeEndpoints, ...transferEndpoints, ...transferReversalEndpoints,
    ...eventEndpoints, ...webhookEndpoints,
  ];
  return {
    name: "stripe",
    prefix: "/v1",
    api: stripeApi,
    endpoints: all.map((endpoint) => endpoint(desk)),
    teller: stripeTeller(desk),
    trouble: (trouble, context) => wordTrouble(trouble, { ...context, now: desk.now() }),
    versionHeader: "stripe-version",
    headers: ["idempotency-key", "stripe-account", "stripe-context"],
  };
}
