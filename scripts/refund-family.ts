/** The vendors' endpoints by which payments are refunded and what became of them is read: those of them that are not served are told. */

type Known = { readonly method: "GET" | "POST" | "PUT"; readonly path: string; readonly title: string };

const known = (line: string, title: string): Known => {
  const [method, path = ""] = line.split(" ");
  return { method: method === "GET" || method === "PUT" ? method : "POST", path, title };
};

export const REFUND_FAMILY: Readonly<Record<string, readonly Known[]>> = {
  stripe: [
    known("GET /v1/payment_records", "List Payment Records"),
    known("POST /v1/payment_records/report_payment", "Report a payment"),
    known("GET /v1/payment_records/:id", "Retrieve a Payment Record"),
    known("POST /v1/payment_records/:id/report_payment_attempt", "Report a payment attempt"),
    known("POST /v1/payment_records/:id/report_payment_attempt_canceled", "Report a payment attempt as canceled"),
    known("POST /v1/payment_records/:id/report_payment_attempt_failed", "Report a payment attempt as failed"),
    known("POST /v1/payment_records/:id/report_payment_attempt_guaranteed", "Report a payment attempt as guaranteed"),
    known("POST /v1/payment_records/:id/report_payment_attempt_informational", "Report informational updates"),
    known("POST /v1/payment_records/:id/report_refund", "Report a refund"),
    known("GET /v1/payment_attempt_records", "List Payment Attempt Records"),
    known("GET /v1/payment_attempt_records/:id", "Retrieve a Payment Attempt Record"),
    known("POST /v1/refunds", "Create a refund"),
    known("GET /v1/refunds", "List refunds"),
    known("GET /v1/refunds/:refund", "Retrieve a refund"),
    known("POST /v1/refunds/:refund", "Update a refund"),
    known("POST /v1/refunds/:refund/cancel", "Cancel a refund"),
    known("POST /v1/test_helpers/refunds/:refund/expire", "Expire a pending refund, in test mode"),
    known("POST /v1/charges/:charge/refund", "Refund a charge"),
    known("GET /v1/charges/:charge/refunds", "List the refunds of a charge"),
    known("POST /v1/charges/:charge/refunds", "Create a refund of a charge"),
    known("GET /v1/charges/:charge/refunds/:refund", "Retrieve a refund of a charge"),
    known("POST /v1/charges/:charge/refunds/:refund", "Update a refund of a charge"),
    known("POST /v1/charges", "Create a charge"),
    known("GET /v1/charges", "List charges"),
    known("GET /v1/charges/:charge", "Retrieve a charge"),
    known("POST /v1/charges/:charge", "Update a charge"),
    known("POST /v1/charges/:charge/capture", "Capture a charge"),
    known("POST /v1/payment_intents", "Create a PaymentIntent"),
    known("GET /v1/payment_intents", "List PaymentIntents"),
    known("GET /v1/payment_intents/:intent", "Retrieve a PaymentIntent"),
    known("POST /v1/payment_intents/:intent", "Update a PaymentIntent"),
    known("POST /v1/payment_intents/:intent/confirm", "Confirm a PaymentIntent"),
    known("POST /v1/payment_intents/:intent/capture", "Capture a PaymentIntent"),
    known("POST /v1/payment_intents/:intent/cancel", "Cancel a PaymentIntent"),
    known("GET /v1/balance_transactions", "List balance transactions"),
    known("GET /v1/balance_transactions/:id", "Retrieve a balance transaction"),
    known("GET /v1/balance/history", "List balance transactions, by their old address"),
    known("GET /v1/balance/history/:id", "Retrieve a balance transaction, by its old address"),
    known("GET /v1/balance", "Retrieve the balance"),
    known("GET /v1/application_fees", "List application fees"),
    known("GET /v1/application_fees/:fee", "Retrieve an application fee"),
    known("POST /v1/application_fees/:fee/refund", "Refund an application fee, by its old address"),
    known("GET /v1/application_fees/:fee/refunds", "List an application fee's refunds"),
    known("POST /v1/application_fees/:fee/refunds", "Refund an application fee"),
    known("GET /v1/application_fees/:fee/refunds/:refund", "Retrieve an application fee's refund"),
    known("POST /v1/application_fees/:fee/refunds/:refund", "Update an application fee's refund"),
    known("GET /v1/transfers", "List transfers"),
    known("POST /v1/transfers", "Create a transfer"),
    known("GET /v1/transfers/:transfer", "Retrieve a transfer"),
    known("POST /v1/transfers/:transfer", "Update a transfer"),
    known("GET /v1/transfers/:transfer/reversals", "List a transfer's reversals"),
    known("POST /v1/transfers/:transfer/reversals", "Reverse a transfer"),
    known("GET /v1/transfers/:transfer/reversals/:reversal", "Retrieve a transfer's reversal"),
    known("POST /v1/transfers/:transfer/reversals/:reversal", "Update a transfer's reversal"),
  ],
  square: [
    known("POST /v2/refunds", "Refund payment"),
    known("GET /v2/refunds", "List refunds"),
    known("GET /v2/refunds/:refund_id", "Get refund"),
    known("POST /v2/payments", "Create payment"),
    known("GET /v2/payments", "List payments"),
    known("GET /v2/payments/:payment_id", "Get payment"),
    known("PUT /v2/payments/:payment_id", "Update payment"),
    known("POST /v2/payments/cancel", "Cancel payment by idempotency key"),
    known("POST /v2/payments/:payment_id/cancel", "Cancel payment"),
    known("POST /v2/payments/:payment_id/complete", "Complete payment"),
    known("GET /v2/locations", "List locations"),
    known("GET /v2/locations/:location_id", "Get location"),
    known("POST /v2/webhooks/subscriptions", "Create webhook subscription"),
    known("GET /v2/webhooks/subscriptions", "List webhook subscriptions"),
    known("GET /v2/webhooks/subscriptions/:subscription_id", "Retrieve webhook subscription"),
    known("PUT /v2/webhooks/subscriptions/:subscription_id", "Update webhook subscription"),
    known("DELETE /v2/webhooks/subscriptions/:subscription_id", "Delete webhook subscription"),
    known("POST /v2/webhooks/subscriptions/:subscription_id/signature-key", "Update webhook subscription signature key"),
    known("POST /v2/webhooks/subscriptions/:subscription_id/test", "Test webhook subscription"),
    known("GET /v2/webhooks/event-types", "List webhook event types"),
  ],
};

/** `POST /v1/refunds/:`: the same endpoint, whatever its parameters are called. */
export function addressOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method} ${path.replaceAll(/:\w+/g, ":")}`;
}
