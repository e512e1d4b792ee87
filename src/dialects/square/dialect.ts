/** Square's Payments, Refunds, Locations and Webhook Subscriptions as a dialect: its endpoints, and its words for what goes wrong before them. */
import type { Currency } from "../../domain/currency.ts";
import type { Desk, Dialect, Trouble, WireReply } from "../../engine/wire.ts";
import { squareApi } from "./api.ts";
import { Creations } from "./creations.ts";
import { DETAIL, errorReply, squareError, type SquareError } from "./errors.ts";
import { NAME } from "./name.ts";
import { cancelByKey } from "./routes/cancel-by-key.ts";
import { createPayment } from "./routes/create-payment.ts";
import { createSubscription } from "./routes/create-subscription.ts";
import { wireReply } from "./routes/endpoint.ts";
import { listPayments } from "./routes/list-payments.ts";
import { getLocation, listLocations } from "./routes/locations.ts";
import { getCard, getCustomer, getGiftCard, getOrder } from "./routes/named.ts";
import { cancelPayment, completePayment, getPayment } from "./routes/payments.ts";
import { refundPayment } from "./routes/refund-payment.ts";
import { getRefund, listRefunds } from "./routes/refunds.ts";
import { deleteSubscription, getSubscription, listEventTypes, listSubscriptions } from "./routes/subscriptions.ts";
import { testSubscription } from "./routes/test-subscription.ts";
import { updatePayment } from "./routes/update-payment.ts";
import { replaceSignatureKey, updateSubscription } from "./routes/update-subscription.ts";
import { squareTeller } from "./teller.ts";
import { DEFAULT_VERSION, VERSION_HEADER, versionOfHeader } from "./version.ts";

const RETRY_AFTER_SECONDS = "1";

/** `currency` is the one that payments are taken in, as each real seller has one; `unlinked` says whether money may be refunded of no payment. */
export type SquareOptions = { readonly currency: Currency; readonly unlinked: boolean };

export function squareDialect(desk: Desk, options: SquareOptions): Dialect {
  const creations = new Creations();
  return {
    name: NAME,
    prefix: "/v2",
    api: squareApi,
    versionHeader: VERSION_HEADER,
    headers: [],
    endpoints: [
      createPayment(desk, { ...options, creations }),
      listPayments(desk),
      getPayment(desk),
      completePayment(desk),
      cancelPayment(desk),
      cancelByKey(desk, creations),
      updatePayment(desk, options),
      refundPayment(desk, options),
      listRefunds(desk),
      getRefund(desk),
      listLocations(options.currency),
      getLocation(options.currency),
      getOrder(desk),
      getCustomer(desk),
      getCard(desk),
      getGiftCard(),
      createSubscription(desk),
      listSubscriptions(desk),
      getSubscription(desk),
      updateSubscription(desk),
      deleteSubscription(desk),
      replaceSignatureKey(desk),
      testSubscription(desk),
      listEventTypes(),
    ],
    teller: squareTeller(desk),
    trouble: (trouble, { version }) => answerTrouble(trouble, versionOfHeader(version) ?? DEFAULT_VERSION),
  };
}

function answerTrouble(trouble: Trouble, version: string): WireReply {
  const reply = wireReply(errorReply([wordTrouble(trouble)]), version);
  return trouble.kind === "unavailable" || trouble.kind === "too_many" ? { ...reply, headers: { ...reply.headers, "retry-after": RETRY_AFTER_SECONDS } } : reply;
}

function wordTrouble(trouble: Trouble): SquareError {
  switch (trouble.kind) {
    case "no_key":
    case "bad_key":
      return squareError("UNAUTHORIZED", DETAIL.unauthorized);
    case "unknown_url":
      return squareError("NOT_FOUND", DETAIL.urlUnknown);
    case "too_large":
      return squareError("REQUEST_ENTITY_TOO_LARGE", DETAIL.tooLarge(trouble.bytesMax));
    case "unreadable":
      return squareError("BAD_REQUEST", DETAIL.unreadable(trouble.what));
    case "too_many":
      return squareError("RATE_LIMITED", DETAIL.tooMany);
    case "unavailable":
      return squareError("SERVICE_UNAVAILABLE", DETAIL.unavailable);
    case "late":
      return squareError("GATEWAY_TIMEOUT", DETAIL.late);
    case "fault":
      return squareError("INTERNAL_SERVER_ERROR", DETAIL.fault);
  }
}
